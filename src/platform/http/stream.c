/* Requests that are passed on while they come, and replies that come in pieces: stream.h on a
 * connection. Decides nothing about either. */
#include "platform/http/stream.h"

#include "platform/http/engine.h"

#include <stdio.h>

/* ── The request's body ── */

void stream_begin(struct conn *c)
{
    struct exchange *ex = c->ex;

    c->state = CONN_STREAM;
    if (!ex->body_done)
        timer_set(c, ex->q.form_timeout ? TIMER_FORM : TIMER_BODY);
    else
        timer_set(c, TIMER_NONE);
    c->home->server->options.callbacks->request(&ex->q);
}

bool stream_waits(const struct conn *c)
{
    return c->paused || c->ex->body_done || c->ex->reply_begun;
}

size_t stream_input(struct conn *c, const char *bytes, size_t len)
{
    struct exchange *ex = c->ex;
    const char *why = "";
    enum err e = OK;
    size_t used = body_feed(ex, bytes, len, &e, &why);

    ex->behind = len - used;
    if (e != OK) {
        exchange_break(c, e, why);
        return len;
    }
    if (ex->body_done) {
        timer_set(c, TIMER_NONE);
        ex->q.stream->body_end(&ex->q);
    }
    return used;
}

void stream_leave(struct conn *c)
{
    struct req *q = &c->ex->q;
    const struct http_stream *stream = q->stream;

    q->stream = NULL;
    if (stream != NULL)
        stream->gone(q);
}

bool http_stream_has_body(const struct req *q)
{
    return q->head.chunked || q->head.content_length > 0;
}

bool http_stream_at_hand(const struct req *q)
{
    return q->conn->kept != NULL || (q->conn->in_input && q->conn->ex->behind > 0);
}

void http_stream_pause(struct req *q, bool paused)
{
    struct conn *c = q->conn;

    if (c->paused == paused)
        return;
    c->paused = paused;
    if (!paused)
        exchange_resume(c);
}

void http_stream_continue(struct req *q)
{
    struct exchange *ex = q->conn->ex;

    if (ex->expects && ex->body_bytes == 0 && !ex->body_done && !ex->reply_begun)
        send_continue(q->conn);
}

/* ── The reply ── */

void http_reply_begin(struct req *q, int64_t length)
{
    struct conn *c = q->conn;
    struct exchange *ex = c->ex;
    struct str none;

    timer_set(c, TIMER_NONE);
    ex->reply_begun = true;
    ex->reply_length = length;
    ex->bodiless = reply_bodiless(ex);
    ex->reply_chunked = length < 0 && !q->head.http10 && !ex->bodiless;
    ex->keep = reply_may_keep(c) && (length >= 0 || ex->reply_chunked || ex->bodiless);
    ex->reply_head = reply_write(ex, &none);
}

/* The head that is still held back, if any, then these. */
static bool send_parts(struct conn *c, uv_buf_t *bufs, unsigned n)
{
    struct exchange *ex = c->ex;

    if (str_present(ex->reply_head)) {
        bufs[0] = uv_buf_init((char *)(uintptr_t)ex->reply_head.ptr, (unsigned)ex->reply_head.len);
        ex->reply_head = STR_NULL;
    } else {
        bufs++;
        n--;
    }
    for (unsigned i = 0; i < n; i++)
        ex->sent_bytes += (int64_t)bufs[i].len;
    return conn_sendv(c, bufs, n);
}

bool http_reply_part(struct req *q, const char *bytes, size_t len)
{
    static const char LINE_END[] = "\r\n";
    struct exchange *ex = q->conn->ex;
    uv_buf_t bufs[4];
    char size[20];
    unsigned n = 1;

    if (len == 0 || ex->bodiless)
        return true;
    if (ex->reply_chunked)
        bufs[n++] = uv_buf_init(size, (unsigned)snprintf(size, sizeof(size), "%zx\r\n", len));
    bufs[n++] = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);
    if (ex->reply_chunked)
        bufs[n++] = uv_buf_init((char *)(uintptr_t)LINE_END, 2);
    struct conn *c = q->conn; /* q may go over it */
    return send_parts(c, bufs, n) || c->state != CONN_STREAM;
}

void http_reply_flush(struct req *q)
{
    uv_buf_t head[1];

    if (str_present(q->conn->ex->reply_head))
        (void)send_parts(q->conn, head, 1);
}

void http_reply_end(struct req *q)
{
    static const char LAST_CHUNK[] = "0\r\n\r\n";
    struct conn *c = q->conn;
    struct exchange *ex = c->ex;
    uv_buf_t bufs[2];
    unsigned n = 1;

    q->stream = NULL;
    ex->reply_ended = true;
    if (ex->reply_chunked)
        bufs[n++] = uv_buf_init((char *)(uintptr_t)LAST_CHUNK, sizeof(LAST_CHUNK) - 1);
    if (n > 1 || str_present(ex->reply_head))
        (void)send_parts(c, bufs, n);
    if (c->state == CONN_STREAM && conn_pending(c) == 0)
        reply_done(c);
}

void http_reply_abort(struct req *q)
{
    q->stream = NULL;
    conn_drop(q->conn);
}

void stream_drained(struct conn *c)
{
    struct req *q = &c->ex->q;

    if (c->ex->reply_ended) {
        reply_done(c);
        return;
    }
    if (!c->slow)
        return;
    c->slow = false;
    q->stream->drained(q);
}

bool http_reply_take_over(struct req *q, const struct conn_protocol *protocol, void *ctx)
{
    struct conn *c = q->conn;

    http_reply_begin(q, -1);
    http_reply_flush(q);
    if (c->state != CONN_STREAM)
        return false;
    q->stream = NULL;
    exchange_finish(c);
    conn_take_over(c, protocol, ctx);
    if (c->home->stopping)
        protocol->shutdown(c, ctx);
    exchange_resume(c);
    return true;
}
