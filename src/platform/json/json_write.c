/* Structs to JSON text, by their shape (RFC 8259); must not check anything: what is in a struct is
 * valid. */
#include "platform/json/fields.h"

#include "base/datetime.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EACH_BYTE (UINT64_MAX / 0xff) /* 0x0101…: times a byte, eight of it */

/* The short escape of a control character, a quote or a backslash; 0 when there is none. */
static char short_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return '\0';
    }
}

static bool needs_escape(char c)
{
    return c == '"' || c == '\\' || (unsigned char)c < 0x20;
}

/* Has one of these eight bytes its value below n (at most 128)? */
static bool any_below(uint64_t bytes, unsigned n)
{
    return ((bytes - EACH_BYTE * n) & ~bytes & EACH_BYTE * 0x80) != 0;
}

/* Bytes at the start of s that need no escape, looked at eight at a time. */
static size_t plain_length(struct str s)
{
    size_t n = 0;

    for (uint64_t bytes; s.len - n >= sizeof(bytes); n += sizeof(bytes)) {
        memcpy(&bytes, s.ptr + n, sizeof(bytes));
        if (any_below(bytes, 0x20) || any_below(bytes ^ EACH_BYTE * '"', 1) ||
            any_below(bytes ^ EACH_BYTE * '\\', 1))
            break;
    }
    while (n < s.len && !needs_escape(s.ptr[n]))
        n++;
    return n;
}

static void write_escaped(struct buf *b, char c)
{
    char letter = short_escape(c);
    if (letter == '\0') {
        buf_printf(b, "\\u%04x", (unsigned)(unsigned char)c);
        return;
    }
    buf_char(b, '\\');
    buf_char(b, letter);
}

void json_write_text(struct buf *b, struct str s)
{
    if (!str_present(s)) {
        buf_str(b, STR("null"));
        return;
    }
    buf_char(b, '"');
    for (;;) {
        size_t n = plain_length(s);
        buf_put(b, s.ptr, n);
        if (n == s.len)
            break;
        write_escaped(b, s.ptr[n]);
        s = (struct str){s.ptr + n + 1, s.len - n - 1};
    }
    buf_char(b, '"');
}

/* Shortest first: below 15 digits "%.15g" has dropped the zeros already, unless the number is
 * subnormal. */
static int shortest_precision(double v)
{
    char text[40];
    int precision = fabs(v) < DBL_MIN ? 1 : DBL_DIG;
    for (; precision < DBL_DECIMAL_DIG; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, v);
        if (strtod(text, NULL) == v)
            break;
    }
    return precision;
}

void json_write_real(struct buf *b, double v)
{
    if (!isfinite(v)) {
        buf_str(b, STR("null"));
        return;
    }
    char text[40];
    snprintf(text, sizeof(text), "%.*g", shortest_precision(v), v);
    size_t mantissa = strcspn(text, "e");
    buf_put(b, text, mantissa);
    if (memchr(text, '.', mantissa) == NULL)
        buf_str(b, STR(".0"));
    buf_text(b, text + mantissa);
}

void json_write_texts(struct buf *b, const struct texts *texts)
{
    if (texts->v == NULL) {
        buf_str(b, STR("null"));
        return;
    }
    buf_char(b, '[');
    for (size_t i = 0; i < texts->n; i++) {
        if (i > 0)
            buf_char(b, ',');
        json_write_text(b, texts->v[i]);
    }
    buf_char(b, ']');
}

/* A number, or a time in its wire form. */
static void write_i64(struct buf *b, enum field_kind kind, int64_t v)
{
    char out[DATETIME_LEN + 2] = "\"";
    size_t len = 0;
    if (v == I64_NULL) {
        buf_str(b, STR("null"));
        return;
    }
    if (kind == FIELD_INT) {
        buf_i64(b, v);
        return;
    }
    if (kind == FIELD_TIME) {
        datetime_format(v, out + 1);
        len = DATETIME_LEN;
    } else if (kind == FIELD_DATE || kind == FIELD_DATES) {
        date_format(v, out + 1);
        len = DATE_LEN;
    } else {
        clock_format(v, out + 1);
        len = CLOCK_LEN;
    }
    out[len + 1] = '"';
    buf_put(b, out, len + 2);
}

static void write_i64s(struct buf *b, enum field_kind kind, const struct i64s *list)
{
    if (list->v == NULL) {
        buf_str(b, STR("null"));
        return;
    }
    buf_char(b, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i > 0)
            buf_char(b, ',');
        write_i64(b, kind, list->v[i]);
    }
    buf_char(b, ']');
}

static void write_flag(struct buf *b, int8_t v)
{
    if (v == FLAG_NULL)
        buf_str(b, STR("null"));
    else
        buf_text(b, v ? "true" : "false");
}

static void write_user(struct buf *b, const struct user_ref *ref)
{
    switch (ref->kind) {
    case USER_REF_NUMBER:
        buf_i64(b, ref->number);
        return;
    case USER_REF_UUID:
        json_write_text(b, uuid_str(&ref->uuid));
        return;
    case USER_REF_NONE:
        buf_str(b, STR("null"));
        return;
    }
}

static void write_value(struct buf *b, const struct field *f, const void *at)
{
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_TIME:
    case FIELD_DATE:
    case FIELD_CLOCK:
        write_i64(b, f->kind, *(const int64_t *)at);
        return;
    case FIELD_REAL:
        json_write_real(b, *(const double *)at);
        return;
    case FIELD_FLAG:
        write_flag(b, *(const int8_t *)at);
        return;
    case FIELD_TEXT:
        json_write_text(b, *(const struct str *)at);
        return;
    case FIELD_USER:
        write_user(b, at);
        return;
    case FIELD_TEXTS:
        json_write_texts(b, at);
        return;
    case FIELD_DATES:
    case FIELD_CLOCKS:
        write_i64s(b, f->kind, at);
        return;
    case FIELD_END:
        return;
    }
}

static bool is_absent(const struct field *f, const void *at)
{
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_TIME:
    case FIELD_DATE:
    case FIELD_CLOCK:
        return *(const int64_t *)at == I64_NULL;
    case FIELD_REAL:
        return isnan(*(const double *)at);
    case FIELD_FLAG:
        return *(const int8_t *)at == FLAG_NULL;
    case FIELD_TEXT:
        return !str_present(*(const struct str *)at);
    case FIELD_USER:
        return ((const struct user_ref *)at)->kind == USER_REF_NONE;
    case FIELD_TEXTS:
        return ((const struct texts *)at)->v == NULL;
    case FIELD_DATES:
    case FIELD_CLOCKS:
        return ((const struct i64s *)at)->v == NULL;
    case FIELD_END:
        break;
    }
    return true;
}

/* A name is plain text: nothing of it is escaped. */
static void write_name(struct buf *b, const char *name, bool first)
{
    size_t len = strlen(name);
    char *at = buf_room(b, len + 4);

    if (!first)
        *at++ = ',';
    *at++ = '"';
    memcpy(at, name, len);
    memcpy(at + len, "\":", 2);
    b->len += len + (first ? 3 : 4);
}

void json_write_members(struct buf *b, const struct shape *shape, const void *obj)
{
    bool first = true;
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++) {
        const void *at = (const char *)obj + f->offset;
        if ((f->flags & (FIELD_HIDDEN | FIELD_SECRET)) ||
            ((f->flags & FIELD_OMIT_NULL) && is_absent(f, at)))
            continue;
        write_name(b, f->name, first);
        write_value(b, f, at);
        first = false;
    }
}

void json_write(struct buf *b, const struct shape *shape, const void *obj)
{
    buf_char(b, '{');
    json_write_members(b, shape, obj);
    buf_char(b, '}');
}

static void write_errors(struct buf *b, const struct field_errors *errors)
{
    buf_text(b, ",\"errors\":[");
    for (const struct field_error *e = errors->head; e != NULL; e = e->next) {
        buf_text(b, e == errors->head ? "{\"field\":" : ",{\"field\":");
        json_write_text(b, str_of(e->field));
        buf_text(b, ",\"message\":");
        json_write_text(b, e->message);
        buf_char(b, '}');
    }
    buf_char(b, ']');
}

void json_write_error(struct buf *b, struct str why, const struct field_errors *errors,
                      struct str reason)
{
    buf_text(b, "{\"detail\":");
    json_write_text(b, why);
    if (errors != NULL && errors->head != NULL)
        write_errors(b, errors);
    if (str_present(reason)) {
        buf_text(b, ",\"reason\":");
        json_write_text(b, reason);
    }
    buf_char(b, '}');
}
