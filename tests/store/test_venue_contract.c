/* What bookings ask of venues, on a store: who gets a slot, with and without slots made at
 * confirmation, with and without times in the past; and what chat and matching ask of bookings. */
#include "store_fixture.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/tx.h"
#include "services/booking/booking.h"
#include "services/booking/store.h"
#include "services/venue/rules.h"
#include "services/venue/store.h"

#include <math.h>

#define DAY 20468 /* 2026-01-15 */
#define NOW us_of_date_clock(DAY, 12 * 60)
#define SEVEN (19 * 60)
#define EIGHT (20 * 60)

static struct fixture f;
static struct config config;
static struct app app;
static struct tx tx;
static struct venue venue;

static int setup(void **state)
{
    (void)state;
    const char *why = "";
    memset(&f, 0, sizeof f);
    fixture_dir(&f);
    if (fixture_try(&f, MIGRATIONS, false, &f.store, &why) != OK)
        fail_msg("%s", why);
    config = (struct config){.allow_past = false, .implicit_slots = false};
    app = (struct app){.config = &config, .store = f.store};
    tx = (struct tx){&app, fixture_writer(&f), &f.arena, NOW};
    assert_ok(tx.db, db_begin(tx.db));

    struct venue_new in = {.name = STR("The Cozy Corner"),
                           .address = STR("123 Main St"),
                           .city = STR("New York"),
                           .capacity = 50,
                           .price_per_hour = 75,
                           .is_active = FLAG_NULL};
    assert_ok(tx.db, venue_insert(tx.db, &f.arena, 1, &in, NOW, &venue));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    db_rollback(tx.db);
    store_db_close(tx.db);
    fixture_close(&f);
    return 0;
}

static struct slot_time at(int64_t date, int64_t clock)
{
    return (struct slot_time){venue.id, date, clock};
}

static struct slot add_slot(int64_t date, int64_t clock)
{
    struct slot slot = {0};
    struct slot_time when = at(date, clock);
    assert_ok(tx.db, slot_insert(tx.db, &when, NOW, &slot));
    return slot;
}

static enum err offered(int64_t date, int64_t clock)
{
    struct slot_time when = at(date, clock);
    return venue_slot_offered(&tx, &when);
}

static enum err claim(int64_t date, int64_t clock, int64_t booking_id)
{
    struct slot_time when = at(date, clock);
    return venue_slot_claim(&tx, &when, booking_id);
}

static void a_slot_is_claimed_once_and_given_back(void **state)
{
    (void)state;
    struct slot slot = add_slot(DAY, SEVEN);

    assert_int_equal(offered(DAY, SEVEN), OK);
    assert_int_equal(offered(DAY, EIGHT), ERR_CONFLICT);
    assert_int_equal(claim(DAY, SEVEN, 78), OK);
    assert_int_equal(offered(DAY, SEVEN), ERR_CONFLICT);
    assert_int_equal(claim(DAY, SEVEN, 79), ERR_CONFLICT);
    assert_ok(tx.db, slot_load(tx.db, &f.arena, slot.id, &slot));
    assert_int_equal(slot.booked_by, 78);
    assert_int_equal(slot.available, 0);

    assert_int_equal(venue_slot_release(&tx, 79), OK); /* holds nothing */
    assert_int_equal(offered(DAY, SEVEN), ERR_CONFLICT);
    assert_int_equal(venue_slot_release(&tx, 78), OK);
    assert_int_equal(claim(DAY, SEVEN, 79), OK);
}

static void implicit_slots_come_and_go_with_their_booking(void **state)
{
    (void)state;
    struct rows rows;
    struct slot_page all = {venue.id, I64_NULL, false, I64_NULL, 10};

    assert_int_equal(offered(DAY, SEVEN), ERR_CONFLICT); /* the setting is off */
    assert_int_equal(claim(DAY, SEVEN, 78), ERR_CONFLICT);
    config.implicit_slots = true;
    assert_int_equal(offered(DAY, SEVEN), OK);
    assert_int_equal(claim(DAY, SEVEN, 78), OK);
    assert_int_equal(offered(DAY, SEVEN), ERR_CONFLICT);
    assert_int_equal(claim(DAY, SEVEN, 79), ERR_CONFLICT);
    assert_int_equal(claim(DAY, EIGHT, 79), OK); /* one made at confirmation closes no day */

    add_slot(DAY, EIGHT + 60);
    assert_int_equal(offered(DAY, EIGHT + 30), ERR_CONFLICT); /* a slot of the venue's own does */
    assert_int_equal(claim(DAY, EIGHT + 30, 80), ERR_CONFLICT);
    assert_int_equal(claim(DAY + 1, EIGHT + 30, 80), OK);

    for (int64_t booking = 78; booking <= 80; booking++)
        assert_int_equal(venue_slot_release(&tx, booking), OK);
    assert_ok(tx.db, slot_list(tx.db, &f.arena, &all, &rows));
    assert_int_equal(rows.n, 1);
    assert_int_equal(((struct slot *)rows.items)[0].time, EIGHT + 60);
}

static void the_past_is_refused_where_it_must_be(void **state)
{
    (void)state;
    add_slot(DAY, 12 * 60 - 1);
    add_slot(DAY, 12 * 60);

    assert_int_equal(offered(DAY, 12 * 60 - 1), ERR_BAD_REQUEST);
    assert_int_equal(claim(DAY, 12 * 60 - 1, 78), ERR_CONFLICT); /* agreed too long ago */
    assert_int_equal(offered(DAY, 12 * 60), OK);
    config.allow_past = true;
    assert_int_equal(offered(DAY, 12 * 60 - 1), OK);
    assert_int_equal(claim(DAY, 12 * 60 - 1, 78), OK);
}

static size_t times(int64_t date)
{
    struct rows rows;
    assert_ok(tx.db, venue_available_times(&tx, venue.id, date, &rows));
    return rows.n;
}

static void available_times_are_those_that_could_be_proposed(void **state)
{
    (void)state;
    struct rows rows;
    add_slot(DAY - 1, SEVEN);
    add_slot(DAY, 11 * 60);
    add_slot(DAY, SEVEN);
    add_slot(DAY + 9, SEVEN);
    add_slot(DAY, EIGHT);

    assert_int_equal(times(DAY), 2);
    assert_int_equal(times(DAY - 1), 0);
    assert_int_equal(times(I64_NULL), 3);
    config.allow_past = true;
    assert_int_equal(times(DAY), 3);
    assert_int_equal(times(DAY - 1), 1);
    assert_int_equal(times(I64_NULL), 4); /* from today */
    assert_int_equal(claim(DAY, SEVEN, 78), OK);
    assert_int_equal(times(DAY), 2);
    assert_int_equal(venue_available_times(&tx, venue.id + 1, DAY, &rows), ERR_NOT_FOUND);
}

static void only_venues_that_stand_and_are_active(void **state)
{
    (void)state;
    struct venue_change off = {.capacity = I64_NULL, .price_per_hour = NAN, .is_active = 0};

    add_slot(DAY, SEVEN);
    assert_int_equal(venue_proposable(tx.db, venue.id), OK);
    assert_int_equal(venue_proposable(tx.db, venue.id + 1), ERR_NOT_FOUND);
    assert_ok(tx.db, venue_update(tx.db, &f.arena, venue.id, &off, NOW, &venue));
    assert_str(venue.name, "The Cozy Corner");
    assert_int_equal(venue_proposable(tx.db, venue.id), ERR_CONFLICT);
    assert_int_equal(offered(DAY, SEVEN), ERR_CONFLICT);
    assert_int_equal(claim(DAY, SEVEN, 78), ERR_NOT_FOUND);
    assert_int_equal(claim(DAY - 1, SEVEN, 78), ERR_NOT_FOUND); /* whatever the time */
    assert_int_equal(times(DAY), 0);

    assert_ok(tx.db, venue_delete(tx.db, venue.id, NOW));
    assert_int_equal(venue_delete(tx.db, venue.id, NOW), ERR_NOT_FOUND);
    assert_int_equal(venue_proposable(tx.db, venue.id), ERR_NOT_FOUND);
    assert_int_equal(claim(DAY, SEVEN, 78), ERR_NOT_FOUND);
}

static void booked_slots_ahead_hold_the_venue(void **state)
{
    (void)state;
    bool booked = true;
    struct slot slot = add_slot(DAY, SEVEN);
    int64_t begins = DAY * 1440 + SEVEN;

    assert_ok(tx.db, slot_booked_after(tx.db, venue.id, 0, &booked));
    assert_false(booked);
    assert_int_equal(claim(DAY, SEVEN, 78), OK);
    assert_ok(tx.db, slot_booked_after(tx.db, venue.id, begins - 1, &booked));
    assert_true(booked);
    assert_int_equal(slot_delete(tx.db, slot.id, begins - 1), ERR_NOT_FOUND);
    assert_int_equal(slot_mark(tx.db, &f.arena, slot.id, true, begins - 1, &slot), ERR_NOT_FOUND);

    assert_ok(tx.db, slot_booked_after(tx.db, venue.id, begins, &booked));
    assert_false(booked);
    assert_int_equal(slot_mark(tx.db, &f.arena, slot.id, true, begins, &slot), ERR_NOT_FOUND);
    assert_ok(tx.db, slot_mark(tx.db, &f.arena, slot.id, false, begins, &slot));
    assert_int_equal(slot.available, 0); /* it was booked and stays so */
    assert_int_equal(slot.booked_by, 78);
    assert_ok(tx.db, slot_delete(tx.db, slot.id, begins));
}

static void a_completed_booking_holds_nothing(void **state)
{
    (void)state;
    bool booked = true;
    struct slot slot = add_slot(DAY, SEVEN);
    struct slot other = add_slot(DAY, EIGHT);
    int64_t long_before = DAY * 1440;

    assert_int_equal(claim(DAY, SEVEN, 78), OK);
    assert_int_equal(claim(DAY, EIGHT, 79), OK);
    assert_ok(tx.db, venue_slot_completed(&tx, 77)); /* holds nothing */
    assert_ok(tx.db, venue_slot_completed(&tx, 78));
    assert_ok(tx.db, slot_booked_after(tx.db, venue.id, long_before, &booked));
    assert_true(booked); /* by the other */
    assert_int_equal(slot_delete(tx.db, other.id, long_before), ERR_NOT_FOUND);
    assert_ok(tx.db, venue_slot_completed(&tx, 79));
    assert_ok(tx.db, slot_booked_after(tx.db, venue.id, long_before, &booked));
    assert_false(booked);

    assert_int_equal(slot_mark(tx.db, &f.arena, slot.id, true, long_before, &slot), ERR_NOT_FOUND);
    assert_ok(tx.db, slot_mark(tx.db, &f.arena, slot.id, false, long_before, &slot));
    assert_int_equal(slot.booked_by, 78);
    assert_int_equal(claim(DAY, SEVEN, 80), ERR_CONFLICT);
    assert_ok(tx.db, slot_delete(tx.db, slot.id, long_before));
}

static struct booking book(int64_t match_id, int64_t one, int64_t two, int64_t date)
{
    struct booking b = {.match_id = match_id,
                        .user_1_id = one,
                        .user_2_id = two,
                        .person_1 = one,
                        .person_2 = two,
                        .status = STR("pending_venue_approval"),
                        .created_at = NOW};
    assert_ok(tx.db, booking_insert(tx.db, &f.arena, &b, &b));
    struct booking next = b;
    next.status = STR("confirmed");
    next.booking_date = date;
    next.booking_time = SEVEN;
    next.version++;
    assert_ok(tx.db, booking_save(tx.db, &b, &next));
    assert_int_equal(booking_save(tx.db, &b, &next), ERR_NOT_FOUND); /* the version has moved on */
    return next;
}

static void meetings_between_two(void **state)
{
    (void)state;
    int64_t meeting = 0;

    assert_int_equal(booking_confirmed_between(tx.db, 11, 12, &meeting), ERR_NOT_FOUND);
    book(1, 11, 12, DAY);
    book(2, 12, 11, DAY + 3);
    book(3, 11, 13, DAY + 9);
    assert_int_equal(booking_confirmed_between(tx.db, 11, 12, &meeting), OK);
    assert_int_equal(meeting, us_of_date_clock(DAY + 3, SEVEN)); /* the latest */
    assert_int_equal(booking_confirmed_between(tx.db, 12, 11, &meeting), OK);
    assert_int_equal(booking_confirmed_between(tx.db, 12, 13, &meeting), ERR_NOT_FOUND);
}

static void one_live_booking_a_match(void **state)
{
    (void)state;
    struct booking b = book(1, 11, 12, DAY);
    struct booking ret;

    assert_int_equal(booking_insert(tx.db, &f.arena, &b, &ret), ERR_NOT_FOUND);
    assert_ok(tx.db, booking_cancel_for_match(&tx, 1, "The match ended"));
    assert_ok(tx.db, booking_load(tx.db, &f.arena, b.id, &ret));
    assert_str(ret.status, "cancelled");
    assert_str(ret.cancel_reason, "The match ended");
    assert_int_equal(ret.version, b.version + 1);
    assert_ok(tx.db, booking_cancel_for_match(&tx, 1, "again")); /* nothing left to cancel */
    assert_ok(tx.db, booking_insert(tx.db, &f.arena, &b, &ret));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_slot_is_claimed_once_and_given_back),
        CASE(implicit_slots_come_and_go_with_their_booking),
        CASE(the_past_is_refused_where_it_must_be),
        CASE(available_times_are_those_that_could_be_proposed),
        CASE(only_venues_that_stand_and_are_active),
        CASE(booked_slots_ahead_hold_the_venue),
        CASE(a_completed_booking_holds_nothing),
        CASE(meetings_between_two),
        CASE(one_live_booking_a_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
