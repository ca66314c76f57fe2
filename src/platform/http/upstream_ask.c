/* One question to a service elsewhere, whose answer is small enough to be kept whole: its health,
 * its metrics. */
#include "platform/http/upstream.h"

#include "base/buf.h"
#include "platform/loop/work.h"

#define BODY_BEGIN 4096u

struct asking {
    struct upstream_call call; /* first */
    struct arena *arena;
    struct upstream_question question;
    struct upstream_answer answer;
    struct buf body;
    bool too_long;
    void (*done)(void *arg, const struct upstream_answer *answer);
    void *arg;
};

static void on_ready(struct upstream_call *call)
{
    struct asking *q = (struct asking *)call;
    struct buf b = buf_new(q->arena, 256);

    buf_printf(&b, "GET %s HTTP/1.1\r\nHost: %.*s\r\n", q->question.path,
               STR_ARG(upstream_authority(call)));
    if (str_present(q->question.authorization)) {
        buf_text(&b, "Authorization: ");
        buf_str(&b, q->question.authorization);
        buf_text(&b, "\r\n");
    }
    buf_text(&b, "\r\n");
    uv_buf_t buf = uv_buf_init(b.ptr, (unsigned)b.len);
    (void)upstream_send(call, &buf, 1);
    upstream_sent(call);
}

static void on_head(struct upstream_call *call, const struct upstream_head *head)
{
    struct asking *q = (struct asking *)call;

    q->answer.status = head->status;
    if (q->question.body_max > 0)
        q->body = buf_new(q->arena, BODY_BEGIN);
}

static void on_body(struct upstream_call *call, const char *bytes, size_t len)
{
    struct asking *q = (struct asking *)call;

    if (q->question.body_max == 0 || q->too_long)
        return;
    q->too_long = len > q->question.body_max - q->body.len;
    if (!q->too_long)
        buf_put(&q->body, bytes, len);
}

static void on_nothing(struct upstream_call *call)
{
    (void)call;
}

static void on_end(struct upstream_call *call)
{
    struct asking *q = (struct asking *)call;

    q->answer.body = buf_view(&q->body);
    if (q->too_long)
        q->answer = (struct upstream_answer){0};
    q->done(q->arg, &q->answer);
}

static void on_failed(struct upstream_call *call, enum upstream_failure why)
{
    struct asking *q = (struct asking *)call;

    (void)why;
    q->answer = (struct upstream_answer){0};
    q->done(q->arg, &q->answer);
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

void upstream_ask(struct upstream *u, struct arena *a, const struct upstream_question *question,
                  void (*done)(void *arg, const struct upstream_answer *answer), void *arg)
{
    struct asking *q = ARENA_NEW(a, struct asking);

    q->call.events = &ASKING;
    q->call.safe = true;
    q->call.by_ms = uv_now(loop_uv(loop_here())) + (uint64_t)(question->within_us / 1000);
    if (question->one_address)
        q->call.barred = ~(UINT32_C(1) << question->address);
    q->arena = a;
    q->question = *question;
    q->done = done;
    q->arg = arg;
    if (!upstream_begin(&q->call, u))
        done(arg, &q->answer);
}
