/* What a route answers, success and errors. Which errors a route can give follows from who may ask
 * it and what it reads; the rest is on its line (struct route_answer). */
#include "platform/http/openapi_internal.h"

/* ── Errors ── */

/* What an error says where a route's line does not say it better. */
struct usual {
    int status;
    const char *name; /* of its component */
    const char *when;
    enum err err; /* whose sentence is the example */
};

static const struct usual USUAL[] = {
    {400, "Malformed", "The request is malformed", ERR_BAD_REQUEST},
    {401, "Unauthorized", "No token, or no good one", ERR_UNAUTHORIZED},
    {403, "Forbidden", "Not the caller's own, or not for their role", ERR_FORBIDDEN},
    {404, "NotFound", "There is none", ERR_NOT_FOUND},
    {409, "Conflict", "Exists already, lost a race, or is in another state", ERR_CONFLICT},
    {413, "TooLarge", "The body is too large", ERR_TOO_LARGE},
    {415, "UnsupportedType", "The body is of a type that is not read here", ERR_UNSUPPORTED},
    {416, "OutsideRange", "The range is outside the file", ERR_RANGE},
    {422, "Invalid", "A field is wrong: `errors` says which", ERR_INVALID},
    {429, "TooMany", "Too many requests; Retry-After says when to try again", ERR_TOO_MANY},
    {503, "Unavailable", "Temporarily unavailable; Retry-After says when to try again",
     ERR_UNAVAILABLE},
    {0},
};

/* What the route's line says of this status, or NULL. */
static const struct route_answer *stated(const struct route *t, int status)
{
    if (t->answers != NULL)
        for (const struct route_answer *a = t->answers; a->status != 0; a++)
            if (a->status == status)
                return a;
    return NULL;
}

static bool has_parameters(const struct route *t)
{
    struct str rest = str_of(t->path);
    struct str name;

    return openapi_next_parameter(&rest, &name);
}

/* Can the route give this error by what it is, whatever its line says? */
static bool follows(const struct openapi *o, const struct route *t, int status)
{
    bool socket = t->access == ACCESS_SOCKET; /* whoever is refused is told over the socket */
    bool body = t->in != NULL || (t->flags & ROUTE_FORM);
    bool reads = body || t->query != NULL || openapi_pages(t);

    switch (status) {
    case 400:
        return reads;
    case 401:
        return t->access != ACCESS_PUBLIC;
    case 403:
        return t->access == ACCESS_ADMIN || t->access == ACCESS_PARTNER ||
               t->access == ACCESS_LOCAL || (openapi_names_user(o, t) && !socket);
    case 404:
        return has_parameters(t) && !socket;
    case 413:
    case 415:
        return body;
    case 422:
        return reads && !socket;
    case 429:
    case 503:
        return true;
    default:
        return false;
    }
}

static void put_header(struct buf *b, const char *name)
{
    json_put_ref(b, name, "#/components/headers/", str_of(name));
}

static void put_error_content(struct buf *b, int status, const char *detail)
{
    json_open(b, "content", '{');
    json_open(b, "application/json", '{');
    json_put_ref(b, "schema", SCHEMAS, status == 422 ? STR("ValidationError") : STR("Error"));
    if (status != 422) {
        json_open(b, "example", '{');
        json_put_text(b, "detail", detail);
        json_close(b, '}');
    }
    json_close(b, '}');
    json_close(b, '}');
}

static void put_error(struct buf *b, const char *key, int status, const struct route_answer *said)
{
    json_open(b, key, '{');
    json_put_text(b, "description", said->when);
    json_open(b, "headers", '{');
    put_header(b, "X-Request-ID");
    if (status == 401)
        put_header(b, "WWW-Authenticate");
    if (status == 429 || status == 503)
        put_header(b, "Retry-After");
    json_close(b, '}');
    put_error_content(b, status, said->detail);
    json_close(b, '}');
}

/* ── Success ── */

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
    if (t->reply != REPLY_SOCKET && status != 304) {
        json_open(b, "content", '{');
        put_content(o, t);
        json_close(b, '}');
    }
    json_close(b, '}');
}

static void put_errors(struct openapi *o, const struct route *t)
{
    for (const struct usual *u = USUAL; u->status != 0; u++) {
        const char *key = arena_printf(o->b.arena, "%d", u->status).ptr;
        const struct route_answer *said = stated(t, u->status);
        if (said != NULL && said->whole)
            put_success(o, t, u->status, said->when);
        else if (said != NULL)
            put_error(
                &o->b, key, u->status,
                &(struct route_answer){u->status, said->when, false,
                                       said->detail != NULL ? said->detail : err_text(u->err)});
        else if (follows(o, t, u->status))
            json_put_ref(&o->b, key, "#/components/responses/", str_of(u->name));
    }
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
    int status = t->status != 0 ? t->status : 200;

    json_open(&o->b, "responses", '{');
    put_success(o, t, status, success_text(status));
    if (t->answers != NULL)
        for (const struct route_answer *a = t->answers; a->status != 0; a++)
            if (a->status < 400)
                put_success(o, t, a->status, a->when);
    put_errors(o, t);
    json_put_ref(&o->b, "default", "#/components/responses/", STR("Error"));
    json_close(&o->b, '}');
}

/* ── Components ── */

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
    json_open(b, "responses", '{');
    for (const struct usual *u = USUAL; u->status != 0; u++)
        put_error(b, u->name, u->status,
                  &(struct route_answer){u->status, u->when, false, err_text(u->err)});
    put_error(b, "Error", 500,
              &(struct route_answer){500, "Any other error, in the same form", false,
                                     err_text(ERR_INTERNAL)});
    json_close(b, '}');
}
