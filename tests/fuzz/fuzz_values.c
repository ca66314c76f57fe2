/* Single values as callers write them: dates, times, numbers, ids, people's words. What is read
 * must come back when it is written. */
#include "fuzz.h"

#include "base/datetime.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "platform/json/fields.h"

static void dates(struct str s)
{
    char text[DATE_LEN];
    int64_t days, again;
    int year, month, day;

    if (!date_parse(s, &days))
        return;
    date_format(days, text);
    HOLDS(str_eq((struct str){text, DATE_LEN}, s));
    date_to_civil(days, &year, &month, &day);
    HOLDS(date_from_civil(year, month, day) == days);
    HOLDS(date_of_us(us_of_date_clock(days, 1439)) == days);
    HOLDS(date_parse((struct str){text, DATE_LEN}, &again) && again == days);
    for (int64_t age = 18; age < 100; age += 27) {
        int64_t dob = latest_dob_of_age(age, days);
        HOLDS(age_on(dob, days) >= age && age_on(dob + 1, days) < age);
    }
}

static void clocks(struct str s)
{
    char text[CLOCK_LEN];
    int64_t minutes;

    if (!clock_parse(s, &minutes))
        return;
    HOLDS(minutes >= 0 && minutes < 1440);
    clock_format(minutes, text);
    HOLDS(str_starts(s, (struct str){text, CLOCK_LEN}));
}

static void moments(struct str s)
{
    char text[DATETIME_LEN];
    int64_t us, again;

    if (!datetime_parse(s, &us))
        return;
    datetime_format(us, text);
    HOLDS(datetime_parse((struct str){text, DATETIME_LEN}, &again));
    HOLDS(again <= us && us - again < US_PER_SECOND);
}

static void ids(struct str s, struct arena *a)
{
    struct uuid uuid, uuid_again;
    struct user_ref ref, ref_again;
    int64_t number;

    if (uuid_parse(s, &uuid)) {
        HOLDS(uuid_parse(uuid_str(&uuid), &uuid_again) && str_eq_nocase(uuid_str(&uuid), s));
        (void)uuid_number(&uuid, &number);
    }
    if (str_to_i64(s, &number))
        HOLDS(number != I64_NULL);
    if (user_ref_parse(s, &ref)) {
        HOLDS(user_ref_parse(user_ref_text(&ref, a), &ref_again));
        HOLDS(ref.kind == ref_again.kind && ref.number == ref_again.number);
    }
}

static void words(struct str s, struct arena *a)
{
    if (!utf8_valid(s))
        return;
    struct str trimmed = utf8_trim(s);
    HOLDS(utf8_length(trimmed) <= utf8_length(s) && utf8_length(s) <= s.len);
    struct str key = utf8_fold(a, s);
    HOLDS(utf8_valid(key) && str_eq(utf8_fold(a, key), key));
    HOLDS(str_eq(utf8_fold(a, trimmed), key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = fuzz_str(data, size);
    struct arena a = {0};

    dates(s);
    clocks(s);
    moments(s);
    ids(s, &a);
    words(s, &a);
    arena_free(&a);
    return 0;
}
