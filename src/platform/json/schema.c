/* Fields and shapes as JSON Schema; must not know what a shape is for. */
#include "platform/json/schema.h"

#include "platform/json/compose.h"

#include <string.h>

#define TEXT_MAX_DEFAULT 10000 /* as field_value.c has it */
#define TIME_PATTERN "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$"
#define CLOCK_PATTERN "^([01]\\d|2[0-3]):[0-5]\\d$"
#define USER_ID_PATTERN                                                                            \
    "^([0-9]{1,8}|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})$"

static bool has_bounds(const struct field *f)
{
    return f->min != 0 || f->max != 0;
}

static void put_type(struct buf *b, const char *type, bool nullable)
{
    if (!nullable) {
        json_put_text(b, "type", type);
        return;
    }
    json_open(b, "type", '[');
    json_put_text(b, NULL, type);
    json_put_text(b, NULL, "null");
    json_close(b, ']');
}

static void put_bounds(struct buf *b, const char *low, const char *high, const struct field *f)
{
    if (!has_bounds(f))
        return;
    json_put_i64(b, low, f->min);
    if (f->max != INT64_MAX)
        json_put_i64(b, high, f->max);
}

static void put_values(struct buf *b, const char *values, bool nullable)
{
    struct str rest = str_of(values);

    json_open(b, "enum", '[');
    while (str_present(rest))
        json_put_str(b, NULL, str_cut(&rest, '|'));
    if (nullable)
        json_put_raw(b, NULL, "null");
    json_close(b, ']');
}

static void put_text_input(struct buf *b, const struct field *f)
{
    if (f->flags & FIELD_SECRET)
        json_put_text(b, "format", "password");
    if (f->min > 0 && (f->flags & FIELD_EMPTY_ABSENT) == 0)
        json_put_i64(b, "minLength", f->min);
    json_put_i64(b, "maxLength", has_bounds(f) ? f->max : TEXT_MAX_DEFAULT);
}

static void put_items(struct buf *b, const struct field *f, enum schema_side side)
{
    json_open(b, "items", '{');
    json_put_text(b, "type", "string");
    if (f->kind == FIELD_DATES)
        json_put_text(b, "format", "date");
    if (f->kind == FIELD_CLOCKS)
        json_put_text(b, "pattern", CLOCK_PATTERN);
    if (f->item_max > 0 && side == SCHEMA_INPUT)
        json_put_i64(b, "maxLength", f->item_max);
    json_close(b, '}');
    if (side == SCHEMA_INPUT)
        put_bounds(b, "minItems", "maxItems", f);
}

static const char *type_of(enum field_kind kind)
{
    switch (kind) {
    case FIELD_INT:
        return "integer";
    case FIELD_REAL:
        return "number";
    case FIELD_FLAG:
        return "boolean";
    case FIELD_TEXTS:
    case FIELD_DATES:
    case FIELD_CLOCKS:
        return "array";
    case FIELD_TEXT:
    case FIELD_TIME:
    case FIELD_DATE:
    case FIELD_CLOCK:
    case FIELD_USER:
    case FIELD_END:
        break;
    }
    return "string";
}

/* What narrows the type down. */
static void put_rules(struct buf *b, const struct field *f, enum schema_side side)
{
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_REAL:
        put_bounds(b, "minimum", "maximum", f);
        break;
    case FIELD_TEXT:
        if (side == SCHEMA_INPUT)
            put_text_input(b, f);
        break;
    case FIELD_TIME: /* an input may also have a zone or a fraction */
        if (side == SCHEMA_OUTPUT)
            json_put_text(b, "pattern", TIME_PATTERN);
        break;
    case FIELD_DATE:
        json_put_text(b, "format", "date");
        break;
    case FIELD_CLOCK:
        json_put_text(b, "pattern", CLOCK_PATTERN);
        break;
    case FIELD_TEXTS:
    case FIELD_DATES:
    case FIELD_CLOCKS:
        put_items(b, f, side);
        break;
    case FIELD_FLAG:
    case FIELD_USER:
    case FIELD_END:
        break;
    }
}

/* What is said of a field beside its type. */
static void put_words(struct buf *b, const struct field *f, enum schema_side side)
{
    static const char TIME[] = "UTC, YYYY-MM-DDTHH:MM:SS; a zone or fraction is converted";

    if (f->about != NULL)
        json_put_text(b, "description", f->about);
    else if (f->kind == FIELD_TIME && side == SCHEMA_INPUT)
        json_put_text(b, "description", TIME);
    if (f->example == NULL)
        return;
    json_open(b, "examples", '[');
    json_put_raw(b, NULL, f->example);
    json_close(b, ']');
}

void schema_field(struct buf *b, const char *key, const struct field *f, enum schema_side side)
{
    bool nullable = side == SCHEMA_OUTPUT && (f->flags & FIELD_NULLABLE);

    json_open(b, key, '{');
    if (f->kind == FIELD_USER) {
        json_put_text(b, "$ref", "#/components/schemas/UserId");
    } else {
        put_type(b, type_of(f->kind), nullable);
        put_rules(b, f, side);
    }
    if (f->format != NULL)
        json_put_text(b, "format", f->format);
    if (f->values != NULL)
        put_values(b, f->values, nullable);
    put_words(b, f, side);
    json_close(b, '}');
}

void schema_user_id(struct buf *b, const char *key)
{
    json_open(b, key, '{');
    json_put_raw(b, "type", "[\"integer\",\"string\"]");
    json_put_i64(b, "minimum", 1);
    json_put_i64(b, "maximum", 99999999);
    json_put_text(b, "pattern", USER_ID_PATTERN);
    json_put_text(b, "description",
                  "A user id in either spelling: the account's number or its UUID");
    json_put_raw(b, "examples", "[123,\"00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c\"]");
    json_close(b, '}');
}

/* Is it part of what is sent, or of what comes? */
static bool field_shown(const struct field *f)
{
    return (f->flags & FIELD_HIDDEN) == 0;
}

static bool field_needed(const struct field *f, enum schema_side side)
{
    if (side == SCHEMA_INPUT)
        return (f->flags & FIELD_REQUIRED) != 0;
    return (f->flags & FIELD_OMIT_NULL) == 0;
}

static void put_required(struct buf *b, const struct shape *shape, enum schema_side side)
{
    bool any = false;

    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        any = any || (field_shown(f) && field_needed(f, side));
    if (!any)
        return;
    json_open(b, "required", '[');
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        if (field_shown(f) && field_needed(f, side))
            json_put_text(b, NULL, f->name);
    json_close(b, ']');
}

void schema_shape(struct buf *b, const char *key, const struct shape *shape, enum schema_side side)
{
    json_open(b, key, '{');
    json_put_text(b, "type", "object");
    put_required(b, shape, side);
    json_open(b, "properties", '{');
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        if (field_shown(f))
            schema_field(b, f->name, f, side);
    json_close(b, '}');
    if (shape->strict && side == SCHEMA_INPUT)
        json_put_flag(b, "additionalProperties", false);
    json_close(b, '}');
}

/* Has everything that must be there an example? */
static bool has_example(const struct shape *shape, enum schema_side side)
{
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        if (field_shown(f) && field_needed(f, side) && f->example == NULL)
            return false;
    return true;
}

/* What an example shows: all that has one, but not whose act it is where the token says it. */
static bool in_example(const struct field *f)
{
    bool acting = f->kind == FIELD_USER && (f->flags & FIELD_EMPTY_ABSENT);

    return field_shown(f) && f->example != NULL && !acting;
}

bool schema_example(struct buf *b, const char *key, const struct shape *shape,
                    enum schema_side side)
{
    if (!has_example(shape, side))
        return false;
    json_open(b, key, '{');
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        if (in_example(f))
            json_put_raw(b, f->name, f->example);
    json_close(b, '}');
    return true;
}

struct str schema_name(struct arena *a, const struct shape *shape)
{
    struct buf b = buf_new(a, strlen(shape->name) + 1);
    bool upper = true;

    for (const char *c = shape->name; *c != '\0'; c++) {
        if (*c == '_') {
            upper = true;
            continue;
        }
        buf_char(&b, upper && *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
        upper = false;
    }
    return buf_view(&b);
}
