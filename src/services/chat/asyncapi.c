/* The chat's WebSocket as AsyncAPI 3.0: what either side sends, made of the shapes that wire.c and
 * inbox.c use. Pure text. */
#include "services/chat/chat.h"

#include "platform/json/compose.h"
#include "platform/json/schema.h"
#include "services/chat/fields.h"

struct str chat_asyncapi(struct arena *a, const char *version)
{
    struct buf b = buf_new(a, (size_t)1 << 14);

    json_open(&b, NULL, '{');
    json_put_text(&b, "asyncapi", "3.0.0");
    json_open(&b, "info", '{');
    json_put_text(&b, "title", "BOOKADATE chat");
    json_put_text(&b, "version", version);
    json_close(&b, '}');
    json_close(&b, '}');
    return buf_view(&b);
}
