/* The documents of the API and their two endpoints. What they say comes from the tables of
 * services.c; only what no table has is written here. */
#include "services/gateway/documents.h"

#include "platform/http/openapi.h"
#include "services/chat/chat.h"
#include "services/gateway/gateway.h"
#include "services/services.h"
#include "version.h"

#include <inttypes.h>

#define SERVICES_MAX 16

static const char ABOUT[] =
    "Blind dates: people sign up, are matched, agree on a venue and a time, meet, and talk around "
    "the "
    "meeting.\n\n"
    "- Every request but sign-up, sign-in and health carries `Authorization: Bearer "
    "<access_token>`.\n"
    "- A user id is the account's number or its UUID, everywhere; the acting user is the token's.\n"
    "- Times are UTC, `YYYY-MM-DDTHH:MM:SS`. A number may also be sent as a text of digits. Null "
    "counts "
    "as left out.\n"
    "- Errors are `{\"detail\": \"…\"}`; 422 adds `errors`.\n"
    "- Lists come in pages of `limit`; `Link: <…>; rel=\"next\"` names the next.\n"
    "- Chat is a WebSocket: [/asyncapi.json](/asyncapi.json).";

static const struct field PARAMETERS[] = {
    {.name = "user_id", .kind = FIELD_USER, .example = "123"},
    {.name = "match_id", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .example = "45"},
    {.name = "booking_id", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .example = "78"},
    {.name = "venue_id", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .example = "5"},
    {.name = "slot_id", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .example = "101"},
    {.name = "review_id", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .example = "1"},
    {.name = "registration_id", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .example = "1"},
    {.name = "session_id",
     .kind = FIELD_TEXT,
     .format = "uuid",
     .example = "\"4f9a1c2e-7b3d-4e5f-8a6b-1c2d3e4f5a6b\""},
    {.name = "gender", .kind = FIELD_TEXT, .min = 1, .max = 32, .example = "\"male\""},
    {.name = "name",
     .kind = FIELD_TEXT,
     .about = "The last part of a photo's path",
     .example = "\"9f1c8b6e-0000-4000-8000-000000000000.jpg\""},
    {.kind = FIELD_END},
};

struct str gateway_openapi(struct arena *a)
{
    struct openapi_tag tags[SERVICES_MAX] = {0};
    size_t n = 0;

    for (const struct service *const *s = SERVICES; *s != NULL && n + 1 < SERVICES_MAX; s++)
        tags[n++] = (struct openapi_tag){(*s)->name, (*s)->about, (*s)->routes};
    struct openapi_source source = {"BOOKADATE", BOOKADATE_VERSION, ABOUT, tags, PARAMETERS};
    return openapi_write(a, &source);
}

struct str gateway_asyncapi(struct arena *a)
{
    return chat_asyncapi(a, BOOKADATE_VERSION);
}

/* ── Given to clients ── */

struct document {
    struct str text;
    struct str etag; /* with quotes */
};

/* Written before the first request, read-only from then on. */
static struct {
    struct arena arena;
    struct document openapi, asyncapi;
} documents;

/* FNV-1a, 64 bits: two builds' documents are told apart, nothing more is asked of it. */
static struct document document_of(struct str text)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    return (struct document){text, arena_printf(&documents.arena, "\"%016" PRIx64 "\"", hash)};
}

enum err documents_start(struct app *app)
{
    (void)app;
    arena_init(&documents.arena);
    documents.openapi = document_of(gateway_openapi(&documents.arena));
    documents.asyncapi = document_of(gateway_asyncapi(&documents.arena));
    return OK;
}

void documents_stop(struct app *app)
{
    (void)app;
    arena_free(&documents.arena);
}

static enum err reply(struct req *q, const struct document *d)
{
    req_header(q, "ETag", arena_printf(q->arena, "W/%.*s", STR_ARG(d->etag)));
    req_header(q, "Cache-Control", STR("no-cache"));
    if (req_has_already(q, d->etag)) {
        q->reply.status = 304;
        return OK;
    }
    return req_reply_json(q, 200, d->text);
}

/* GET /openapi.json. 200 or 304. */
enum err get_openapi(struct req *q)
{
    return reply(q, &documents.openapi);
}

/* GET /asyncapi.json. 200 or 304. */
enum err get_asyncapi(struct req *q)
{
    return reply(q, &documents.asyncapi);
}
