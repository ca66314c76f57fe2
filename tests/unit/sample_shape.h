/* One shape with a field of every kind, for the tests of readers and writers. */
#ifndef TESTS_SAMPLE_SHAPE_H
#define TESTS_SAMPLE_SHAPE_H

#include "platform/json/fields.h"

struct sample {
    int64_t id;
    double rating;
    int8_t active;
    struct str name;
    struct str note;
    struct str password;
    int64_t created_at;
    int64_t dob;
    int64_t time;
    struct user_ref user_id;
    struct texts interests;
    struct i64s dates;
    struct i64s times;
    int64_t hidden;
};

static inline const char *sample_no_x(struct str value)
{
    return value.len > 0 && memchr(value.ptr, 'X', value.len) != NULL ? "must not hold an X" : NULL;
}

static const struct field SAMPLE_FIELDS[] = {
    F_INT(sample, id, 18, 120, FIELD_REQUIRED),
    F_REAL(sample, rating, 0, 5, 0),
    F_FLAG(sample, active, 0),
    F_TEXT(sample, name, 1, 10, FIELD_TRIM, .check = sample_no_x),
    F_TEXT(sample, note, 0, 20, FIELD_TRIM | FIELD_EMPTY_ABSENT | FIELD_OMIT_NULL),
    F_TEXT(sample, password, 8, 12, FIELD_SECRET),
    F_TIME(sample, created_at, 0),
    F_ROW(sample, dob, FIELD_DATE, -25567, 47846, 0), /* 1900-01-01 to 2100-12-31 */
    F_CLOCK(sample, time, 0),
    F_USER(sample, user_id, 0),
    F_TEXTS(sample, interests, 3, 5, FIELD_TRIM),
    F_DATES(sample, dates, 1, 2, 0),
    F_CLOCKS(sample, times, 2, 2, 0),
    F_INT(sample, hidden, 0, 0, FIELD_HIDDEN | FIELD_OMIT_NULL),
    F_END,
};

static const struct shape SAMPLE = SHAPE(sample, SAMPLE_FIELDS);
static const struct shape SAMPLE_STRICT = {
    .name = "sample", .size = sizeof(struct sample), .fields = SAMPLE_FIELDS, .strict = true};

#endif
