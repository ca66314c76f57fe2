/* Sets one field from one value, checks its bounds, and says in one short sentence what is wrong
 * with it; must not know whether the value came from JSON, a query or a form. */
#include "platform/json/field_value.h"

#include "base/datetime.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

#define TEXT_MAX_DEFAULT INT64_C(10000)
#define NUMBER_TEXT_MAX ((size_t)64) /* bytes; longer ones are no number anybody means */

static bool wrong(struct field_reader *r, const struct field *f, const char *message)
{
    field_errors_add(r->errors, r->arena, f->name, "%s", message);
    return false;
}

bool field_wrong_kind(struct field_reader *r, const struct field *f)
{
    static const char *const wanted[] = {
        [FIELD_INT] = "must be a whole number",
        [FIELD_REAL] = "must be a number",
        [FIELD_FLAG] = "must be true or false",
        [FIELD_TEXT] = "must be a text",
        [FIELD_TIME] = "must be a time YYYY-MM-DDTHH:MM:SS",
        [FIELD_DATE] = "must be a date YYYY-MM-DD",
        [FIELD_CLOCK] = "must be a time HH:MM",
        [FIELD_USER] = "must be a user id, a number or a UUID",
        [FIELD_TEXTS] = "must be a list of texts",
        [FIELD_DATES] = "must be a list of dates YYYY-MM-DD",
        [FIELD_CLOCKS] = "must be a list of times HH:MM",
    };
    return wrong(r, f, wanted[f->kind]);
}

static bool has_bounds(const struct field *f)
{
    return f->min != 0 || f->max != 0;
}

/* A bound as the caller would write the value: "18", "2100-12-31". */
static const char *bound_text(struct field_reader *r, const struct field *f, int64_t v)
{
    char out[DATETIME_LEN];
    struct str s = {out, 0};
    switch (f->kind) {
    case FIELD_DATE:
        date_format(v, out);
        s.len = DATE_LEN;
        return arena_str(r->arena, s).ptr;
    case FIELD_TIME:
        datetime_format(v, out);
        s.len = DATETIME_LEN;
        return arena_str(r->arena, s).ptr;
    case FIELD_CLOCK:
        clock_format(v, out);
        s.len = CLOCK_LEN;
        return arena_str(r->arena, s).ptr;
    case FIELD_END:
    case FIELD_INT:
    case FIELD_REAL:
    case FIELD_FLAG:
    case FIELD_TEXT:
    case FIELD_USER:
    case FIELD_TEXTS:
    case FIELD_DATES:
    case FIELD_CLOCKS:
        break;
    }
    return arena_printf(r->arena, "%lld", (long long)v).ptr;
}

/* "must be between 18 and 120", "must have at most 10 items": verb and unit around the bounds. */
static bool out_of_bounds(struct field_reader *r, const struct field *f, const char *verb,
                          int64_t lo, int64_t hi, const char *unit)
{
    const char *low = bound_text(r, f, lo);
    const char *high = bound_text(r, f, hi);
    if (lo == hi)
        field_errors_add(r->errors, r->arena, f->name, "must %s exactly %s%s", verb, low, unit);
    else if (hi == INT64_MAX)
        field_errors_add(r->errors, r->arena, f->name, "must %s at least %s%s", verb, low, unit);
    else if (lo == INT64_MIN)
        field_errors_add(r->errors, r->arena, f->name, "must %s at most %s%s", verb, high, unit);
    else
        field_errors_add(r->errors, r->arena, f->name, "must %s between %s and %s%s", verb, low,
                         high, unit);
    return false;
}

bool field_text_absent(const struct field *f, struct str v)
{
    if ((f->flags & FIELD_TRIM) && utf8_valid(v))
        v = utf8_trim(v);
    return (f->flags & FIELD_EMPTY_ABSENT) && v.len == 0;
}

bool field_set_i64(struct field_reader *r, const struct field *f, int64_t v, void *obj)
{
    if (v == I64_NULL)
        return field_wrong_kind(r, f);
    if (has_bounds(f) && (v < f->min || v > f->max))
        return out_of_bounds(r, f, "be", f->min, f->max, "");
    *(int64_t *)field_at(f, obj) = v;
    return true;
}

bool field_set_real(struct field_reader *r, const struct field *f, double v, void *obj)
{
    if (!isfinite(v))
        return field_wrong_kind(r, f);
    if (has_bounds(f) && (v < (double)f->min || v > (double)f->max))
        return out_of_bounds(r, f, "be", f->min, f->max, "");
    *(double *)field_at(f, obj) = v;
    return true;
}

bool field_set_flag(const struct field *f, bool v, void *obj)
{
    *(int8_t *)field_at(f, obj) = v ? 1 : 0;
    return true;
}

static bool text_length_fits(struct field_reader *r, const struct field *f, struct str v)
{
    bool secret = (f->flags & FIELD_SECRET) != 0;
    int64_t max = has_bounds(f) ? f->max : TEXT_MAX_DEFAULT;
    int64_t len = (int64_t)(secret ? v.len : utf8_length(v));
    if (len >= f->min && len <= max)
        return true;
    const char *unit = secret ? " bytes" : " characters";
    bool at_most_only = max > 1 && f->min <= 1 && len > max; /* what is too long is not empty */
    return out_of_bounds(r, f, "have", at_most_only ? INT64_MIN : f->min, max, unit);
}

/* FIELD_TEXT itself. */
static bool set_plain_text(struct field_reader *r, const struct field *f, struct str v, void *obj)
{
    if (!utf8_valid(v))
        return wrong(r, f, "must be well-formed UTF-8 text without NUL");
    if (f->flags & FIELD_TRIM)
        v = utf8_trim(v);
    if (!text_length_fits(r, f, v))
        return false;
    const char *why = f->check != NULL ? f->check(v) : NULL;
    if (why != NULL)
        return wrong(r, f, why);
    *(struct str *)field_at(f, obj) = arena_str(r->arena, v);
    return true;
}

static size_t count_digits(struct str s, size_t from)
{
    size_t n = 0;
    while (from + n < s.len && s.ptr[from + n] >= '0' && s.ptr[from + n] <= '9')
        n++;
    return n;
}

/* JSON's own grammar of numbers (RFC 8259 §6), which strtod would go beyond: no hex, no inf, no
 * "+1". */
static bool is_number(struct str s)
{
    size_t at = s.len > 0 && s.ptr[0] == '-' ? 1 : 0;
    size_t whole = count_digits(s, at);
    if (whole == 0)
        return false;
    at += whole;
    if (at < s.len && s.ptr[at] == '.') {
        size_t fraction = count_digits(s, at + 1);
        if (fraction == 0)
            return false;
        at += 1 + fraction;
    }
    if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
        at++;
        if (at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+'))
            at++;
        size_t exponent = count_digits(s, at);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    return at == s.len;
}

static bool set_real_text(struct field_reader *r, const struct field *f, struct str v, void *obj)
{
    if (v.len > NUMBER_TEXT_MAX || !is_number(v))
        return field_wrong_kind(r, f);
    struct str terminated = arena_str(r->arena, v);
    return field_set_real(r, f, strtod(terminated.ptr, NULL), obj);
}

static bool set_flag_text(struct field_reader *r, const struct field *f, struct str v, void *obj)
{
    static const char *const yes[] = {"true", "1", "yes"};
    static const char *const no[] = {"false", "0", "no"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (str_eq_nocase(v, str_of(yes[i])))
            return field_set_flag(f, true, obj);
        if (str_eq_nocase(v, str_of(no[i])))
            return field_set_flag(f, false, obj);
    }
    return field_wrong_kind(r, f);
}

static bool set_user_text(struct field_reader *r, const struct field *f, struct str v, void *obj)
{
    return user_ref_parse(v, field_at(f, obj)) || field_wrong_kind(r, f);
}

bool field_set_user_number(struct field_reader *r, const struct field *f, int64_t v, void *obj)
{
    return set_user_text(r, f, arena_printf(r->arena, "%lld", (long long)v), obj);
}

bool field_set_text(struct field_reader *r, const struct field *f, struct str v, void *obj)
{
    int64_t n = 0;
    switch (f->kind) {
    case FIELD_TEXT:
        return set_plain_text(r, f, v, obj);
    case FIELD_INT:
        return str_to_i64(v, &n) ? field_set_i64(r, f, n, obj) : field_wrong_kind(r, f);
    case FIELD_TIME:
        return datetime_parse(v, &n) ? field_set_i64(r, f, n, obj) : field_wrong_kind(r, f);
    case FIELD_DATE:
        return date_parse(v, &n) ? field_set_i64(r, f, n, obj) : field_wrong_kind(r, f);
    case FIELD_CLOCK:
        return clock_parse(v, &n) ? field_set_i64(r, f, n, obj) : field_wrong_kind(r, f);
    case FIELD_REAL:
        return set_real_text(r, f, v, obj);
    case FIELD_FLAG:
        return set_flag_text(r, f, v, obj);
    case FIELD_USER:
        return set_user_text(r, f, v, obj);
    case FIELD_TEXTS:
    case FIELD_DATES:
    case FIELD_CLOCKS:
    case FIELD_END:
        break;
    }
    return field_wrong_kind(r, f);
}

static bool list_length_fits(struct field_reader *r, const struct field *f, size_t n)
{
    if (!has_bounds(f) || ((int64_t)n >= f->min && (int64_t)n <= f->max))
        return true;
    return out_of_bounds(r, f, "have", f->min > 0 ? f->min : INT64_MIN, f->max,
                         f->min == f->max && f->max == 1 ? " item" : " items");
}

static bool set_texts(struct field_reader *r, const struct field *f, struct texts items, void *obj)
{
    for (size_t i = 0; i < items.n; i++) {
        if (!utf8_valid(items.v[i]))
            return wrong(r, f, "must be well-formed UTF-8 text without NUL");
        if (f->flags & FIELD_TRIM)
            items.v[i] = utf8_trim(items.v[i]);
        if (f->item_max > 0 && (int64_t)utf8_length(items.v[i]) > f->item_max) {
            field_errors_add(r->errors, r->arena, f->name,
                             "must have items of at most %lld characters", (long long)f->item_max);
            return false;
        }
        const char *why = f->check != NULL ? f->check(items.v[i]) : NULL;
        if (why != NULL)
            return wrong(r, f, why);
        items.v[i] = arena_str(r->arena, items.v[i]);
    }
    *(struct texts *)field_at(f, obj) = items;
    return true;
}

static bool set_i64s(struct field_reader *r, const struct field *f, struct texts items, void *obj)
{
    struct i64s list = {ARENA_ARRAY(r->arena, items.n, int64_t), items.n};
    for (size_t i = 0; i < items.n; i++) {
        bool good = f->kind == FIELD_DATES ? date_parse(items.v[i], &list.v[i])
                                           : clock_parse(items.v[i], &list.v[i]);
        if (!good)
            return field_wrong_kind(r, f);
    }
    *(struct i64s *)field_at(f, obj) = list;
    return true;
}

bool field_set_list(struct field_reader *r, const struct field *f, struct texts items, void *obj)
{
    if (!list_length_fits(r, f, items.n))
        return false;
    return f->kind == FIELD_TEXTS ? set_texts(r, f, items, obj) : set_i64s(r, f, items, obj);
}
