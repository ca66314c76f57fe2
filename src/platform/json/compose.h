/* JSON text put together member by member, the commas in between included: documents, health, what
 * no shape describes. Must not be used where a shape can do it. A key NULL makes an array's item.
 */
#ifndef PLATFORM_JSON_COMPOSE_H
#define PLATFORM_JSON_COMPOSE_H

#include "base/buf.h"

/* `bracket`: '{' or '['. */
void json_open(struct buf *b, const char *key, char bracket);
/* `bracket`: '}' or ']'. */
void json_close(struct buf *b, char bracket);
/* NULL is null. */
void json_put_text(struct buf *b, const char *key, const char *text);
void json_put_str(struct buf *b, const char *key, struct str text);
void json_put_i64(struct buf *b, const char *key, int64_t v);
void json_put_flag(struct buf *b, const char *key, bool v);
/* Ready-made JSON. */
void json_put_raw(struct buf *b, const char *key, const char *json);
/* Ready-made members or items, with the commas between them; NULL: none. */
void json_put_members(struct buf *b, const char *json);
/* {"$ref": "<prefix><name>"} */
void json_put_ref(struct buf *b, const char *key, const char *prefix, struct str name);

#endif
