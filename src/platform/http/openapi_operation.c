/* One route as an OpenAPI operation: names, parameters, body, who may. */
#include "platform/http/openapi_internal.h"

#include <string.h>

/* ── Parameters ── */

bool openapi_next_parameter(struct str *rest, struct str *ret_name)
{
    while (str_present(*rest)) {
        struct str segment = str_cut(rest, '/');
        if (segment.len < 3 || segment.ptr[0] != '{')
            continue;
        *ret_name = (struct str){segment.ptr + 1, segment.len - 2};
        return true;
    }
    return false;
}

/* What stands in a path under this name. */
static struct field path_field(const struct openapi *o, struct str name)
{
    for (const struct field *f = o->source->parameters; f->kind != FIELD_END; f++)
        if (str_eq(str_of(f->name), name))
            return *f;
    return (struct field){.name = arena_str(o->b.arena, name).ptr, .kind = FIELD_TEXT};
}

bool openapi_pages(const struct route *t)
{
    return t->reply == REPLY_PAGE;
}

static void put_parameter(struct buf *b, const struct field *f, const char *in, bool required)
{
    json_open(b, NULL, '{');
    json_put_text(b, "name", f->name);
    json_put_text(b, "in", in);
    if (required)
        json_put_flag(b, "required", true);
    if (f->about != NULL)
        json_put_text(b, "description", f->about);
    schema_field(b, "schema", f, SCHEMA_INPUT);
    json_close(b, '}');
}

static bool shape_has(const struct shape *shape, const char *name)
{
    if (shape == NULL)
        return false;
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        if (strcmp(f->name, name) == 0)
            return true;
    return false;
}

static void put_query(struct openapi *o, const struct route *t)
{
    if (t->query != NULL)
        for (const struct field *f = t->query->fields; f->kind != FIELD_END; f++)
            put_parameter(&o->b, f, "query", (f->flags & FIELD_REQUIRED) != 0);
    if (!openapi_pages(t))
        return;
    for (const struct field *f = PAGE_QUERY.fields; f->kind != FIELD_END; f++)
        if (!shape_has(t->query, f->name))
            put_parameter(&o->b, f, "query", false);
}

static void put_parameters(struct openapi *o, const struct route *t)
{
    struct str rest = str_of(t->path);
    struct str name;

    if (strchr(t->path, '{') == NULL && t->query == NULL && !openapi_pages(t))
        return;
    json_open(&o->b, "parameters", '[');
    while (openapi_next_parameter(&rest, &name)) {
        struct field f = path_field(o, name);
        put_parameter(&o->b, &f, "path", true);
    }
    put_query(o, t);
    json_close(&o->b, ']');
}

static bool shape_names_user(const struct shape *shape)
{
    if (shape == NULL)
        return false;
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        if (f->kind == FIELD_USER && (f->flags & FIELD_HIDDEN) == 0)
            return true;
    return false;
}

bool openapi_names_user(const struct openapi *o, const struct route *t)
{
    struct str rest = str_of(t->path);
    struct str name;

    while (openapi_next_parameter(&rest, &name))
        if (path_field(o, name).kind == FIELD_USER)
            return true;
    return shape_names_user(t->query) || shape_names_user(t->in);
}

/* ── The body ── */

static bool body_required(const struct shape *in)
{
    for (const struct field *f = in->fields; f->kind != FIELD_END; f++)
        if (f->flags & FIELD_REQUIRED)
            return true;
    return false;
}

static struct str next_part(struct openapi *o, struct str *rest)
{
    return arena_str(o->b.arena, str_cut(rest, '|'));
}

static void put_file(struct buf *b, const char *name, const char *about)
{
    json_open(b, name, '{');
    json_put_text(b, "type", "string");
    json_put_text(b, "format", "binary");
    if (about != NULL)
        json_put_text(b, "description", about);
    json_close(b, '}');
}

/* A form that takes more files than it has parts takes one of them several times. */
static void put_part(struct buf *b, const struct route *t, const char *name)
{
    int parts = 1;

    for (const char *c = t->part; *c != '\0'; c++)
        parts += *c == '|';
    if (t->files <= parts) {
        put_file(b, name, "A JPEG, PNG or WebP");
        return;
    }
    json_open(b, name, '{');
    json_put_text(b, "type", "array");
    json_put_text(b, "description", "A JPEG, PNG or WebP, or several: each in a part of this name");
    put_file(b, "items", NULL);
    json_put_i64(b, "minItems", 1);
    json_put_i64(b, "maxItems", t->files - parts + 1);
    json_close(b, '}');
}

/* The files' parts, and where it also takes JSON its fields beside them. */
static void put_form(struct openapi *o, const struct route *t)
{
    struct buf *b = &o->b;
    struct str rest;

    json_open(b, "multipart/form-data", '{');
    json_open(b, "schema", '{');
    if (t->in != NULL) {
        json_open(b, "allOf", '[');
        json_put_ref(b, NULL, SCHEMAS, openapi_component(o, t->in, SCHEMA_INPUT));
        json_close(b, ']');
    }
    json_put_text(b, "type", "object");
    json_open(b, "required", '[');
    for (rest = str_of(t->part); str_present(rest);)
        json_put_text(b, NULL, next_part(o, &rest).ptr);
    json_close(b, ']');
    json_open(b, "properties", '{');
    for (rest = str_of(t->part); str_present(rest);)
        put_part(b, t, next_part(o, &rest).ptr);
    json_close(b, '}');
    json_close(b, '}');
    json_open(b, "encoding", '{');
    for (rest = str_of(t->part); str_present(rest);)
        json_put_raw(b, next_part(o, &rest).ptr,
                     "{\"contentType\":\"image/jpeg, image/png, image/webp\"}");
    json_close(b, '}');
    json_close(b, '}');
}

static void put_json_body(struct openapi *o, const struct route *t)
{
    struct buf *b = &o->b;

    json_open(b, "requestBody", '{');
    json_put_flag(b, "required", body_required(t->in));
    json_open(b, "content", '{');
    json_open(b, "application/json", '{');
    json_put_ref(b, "schema", SCHEMAS, openapi_component(o, t->in, SCHEMA_INPUT));
    schema_example(b, "example", t->in, SCHEMA_INPUT);
    json_close(b, '}');
    if ((t->flags & ROUTE_FORM_TOO) != 0)
        put_form(o, t);
    json_close(b, '}');
    json_close(b, '}');
}

static void put_form_body(struct openapi *o, const struct route *t)
{
    struct buf *b = &o->b;

    json_open(b, "requestBody", '{');
    json_put_flag(b, "required", true);
    json_open(b, "content", '{');
    put_form(o, t);
    json_close(b, '}');
    json_close(b, '}');
}

/* ── Who may ── */

static const char *permission_text(enum access a)
{
    switch (a) {
    case ACCESS_PUBLIC:
        return "Anybody may ask this, also without a token.";
    case ACCESS_USER:
        return "For everybody who is signed in; what is another's is refused.";
    case ACCESS_PARTNER:
        return "For partners and admins.";
    case ACCESS_ADMIN:
        return "For admins; every use is audited.";
    case ACCESS_LOCAL:
        return "For whoever asks from the server's own machine; from elsewhere for admins.";
    case ACCESS_SOCKET:
        return "For everybody who is signed in; a refused caller is connected, told why and closed "
               "with 1008.";
    case ACCESS_UNSET:
        break;
    }
    return "";
}

static void put_scheme_use(struct buf *b, const char *name)
{
    json_open(b, NULL, '{');
    json_put_raw(b, name, "[]");
    json_close(b, '}');
}

static void put_security(struct buf *b, const struct route *t)
{
    json_open(b, "security", '[');
    if (t->access != ACCESS_PUBLIC)
        put_scheme_use(b, "bearer");
    if (t->access == ACCESS_SOCKET)
        put_scheme_use(b, "subprotocol");
    if (t->access == ACCESS_SOCKET || (t->flags & ROUTE_QUERY_TOKEN))
        put_scheme_use(b, "queryToken");
    json_close(b, ']');
    json_put_text(b, "x-permission", access_name(t->access));
}

/* ── The operation ── */

static const char *method_key(enum http_method m)
{
    switch (m) {
    case GET:
        return "get";
    case POST:
        return "post";
    case PUT:
        return "put";
    case DELETE:
        return "delete";
    case PATCH:
        return "patch";
    case HEAD:
        return "head";
    case OPTIONS:
        return "options";
    case HTTP_METHOD_OTHER:
        break;
    }
    return "trace";
}

void openapi_operation(struct openapi *o, const struct openapi_tag *tag, const struct route *t)
{
    struct buf *b = &o->b;

    json_open(b, method_key(t->method), '{');
    json_open(b, "tags", '[');
    json_put_text(b, NULL, tag->name);
    json_close(b, ']');
    json_put_text(b, "summary", t->summary);
    json_put_text(b, "description", permission_text(t->access));
    if (t->id != NULL)
        json_put_text(b, "operationId", t->id);
    put_security(b, t);
    put_parameters(o, t);
    if (t->in != NULL)
        put_json_body(o, t);
    else if (t->flags & ROUTE_FORM)
        put_form_body(o, t);
    openapi_answers(o, t);
    json_close(b, '}');
}
