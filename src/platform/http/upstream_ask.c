/* One question to a service elsewhere, of which only the status matters: its health. */
#include "platform/http/upstream.h"

#include "platform/loop/work.h"

struct asking {
    struct upstream_call call; /* first */
    struct arena *arena;
    const char *path;
    int status;
    void (*done)(void *arg, int status);
    void *arg;
};

static void on_ready(struct upstream_call *call)
{
    struct asking *q = (struct asking *)call;
    struct str head = arena_printf(q->arena, "GET %s HTTP/1.1\r\nHost: %.*s\r\n\r\n", q->path,
                                   STR_ARG(upstream_authority(call)));
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)head.ptr, (unsigned)head.len);

    (void)upstream_send(call, &buf, 1);
    upstream_sent(call);
}

static void on_head(struct upstream_call *call, const struct upstream_head *head)
{
    ((struct asking *)call)->status = head->status;
}

static void on_body(struct upstream_call *call, const char *bytes, size_t len)
{
    (void)call;
    (void)bytes;
    (void)len;
}

static void on_nothing(struct upstream_call *call)
{
    (void)call;
}

static void on_end(struct upstream_call *call)
{
    struct asking *q = (struct asking *)call;

    q->done(q->arg, q->status);
}

static void on_failed(struct upstream_call *call, enum upstream_failure why)
{
    struct asking *q = (struct asking *)call;

    (void)why;
    q->done(q->arg, 0);
}

static const struct upstream_events ASKING = {
    .ready = on_ready,
    .head = on_head,
    .body = on_body,
    .settled = on_nothing,
    .end = on_end,
    .failed = on_failed,
    .drained = on_nothing,
};

void upstream_ask(struct upstream *u, struct arena *a, const char *path, int64_t within_us,
                  void (*done)(void *arg, int status), void *arg)
{
    struct asking *q = ARENA_NEW(a, struct asking);

    q->call.events = &ASKING;
    q->call.safe = true;
    q->call.by_ms = uv_now(loop_uv(loop_here())) + (uint64_t)(within_us / 1000);
    q->arena = a;
    q->path = path;
    q->done = done;
    q->arg = arg;
    if (!upstream_begin(&q->call, u))
        done(arg, 0);
}
