/* The receiving half of a WebSocket: libwslay takes frames apart, this joins messages and enforces
 * RFC 6455 §5 and §8.1. An engine (a wslay context is some 4 KB and more) belongs to a socket only
 * while a frame or a message is unfinished; it must not know what the messages mean. */
#include "platform/http/ws_internal.h"

#include "base/cell.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#define SPARE_MAX 64 /* engines a loop keeps */
#define MESSAGE_FIRST_CAP                                                                          \
    512 /* a buffer grows with what has arrived, not with what was announced */

struct ws_engine {
    wslay_frame_context_ptr frames;
    struct ws_engine *next; /* among the spare ones */

    const uint8_t *in; /* not yet given to wslay */
    size_t in_len;
    uint8_t *held; /* copy of `in` while the socket is paused */
    bool running;

    /* wslay is on a frame boundary exactly when it has been given as many bytes as complete frames
     * had. */
    uint64_t given_bytes, framed_bytes;
    bool in_frame;
    uint64_t frame_left;
    uint8_t frame_opcode;

    uint8_t message_opcode; /* 0: no message is unfinished */
    struct ws_utf8 utf8;
    uint8_t *message;
    size_t message_len, message_cap;

    uint8_t control[WS_CONTROL_MAX];
    size_t control_len;
};

/* ── Engines ── */

static ssize_t give_bytes(uint8_t *buf, size_t len, int flags, void *ctx)
{
    struct ws_engine *e = ctx;
    size_t n = len < e->in_len ? len : e->in_len;

    (void)flags;
    if (n == 0)
        return -1;
    memcpy(buf, e->in, n);
    e->in += n;
    e->in_len -= n;
    e->given_bytes += n;
    return (ssize_t)n;
}

static struct ws_engine *engine_new(void)
{
    static const struct wslay_frame_callbacks CALLBACKS = {.recv_callback = give_bytes};
    struct ws_engine *e = CELL_NEW(struct ws_engine);

    if (wslay_frame_context_init(&e->frames, &CALLBACKS, e) != 0)
        abort(); /* out of memory, as everywhere */
    return e;
}

static void engine_free(struct ws_engine *e)
{
    wslay_frame_context_free(e->frames);
    free(e->message);
    cell_free(e->held);
    cell_free(e);
}

static void engine_take(struct ws *s)
{
    struct ws_loop *l = s->home;

    if (s->engine != NULL)
        return;
    if (l->spare == NULL) {
        s->engine = engine_new();
        return;
    }
    s->engine = l->spare;
    l->spare = s->engine->next;
    l->n_spare--;
}

/* Only on a frame boundary outside a message: another socket's bytes may follow. */
static void engine_hand_back(struct ws *s)
{
    struct ws_engine *e = s->engine;
    struct ws_loop *l = s->home;

    s->engine = NULL;
    if (l->n_spare == SPARE_MAX) {
        engine_free(e);
        return;
    }
    free(e->message);
    e->message = NULL;
    e->message_cap = 0;
    e->given_bytes = e->framed_bytes = 0;
    e->next = l->spare;
    l->spare = e;
    l->n_spare++;
}

void ws_engine_drop(struct ws *s)
{
    if (s->engine == NULL)
        return;
    engine_free(s->engine);
    s->engine = NULL;
}

void ws_engines_free(struct ws_loop *l)
{
    while (l->spare != NULL) {
        struct ws_engine *e = l->spare;
        l->spare = e->next;
        engine_free(e);
    }
    l->n_spare = 0;
}

/* ── Control frames (RFC 6455 §5.5) ── */

/* §7.4: what an endpoint may put into a Close frame; 1012–1014 by the IANA registry. */
static bool close_code_valid(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static void close_frame(struct ws *s, const uint8_t *payload, size_t len)
{
    struct ws_utf8 u = {0};

    if (len == 0) {
        ws_peer_closed(s, 0);
        return;
    }
    unsigned code = len >= 2 ? (unsigned)payload[0] << 8 | payload[1] : 0;
    if (!close_code_valid(code))
        ws_fail(s, WS_CLOSE_PROTOCOL);
    else if (!ws_utf8_feed(&u, payload + 2, len - 2) || u.due != 0)
        ws_fail(s, WS_CLOSE_INVALID_DATA);
    else
        ws_peer_closed(s, (uint16_t)code);
}

static void control_frame(struct ws *s)
{
    struct ws_engine *e = s->engine;

    if (e->frame_opcode == WS_PING)
        (void)ws_send_frame(s, WS_PONG, (struct str){(char *)e->control, e->control_len});
    else if (e->frame_opcode == WS_CLOSE)
        close_frame(s, e->control, e->control_len);
}

/* ── Data frames (§5.4, §5.6) ── */

static size_t message_max(const struct ws *s)
{
    return s->events->message_max != 0 ? s->events->message_max : WS_MESSAGE_DEFAULT_MAX;
}

static void message_grow(struct ws_engine *e, size_t room)
{
    size_t cap = e->message_cap > 0 ? e->message_cap : MESSAGE_FIRST_CAP;

    while (cap < e->message_len + room)
        cap *= 2;
    if (cap == e->message_cap)
        return;
    e->message = cell_must(realloc(e->message, cap));
    e->message_cap = cap;
}

static void deliver(struct ws *s, const uint8_t *bytes, size_t len)
{
    struct ws_engine *e = s->engine;
    bool binary = e->message_opcode == WS_BINARY;

    e->message_opcode = 0;
    e->message_len = 0;
    if (s->state == WS_OPEN)
        s->events->message(s, s->ctx, binary,
                           (struct str){len > 0 ? (const char *)bytes : "", len});
}

static void data_chunk(struct ws *s, const struct wslay_frame_iocb *io)
{
    struct ws_engine *e = s->engine;
    bool last = io->fin && e->frame_left == 0;

    if (e->message_opcode == WS_TEXT &&
        (!ws_utf8_feed(&e->utf8, io->data, io->data_length) || (last && e->utf8.due != 0))) {
        ws_fail(s, WS_CLOSE_INVALID_DATA);
        return;
    }
    if (last && e->message_len == 0) {
        deliver(s, io->data, io->data_length);
        return;
    }
    if (io->data_length > 0) {
        message_grow(e, io->data_length);
        memcpy(e->message + e->message_len, io->data, io->data_length);
        e->message_len += io->data_length;
    }
    if (last)
        deliver(s, e->message, e->message_len);
}

/* ── Frames ── */

static size_t header_bytes(const struct wslay_frame_iocb *io)
{
    return 2u +
           (io->payload_length > 65535 ? 8u
            : io->payload_length > 125 ? 2u
                                       : 0u) +
           (io->mask ? 4u : 0u);
}

/* 0: the frame may come; else the code to fail with. */
static int frame_refused(const struct ws *s, const struct wslay_frame_iocb *io)
{
    const struct ws_engine *e = s->engine;

    if (!io->mask || io->rsv != 0) /* §5.1, §5.2 */
        return WS_CLOSE_PROTOCOL;
    switch (io->opcode) {
    case WS_CLOSE:
    case WS_PING:
    case WS_PONG:
        return io->fin && io->payload_length <= WS_CONTROL_MAX ? 0 : WS_CLOSE_PROTOCOL;
    case WS_CONTINUATION:
        if (e->message_opcode == 0)
            return WS_CLOSE_PROTOCOL;
        break;
    case WS_TEXT:
    case WS_BINARY:
        if (e->message_opcode != 0)
            return WS_CLOSE_PROTOCOL;
        break;
    default:
        return WS_CLOSE_PROTOCOL;
    }
    return io->payload_length > message_max(s) - e->message_len ? WS_CLOSE_TOO_BIG : 0;
}

static bool frame_begin(struct ws *s, const struct wslay_frame_iocb *io)
{
    struct ws_engine *e = s->engine;
    int refused = frame_refused(s, io);

    if (refused != 0) {
        ws_fail(s, (enum ws_close_code)refused);
        return false;
    }
    e->in_frame = true;
    e->frame_left = io->payload_length;
    e->frame_opcode = io->opcode;
    e->framed_bytes += header_bytes(io);
    if (io->opcode == WS_TEXT || io->opcode == WS_BINARY) {
        e->message_opcode = io->opcode;
        e->utf8 = (struct ws_utf8){0};
    }
    e->control_len = 0;
    return true;
}

static void frame_chunk(struct ws *s, const struct wslay_frame_iocb *io)
{
    struct ws_engine *e = s->engine;

    if (!e->in_frame && !frame_begin(s, io))
        return;
    e->framed_bytes += io->data_length;
    e->frame_left -= io->data_length;
    e->in_frame = e->frame_left > 0;
    if (!wslay_is_ctrl_frame(e->frame_opcode)) {
        data_chunk(s, io);
        return;
    }
    if (io->data_length > 0)
        memcpy(e->control + e->control_len, io->data, io->data_length);
    e->control_len += io->data_length;
    if (!e->in_frame)
        control_frame(s);
}

/* Keep what wslay has not taken yet; the connection reads nothing meanwhile. */
static void hold(struct ws_engine *e)
{
    uint8_t *copy = NULL;

    if (e->in_len > 0) {
        copy = cell_new(e->in_len);
        memcpy(copy, e->in, e->in_len);
    }
    cell_free(e->held);
    e->held = copy;
    e->in = copy;
}

static void run(struct ws *s)
{
    struct ws_engine *e = s->engine;
    struct wslay_frame_iocb io = {0};

    e->running = true;
    while (s->state != WS_DONE && s->paused == 0) {
        ssize_t r = wslay_frame_recv(e->frames, &io);
        if (r == WSLAY_ERR_WANT_READ)
            break;
        if (r < 0)
            ws_fail(s, WS_CLOSE_PROTOCOL);
        else
            frame_chunk(s, &io);
    }
    e->running = false;
    if (s->state == WS_DONE) {
        ws_engine_drop(s);
        return;
    }
    hold(e);
    if (s->paused == 0 && e->given_bytes == e->framed_bytes && !e->in_frame &&
        e->message_opcode == 0)
        engine_hand_back(s);
}

void ws_receive(struct ws *s, const uint8_t *bytes, size_t len)
{
    if (s->state == WS_DONE)
        return;
    engine_take(s);
    struct ws_engine *e = s->engine;
    if (e->running || e->in_len > 0) { /* what came first is taken first */
        uint8_t *joined = cell_new(e->in_len + len);
        if (e->in_len > 0)
            memcpy(joined, e->in, e->in_len);
        memcpy(joined + e->in_len, bytes, len);
        cell_free(e->held);
        e->held = joined;
        e->in = joined;
        e->in_len += len;
    } else {
        e->in = bytes;
        e->in_len = len;
    }
    if (!e->running)
        run(s);
}

void ws_receive_held(struct ws *s)
{
    if (s->engine != NULL && !s->engine->running)
        run(s);
}
