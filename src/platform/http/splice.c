/* A WebSocket through the gateway: two connections that are one byte stream, with back-pressure
 * both ways. Looks at nothing but where frames end, so that it can say goodbye between two. */
#include "platform/http/proxy.h"

#include "base/cell.h"
#include "platform/http/conn.h"
#include "platform/http/stream.h"
#include "platform/http/ws.h"

#include <string.h>

/* Where in the service's frames the stream stands (RFC 6455 §5.2; a server's are not masked). */
struct frames {
    uint64_t payload_left;
    uint8_t head[10];
    uint8_t n_head;
    bool closing; /* a Close frame has begun */
};

struct splice {
    struct upstream_call call; /* first */
    struct conn *client;
    struct frames down;
};

/* ── Frames ── */

static size_t head_size(const struct frames *f)
{
    unsigned length = f->head[1] & 0x7fu;

    return length == 127 ? 10 : length == 126 ? 4 : 2;
}

static void head_byte(struct frames *f, uint8_t byte)
{
    if (f->n_head < sizeof(f->head))
        f->head[f->n_head] = byte;
    f->n_head++;
    if (f->n_head < 2 || f->n_head < head_size(f))
        return;
    uint64_t length = f->head[1] & 0x7fu;
    size_t wide = length == 127 ? 8 : length == 126 ? 2 : 0;
    if (wide > 0)
        length = 0;
    for (size_t i = 0; i < wide; i++)
        length = length << 8 | f->head[2 + i];
    f->payload_left = length;
    f->closing |= (f->head[0] & 0x0fu) == 8;
    f->n_head = 0;
    memset(f->head, 0, sizeof(f->head));
}

static void frames_follow(struct frames *f, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t n = 1;
        if (f->payload_left > 0) {
            n = f->payload_left < len ? (size_t)f->payload_left : len;
            f->payload_left -= n;
        } else {
            head_byte(f, (uint8_t)*bytes);
        }
        bytes += n;
        len -= n;
    }
}

/* The end of it all, said to a client that has not heard of it yet. */
static void say_goodbye(struct splice *s, const char *why)
{
    uint8_t frame[64] = {0x88, 0, WS_CLOSE_RESTART >> 8, WS_CLOSE_RESTART & 0xff};
    size_t len = strlen(why);

    if (!s->down.closing && s->down.payload_left == 0 && s->down.n_head == 0) {
        frame[1] = (uint8_t)(2 + len);
        memcpy(frame + 4, why, len);
        (void)conn_send(s->client, frame, 4 + len);
    }
    conn_close(s->client, false);
}

/* ── From the service ── */

static void on_bytes(struct upstream_call *call, const char *bytes, size_t len)
{
    struct splice *s = (struct splice *)call;

    frames_follow(&s->down, bytes, len);
    if (!conn_send(s->client, bytes, len))
        upstream_pause(call, true);
}

static void on_upstream_drained(struct upstream_call *call)
{
    conn_pause(((struct splice *)call)->client, false);
}

static void on_failed(struct upstream_call *call, enum upstream_failure why)
{
    (void)why;
    say_goodbye((struct splice *)call, "The service is restarting");
}

static const struct upstream_events SERVICE_SIDE = {
    .body = on_bytes,
    .drained = on_upstream_drained,
    .failed = on_failed,
};

/* ── From the client ── */

static void on_data(struct conn *c, void *ctx, const uint8_t *bytes, size_t len)
{
    struct splice *s = ctx;
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);

    if (!upstream_send(&s->call, &buf, 1))
        conn_pause(c, true);
}

static void on_drained(struct conn *c, void *ctx)
{
    struct splice *s = ctx;

    (void)c;
    upstream_pause(&s->call, false);
}

static void on_closed(struct conn *c, void *ctx)
{
    struct splice *s = ctx;

    (void)c;
    upstream_leave(&s->call);
    cell_free(s);
}

static void on_shutdown(struct conn *c, void *ctx)
{
    (void)c;
    say_goodbye(ctx, "The server is restarting");
}

static const struct conn_protocol CLIENT_SIDE = {
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
    .shutdown = on_shutdown,
};

bool splice_start(struct req *q, struct upstream_call *from)
{
    struct splice *s = CELL_NEW(struct splice);

    s->call.events = &SERVICE_SIDE;
    s->client = q->conn;
    upstream_splice(from, &s->call);
    if (http_reply_take_over(q, &CLIENT_SIDE, s))
        return true;
    upstream_leave(&s->call);
    cell_free(s);
    return false;
}
