/* The bare byte stream of a connection: what an upgraded protocol and a reply in pieces send
 * through, with back-pressure (conn.h). Knows nothing of HTTP's syntax. */
#include "platform/http/engine.h"

#include <string.h>

struct queued_write {
    uv_write_t req;
    struct conn *c;
    char bytes[];
};

int conn_try_write(struct conn *c, const uv_buf_t *bufs, unsigned n)
{
    return c->tls != NULL ? tls_try_write(c, bufs, n)
                          : uv_try_write((uv_stream_t *)&c->tcp, bufs, n);
}

int conn_write(struct conn *c, uv_write_t *req, const uv_buf_t *bufs, unsigned n, uv_write_cb done)
{
    return c->tls != NULL ? tls_write(c, req, bufs, n, done)
                          : uv_write(req, (uv_stream_t *)&c->tcp, bufs, n, done);
}

void conn_take_over(struct conn *c, const struct conn_protocol *protocol, void *ctx)
{
    c->protocol = protocol;
    c->protocol_ctx = ctx;
    if (c->state == CONN_CLOSED)
        return; /* closed() follows at once */
    c->state = CONN_UPGRADED;
    timer_set(c, TIMER_NONE);
}

static void on_drained(struct conn *c)
{
    timer_set(c, TIMER_NONE);
    if (c->state == CONN_STREAM) {
        stream_drained(c);
        return;
    }
    if (c->state == CONN_FLUSHING) {
        conn_linger(c);
        return;
    }
    if (c->slow && c->state == CONN_UPGRADED) {
        c->slow = false;
        c->protocol->drained(c, c->protocol_ctx);
    }
}

static bool takes_bytes(const struct conn *c)
{
    return c->state == CONN_UPGRADED || c->state == CONN_STREAM;
}

void conn_written(struct conn *c, int status)
{
    if (c->state == CONN_CLOSED)
        return;
    if (status != 0)
        conn_drop(c);
    else if (conn_pending(c) == 0 && (takes_bytes(c) || c->state == CONN_FLUSHING))
        on_drained(c);
}

static void on_queued_written(uv_write_t *req, int status)
{
    struct queued_write *w = (struct queued_write *)req;
    struct conn *c = w->c;

    cell_free(w);
    conn_written(c, status);
}

/* What is behind the first `done` bytes. */
static void queue_write(struct conn *c, const uv_buf_t *bufs, unsigned n, size_t done)
{
    size_t len = 0;

    for (unsigned i = 0; i < n; i++)
        len += bufs[i].len;
    len -= done;
    struct queued_write *w = cell_new(sizeof(*w) + len);
    char *at = w->bytes;
    for (unsigned i = 0; i < n; i++) {
        size_t skip = done < bufs[i].len ? done : bufs[i].len;
        done -= skip;
        memcpy(at, bufs[i].base + skip, bufs[i].len - skip);
        at += bufs[i].len - skip;
    }
    w->c = c;
    uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)len);
    size_t before = conn_pending(c);
    if (conn_write(c, &w->req, &buf, 1, on_queued_written) != 0) {
        cell_free(w);
        conn_drop(c);
        return;
    }
    if (before > 0) {
        c->mark += conn_pending(c) - before;
        return;
    }
    c->mark = conn_unsent(c);
    timer_set(c, TIMER_WRITE);
}

bool conn_sendv(struct conn *c, uv_buf_t *bufs, unsigned n)
{
    size_t len = 0;
    size_t done = 0;

    if (!takes_bytes(c))
        return false;
    for (unsigned i = 0; i < n; i++)
        len += bufs[i].len;
    if (len > 0 && conn_pending(c) == 0) {
        int written = conn_try_write(c, bufs, n);
        if (written < 0 && written != UV_EAGAIN) {
            conn_drop(c);
            return false;
        }
        done = written > 0 ? (size_t)written : 0;
    }
    if (done < len)
        queue_write(c, bufs, n, done);
    if (!takes_bytes(c))
        return false;
    if (conn_pending(c) > CONN_SEND_HIGH)
        c->slow = true;
    return !c->slow;
}

bool conn_send(struct conn *c, const void *bytes, size_t len)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);

    return conn_sendv(c, &buf, 1);
}

size_t conn_pending(const struct conn *c)
{
    return c->state == CONN_CLOSED ? 0
                                   : uv_stream_get_write_queue_size((const uv_stream_t *)&c->tcp);
}

void conn_pause(struct conn *c, bool paused)
{
    if (c->state != CONN_UPGRADED || c->paused == paused)
        return;
    c->paused = paused;
    if (paused)
        conn_read_stop(c);
    else
        exchange_resume(c);
}

void conn_close(struct conn *c, bool at_once)
{
    if (at_once) {
        conn_drop(c);
        return;
    }
    if (c->state != CONN_UPGRADED)
        return; /* closing already */
    if (conn_pending(c) == 0) {
        conn_linger(c);
        return;
    }
    c->state = CONN_FLUSHING;
    conn_read_start(c);
    timer_set(c, TIMER_FLUSH);
}

bool conn_trusted(const struct conn *c)
{
    return c->trusted;
}

bool conn_secure(const struct conn *c)
{
    return c->tls != NULL;
}

bool conn_local(const struct conn *c)
{
    static const uint8_t V4[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    static const uint8_t V6[16] = {[15] = 1};

    return memcmp(c->address, V4, sizeof(V4)) == 0 || memcmp(c->address, V6, sizeof(V6)) == 0;
}

bool conn_stopping(const struct conn *c)
{
    return c->home->stopping;
}

int64_t conn_open_count(const struct conn *c)
{
    return http_server_connections(c->home->server);
}

struct loop *conn_loop(const struct conn *c)
{
    return c->home->loop;
}

void *conn_app(const struct conn *c)
{
    return c->home->server->options.app;
}
