/* Times as the API writes them and as the program keeps them. Proleptic Gregorian, UTC, no leap
 * seconds, years 1–9999. Pure: nobody here asks the clock. Sources: RFC 3339 §5.6 for the syntax,
 * Howard Hinnant's "chrono-compatible low-level date algorithms" for the civil calendar. */
#ifndef BASE_DATETIME_H
#define BASE_DATETIME_H

#include "base/str.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_MINUTE (60 * US_PER_SECOND)
#define US_PER_HOUR (60 * US_PER_MINUTE)
#define US_PER_DAY (24 * US_PER_HOUR)

#define DATETIME_LEN 19 /* YYYY-MM-DDTHH:MM:SS */
#define DATE_LEN 10     /* YYYY-MM-DD */
#define CLOCK_LEN 5     /* HH:MM */

/* Days since 1970-01-01 of a civil date, which must be valid. */
int64_t date_from_civil(int year, int month, int day);
void date_to_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day);

/* "YYYY-MM-DD" to days since 1970-01-01; false for anything else or a day that does not exist. */
bool date_parse(struct str s, int64_t *ret_days);
/* "HH:MM" or "HH:MM:00" to minutes since midnight, 0–1439. */
bool clock_parse(struct str s, int64_t *ret_minutes);
/* "YYYY-MM-DDTHH:MM[:SS[.f]][Z|±HH:MM]" ('T', 't' or one space) to µs since 1970; no zone is UTC;
 * a fraction is cut to µs. */
bool datetime_parse(struct str s, int64_t *ret_us);

/* Write exactly DATE_LEN / CLOCK_LEN / DATETIME_LEN bytes, not terminated. */
void date_format(int64_t days, char out[DATE_LEN]);
void clock_format(int64_t minutes, char out[CLOCK_LEN]);
void datetime_format(int64_t us, char out[DATETIME_LEN]);

/* The UTC day that holds this moment (floor, also before 1970). */
int64_t date_of_us(int64_t us);
/* The moment a UTC day and minute begin. */
int64_t us_of_date_clock(int64_t days, int64_t minutes);
/* Whole years between two dates: the age on `today` of somebody born on `dob`. Born on 29 February:
 * a year older on 1 March of common years. */
int64_t age_on(int64_t dob_days, int64_t today_days);
/* The latest date of birth that is at least `age` years old on `today` (inclusive bound, for
 * queries). */
int64_t latest_dob_of_age(int64_t age, int64_t today_days);

#endif
