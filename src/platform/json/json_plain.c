/* The body that clients send nearly always, one object of plain members, read in one pass without
 * building a tree (measured: a slot takes 2,200 instructions, by way of jansson 14,500). Decides no
 * error of syntax: what is not surely of that form is jansson's. */
#include "platform/json/field_value.h"

#include <string.h>

#define FIELDS_MAX 24
#define DIGITS_MAX 18 /* whatever they are, they fit */

enum plain_kind { PLAIN_MISSING, PLAIN_NULL, PLAIN_TEXT, PLAIN_INT, PLAIN_TRUE, PLAIN_FALSE };

struct plain {
    enum plain_kind kind;
    struct str text; /* a view of the body */
    int64_t i;
};

struct cursor {
    const char *at, *end;
};

static void skip_space(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
        c->at++;
}

static bool take(struct cursor *c, char wanted)
{
    skip_space(c);
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

/* Behind its opening quote. Only of ASCII without escapes and control characters. */
static bool take_text(struct cursor *c, struct str *ret)
{
    const char *from = c->at;

    while (c->at < c->end && *c->at != '"') {
        unsigned char byte = (unsigned char)*c->at;
        if (byte < 0x20 || byte > 0x7e || byte == '\\')
            return false;
        c->at++;
    }
    if (c->at == c->end)
        return false;
    *ret = (struct str){from, (size_t)(c->at - from)};
    c->at++;
    return true;
}

/* Without fraction and exponent. */
static bool take_integer(struct cursor *c, int64_t *ret)
{
    bool negative = c->at < c->end && *c->at == '-';
    const char *from = c->at += negative;
    int64_t v = 0;

    while (c->at < c->end && *c->at >= '0' && *c->at <= '9' && c->at - from < DIGITS_MAX)
        v = v * 10 + (*c->at++ - '0');
    bool leading_zero = c->at - from > 1 && *from == '0';
    if (c->at == from || leading_zero || c->at == c->end || !strchr(" \n\r\t,}", *c->at))
        return false;
    *ret = negative ? -v : v;
    return true;
}

static bool take_word(struct cursor *c, struct str word)
{
    if (!str_starts((struct str){c->at, (size_t)(c->end - c->at)}, word))
        return false;
    c->at += word.len;
    return true;
}

static bool take_value(struct cursor *c, struct plain *v)
{
    skip_space(c);
    if (c->at == c->end)
        return false;
    switch (*c->at) {
    case '"':
        c->at++;
        v->kind = PLAIN_TEXT;
        return take_text(c, &v->text);
    case 't':
        v->kind = PLAIN_TRUE;
        return take_word(c, STR("true"));
    case 'f':
        v->kind = PLAIN_FALSE;
        return take_word(c, STR("false"));
    case 'n':
        v->kind = PLAIN_NULL;
        return take_word(c, STR("null"));
    default:
        v->kind = PLAIN_INT;
        return take_integer(c, &v->i);
    }
}

/* The place of the field of that name; n: it is unknown. */
static size_t place_of(const struct shape *shape, size_t n, struct str name)
{
    size_t i = 0;

    while (i < n && (strncmp(shape->fields[i].name, name.ptr, name.len) != 0 ||
                     shape->fields[i].name[name.len] != '\0'))
        i++;
    return i;
}

/* `"name": value`; each name that the shape knows once, no other. */
static bool take_member(struct cursor *c, const struct shape *shape, size_t n, struct plain *values)
{
    struct str name;

    if (!take(c, '"') || !take_text(c, &name) || !take(c, ':'))
        return false;
    size_t i = place_of(shape, n, name);
    return i < n && values[i].kind == PLAIN_MISSING && take_value(c, &values[i]);
}

static bool take_object(struct cursor *c, const struct shape *shape, size_t n, struct plain *values)
{
    if (!take(c, '{'))
        return false;
    if (!take(c, '}')) {
        do
            if (!take_member(c, shape, n, values))
                return false;
        while (take(c, ','));
        if (!take(c, '}'))
            return false;
    }
    skip_space(c);
    return c->at == c->end;
}

static void set_integer(struct field_reader *r, const struct field *f, int64_t v, void *obj)
{
    if (f->kind == FIELD_REAL)
        field_set_real(r, f, (double)v, obj);
    else if (f->kind == FIELD_INT)
        field_set_i64(r, f, v, obj);
    else if (f->kind == FIELD_USER)
        field_set_user_number(r, f, v, obj);
    else
        field_wrong_kind(r, f);
}

static void set_value(struct field_reader *r, const struct field *f, const struct plain *v,
                      void *obj)
{
    bool flag = v->kind == PLAIN_TRUE || v->kind == PLAIN_FALSE;

    if (v->kind == PLAIN_INT)
        set_integer(r, f, v->i, obj);
    else if (flag && f->kind == FIELD_FLAG)
        field_set_flag(f, v->kind == PLAIN_TRUE, obj);
    else if (v->kind == PLAIN_TEXT && f->kind != FIELD_FLAG)
        field_set_text(r, f, v->text, obj); /* no list takes one */
    else
        field_wrong_kind(r, f);
}

static bool counts_as_missing(const struct field *f, const struct plain *v)
{
    return v->kind == PLAIN_MISSING || v->kind == PLAIN_NULL ||
           (v->kind == PLAIN_TEXT && field_text_absent(f, v->text));
}

bool json_plain_read(struct field_reader *r, const struct shape *shape, struct str text, void *obj)
{
    struct plain values[FIELDS_MAX];
    struct cursor c = {text.ptr, text.ptr + text.len};
    size_t n = 0;

    for (; shape->fields[n].kind != FIELD_END; n++) {
        if (n == FIELDS_MAX)
            return false;
        values[n].kind = PLAIN_MISSING;
    }
    if (text.len == 0 || !take_object(&c, shape, n, values))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct field *f = &shape->fields[i];
        if (!counts_as_missing(f, &values[i]))
            set_value(r, f, &values[i], obj);
        else if (f->flags & FIELD_REQUIRED)
            field_errors_add(r->errors, r->arena, f->name, "is required");
    }
    return true;
}
