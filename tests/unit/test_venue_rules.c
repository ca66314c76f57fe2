/* The venue service's rules: contact fields, who may change what, which slots may exist. */
#include "unit.h"

#include "base/datetime.h"
#include "services/venue/rules.h"
#include "services/venue/venue.h"

#define DAY 20468 /* 2026-01-15 */
#define NOON (us_of_date_clock(DAY, 12 * 60))

static void contact_fields(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool email, phone;
    } cases[] = {
        {"", true, true},
        {"info@cozycorner.com", true, false},
        {"a@b", true, false},
        {"@b.com", false, false},
        {"a@", false, false},
        {"a@b@c", false, false},
        {"a b@c.com", false, false},
        {"plain", false, false},
        {"+1234567890", false, true},
        {"+49 (30) 123-456/7", false, true},
        {"12", false, false},
        {"1234567890123456", false, false},
        {"+12x34567", false, false},
        {"+++", false, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(venue_email_problem(str_of(cases[i].text)) == NULL, cases[i].email);
        assert_int_equal(venue_phone_problem(str_of(cases[i].text)) == NULL, cases[i].phone);
    }
}

static void who_may_what(void **state)
{
    (void)state;
    assert_int_equal(venue_may_create(true, false).err, OK);
    assert_int_equal(venue_may_create(false, true).err, OK);
    assert_int_equal(venue_may_create(false, false).err, ERR_FORBIDDEN);
    assert_int_equal(venue_may_change(7, 7, false).err, OK);
    assert_int_equal(venue_may_change(7, 8, true).err, OK);
    assert_int_equal(venue_may_change(7, 8, false).err, ERR_FORBIDDEN);
    assert_int_equal(review_may_delete(7, 7, false).err, OK);
    assert_int_equal(review_may_delete(7, 8, true).err, OK);
    assert_int_equal(review_may_delete(7, 8, false).err, ERR_FORBIDDEN);
}

static void past_slots(void **state)
{
    (void)state;
    static const struct {
        int64_t date, clock;
        bool allow_past;
        enum err want;
    } cases[] = {
        {DAY, 12 * 60, false, OK}, /* this very minute */
        {DAY, 12 * 60 - 1, false, ERR_BAD_REQUEST},
        {DAY - 1, 23 * 60 + 59, false, ERR_BAD_REQUEST},
        {DAY + 1, 0, false, OK},
        {DAY - 1, 23 * 60 + 59, true, OK},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(
            slot_may_exist(cases[i].date, cases[i].clock, NOON, cases[i].allow_past).err,
            cases[i].want);
    assert_int_equal(slot_may_exist(DAY, 12 * 60, NOON + 1, false).err, ERR_BAD_REQUEST);
}

static void the_first_minute_is_the_first_that_may_exist(void **state)
{
    (void)state;
    const int64_t moments[] = {NOON - 1, NOON, NOON + 1, NOON + US_PER_MINUTE - 1};
    for (size_t i = 0; i < COUNT(moments); i++) {
        int64_t minute = slot_first_minute(moments[i]);
        assert_int_equal(slot_may_exist(minute / 1440, minute % 1440, moments[i], false).err, OK);
        minute--;
        assert_int_equal(slot_may_exist(minute / 1440, minute % 1440, moments[i], false).err,
                         ERR_BAD_REQUEST);
    }
}

static void a_booking_is_ahead_until_it_is_over(void **state)
{
    (void)state;
    int64_t begins = DAY * 1440 + 12 * 60;
    assert_true(begins > slot_ahead_after(NOON - US_PER_DAY));
    assert_true(begins > slot_ahead_after(NOON));
    assert_true(begins > slot_ahead_after(NOON + 119 * US_PER_MINUTE));
    assert_false(begins > slot_ahead_after(NOON + 120 * US_PER_MINUTE));
}

static void grids_are_sorted_without_doubles(void **state)
{
    (void)state;
    int64_t dates[] = {DAY + 1, DAY, DAY + 1, DAY + 2, DAY};
    int64_t clocks[] = {1140, 1080, 1140};
    struct slot_grid g = {dates, 5, clocks, 3};

    assert_int_equal(slot_grid_check(&g, NOON, false).err, OK);
    assert_int_equal(g.n_dates, 3);
    assert_int_equal(g.dates[0], DAY);
    assert_int_equal(g.dates[2], DAY + 2);
    assert_int_equal(g.n_clocks, 2);
    assert_int_equal(g.clocks[0], 1080);
    assert_int_equal(g.clocks[1], 1140);
}

static void grids_have_bounds(void **state)
{
    (void)state;
    static int64_t many[SLOTS_BULK_MAX + 1];
    int64_t clocks[] = {1080, 1140};
    int64_t early[] = {SLOT_DATE_MIN - 1, DAY};
    int64_t late[] = {DAY, SLOT_DATE_MAX + 1};
    int64_t edges[] = {SLOT_DATE_MIN, SLOT_DATE_MAX};
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = DAY + 1 + (int64_t)i;

    struct slot_grid g = {many, 1000, clocks, 2};
    assert_int_equal(slot_grid_check(&g, NOON, false).err, OK);
    g = (struct slot_grid){many, 1001, clocks, 2};
    struct verdict v = slot_grid_check(&g, NOON, false);
    assert_int_equal(v.err, ERR_INVALID);
    assert_string_equal(
        v.why, "must not make more than 2,000 slots together with times"); /* behind dates */
    g = (struct slot_grid){early, 2, clocks, 2};
    assert_int_equal(slot_grid_check(&g, NOON, true).err, ERR_INVALID);
    g = (struct slot_grid){late, 2, clocks, 2};
    assert_int_equal(slot_grid_check(&g, NOON, true).err, ERR_INVALID);
    g = (struct slot_grid){edges, 2, clocks, 2};
    assert_int_equal(slot_grid_check(&g, NOON, true).err, OK);
    assert_int_equal(slot_grid_check(&g, NOON, false).err, ERR_BAD_REQUEST);
    g = (struct slot_grid){many, 0, clocks, 0};
    assert_int_equal(slot_grid_check(&g, NOON, false).err, OK);

    int64_t today[] = {DAY};
    int64_t around[] = {12 * 60 + 1, 12 * 60 - 1};
    g = (struct slot_grid){today, 1, around, 2};
    assert_int_equal(slot_grid_check(&g, NOON, false).err, ERR_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contact_fields),
        cmocka_unit_test(who_may_what),
        cmocka_unit_test(past_slots),
        cmocka_unit_test(the_first_minute_is_the_first_that_may_exist),
        cmocka_unit_test(a_booking_is_ahead_until_it_is_over),
        cmocka_unit_test(grids_are_sorted_without_doubles),
        cmocka_unit_test(grids_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
