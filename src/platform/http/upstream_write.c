/* What a call sends on its connection, whole or in pieces, with back-pressure, and what becomes of
 * a connection that is a byte stream. Does not look into what it carries. */
#include "platform/http/upstream_internal.h"

#include "platform/http/conn.h"

#include <string.h>

#define LEAVE_MS 3000u
#define TCP_KEEPALIVE_S 60u

struct queued_write {
    uv_write_t req;
    struct upstream_conn *u;
    size_t len;
    char bytes[];
};

/* Bodies hold passwords. */
static void wiped_free(struct queued_write *w)
{
    explicit_bzero(w->bytes, w->len);
    cell_free(w);
}

static void on_written(uv_write_t *req, int status)
{
    struct queued_write *w = (struct queued_write *)req;
    struct upstream_conn *u = w->u;

    wiped_free(w);
    if (u->state == UP_CLOSED)
        return;
    u->deaf |= status != 0;
    if (u->deaf || upstream_unsent(u) > 0)
        return;
    upstream_deadline(u);
    if (u->slow && u->call != NULL) {
        u->slow = false;
        u->call->events->drained(u->call);
    }
}

/* What is behind the first `done` bytes. */
static void queue_write(struct upstream_conn *u, const uv_buf_t *bufs, unsigned n, size_t done)
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
    w->u = u;
    w->len = len;
    uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)w->len);
    if (uv_write(&w->req, (uv_stream_t *)&u->tcp, &buf, 1, on_written) != 0) {
        wiped_free(w);
        u->deaf = true;
    }
}

bool upstream_send(struct upstream_call *call, uv_buf_t *bufs, unsigned n)
{
    struct upstream_conn *u = call->conn;
    size_t len = 0;
    size_t done = 0;

    /* A peer that takes no more may have said why: reading goes on, and tells. */
    if (u == NULL || u->deaf || (u->state != UP_BUSY && u->state != UP_SPLICED))
        return true;
    for (unsigned i = 0; i < n; i++)
        len += bufs[i].len;
    if (upstream_unsent(u) == 0) {
        int written = uv_try_write((uv_stream_t *)&u->tcp, bufs, n);
        u->deaf = written < 0 && written != UV_EAGAIN;
        done = written > 0 ? (size_t)written : 0;
    }
    if (done < len && !u->deaf)
        queue_write(u, bufs, n, done);
    upstream_deadline(u);
    u->slow |= upstream_unsent(u) > CONN_SEND_HIGH;
    return !u->slow;
}

void upstream_sent(struct upstream_call *call)
{
    if (call->conn == NULL)
        return;
    call->conn->sent = true;
    upstream_deadline(call->conn);
}

struct str upstream_authority(const struct upstream_call *call)
{
    return call->conn->host->address->authority;
}

/* ── Byte streams ── */

void upstream_splice(struct upstream_call *from, struct upstream_call *to)
{
    struct upstream_conn *u = from->conn;

    from->conn = NULL;
    to->conn = u;
    u->call = to;
    u->state = UP_SPLICED;
    u->due_ms = 0;
    uv_tcp_keepalive(&u->tcp, 1, TCP_KEEPALIVE_S);
}

static void on_shut(uv_shutdown_t *req, int status)
{
    struct upstream_conn *u = (struct upstream_conn *)req->handle;

    if (status != 0)
        upstream_close(u, UPSTREAM_BROKEN);
}

void upstream_leave(struct upstream_call *call)
{
    struct upstream_conn *u = call->conn;

    call->conn = NULL;
    if (u == NULL)
        return;
    u->call = NULL;
    if (u->state != UP_SPLICED || uv_shutdown(&u->shutdown, (uv_stream_t *)&u->tcp, on_shut) != 0) {
        upstream_close(u, UPSTREAM_BROKEN);
        return;
    }
    u->state = UP_LEAVING;
    u->due_ms = uv_now(u->home->uv) + LEAVE_MS;
    u->paused = false;
    upstream_reading(u, true);
}
