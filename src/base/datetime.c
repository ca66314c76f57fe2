/* Calendar and wire format of times, dates and clock times; must not ask what time it is. The civil
 * calendar follows Howard Hinnant's days_from_civil and civil_from_days: years start on 1 March, so
 * that the leap day comes last, and 400 years are one era of 146,097 days. */
#include "base/datetime.h"

#include <string.h>

#define DAYS_PER_ERA 146097
#define DAYS_0000_03_01 719468    /* before 1970-01-01 */
#define DATE_MIN INT64_C(-719162) /* 0001-01-01 */
#define DATE_MAX INT64_C(2932896) /* 9999-12-31 */
#define YEAR_MAX 9999
#define MINUTES_PER_DAY 1440

int64_t date_from_civil(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * DAYS_PER_ERA + day_of_era - DAYS_0000_03_01;
}

void date_to_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + DAYS_0000_03_01;
    int64_t era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int doe = (int)(z - era * DAYS_PER_ERA);
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int shifted = (5 * doy + 2) / 153; /* months since March */

    *ret_day = doy - (153 * shifted + 2) / 5 + 1;
    *ret_month = shifted < 10 ? shifted + 3 : shifted - 9;
    *ret_year = (int)(yoe + era * 400) + (*ret_month <= 2 ? 1 : 0);
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

static int64_t clamp(int64_t v, int64_t lo, int64_t hi)
{
    if (v < lo)
        return lo;
    return v > hi ? hi : v;
}

/* Take exactly n digits off the front. */
static bool take_digits(struct str *s, int n, int *ret)
{
    if (s->len < (size_t)n)
        return false;
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9')
            return false;
        v = v * 10 + (s->ptr[i] - '0');
    }
    *s = (struct str){s->ptr + n, s->len - (size_t)n};
    *ret = v;
    return true;
}

/* Take one character of `set` off the front; 0 when it is none of them. */
static char take_char(struct str *s, const char *set)
{
    if (s->len == 0 || s->ptr[0] == '\0' || strchr(set, s->ptr[0]) == NULL)
        return '\0';
    char c = s->ptr[0];
    *s = (struct str){s->ptr + 1, s->len - 1};
    return c;
}

static bool take_date(struct str *s, int64_t *ret_days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_digits(s, 4, &year) || !take_char(s, "-") || !take_digits(s, 2, &month) ||
        !take_char(s, "-") || !take_digits(s, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *ret_days = date_from_civil(year, month, day);
    return true;
}

/* "HH:MM" as minutes. */
static bool take_clock(struct str *s, int64_t *ret_minutes)
{
    int hour = 0;
    int minute = 0;
    if (!take_digits(s, 2, &hour) || !take_char(s, ":") || !take_digits(s, 2, &minute))
        return false;
    if (hour > 23 || minute > 59)
        return false;
    *ret_minutes = (int64_t)hour * 60 + minute;
    return true;
}

/* ".5" as µs; digits past the sixth are dropped. */
static bool take_fraction(struct str *s, int64_t *ret_us)
{
    *ret_us = 0;
    if (!take_char(s, "."))
        return true;
    int64_t unit = US_PER_SECOND;
    int digit = 0;
    if (!take_digits(s, 1, &digit))
        return false;
    do {
        unit /= 10;
        *ret_us += digit * unit;
    } while (take_digits(s, 1, &digit));
    return true;
}

/* "Z", "±HH:MM" or nothing, as µs to subtract. */
static bool take_zone(struct str *s, int64_t *ret_us)
{
    *ret_us = 0;
    if (s->len == 0 || take_char(s, "Zz"))
        return true;
    char sign = take_char(s, "+-");
    int64_t minutes = 0;
    if (sign == '\0' || !take_clock(s, &minutes))
        return false;
    *ret_us = (sign == '-' ? -minutes : minutes) * US_PER_MINUTE;
    return true;
}

bool date_parse(struct str s, int64_t *ret_days)
{
    int64_t days = 0;
    if (!take_date(&s, &days) || s.len > 0)
        return false;
    *ret_days = days;
    return true;
}

bool clock_parse(struct str s, int64_t *ret_minutes)
{
    int64_t minutes = 0;
    if (!take_clock(&s, &minutes))
        return false;
    if (s.len > 0 && !str_eq(s, STR(":00")))
        return false;
    *ret_minutes = minutes;
    return true;
}

bool datetime_parse(struct str s, int64_t *ret_us)
{
    int64_t days = 0;
    int64_t minutes = 0;
    int64_t fraction_us = 0;
    int64_t zone_us = 0;
    int second = 0;
    if (!take_date(&s, &days) || !take_char(&s, "Tt ") || !take_clock(&s, &minutes))
        return false;
    if (take_char(&s, ":") &&
        (!take_digits(&s, 2, &second) || second > 59 || !take_fraction(&s, &fraction_us)))
        return false;
    if (!take_zone(&s, &zone_us) || s.len > 0)
        return false;

    int64_t us = us_of_date_clock(days, minutes) + second * US_PER_SECOND + fraction_us - zone_us;
    if (date_of_us(us) < DATE_MIN ||
        date_of_us(us) > DATE_MAX) /* a zone can lead past either end */
        return false;
    *ret_us = us;
    return true;
}

static char *put_digits(char *out, int n, int64_t v)
{
    for (int i = n - 1; i >= 0; i--) {
        out[i] = (char)('0' + v % 10);
        v /= 10;
    }
    return out + n;
}

void date_format(int64_t days, char out[DATE_LEN])
{
    int year = 0;
    int month = 0;
    int day = 0;
    date_to_civil(clamp(days, DATE_MIN, DATE_MAX), &year, &month, &day);
    char *at = put_digits(out, 4, year);
    *at++ = '-';
    at = put_digits(at, 2, month);
    *at++ = '-';
    put_digits(at, 2, day);
}

void clock_format(int64_t minutes, char out[CLOCK_LEN])
{
    minutes = clamp(minutes, 0, MINUTES_PER_DAY - 1);
    char *at = put_digits(out, 2, minutes / 60);
    *at++ = ':';
    put_digits(at, 2, minutes % 60);
}

void datetime_format(int64_t us, char out[DATETIME_LEN])
{
    us = clamp(us, DATE_MIN * US_PER_DAY, (DATE_MAX + 1) * US_PER_DAY - 1);
    int64_t days = date_of_us(us);
    int64_t second = (us - days * US_PER_DAY) / US_PER_SECOND;
    date_format(days, out);
    char *at = out + DATE_LEN;
    *at++ = 'T';
    clock_format(second / 60, at);
    at += CLOCK_LEN;
    *at++ = ':';
    put_digits(at, 2, second % 60);
}

int64_t date_of_us(int64_t us)
{
    return floor_div(us, US_PER_DAY);
}

int64_t us_of_date_clock(int64_t days, int64_t minutes)
{
    return days * US_PER_DAY + minutes * US_PER_MINUTE;
}

int64_t age_on(int64_t dob_days, int64_t today_days)
{
    int by = 0;
    int bm = 0;
    int bd = 0;
    int ty = 0;
    int tm = 0;
    int td = 0;
    date_to_civil(dob_days, &by, &bm, &bd);
    date_to_civil(today_days, &ty, &tm, &td);
    bool birthday_to_come = tm < bm || (tm == bm && td < bd);
    return ty - by - (birthday_to_come ? 1 : 0);
}

int64_t latest_dob_of_age(int64_t age, int64_t today_days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    date_to_civil(today_days, &year, &month, &day);
    year -= (int)clamp(age, -YEAR_MAX, YEAR_MAX);
    if (day > days_in_month(year, month)) /* 29 February of a year without one */
        day = days_in_month(year, month);
    return date_from_civil(year, month, day);
}
