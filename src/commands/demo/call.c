/* Calls a route's handler as the dispatcher would, without a socket: see demo.h. */
#include "commands/demo/demo.h"

#include "platform/db/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint32_t demo_random(uint32_t seed)
{
    seed = (seed ^ 0x9e3779b9U) * 0x85ebca6bU;
    seed = (seed ^ (seed >> 13)) * 0xc2b2ae35U;
    return seed ^ (seed >> 16);
}

static void fill_head(struct req *q, enum http_method method, struct str target)
{
    static struct http_header json = {.name = {"Content-Type", 12},
                                      .value = {"application/json", 16}};

    q->head.method = method;
    q->head.query = target;
    q->head.path = str_cut(&q->head.query, '?');
    q->head.headers = &json;
    q->head.n_headers = 1;
}

static enum err refused(struct demo *d, const struct req *q, struct str target, enum err e)
{
    d->why =
        arena_printf(&d->arena, "%.*s was refused: %.*s%s%s", STR_ARG(target),
                     STR_ARG(str_present(q->fail_detail) ? q->fail_detail : str_of(err_text(e))),
                     db_error(d->db)[0] != '\0' ? ": " : "", db_error(d->db))
            .ptr;
    return e == ERR_UNAVAILABLE ? e : ERR_INTERNAL;
}

enum err demo_call(struct demo *d, struct arena *q_arena, int64_t caller, int64_t now_us,
                   enum http_method method, struct str *ret, struct str target, struct str json)
{
    struct req *q = ARENA_NEW(q_arena, struct req);
    struct router_match match;

    q->arena = q_arena;
    q->app = &d->app;
    q->db = d->db;
    q->now_us = now_us;
    q->caller = (struct identity){.number = caller, .role = ROLE_USER};
    q->id = STR("demo");
    q->address = STR("127.0.0.1");
    q->reply.file = -1;
    q->body = json;
    fill_head(q, method, target);
    router_find(d->router, method, q->head.path, q_arena, &match);
    if (match.route == NULL)
        return refused(d, q, target, ERR_NOT_FOUND);
    q->route = match.route;
    memcpy(q->params, match.params, sizeof(q->params));
    enum err e = q->route->handler(q);
    if (e != OK)
        return refused(d, q, target, e);
    *ret = q->reply.body;
    return OK;
}

int64_t demo_number(struct str reply, const char *member)
{
    char key[48];

    int len = snprintf(key, sizeof(key), "\"%s\":", member);
    const char *at = memmem(reply.ptr, reply.len, key, (size_t)len);
    return at != NULL ? strtoll(at + len, NULL, 10) : 0;
}

struct part {
    struct demo *d;
    enum err (*fn)(struct demo *d, size_t first, size_t n);
    size_t first, n;
    enum err err;
};

static bool run_part(struct db *db, void *arg)
{
    struct part *p = arg;

    (void)db;
    p->err = p->fn(p->d, p->first, p->n);
    return p->err == OK;
}

enum err demo_transaction(struct demo *d, enum err (*fn)(struct demo *d, size_t first, size_t n),
                          size_t first, size_t n)
{
    struct part p = {d, fn, first, n, OK};
    arena_init(&d->batch);
    enum err e = db_transaction(d->db, run_part, &p);
    arena_free(&d->batch);
    if (e == OK)
        e = p.err;
    if (e != OK && d->why == NULL)
        d->why = arena_printf(&d->arena, "the store could not keep it: %s", db_error(d->db)).ptr;
    return e;
}
