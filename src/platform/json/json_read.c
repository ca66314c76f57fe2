/* JSON text into a struct, by its shape. jansson parses what json_plain.c leaves; what it does not
 * refuse by itself (depth) is scanned for first. Must not keep anything of jansson's after it
 * returns. */
#include "platform/json/field_value.h"
#include "platform/json/fields.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define DEPTH_MAX 32
#define UNKNOWN_NAME_MAX 64 /* bytes */
#define UNKNOWN_MAX 20 /* unknown fields that are named one by one; a body can hold thousands */

/* Nesting of brackets outside strings. Says nothing about whether the text is JSON. */
static bool too_deep(struct str text)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '[' || c == '{') && ++depth > DEPTH_MAX)
            return true;
        else if (!in_string && (c == ']' || c == '}'))
            depth--;
    }
    return false;
}

/* jansson's own sentences quote the body, which may hold a password. */
static const char *why_not_json(struct arena *a, const json_error_t *error)
{
    const char *what = "is not valid JSON";
    enum json_error_code code = json_error_code(error);
    if (code == json_error_duplicate_key)
        what = "has the same key twice";
    else if (code == json_error_null_character || code == json_error_null_byte_in_key)
        what = "has a NUL character in a text";
    else if (code == json_error_invalid_utf8)
        what = "is not well-formed UTF-8";
    else if (code == json_error_numeric_overflow)
        what = "has a number that is too large";
    else if (code == json_error_end_of_input_expected)
        what = "has something behind the JSON";
    else if (code == json_error_premature_end_of_input)
        what = "ends too early to be JSON";
    return arena_printf(a, "The body %s (line %d, column %d)", what, error->line, error->column)
        .ptr;
}

static json_t *parse(struct str text, struct arena *a, const char **ret_why)
{
    if (too_deep(text)) {
        *ret_why = "The body is nested deeper than 32 levels";
        return NULL;
    }
    json_error_t error;
    json_t *json = json_loadb(text.len > 0 ? text.ptr : "", text.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (json == NULL)
        *ret_why = why_not_json(a, &error);
    return json;
}

static struct str str_of_json(const json_t *v)
{
    return (struct str){json_string_value(v), json_string_length(v)};
}

/* The items' texts; false when it is not an array of strings. */
static bool list_of_json(const json_t *v, struct arena *a, struct texts *ret)
{
    if (!json_is_array(v))
        return false;
    struct texts items = {.n = json_array_size(v)};
    items.v = ARENA_ARRAY(a, items.n, struct str);
    for (size_t i = 0; i < items.n; i++) {
        const json_t *item = json_array_get(v, i);
        if (!json_is_string(item))
            return false;
        items.v[i] = str_of_json(item);
    }
    *ret = items;
    return true;
}

static bool set_list(struct field_reader *r, const struct field *f, const json_t *v, void *obj)
{
    struct texts items = {0};
    if (!list_of_json(v, r->arena, &items))
        return field_wrong_kind(r, f);
    return field_set_list(r, f, items, obj);
}

#define INTEGRAL_MAX                                                                               \
    9007199254740992.0 /* 2^53: up to here a double is exactly what was written                    \
                        */

/* A whole number, however it is spelled: 25, 25.0. */
static bool integer_of_json(const json_t *v, int64_t *ret)
{
    double real = json_number_value(v);

    if (json_is_integer(v)) {
        *ret = json_integer_value(v);
        return true;
    }
    if (!(fabs(real) <= INTEGRAL_MAX) || trunc(real) != real)
        return false;
    *ret = (int64_t)real;
    return true;
}

static bool set_number(struct field_reader *r, const struct field *f, const json_t *v, void *obj)
{
    if (f->kind == FIELD_REAL)
        return field_set_real(r, f, json_number_value(v), obj);
    int64_t whole = 0;
    if (!integer_of_json(v, &whole))
        return field_wrong_kind(r, f);
    if (f->kind == FIELD_INT)
        return field_set_i64(r, f, whole, obj);
    if (f->kind == FIELD_USER)
        return field_set_user_number(r, f, whole, obj);
    return field_wrong_kind(r, f);
}

static bool is_list(enum field_kind kind)
{
    return kind == FIELD_TEXTS || kind == FIELD_DATES || kind == FIELD_CLOCKS;
}

static void set_value(struct field_reader *r, const struct field *f, const json_t *v, void *obj)
{
    if (is_list(f->kind))
        set_list(r, f, v, obj);
    else if (json_is_number(v))
        set_number(r, f, v, obj);
    else if (json_is_boolean(v) && f->kind == FIELD_FLAG)
        field_set_flag(f, json_is_true(v), obj);
    else if (json_is_string(v) && f->kind != FIELD_FLAG)
        field_set_text(r, f, str_of_json(v), obj);
    else
        field_wrong_kind(r, f);
}

static bool counts_as_missing(const struct field *f, const json_t *v)
{
    if (v == NULL || json_is_null(v))
        return true;
    return json_is_string(v) && field_text_absent(f, str_of_json(v));
}

static bool is_known(const struct shape *shape, const char *name)
{
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++) {
        if (strcmp(f->name, name) == 0)
            return true;
    }
    return false;
}

/* What is told of a name that may be as long as the body. */
static const char *short_name(struct arena *a, struct str key)
{
    size_t len = key.len;

    if (len <= UNKNOWN_NAME_MAX)
        return arena_str(a, key).ptr;
    for (len = UNKNOWN_NAME_MAX; ((unsigned char)key.ptr[len] & 0xC0) == 0x80; len--)
        continue; /* not in the middle of a character */
    return arena_printf(a, "%.*s…", (int)len, key.ptr).ptr;
}

static void refuse_unknown(struct field_reader *r, const struct shape *shape, json_t *json)
{
    const char *key = NULL;
    json_t *value = NULL;
    int unknown = 0;
    json_object_foreach(json, key, value)
    {
        if (is_known(shape, key))
            continue;
        r->errors->unknown = true;
        field_errors_add(r->errors, r->arena, short_name(r->arena, str_of(key)),
                         "is not a field of this request");
        if (++unknown == UNKNOWN_MAX)
            return;
    }
}

static void read_object(struct field_reader *r, const struct shape *shape, json_t *json, void *obj)
{
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++) {
        const json_t *v = json_object_get(json, f->name);
        if (!counts_as_missing(f, v))
            set_value(r, f, v, obj);
        else if (f->flags & FIELD_REQUIRED)
            field_errors_add(r->errors, r->arena, f->name, "is required");
    }
    if (shape->strict)
        refuse_unknown(r, shape, json);
}

const char SHAPE_NOT_OBJECT[] = "The body must be a JSON object";

enum err shape_from_any_json(const struct shape *shape, struct str text, struct arena *a, void *obj,
                             struct field_errors *errors, const char **ret_why)
{
    shape_clear(shape, obj);
    json_t *json = parse(text, a, ret_why);
    if (json == NULL)
        return ERR_BAD_REQUEST;
    if (!json_is_object(json)) {
        *ret_why = SHAPE_NOT_OBJECT;
        json_decref(json);
        return ERR_BAD_REQUEST;
    }
    struct field_reader r = {a, errors};
    read_object(&r, shape, json, obj);
    json_decref(json);
    return errors->head == NULL ? OK : ERR_INVALID;
}

enum err shape_from_json(const struct shape *shape, struct str text, struct arena *a, void *obj,
                         struct field_errors *errors, const char **ret_why)
{
    struct field_reader r = {a, errors};

    shape_clear(shape, obj);
    if (!json_plain_read(&r, shape, text, obj))
        return shape_from_any_json(shape, text, a, obj, errors, ret_why);
    return errors->head == NULL ? OK : ERR_INVALID;
}

bool texts_from_json(struct str json_text, struct arena *a, struct texts *ret)
{
    const char *why = NULL;
    json_t *json = parse(json_text, a, &why);
    struct texts items = {0};
    bool good = json != NULL && list_of_json(json, a, &items);
    for (size_t i = 0; good && i < items.n; i++)
        items.v[i] = arena_str(a, items.v[i]);
    json_decref(json);
    if (good)
        *ret = items;
    return good;
}
