/* Sending replies: one write for a small one, files in chunks as fast as the client reads, and what
 * becomes of the connection afterwards. */
#include "platform/http/engine.h"

#include "platform/http/ws.h"

#include <unistd.h>

/* ── Afterwards ── */

/* May another request follow? Not behind a body that was never read, unless it is short and here
 * already. */
bool reply_may_keep(struct conn *c)
{
    struct exchange *ex = c->ex;
    const struct http_head *head = &ex->q.head;

    if (!head->keep_alive || ex->q.reply.close || c->home->stopping || c->eof)
        return false;
    if (ex->body_done)
        return true;
    if (c->state != CONN_DECIDING || head->content_length < 0 ||
        (uint64_t)head->content_length > ex->behind)
        return false;
    c->skip = (size_t)head->content_length;
    ex->body_done = true;
    return true;
}

static void become_socket(struct conn *c)
{
    const struct ws_events *events = c->ex->q.upgrade;
    void *ctx = c->ex->q.upgrade_ctx;

    exchange_finish(c);
    ws_start(c, events, ctx);
    if (c->home->stopping && c->state == CONN_UPGRADED)
        c->protocol->shutdown(c, c->protocol_ctx);
    exchange_resume(c);
}

void reply_done(struct conn *c)
{
    struct exchange *ex = c->ex;
    bool keep = ex->keep;
    bool unread =
        !ex->body_done || c->kept != NULL || tls_holds_input(c) || (c->in_input && ex->behind > 0);

    if (ex->q.upgrade != NULL) {
        become_socket(c);
        return;
    }
    exchange_finish(c);
    if (keep) {
        c->state = CONN_IDLE;
        timer_set(c, TIMER_IDLE);
        exchange_resume(c);
    } else if (unread) {
        conn_linger(c);
    } else {
        conn_drop(c);
    }
}

/* There will be no socket: the handler's ctx is freed where every socket's is, in its closed(). */
static void give_up_socket(struct conn *c)
{
    const struct req *q = &c->ex->q;

    if (q->upgrade == NULL)
        return;
    ws_start(c, q->upgrade, q->upgrade_ctx);
    if (c->handle_gone && c->protocol != NULL) {
        c->protocol->closed(c, c->protocol_ctx);
        c->protocol = NULL;
    }
}

static void reply_failed(struct conn *c)
{
    conn_drop(c);
    give_up_socket(c);
    exchange_finish(c);
}

/* ── Writing ── */

static bool next_chunk(struct exchange *ex, uv_buf_t *ret)
{
    size_t want =
        ex->file_left < (int64_t)FILE_CHUNK_BYTES ? (size_t)ex->file_left : FILE_CHUNK_BYTES;

    if (ex->chunk == NULL)
        ex->chunk = cell_new(want);
    ssize_t n = pread(ex->q.reply.file, ex->chunk, want, ex->file_at);
    if (n <= 0)
        return false; /* the file has become shorter than the Content-Length that was sent */
    ex->file_at += n;
    ex->file_left -= n;
    *ret = uv_buf_init(ex->chunk, (unsigned)n);
    return true;
}

static void write_rest(struct conn *c, uv_buf_t *bufs, unsigned n);

static void on_reply_written(uv_write_t *req, int status)
{
    struct conn *c = req->data;
    struct exchange *ex = c->ex;
    uv_buf_t chunk;

    if (status != 0) {
        reply_failed(c);
        return;
    }
    ex->sent_bytes += (int64_t)ex->to_write;
    if (ex->file_left == 0)
        reply_done(c);
    else if (next_chunk(ex, &chunk))
        write_rest(c, &chunk, 1);
    else
        reply_failed(c);
}

static void write_rest(struct conn *c, uv_buf_t *bufs, unsigned n)
{
    struct exchange *ex = c->ex;

    ex->to_write = 0;
    for (unsigned i = 0; i < n; i++)
        ex->to_write += bufs[i].len;
    ex->write.data = c;
    if (conn_write(c, &ex->write, bufs, n, on_reply_written) != 0) {
        reply_failed(c);
        return;
    }
    c->mark = conn_unsent(c);
    timer_set(c, TIMER_WRITE);
}

/* Drop `done` bytes off the front of the buffers; returns how many buffers are left, moved to the
 * front. */
static unsigned advance(uv_buf_t bufs[2], unsigned n, size_t done)
{
    while (n > 0 && done >= bufs[0].len) {
        done -= bufs[0].len;
        bufs[0] = bufs[1];
        n--;
    }
    if (n > 0) {
        bufs[0].base += done;
        bufs[0].len -= done;
    }
    return n;
}

static void write_reply(struct conn *c, struct str head, struct str body)
{
    struct exchange *ex = c->ex;
    uv_buf_t bufs[2] = {uv_buf_init((char *)(uintptr_t)head.ptr, (unsigned)head.len)};
    unsigned n = 1;

    if (!ex->bodiless && ex->q.reply.file >= 0 && ex->q.reply.file_bytes > 0) {
        ex->file_at = ex->q.reply.file_offset;
        ex->file_left = ex->q.reply.file_bytes;
        if (!next_chunk(ex, &bufs[n++])) {
            reply_failed(c);
            return;
        }
    } else if (!ex->bodiless && body.len > 0) {
        bufs[n++] = uv_buf_init((char *)(uintptr_t)body.ptr, (unsigned)body.len);
    }
    int done = conn_try_write(c, bufs, n);
    if (done < 0 && done != UV_EAGAIN) {
        reply_failed(c);
        return;
    }
    ex->sent_bytes = done > 0 ? done : 0;
    n = advance(bufs, n, (size_t)ex->sent_bytes);
    if (n > 0)
        write_rest(c, bufs, n);
    else if (ex->file_left > 0 && next_chunk(ex, &bufs[0]))
        write_rest(c, bufs, 1);
    else if (ex->file_left > 0)
        reply_failed(c);
    else
        reply_done(c);
}

/* The client went away while its request was being worked on. */
static void drop_reply(struct conn *c)
{
    c->ex->q.reply.status = 0;
    give_up_socket(c);
    exchange_finish(c);
}

void http_send(struct req *q)
{
    struct conn *c = q->conn;
    struct exchange *ex = c->ex;

    if (q->upgrade != NULL && q->upgrade->enter != NULL)
        q->upgrade->enter(conn_app(c), conn_loop(c), q->upgrade_ctx);
    if (c->state == CONN_CLOSED) {
        drop_reply(c);
        return;
    }
    timer_set(c, TIMER_NONE);
    ex->keep = reply_may_keep(c) || q->reply.status == 101;
    c->state = CONN_SENDING;
    struct str body = STR_NULL;
    struct str head = reply_write(ex, &body);
    write_reply(c, head, body);
}

void send_continue(struct conn *c)
{
    static const char LINE[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)LINE, sizeof(LINE) - 1);
    int n = conn_try_write(c, &buf, 1);

    if (n != UV_EAGAIN && n != (int)sizeof(LINE) - 1) /* part of a line cannot be left standing */
        conn_drop(c);
}
