/* What a route answers, success and errors. Which errors a route can give follows from who may ask
 * it and what it reads; the rest is on its line (struct route_answer). */
#include "platform/http/openapi_internal.h"

/* ── Which there are
 * ────────────────────────────────────────────────────────────────────────────── */

static const char *stated(const struct route *t, int status)
{
    if (t->answers != NULL)
        for (const struct route_answer *a = t->answers; a->status != 0; a++)
            if (a->status == status)
                return a->when;
    return NULL;
}

static const char *when_forbidden(const struct openapi *o, const struct route *t)
{
    if (t->access == ACCESS_ADMIN)
        return "Only admins may do this";
    if (t->access == ACCESS_PARTNER)
        return "Only partners and admins may do this";
    return openapi_names_user(o, t) ? "A user id that is not the caller's own" : NULL;
}

/* When a route answers with this error, or NULL: it does not. */
static const char *when(const struct openapi *o, const struct route *t, int status)
{
    bool body = t->in != NULL || (t->flags & ROUTE_FORM);
    bool reads = body || t->query != NULL || openapi_pages(t);
    struct str rest = str_of(t->path);
    struct str name;

    if (stated(t, status) != NULL)
        return stated(t, status);
    switch (status) {
    case 400:
        return reads || t->reply == REPLY_SOCKET ? "The request is malformed" : NULL;
    case 401:
        return t->access != ACCESS_PUBLIC && t->access != ACCESS_SOCKET ? "No token, or no good one"
                                                                        : NULL;
    case 403:
        return when_forbidden(o, t);
    case 404:
        return openapi_next_parameter(&rest, &name) && t->access != ACCESS_SOCKET ? "There is none"
                                                                                  : NULL;
    case 413:
        return body ? "The body is too large" : NULL;
    case 415:
        return body ? "The body is of a type that is not read here" : NULL;
    case 422:
        return reads ? "A field is wrong: `errors` says which" : NULL;
    case 429:
        return "Too many requests; Retry-After says when to try again";
    case 503:
        return "Temporarily unavailable; Retry-After says when to try again";
    default:
        return NULL;
    }
}

/* ── Errors
 * ─────────────────────────────────────────────────────────────────────────────────────── */

static void put_header(struct buf *b, const char *name)
{
    json_put_ref(b, name, "#/components/headers/", str_of(name));
}

static void put_error(struct openapi *o, int status, const char *text)
{
    struct buf *b = &o->b;

    json_open(b, arena_printf(b->arena, "%d", status).ptr, '{');
    json_put_text(b, "description", text);
    json_open(b, "headers", '{');
    put_header(b, "X-Request-ID");
    if (status == 401)
        put_header(b, "WWW-Authenticate");
    if (status == 429 || status == 503)
        put_header(b, "Retry-After");
    json_close(b, '}');
    json_open(b, "content", '{');
    json_open(b, "application/json", '{');
    json_put_ref(b, "schema", SCHEMAS, status == 422 ? STR("ValidationError") : STR("Error"));
    json_close(b, '}');
    json_close(b, '}');
    json_close(b, '}');
}

/* ── Success
 * ────────────────────────────────────────────────────────────────────────────────────── */

static void put_shapes(struct openapi *o, const char *key, const struct route *t)
{
    struct buf *b = &o->b;

    if (t->out_else == NULL) {
        json_put_ref(b, key, SCHEMAS, openapi_component(o, t->out, SCHEMA_OUTPUT));
        return;
    }
    json_open(b, key, '{');
    json_open(b, "anyOf", '[');
    json_put_ref(b, NULL, SCHEMAS, openapi_component(o, t->out, SCHEMA_OUTPUT));
    json_put_ref(b, NULL, SCHEMAS, openapi_component(o, t->out_else, SCHEMA_OUTPUT));
    json_close(b, ']');
    json_close(b, '}');
}

static void put_list(struct openapi *o, const struct route *t)
{
    struct buf *b = &o->b;

    json_open(b, "schema", '{');
    json_put_text(b, "type", "array");
    if (t->out != NULL)
        put_shapes(o, "items", t);
    else
        json_put_raw(b, "items", "{\"type\":\"string\"}");
    json_close(b, '}');
}

static void put_content(struct openapi *o, const struct route *t)
{
    struct buf *b = &o->b;

    json_open(b, t->reply == REPLY_FILE ? t->media : "application/json", '{');
    if (t->reply == REPLY_FILE)
        json_put_raw(b, "schema", "{\"type\":\"string\",\"format\":\"binary\"}");
    else if (t->reply == REPLY_MESSAGE)
        json_put_ref(b, "schema", SCHEMAS, STR("Message"));
    else if (t->reply == REPLY_LIST || t->reply == REPLY_PAGE)
        put_list(o, t);
    else if (t->out != NULL)
        put_shapes(o, "schema", t);
    else
        json_put_raw(b, "schema", t->schema != NULL ? t->schema : "{\"type\":\"object\"}");
    if (t->reply == REPLY_OBJECT && t->out != NULL)
        schema_example(b, "example", t->out, SCHEMA_OUTPUT);
    json_close(b, '}');
}

static void put_success(struct openapi *o, const struct route *t, int status, const char *text)
{
    struct buf *b = &o->b;

    json_open(b, arena_printf(b->arena, "%d", status).ptr, '{');
    json_put_text(b, "description", text);
    json_open(b, "headers", '{');
    put_header(b, "X-Request-ID");
    if (openapi_pages(t))
        put_header(b, "Link");
    json_close(b, '}');
    if (t->reply != REPLY_SOCKET && status < 300) {
        json_open(b, "content", '{');
        put_content(o, t);
        json_close(b, '}');
    }
    json_close(b, '}');
}

static const char *success_text(int status)
{
    switch (status) {
    case 101:
        return "The connection is a WebSocket from here on: see /asyncapi.json";
    case 201:
        return "Made";
    default:
        return "Done";
    }
}

void openapi_answers(struct openapi *o, const struct route *t)
{
    static const int ERRORS[] = {400, 401, 403, 404, 409, 413, 415, 416, 422, 429, 503};
    int status = t->status != 0 ? t->status : 200;

    json_open(&o->b, "responses", '{');
    put_success(o, t, status, success_text(status));
    if (t->answers != NULL)
        for (const struct route_answer *a = t->answers; a->status != 0; a++)
            if (a->status < 400)
                put_success(o, t, a->status, a->when);
    for (size_t i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++)
        if (when(o, t, ERRORS[i]) != NULL)
            put_error(o, ERRORS[i], when(o, t, ERRORS[i]));
    json_put_ref(&o->b, "default", "#/components/responses/", STR("Error"));
    json_close(&o->b, '}');
}

/* ── Components
 * ─────────────────────────────────────────────────────────────────────────────────── */

void openapi_error_schemas(struct buf *b)
{
    json_put_raw(b, "Message",
                 "{\"type\":\"object\",\"required\":[\"message\"],"
                 "\"properties\":{\"message\":{\"type\":\"string\"}}}");
    json_put_raw(b, "Error",
                 "{\"type\":\"object\",\"required\":[\"detail\"],\"properties\":{"
                 "\"detail\":{\"type\":\"string\",\"description\":\"One sentence\"},"
                 "\"reason\":{\"type\":\"string\",\"description\":\"Why a face check failed\"}}}");
    json_put_raw(
        b, "ValidationError",
        "{\"type\":\"object\",\"required\":[\"detail\",\"errors\"],\"properties\":{"
        "\"detail\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{"
        "\"type\":\"object\",\"required\":[\"field\",\"message\"],\"properties\":{"
        "\"field\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}}},"
        "\"examples\":[{\"detail\":\"A field is wrong\",\"errors\":[{\"field\":\"age_min\","
        "\"message\":\"must be between 18 and 120\"}]}]}");
}

static void put_header_component(struct buf *b, const char *name, const char *about,
                                 const char *type)
{
    json_open(b, name, '{');
    json_put_text(b, "description", about);
    json_open(b, "schema", '{');
    json_put_text(b, "type", type);
    json_close(b, '}');
    json_close(b, '}');
}

void openapi_answer_components(struct buf *b)
{
    json_open(b, "headers", '{');
    put_header_component(b, "X-Request-ID", "What the log calls this request", "string");
    put_header_component(b, "Retry-After", "Seconds to wait", "integer");
    put_header_component(b, "WWW-Authenticate", "Bearer", "string");
    put_header_component(
        b, "Link", "<path>; rel=\"next\": the next page; without it this was the last", "string");
    json_close(b, '}');
    json_put_raw(b, "responses",
                 "{\"Error\":{\"description\":\"Any other error, in the same form\",\"content\":{"
                 "\"application/json\":{\"schema\":{\"$ref\":\"" SCHEMAS "Error\"}}}}}");
}
