/* The document's frame: info, tags, paths, components; see openapi.h. */
#include "platform/http/openapi_internal.h"

#include <string.h>

/* ── Components ── */

static bool is_reply(const struct openapi *o, const struct shape *shape)
{
    for (const struct openapi_tag *tag = o->source->tags; tag->routes != NULL; tag++)
        for (const struct route *t = tag->routes; t->path != NULL; t++)
            if (t->out == shape || t->out_else == shape)
                return true;
    return false;
}

struct str openapi_component(const struct openapi *o, const struct shape *shape,
                             enum schema_side side)
{
    struct str name = schema_name(o->b.arena, shape);

    if (side == SCHEMA_OUTPUT || !is_reply(o, shape))
        return name;
    return arena_printf(o->b.arena, "%.*sInput", STR_ARG(name));
}

/* The names of components that stand there already. */
struct written {
    struct written *next;
    struct str name;
};

static void put_component(struct openapi *o, struct written **all, const struct shape *shape,
                          enum schema_side side)
{
    if (shape == NULL)
        return;
    struct str name = openapi_component(o, shape, side);
    for (const struct written *w = *all; w != NULL; w = w->next)
        if (str_eq(w->name, name))
            return;
    struct written *w = ARENA_NEW(o->b.arena, struct written);
    *w = (struct written){*all, arena_str(o->b.arena, name)};
    *all = w;
    schema_shape(&o->b, w->name.ptr, shape, side);
}

static void put_schemas(struct openapi *o)
{
    struct written *all = NULL;

    json_open(&o->b, "schemas", '{');
    schema_user_id(&o->b, "UserId");
    openapi_error_schemas(&o->b);
    for (const struct openapi_tag *tag = o->source->tags; tag->routes != NULL; tag++)
        for (const struct route *t = tag->routes; t->path != NULL; t++) {
            put_component(o, &all, t->in, SCHEMA_INPUT);
            put_component(o, &all, t->out, SCHEMA_OUTPUT);
            put_component(o, &all, t->out_else, SCHEMA_OUTPUT);
        }
    json_close(&o->b, '}');
}

static void put_scheme(struct buf *b, const char *key, const char *type, const char *in,
                       const char *name, const char *about)
{
    json_open(b, key, '{');
    json_put_text(b, "type", type);
    json_put_text(b, "in", in);
    json_put_text(b, "name", name);
    json_put_text(b, "description", about);
    json_close(b, '}');
}

void openapi_security_schemes(struct buf *b, const char *api_key)
{
    json_open(b, "securitySchemes", '{');
    json_open(b, "bearer", '{');
    json_put_text(b, "type", "http");
    json_put_text(b, "scheme", "bearer");
    json_put_text(b, "bearerFormat", "JWT");
    json_put_text(b, "description", "The access_token that signing up or in gives");
    json_close(b, '}');
    put_scheme(b, "queryToken", api_key, "query", "token",
               "The same token, where the setting query_token allows it");
    put_scheme(b, "subprotocol", api_key, "header", "Sec-WebSocket-Protocol",
               "`bearer, <token>`, for browsers");
    json_close(b, '}');
}

static void put_components(struct openapi *o)
{
    json_open(&o->b, "components", '{');
    openapi_security_schemes(&o->b, "apiKey");
    openapi_answer_components(&o->b);
    put_schemas(o);
    json_close(&o->b, '}');
}

/* ── Paths ── */

static bool path_seen(const struct openapi_tag *tag, const struct route *until)
{
    for (const struct route *t = tag->routes; t != until; t++)
        if (strcmp(t->path, until->path) == 0)
            return true;
    return false;
}

static void put_paths(struct openapi *o)
{
    json_open(&o->b, "paths", '{');
    for (const struct openapi_tag *tag = o->source->tags; tag->routes != NULL; tag++)
        for (const struct route *t = tag->routes; t->path != NULL; t++) {
            if (path_seen(tag, t))
                continue;
            json_open(&o->b, t->path, '{');
            for (const struct route *m = t; m->path != NULL; m++)
                if (strcmp(m->path, t->path) == 0)
                    openapi_operation(o, tag, m);
            json_close(&o->b, '}');
        }
    json_close(&o->b, '}');
}

/* ── The frame ── */

static void put_info(struct openapi *o)
{
    struct buf *b = &o->b;

    json_open(b, "info", '{');
    json_put_text(b, "title", o->source->title);
    json_put_text(b, "version", o->source->version);
    json_put_text(b, "description", o->source->about);
    json_close(b, '}');
    json_put_raw(b, "servers", "[{\"url\":\"/\"}]");
}

static void put_tags(struct openapi *o)
{
    json_open(&o->b, "tags", '[');
    for (const struct openapi_tag *tag = o->source->tags; tag->routes != NULL; tag++) {
        json_open(&o->b, NULL, '{');
        json_put_text(&o->b, "name", tag->name);
        json_put_text(&o->b, "description", tag->about);
        json_close(&o->b, '}');
    }
    json_close(&o->b, ']');
}

struct str openapi_write(struct arena *a, const struct openapi_source *source)
{
    struct openapi o = {buf_new(a, (size_t)1 << 17), source};

    json_open(&o.b, NULL, '{');
    json_put_text(&o.b, "openapi", "3.1.0");
    put_info(&o);
    put_tags(&o);
    put_paths(&o);
    put_components(&o);
    json_close(&o.b, '}');
    return buf_view(&o.b);
}
