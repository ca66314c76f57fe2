/* The chat's WebSocket as AsyncAPI 3.0: what either side sends, made of the shapes that wire.c and
 * inbox.c use. Pure text; seen from the server, as AsyncAPI has it: "receive" is what clients say.
 */
#include "services/chat/chat.h"

#include "platform/http/openapi.h"
#include "platform/json/compose.h"
#include "platform/json/schema.h"
#include "services/chat/fields.h"

static const char ABOUT[] =
    "The conversation of two people around their meeting: open from 30 minutes before it until 30 "
    "minutes after its end. Whoever may not join is connected all the same, told `{\"error\": "
    "\"…\"}` and "
    "closed with 1008. Before the window that says when it opens; with `?wait=1` the socket waits "
    "for it "
    "instead. Nothing is sent on connecting, unless `?after=` asks for what came after a message. "
    "A "
    "message is stored before it goes to every other socket of the session; with a `client_id` its "
    "sender "
    "gets an `ack`, and it is stored once however often it is sent. What is wrong is answered with "
    "`{\"error\": \"…\"}`, and the socket stays open.";

static const char CLOSE_CODES[] =
    "{\"1000\":\"The window has ended\",\"1002\":\"A violation of RFC 6455\","
    "\"1007\":\"A text that is no UTF-8\","
    "\"1008\":\"Refused; or the token was revoked, the booking cancelled, the match ended\","
    "\"1009\":\"A frame of more than 64 KiB\",\"1011\":\"The store could not be read: connect "
    "again\","
    "\"1012\":\"The server restarts: connect again with ?after=\"}";

/* ── Messages ── */

enum speaker {
    CLIENT,
    SERVER,
};

struct message {
    const char *name;
    enum speaker from;
    const char *about;
    const char *type;         /* the member "type", or NULL: none */
    const struct shape *data; /* the member "data", or NULL */
    const char *more;         /* further members, `"name":{schema}` with commas, or NULL */
    const char *required;     /* a JSON array of them all */
};

static const struct message MESSAGES[] = {
    {"say", CLIENT, "A message; without a type it is one too", "text", NULL,
     "\"content\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096,"
     "\"examples\":[\"Hello! Nice to meet you!\"]},"
     "\"client_id\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100,\"examples\":[\"c-17\"]"
     "}",
     "[\"content\"]"},
    {"showTyping", CLIENT, "One is typing: relayed without any content, 20 a second at most",
     "typing", NULL, NULL, "[\"type\"]"},
    {"markRead", CLIENT, "Read up to this message; without content, up to the last", "read", NULL,
     "\"content\":{\"type\":\"string\",\"format\":\"uuid\"}", "[\"type\"]"},
    {"message", SERVER, "Somebody wrote", "message", &CHAT_MESSAGE, NULL, "[\"type\",\"data\"]"},
    {"ack", SERVER, "One's own message is stored", "ack", &CHAT_ACK, NULL, "[\"type\",\"data\"]"},
    {"typing", SERVER, "The other side is typing", "typing", &CHAT_SIGNAL, NULL,
     "[\"type\",\"data\"]"},
    {"read", SERVER, "The other side has read up to `content`", "read", &CHAT_SIGNAL, NULL,
     "[\"type\",\"data\"]"},
    {"sessionPending", SERVER, "With ?wait=1: the window opens then", "session_pending", NULL,
     "\"starts_at\":{\"type\":\"string\",\"examples\":[\"2026-01-15T18:30:00\"]}",
     "[\"type\",\"starts_at\"]"},
    {"sessionActive", SERVER, "With ?wait=1: the window has opened", "session_active", NULL,
     "\"message\":{\"type\":\"string\",\"const\":\"Chat session is now active\"}",
     "[\"type\",\"message\"]"},
    {"sessionExpired", SERVER, "The window has ended; close 1000 follows", "session_expired", NULL,
     "\"message\":{\"type\":\"string\",\"const\":\"Chat session has expired\"}",
     "[\"type\",\"message\"]"},
    {"error", SERVER, "What was sent was not taken, or why the socket is closed", NULL, NULL,
     "\"error\":{\"type\":\"string\",\"examples\":[\"Chat session has expired\"]}", "[\"error\"]"},
    {0},
};

static void put_payload(struct buf *b, const struct message *m)
{
    json_open(b, "payload", '{');
    json_put_text(b, "type", "object");
    json_put_raw(b, "required", m->required);
    json_open(b, "properties", '{');
    if (m->type != NULL) {
        json_open(b, "type", '{');
        json_put_text(b, "type", "string");
        json_put_text(b, "const", m->type);
        json_close(b, '}');
    }
    if (m->data != NULL)
        json_put_ref(b, "data", "#/components/schemas/", schema_name(b->arena, m->data));
    json_put_members(b, m->more);
    json_close(b, '}');
    json_close(b, '}');
}

static void put_messages(struct buf *b)
{
    json_open(b, "messages", '{');
    for (const struct message *m = MESSAGES; m->name != NULL; m++) {
        json_open(b, m->name, '{');
        json_put_text(b, "name", m->name);
        json_put_text(b, "summary", m->about);
        put_payload(b, m);
        json_close(b, '}');
    }
    json_close(b, '}');
}

/* ── The channel, and who says what in it ── */

static void put_message_refs(struct buf *b, const char *prefix, bool keyed, enum speaker from)
{
    for (const struct message *m = MESSAGES; m->name != NULL; m++)
        if (keyed || m->from == from)
            json_put_ref(b, keyed ? m->name : NULL, prefix, str_of(m->name));
}

static void put_parameter(struct buf *b, const char *name, const char *about)
{
    json_open(b, name, '{');
    json_put_text(b, "description", about);
    json_close(b, '}');
}

static void put_bindings(struct buf *b)
{
    json_open(b, "bindings", '{');
    json_open(b, "ws", '{');
    json_put_text(b, "method", "GET");
    schema_shape(b, "query", &CHAT_JOIN, SCHEMA_INPUT);
    json_put_text(b, "bindingVersion", "0.1.0");
    json_close(b, '}');
    json_close(b, '}');
}

static void put_channel(struct buf *b)
{
    json_open(b, "channels", '{');
    json_open(b, "chat", '{');
    json_put_text(b, "address", "/chat/ws/{session_id}/{user_id}");
    json_put_text(b, "title", "A chat session");
    json_put_text(b, "description", ABOUT);
    json_open(b, "messages", '{');
    put_message_refs(b, "#/components/messages/", true, CLIENT);
    json_close(b, '}');
    json_open(b, "parameters", '{');
    put_parameter(b, "session_id",
                  "The session's UUID: POST /chat/match and GET /chat/sessions say it");
    put_parameter(b, "user_id", "One's own user id, in either spelling");
    json_close(b, '}');
    put_bindings(b);
    json_put_raw(b, "x-close-codes", CLOSE_CODES);
    json_close(b, '}');
    json_close(b, '}');
}

static void put_operation(struct buf *b, const char *name, const char *action, const char *about,
                          enum speaker from)
{
    json_open(b, name, '{');
    json_put_text(b, "action", action);
    json_put_ref(b, "channel", "#/channels/", STR("chat"));
    json_put_text(b, "summary", about);
    json_open(b, "messages", '[');
    put_message_refs(b, "#/channels/chat/messages/", false, from);
    json_close(b, ']');
    json_close(b, '}');
}

/* ── The frame ── */

static void put_components(struct buf *b)
{
    json_open(b, "components", '{');
    openapi_security_schemes(b, "httpApiKey");
    put_messages(b);
    json_open(b, "schemas", '{');
    schema_shape(b, "ChatMessage", &CHAT_MESSAGE, SCHEMA_OUTPUT);
    schema_shape(b, "ChatAck", &CHAT_ACK, SCHEMA_OUTPUT);
    schema_shape(b, "ChatSignal", &CHAT_SIGNAL, SCHEMA_OUTPUT);
    json_close(b, '}');
    json_close(b, '}');
}

static void put_server(struct buf *b)
{
    json_put_raw(b, "servers",
                 "{\"gateway\":{\"host\":\"{host}\",\"protocol\":\"ws\",\"variables\":{\"host\":{"
                 "\"default\":\"localhost:8000\",\"description\":\"The gateway\"}},\"security\":["
                 "{\"$ref\":\"#/components/securitySchemes/bearer\"},"
                 "{\"$ref\":\"#/components/securitySchemes/subprotocol\"},"
                 "{\"$ref\":\"#/components/securitySchemes/queryToken\"}]}}");
}

struct str chat_asyncapi(struct arena *a, const char *version)
{
    struct buf b = buf_new(a, (size_t)1 << 14);

    json_open(&b, NULL, '{');
    json_put_text(&b, "asyncapi", "3.0.0");
    json_open(&b, "info", '{');
    json_put_text(&b, "title", "BOOKADATE chat");
    json_put_text(&b, "version", version);
    json_put_text(&b, "description", "The WebSocket beside the API of /openapi.json.");
    json_close(&b, '}');
    json_put_text(&b, "defaultContentType", "application/json");
    put_server(&b);
    put_channel(&b);
    json_open(&b, "operations", '{');
    put_operation(&b, "hear", "receive", "What clients say", CLIENT);
    put_operation(&b, "tell", "send", "What clients hear", SERVER);
    json_close(&b, '}');
    put_components(&b);
    json_close(&b, '}');
    return buf_view(&b);
}
