/* The calendar over every day of 1900–2100 beside a plain count, the wire formats, ages and their
 * bounds. */
#include "unit.h"

#include "base/datetime.h"

static bool leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int month_days(int y, int m)
{
    if (m == 2)
        return leap(y) ? 29 : 28;
    return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

static void check_day(int64_t days, int y, int m, int d)
{
    char want[40];
    char got[DATE_LEN];
    snprintf(want, sizeof(want), "%04d-%02d-%02d", y, m, d);
    date_format(days, got);
    assert_memory_equal(got, want, DATE_LEN);
    int64_t back = 0;
    assert_true(date_parse((struct str){want, DATE_LEN}, &back));
    assert_int_equal(back, days);
    assert_int_equal(date_from_civil(y, m, d), days);
    int cy = 0;
    int cm = 0;
    int cd = 0;
    date_to_civil(days, &cy, &cm, &cd);
    assert_true(cy == y && cm == m && cd == d);
    assert_int_equal(date_of_us(us_of_date_clock(days, 0)), days);
    assert_int_equal(date_of_us(us_of_date_clock(days, 1440) - 1), days);
}

/* Counts days one by one from 0001-01-01, so no formula is checked by itself. */
static void every_day_from_year_1_to_9999(void **state)
{
    (void)state;
    int64_t days = -719162;
    for (int y = 1; y <= 9999; y++) {
        bool thorough = (y >= 1900 && y <= 2100) || y < 5 || y > 9995;
        for (int m = 1; m <= 12; m++) {
            for (int d = 1; d <= month_days(y, m); d++, days++) {
                if (thorough || d == 1 || d >= 28)
                    check_day(days, y, m, d);
            }
        }
    }
    assert_int_equal(days, 2932897);
}

static void days_that_do_not_exist(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "2026-02-29",  "1900-02-29", "2100-02-29",  "2026-04-31",  "2026-00-10",
        "2026-13-01", "2026-01-00",  "2026-01-32", "0000-01-01",  "2026-1-05",   "2026-01-5",
        "26-01-05",   "02026-01-05", "2026/01/05", "2026-01-05 ", " 2026-01-05", "2026-01-05T00:00",
        "-026-01-05", "2026-01-0x",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t v = -77;
        assert_false(date_parse(str_of(bad[i]), &v));
        assert_int_equal(v, -77);
    }
    int64_t v = 0;
    assert_true(date_parse(STR("2000-02-29"), &v));
    assert_true(date_parse(STR("2024-02-29"), &v));
    assert_true(date_parse(STR("1970-01-01"), &v));
    assert_int_equal(v, 0);
}

static void clock_times(void **state)
{
    (void)state;
    for (int64_t minute = 0; minute < 1440; minute++) {
        char text[16];
        char out[CLOCK_LEN];
        int64_t back = -1;
        snprintf(text, sizeof(text), "%02d:%02d", (int)(minute / 60), (int)(minute % 60));
        assert_true(clock_parse(str_of(text), &back));
        assert_int_equal(back, minute);
        clock_format(minute, out);
        assert_memory_equal(out, text, CLOCK_LEN);
    }
    int64_t v = -1;
    assert_true(clock_parse(STR("19:30:00"), &v));
    assert_int_equal(v, 19 * 60 + 30);
    static const char *const bad[] = {"",       "24:00",   "19:60",     "9:30",
                                      "19:3",   "19.30",   "1930",      "19:30:01",
                                      "19:30:", "19:30:0", "19:30:000", "19:30Z"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(clock_parse(str_of(bad[i]), &v));
}

static void moments(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *utc; /* NULL: refused */
        int64_t fraction_us;
    } cases[] = {
        {"2026-01-15T19:00:00", "2026-01-15T19:00:00", 0},
        {"2026-01-15T19:00", "2026-01-15T19:00:00", 0},
        {"2026-01-15 19:00:00", "2026-01-15T19:00:00", 0},
        {"2026-01-15t19:00:00z", "2026-01-15T19:00:00", 0},
        {"2026-01-15T19:00Z", "2026-01-15T19:00:00", 0},
        {"2026-01-15T19:00:00.5", "2026-01-15T19:00:00", 500000},
        {"2026-01-15T19:00:00.123456789Z", "2026-01-15T19:00:00", 123456},
        {"2026-01-15T19:00:00.0000019", "2026-01-15T19:00:00", 1},
        {"2026-01-15T19:00:00+01:00", "2026-01-15T18:00:00", 0},
        {"2026-01-15T19:00-05:30", "2026-01-16T00:30:00", 0},
        {"2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00", 0},
        {"2024-02-28T23:30:00-01:00", "2024-02-29T00:30:00", 0},
        {"2026-01-15T19:00:00-00:00", "2026-01-15T19:00:00", 0},
        {"1969-12-31T23:59:59.75", "1969-12-31T23:59:59", 750000},
        {"0001-01-01T00:00:00", "0001-01-01T00:00:00", 0},
        {"9999-12-31T23:59:59.999999", "9999-12-31T23:59:59", 999999},
        {"0001-01-01T00:00:00+00:01", NULL, 0},
        {"9999-12-31T23:59:59-00:01", NULL, 0},
        {"2026-01-15", NULL, 0},
        {"2026-01-15T", NULL, 0},
        {"2026-01-15T19", NULL, 0},
        {"2026-01-15T19:", NULL, 0},
        {"2026-01-15T19:0", NULL, 0},
        {"2026-01-15  19:00", NULL, 0},
        {"2026-01-15T24:00:00", NULL, 0},
        {"2026-01-15T19:00:60", NULL, 0},
        {"2026-01-15T19:00:", NULL, 0},
        {"2026-01-15T19:00:00.", NULL, 0},
        {"2026-01-15T19:00.5", NULL, 0},
        {"2026-01-15T19:00:00,5", NULL, 0},
        {"2026-01-15T19:00:00+0100", NULL, 0},
        {"2026-01-15T19:00:00+01", NULL, 0},
        {"2026-01-15T19:00:00+24:00", NULL, 0},
        {"2026-01-15T19:00:00+01:60", NULL, 0},
        {"2026-01-15T19:00:00ZZ", NULL, 0},
        {"2026-01-15T19:00:00 ", NULL, 0},
        {"2026-02-30T19:00:00", NULL, 0},
        {"15.01.2026 19:00", NULL, 0},
        {"now", NULL, 0},
        {"", NULL, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t us = -77;
        assert_int_equal(datetime_parse(str_of(cases[i].text), &us), cases[i].utc != NULL);
        if (cases[i].utc == NULL) {
            assert_int_equal(us, -77);
            continue;
        }
        char out[DATETIME_LEN];
        datetime_format(us, out);
        assert_memory_equal(out, cases[i].utc, DATETIME_LEN);
        assert_int_equal(((us % US_PER_SECOND) + US_PER_SECOND) % US_PER_SECOND,
                         cases[i].fraction_us);
    }
}

static void known_moments(void **state)
{
    (void)state;
    int64_t us = 0;
    assert_true(datetime_parse(STR("1970-01-01T00:00:00"), &us));
    assert_int_equal(us, 0);
    assert_true(datetime_parse(STR("2001-09-09T01:46:40"), &us)); /* the billionth second */
    assert_int_equal(us, INT64_C(1000000000) * US_PER_SECOND);
    assert_int_equal(date_of_us(-1), -1);
    assert_int_equal(date_of_us(0), 0);
    assert_int_equal(date_of_us(-US_PER_DAY), -1);
    assert_int_equal(date_of_us(-US_PER_DAY - 1), -2);
    assert_int_equal(us_of_date_clock(1, 90), US_PER_DAY + 90 * US_PER_MINUTE);
}

static void formats_never_overrun(void **state)
{
    (void)state;
    const int64_t wild[] = {INT64_MIN, INT64_MIN + 1, -1000000000000, 1000000000000, INT64_MAX};
    for (size_t i = 0; i < COUNT(wild); i++) {
        char out[DATETIME_LEN + 1];
        out[DATETIME_LEN] = '#';
        datetime_format(wild[i], out);
        date_format(wild[i], out);
        clock_format(wild[i], out);
        assert_int_equal(out[DATETIME_LEN], '#');
    }
}

static int64_t day(const char *text)
{
    int64_t d = 0;
    assert_true(date_parse(str_of(text), &d));
    return d;
}

static void ages(void **state)
{
    (void)state;
    static const struct {
        const char *dob, *today;
        int64_t age;
    } cases[] = {
        {"2000-06-15", "2018-06-14", 17}, {"2000-06-15", "2018-06-15", 18},
        {"2000-06-15", "2018-06-16", 18}, {"2000-12-31", "2019-01-01", 18},
        {"2000-02-29", "2018-02-28", 17}, {"2000-02-29", "2018-03-01", 18},
        {"2000-02-29", "2020-02-28", 19}, {"2000-02-29", "2020-02-29", 20},
        {"2026-11-22", "2026-11-22", 0},  {"1900-03-01", "2026-02-28", 125},
        {"1969-12-31", "1970-01-01", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(age_on(day(cases[i].dob), day(cases[i].today)), cases[i].age);
}

/* By its own definition: that day is old enough, the next one is not, for every day of eight years.
 */
static void latest_birthday_of_an_age(void **state)
{
    (void)state;
    for (int64_t today = day("2020-01-01"); today < day("2028-01-01"); today++) {
        for (int64_t age = 18; age <= 120; age += 17) {
            int64_t dob = latest_dob_of_age(age, today);
            assert_true(age_on(dob, today) >= age);
            assert_true(age_on(dob + 1, today) < age);
        }
    }
    assert_int_equal(latest_dob_of_age(18, day("2024-02-29")), day("2006-02-28"));
    assert_int_equal(latest_dob_of_age(0, day("2024-02-29")), day("2024-02-29"));
    latest_dob_of_age(INT64_MAX, 0);
    latest_dob_of_age(INT64_MIN, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_from_year_1_to_9999),
        cmocka_unit_test(days_that_do_not_exist),
        cmocka_unit_test(clock_times),
        cmocka_unit_test(moments),
        cmocka_unit_test(known_moments),
        cmocka_unit_test(formats_never_overrun),
        cmocka_unit_test(ages),
        cmocka_unit_test(latest_birthday_of_an_age),
    };
    return cmocka_run_group_tests_name("datetime", tests, NULL, NULL);
}
