/* Puts JSON together; keeps no state of its own: where a comma is due, the text's last byte says.
 */
#include "platform/json/compose.h"

#include "platform/json/fields.h"

/* What is before the next member or item. */
static void next(struct buf *b, const char *key)
{
    char last = b->len > 0 ? b->ptr[b->len - 1] : '[';

    if (last != '{' && last != '[')
        buf_char(b, ',');
    if (key == NULL)
        return;
    json_write_text(b, str_of(key));
    buf_char(b, ':');
}

void json_open(struct buf *b, const char *key, char bracket)
{
    next(b, key);
    buf_char(b, bracket);
}

void json_close(struct buf *b, char bracket)
{
    buf_char(b, bracket);
}

void json_put_text(struct buf *b, const char *key, const char *text)
{
    json_put_str(b, key, str_of(text));
}

void json_put_str(struct buf *b, const char *key, struct str text)
{
    next(b, key);
    json_write_text(b, text);
}

void json_put_i64(struct buf *b, const char *key, int64_t v)
{
    next(b, key);
    buf_i64(b, v);
}

void json_put_flag(struct buf *b, const char *key, bool v)
{
    json_put_raw(b, key, v ? "true" : "false");
}

void json_put_raw(struct buf *b, const char *key, const char *json)
{
    next(b, key);
    buf_text(b, json);
}

void json_put_members(struct buf *b, const char *json)
{
    if (json != NULL)
        json_put_raw(b, NULL, json);
}

void json_put_ref(struct buf *b, const char *key, const char *prefix, struct str name)
{
    json_open(b, key, '{');
    json_put_str(b, "$ref", arena_printf(b->arena, "%s%.*s", prefix, STR_ARG(name)));
    json_close(b, '}');
}
