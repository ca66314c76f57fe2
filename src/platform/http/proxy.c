/* The exchange between a client and a service elsewhere: what one side gives goes to the other as
 * fast as that takes it. Keeps nothing whole, decides nothing about who may. */
#include "platform/http/proxy.h"

#include "platform/app.h"
#include "platform/http/access.h"
#include "platform/http/dispatch.h"
#include "platform/http/route.h"
#include "platform/http/stream.h"
#include "platform/http/trusted.h"
#include "platform/http/ws.h"

#include <stdio.h>

#define RETRY_AFTER_S 1

/* In the request's arena. */
struct proxy {
    struct upstream_call call; /* first */
    struct req *q;
    struct str head; /* of the request, until it is sent */
    bool held;       /* head has still to go out */
    bool socket;
    bool begun; /* the reply was */
};

static struct proxy *proxy_of(const struct req *q)
{
    return q->stream_ctx;
}

/* ── The request, to the service ── */

/* Into bufs[0]; false: it has gone out already. */
static bool take_head(struct proxy *p, uv_buf_t *buf)
{
    if (!p->held)
        return false;
    *buf = uv_buf_init((char *)(uintptr_t)p->head.ptr, (unsigned)p->head.len);
    p->held = false;
    return true;
}

static void send_head(struct proxy *p)
{
    uv_buf_t buf;

    if (take_head(p, &buf))
        (void)upstream_send(&p->call, &buf, 1);
}

static void on_ready(struct upstream_call *call)
{
    struct proxy *p = (struct proxy *)call;
    struct req *q = p->q;

    p->held = true;
    if (!http_stream_has_body(q)) {
        send_head(p);
        upstream_sent(call);
        return;
    }
    if (!http_stream_at_hand(q)) /* else both in one write */
        send_head(p);
    http_stream_pause(q, false); /* over which the request may end */
}

static void on_body(struct req *q, const char *bytes, size_t len)
{
    static const char LINE_END[] = "\r\n";
    struct proxy *p = proxy_of(q);
    uv_buf_t bufs[4];
    char size[20];
    unsigned n = take_head(p, bufs) ? 1 : 0;

    if (q->head.chunked)
        bufs[n++] = uv_buf_init(size, (unsigned)snprintf(size, sizeof(size), "%zx\r\n", len));
    bufs[n++] = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);
    if (q->head.chunked)
        bufs[n++] = uv_buf_init((char *)(uintptr_t)LINE_END, 2);
    if (!upstream_send(&p->call, bufs, n))
        http_stream_pause(q, true);
}

static void on_body_end(struct req *q)
{
    static const char LAST_CHUNK[] = "0\r\n\r\n";
    struct proxy *p = proxy_of(q);
    uv_buf_t bufs[2];
    unsigned n = take_head(p, bufs) ? 1 : 0;

    if (q->head.chunked)
        bufs[n++] = uv_buf_init((char *)(uintptr_t)LAST_CHUNK, sizeof(LAST_CHUNK) - 1);
    if (n > 0)
        (void)upstream_send(&p->call, bufs, n);
    upstream_sent(&p->call);
}

static void on_upstream_drained(struct upstream_call *call)
{
    http_stream_pause(((struct proxy *)call)->q, false);
}

/* ── The answer, to the client ── */

static void refuse(struct proxy *p, enum upstream_failure why)
{
    static const char *const DID[] = {
        [UPSTREAM_DOWN] = "is not available",
        [UPSTREAM_SLOW] = "took too long to answer",
        [UPSTREAM_BROKEN] = "broke off",
    };
    struct req *q = p->q;

    q->stream = NULL;
    dispatch_answer(q, req_fail_retry(q, ERR_UNAVAILABLE, RETRY_AFTER_S,
                                      "The %s service %s; try again shortly",
                                      upstream_service(q->remote), DID[why]));
}

static void on_failed(struct upstream_call *call, enum upstream_failure why)
{
    struct proxy *p = (struct proxy *)call;

    if (!p->begun) {
        refuse(p, why);
        return;
    }
    p->q->log_detail = STR("the service broke off midway");
    p->q->outcome = ERR_UNAVAILABLE;
    http_reply_abort(p->q);
}

static void on_head(struct upstream_call *call, const struct upstream_head *head)
{
    struct proxy *p = (struct proxy *)call;
    struct req *q = p->q;

    if (head->status == 100) {
        http_stream_continue(q);
        return;
    }
    if (head->status == 101 && !p->socket) {
        upstream_cancel(call);
        refuse(p, UPSTREAM_BROKEN);
        return;
    }
    p->begun = true;
    q->reply.status = head->status;
    q->reply.lines = proxy_reply_lines(q->arena, head);
    dispatch_passed_headers(q);
    if (head->status == 101)
        splice_start(q, call);
    else
        http_reply_begin(q, head->content_length);
}

static void on_part(struct upstream_call *call, const char *bytes, size_t len)
{
    if (!http_reply_part(((struct proxy *)call)->q, bytes, len))
        upstream_pause(call, true);
}

static void on_settled(struct upstream_call *call)
{
    http_reply_flush(((struct proxy *)call)->q);
}

static void on_end(struct upstream_call *call)
{
    http_reply_end(((struct proxy *)call)->q);
}

static void on_client_drained(struct req *q)
{
    upstream_pause(&proxy_of(q)->call, false);
}

static void on_client_gone(struct req *q)
{
    upstream_cancel(&proxy_of(q)->call);
}

/* ── Beginning ── */

static const struct upstream_events UPSTREAM_SIDE = {
    .ready = on_ready,
    .head = on_head,
    .body = on_part,
    .settled = on_settled,
    .end = on_end,
    .failed = on_failed,
    .drained = on_upstream_drained,
};

static const struct http_stream CLIENT_SIDE = {
    .body = on_body,
    .body_end = on_body_end,
    .drained = on_client_drained,
    .gone = on_client_gone,
};

void proxy_prepare(struct req *q)
{
    struct proxy *p = ARENA_NEW(q->arena, struct proxy);

    p->q = q;
    p->call.events = &UPSTREAM_SIDE;
    q->body_mode = HTTP_BODY_STREAM;
    q->form_timeout = access_takes_form(q);
    q->stream = &CLIENT_SIDE;
    q->stream_ctx = p;
}

void proxy_start(struct req *q)
{
    struct proxy *p = proxy_of(q);
    const char *why;
    bool body = http_stream_has_body(q);

    p->socket = q->route->kind == STREAM && ws_wants_upgrade(&q->head, &why);
    struct proxy_peer peer = {
        .address = q->address,
        .scheme = conn_trusted(q->conn)  ? trusted_scheme(&q->head)
                  : conn_secure(q->conn) ? STR("https")
                                         : STR("http"),
        .socket = p->socket,
        .expect = body && !http_stream_at_hand(q) &&
                  str_present(http_header_get(&q->head, "Expect")) && !q->head.http10,
    };
    p->head = proxy_request_head(q, &peer);
    p->call.head_only = q->head.method == HEAD;
    p->call.safe = !body && (q->head.method == GET || q->head.method == HEAD) && !p->socket;
    if (body)
        http_stream_pause(q, true);
    if (!upstream_begin(&p->call, q->remote))
        refuse(p, UPSTREAM_DOWN);
}
