/* Query strings and form values into a struct, by its shape; the rules and sentences are those of
 * JSON fields. */
#include "platform/json/field_value.h"
#include "platform/json/fields.h"

#include "base/utf8.h"

/* "x+y%20z" decoded into the arena; false for a bad escape, or when what comes out is no text. */
static bool decode(struct arena *a, struct str s, struct str *ret)
{
    struct buf out = buf_new(a, s.len);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '%') {
            buf_char(&out, s.ptr[i] == '+' ? ' ' : s.ptr[i]);
            continue;
        }
        if (s.len - i < 3)
            return false;
        int high = str_hex_digit(s.ptr[i + 1]);
        int low = str_hex_digit(s.ptr[i + 2]);
        if (high < 0 || low < 0)
            return false;
        buf_char(&out, (char)(high * 16 + low));
        i += 2;
    }
    *ret = buf_view(&out);
    return utf8_valid(*ret);
}

static size_t count_fields(const struct shape *shape)
{
    size_t n = 0;
    while (shape->fields[n].kind != FIELD_END)
        n++;
    return n;
}

/* The field's place in the table, or n for a name that the shape does not have. */
static size_t find_field(const struct shape *shape, size_t n, struct str name)
{
    size_t i = 0;
    while (i < n && !str_eq(str_of(shape->fields[i].name), name))
        i++;
    return i;
}

/* "a,b,c"; an empty text is an empty list. */
static struct texts split_list(struct arena *a, struct str value)
{
    size_t n = 1;
    for (size_t i = 0; i < value.len; i++)
        n += value.ptr[i] == ',';
    struct texts items = {.v = ARENA_ARRAY(a, n, struct str)};
    struct str rest = value.len > 0 ? value : STR_NULL;
    while (str_present(rest))
        items.v[items.n++] = str_cut(&rest, ',');
    return items;
}

static void set_value(struct field_reader *r, const struct field *f, struct str value, void *obj)
{
    if (f->kind == FIELD_TEXTS || f->kind == FIELD_DATES || f->kind == FIELD_CLOCKS)
        field_set_list(r, f, split_list(r->arena, value), obj);
    else
        field_set_text(r, f, value, obj);
}

static bool counts_as_missing(const struct field *f, struct str value)
{
    return !str_present(value) || field_text_absent(f, value);
}

void field_from_text(const struct field *f, struct str value, struct arena *a, void *obj,
                     struct field_errors *errors)
{
    struct field_reader r = {a, errors};
    if (!counts_as_missing(f, value))
        set_value(&r, f, value, obj);
    else if (f->flags & FIELD_REQUIRED)
        field_errors_add(errors, a, f->name, "is required");
}

/* Every pair's value to its field; false and a sentence when the query is malformed. */
static bool collect(const struct shape *shape, size_t n, struct str query, struct arena *a,
                    struct str *values, const char **ret_why)
{
    struct str rest = query;
    while (str_present(rest)) {
        struct str pair = str_cut(&rest, '&');
        struct str raw_name = str_cut(&pair, '=');
        struct str name = STR_NULL;
        struct str value = STR("");
        if (!decode(a, raw_name, &name) || (str_present(pair) && !decode(a, pair, &value))) {
            *ret_why = "The query is not well-formed: a bad %-escape or no UTF-8 text";
            return false;
        }
        size_t i = find_field(shape, n, name);
        if (i == n)
            continue;
        if (str_present(values[i])) {
            *ret_why = arena_printf(a, "The query has \"%s\" twice", shape->fields[i].name).ptr;
            return false;
        }
        values[i] = value;
    }
    return true;
}

/* As a page's form sends what nobody filled in: not given, unless "" is a value of its own. */
static bool left_empty(const struct field *f, struct str value)
{
    bool takes_empty = f->kind == FIELD_TEXT || f->kind == FIELD_TEXTS;

    return value.len == 0 && !(takes_empty && f->min == 0);
}

enum err shape_from_query(const struct shape *shape, struct str query, struct arena *a, void *obj,
                          struct field_errors *errors, const char **ret_why)
{
    shape_clear(shape, obj);
    size_t n = count_fields(shape);
    struct str *values = ARENA_ARRAY(a, n, struct str);
    if (!collect(shape, n, query, a, values, ret_why))
        return ERR_BAD_REQUEST;
    for (size_t i = 0; i < n; i++)
        field_from_text(&shape->fields[i],
                        left_empty(&shape->fields[i], values[i]) ? STR_NULL : values[i], a, obj,
                        errors);
    return errors->head == NULL ? OK : ERR_INVALID;
}
