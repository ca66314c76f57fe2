/* A WebSocket's life on its connection: sending, closing, and what silence means (RFC 6455 §5.5,
 * §7). Must not look into messages. */
#include "platform/http/ws_internal.h"

#include "base/cell.h"
#include "platform/loop/work.h"
#include "platform/metrics/metrics.h"

#include <string.h>

#define SWEEP_MS 1000
#define PING_INTERVAL_MS (WS_PING_INTERVAL_US / 1000)
#define CLOSE_WAIT_MS 5000 /* for the peer's Close */
#define HEADER_MAX 10      /* of a frame from a server: never masked */
#define JOIN_MAX 4096      /* header and payload up to here go out in one write */
#define REASON_MAX (WS_CONTROL_MAX - 2)
#define DROP_ABOVE (2 * CONN_SEND_HIGH) /* reading stops at half of it */

static _Thread_local struct ws_loop *HERE;

/* ── A loop's sockets ── */

static void list_remove(struct ws_list *list, struct ws *s)
{
    *(s->prev != NULL ? &s->prev->next : &list->first) = s->next;
    *(s->next != NULL ? &s->next->prev : &list->last) = s->prev;
    s->prev = s->next = NULL;
}

/* Deadlines within a list are all `now` plus the same wait, so the last is always the latest. */
static void list_append(struct ws_list *list, struct ws *s, int64_t deadline_ms)
{
    s->deadline_ms = deadline_ms;
    s->prev = list->last;
    s->next = NULL;
    *(list->last != NULL ? &list->last->next : &list->first) = s;
    list->last = s;
}

static int64_t now_ms(const struct ws_loop *l)
{
    return (int64_t)uv_now(l->timer.loop);
}

static void list_leave(struct ws *s)
{
    if (s->state == WS_OPEN)
        list_remove(&s->home->open, s);
    else if (s->state == WS_CLOSING)
        list_remove(&s->home->closing, s);
}

/* Something was heard, or may be expected again from now. */
static void silence_restart(struct ws *s)
{
    if (s->state != WS_OPEN)
        return;
    list_remove(&s->home->open, s);
    list_append(&s->home->open, s, now_ms(s->home) + PING_INTERVAL_MS);
    s->pinged = false;
}

static void on_timer(uv_timer_t *t)
{
    ws_sweep(t->data, (int64_t)uv_now(t->loop));
}

static struct ws_loop *home_of(struct loop *loop)
{
    if (HERE != NULL)
        return HERE;
    struct ws_loop *l = CELL_NEW(struct ws_loop);
    uv_timer_init(loop_uv(loop), &l->timer);
    l->timer.data = l;
    uv_timer_start(&l->timer, on_timer, SWEEP_MS, SWEEP_MS);
    HERE = l;
    return l;
}

static void on_timer_closed(uv_handle_t *h)
{
    cell_free(h->data);
}

static void home_leave(struct ws_loop *l)
{
    metric_add(METRIC_WEBSOCKETS, -1);
    if (--l->n_sockets > 0)
        return;
    ws_engines_free(l);
    HERE = NULL;
    uv_close((uv_handle_t *)&l->timer, on_timer_closed);
}

/* ── Sending ── */

static size_t frame_header(uint8_t out[HEADER_MAX], enum ws_opcode opcode, uint64_t len)
{
    size_t length_bytes = len > 65535 ? 8 : len > 125 ? 2 : 0;

    out[0] = (uint8_t)(0x80u | opcode); /* FIN */
    out[1] = (uint8_t)(length_bytes == 8 ? 127 : length_bytes == 2 ? 126 : len);
    for (size_t i = 0; i < length_bytes; i++)
        out[2 + i] = (uint8_t)(len >> (8 * (length_bytes - 1 - i)));
    return 2 + length_bytes;
}

static bool write_frame(struct ws *s, enum ws_opcode opcode, struct str payload)
{
    uint8_t out[JOIN_MAX];
    size_t n = frame_header(out, opcode, payload.len);

    if (payload.len > JOIN_MAX - n) {
        (void)conn_send(s->conn, out, n);
        return conn_send(s->conn, payload.ptr, payload.len);
    }
    if (payload.len > 0)
        memcpy(out + n, payload.ptr, payload.len);
    return conn_send(s->conn, out, n + payload.len);
}

static void apply_pause(struct ws *s, unsigned paused)
{
    bool before = s->paused != 0;

    s->paused = (uint8_t)paused;
    if (before != (paused != 0))
        conn_pause(s->conn, paused != 0);
}

static void write_close(struct ws *s, uint16_t code, struct str reason)
{
    char payload[WS_CONTROL_MAX] = {(char)(code >> 8), (char)code};
    size_t len = reason.len < REASON_MAX ? reason.len : REASON_MAX;

    while (len < reason.len && len > 0 && ((uint8_t)reason.ptr[len] & 0xC0u) == 0x80u)
        len--; /* never within a character */
    if (len > 0)
        memcpy(payload + 2, reason.ptr, len);
    (void)write_frame(s, WS_CLOSE, code != 0 ? (struct str){payload, 2 + len} : STR(""));
}

/* Nothing more is read or said: the connection ends once what is queued has gone out. */
static void finish(struct ws *s, bool at_once)
{
    list_leave(s);
    s->state = WS_DONE;
    apply_pause(s, 0);
    conn_close(s->conn, at_once);
}

bool ws_send_frame(struct ws *s, enum ws_opcode opcode, struct str payload)
{
    if (s->state != WS_OPEN)
        return false;
    if (conn_pending(s->conn) > DROP_ABOVE) {
        ws_fail(s, WS_CLOSE_POLICY);
        return false;
    }
    if (write_frame(s, opcode, payload))
        return true;
    apply_pause(s, s->paused | (unsigned)WS_PAUSE_SENDING);
    return false;
}

bool ws_send(struct ws *s, struct str text)
{
    return ws_send_frame(s, WS_TEXT, text);
}

bool ws_send_binary(struct ws *s, struct str bytes)
{
    return ws_send_frame(s, WS_BINARY, bytes);
}

void ws_pause(struct ws *s, bool paused)
{
    unsigned rest = s->paused & ~(unsigned)WS_PAUSE_HANDLER;

    if (s->state != WS_OPEN)
        return;
    apply_pause(s, paused ? rest | WS_PAUSE_HANDLER : rest);
    if (s->paused == 0)
        ws_receive_held(s);
}

/* ── Closing ── */

void ws_close(struct ws *s, enum ws_close_code code, const char *reason)
{
    if (s->state != WS_OPEN)
        return;
    write_close(s, (uint16_t)code, str_of(reason));
    list_leave(s);
    s->state = WS_CLOSING;
    list_append(&s->home->closing, s, now_ms(s->home) + CLOSE_WAIT_MS);
    apply_pause(s, 0); /* to hear the peer's Close */
    ws_receive_held(s);
}

void ws_fail(struct ws *s, enum ws_close_code code)
{
    if (s->state == WS_DONE)
        return;
    if (s->state == WS_OPEN)
        write_close(s, (uint16_t)code, STR(""));
    finish(s, false);
}

void ws_peer_closed(struct ws *s, uint16_t code)
{
    if (s->state == WS_OPEN)
        write_close(s, code, STR(""));
    finish(s, false);
}

/* ── Silence ── */

static void silent(struct ws *s, int64_t now)
{
    bool expected =
        s->paused == 0; /* nobody is heard while nothing is read; writing has its own time-out */

    if (s->pinged && expected) {
        finish(s, true);
        return;
    }
    list_remove(&s->home->open, s);
    list_append(&s->home->open, s, now + PING_INTERVAL_MS);
    s->pinged = expected;
    if (expected)
        (void)ws_send_frame(s, WS_PING, STR(""));
}

void ws_sweep(struct ws_loop *l, int64_t now)
{
    while (l->open.first != NULL && l->open.first->deadline_ms <= now)
        silent(l->open.first, now);
    while (l->closing.first != NULL && l->closing.first->deadline_ms <= now)
        finish(l->closing.first, true);
}

/* ── The connection's side ── */

static void on_data(struct conn *c, void *ctx, const uint8_t *bytes, size_t len)
{
    (void)c;
    silence_restart(ctx);
    ws_receive(ctx, bytes, len);
}

static void on_drained(struct conn *c, void *ctx)
{
    struct ws *s = ctx;

    (void)c;
    silence_restart(s);
    apply_pause(s, s->paused & ~(unsigned)WS_PAUSE_SENDING);
    if (s->state == WS_OPEN && s->events->drained != NULL)
        s->events->drained(s, s->ctx);
    if (s->paused == 0)
        ws_receive_held(s);
}

static void on_closed(struct conn *c, void *ctx)
{
    struct ws *s = ctx;

    (void)c;
    list_leave(s);
    s->state = WS_DONE;
    ws_engine_drop(s);
    s->events->closed(s, s->ctx);
    home_leave(s->home);
    cell_free(s);
}

static void on_shutdown(struct conn *c, void *ctx)
{
    (void)c;
    ws_close(ctx, WS_CLOSE_RESTART, "The server is restarting");
}

static const struct conn_protocol WS_PROTOCOL = {
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
    .shutdown = on_shutdown,
};

void ws_start(struct conn *c, const struct ws_events *events, void *ctx)
{
    struct ws *s = CELL_NEW(struct ws);

    s->conn = c;
    s->events = events;
    s->ctx = ctx;
    s->home = home_of(conn_loop(c));
    s->home->n_sockets++;
    metric_add(METRIC_WEBSOCKETS, 1);
    list_append(&s->home->open, s, now_ms(s->home) + PING_INTERVAL_MS);
    conn_take_over(c, &WS_PROTOCOL, s);
    events->open(s, ctx);
}

struct loop *ws_loop(const struct ws *s)
{
    return conn_loop(s->conn);
}

struct app *ws_app(const struct ws *s)
{
    return conn_app(s->conn);
}
