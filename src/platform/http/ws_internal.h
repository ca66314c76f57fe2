/* What the two halves of the WebSocket engine share: ws.c (lives, sending, closing, silence) and
 * ws_frames.c (receiving). Nobody else includes it. */
#ifndef PLATFORM_HTTP_WS_INTERNAL_H
#define PLATFORM_HTTP_WS_INTERNAL_H

#include "platform/http/conn.h"
#include "platform/http/ws.h"

#include <uv.h>

#define WS_CONTROL_MAX 125 /* RFC 6455 §5.5 */

enum ws_opcode {
    WS_CONTINUATION = 0x0,
    WS_TEXT = 0x1,
    WS_BINARY = 0x2,
    WS_CLOSE = 0x8,
    WS_PING = 0x9,
    WS_PONG = 0xA,
};

enum ws_state {
    WS_OPEN,
    WS_CLOSING, /* our Close went out; theirs is awaited */
    WS_DONE,    /* the connection was told to close: nothing is read or sent any more */
};

enum ws_pause_reason {
    WS_PAUSE_HANDLER = 1 << 0, /* ws_pause() */
    WS_PAUSE_SENDING = 1 << 1, /* the client does not read what it was sent */
};

/* UTF-8 as far as it has come: how many bytes are still due, and the bounds of the next one. */
struct ws_utf8 {
    uint8_t due, low, high;
};

struct ws_engine;
struct ws_loop;

/* Kept small: ten thousand of them sit idle. What receiving needs is in the engine, which is
 * attached only while a frame or a message is unfinished. */
struct ws {
    struct conn *conn;
    const struct ws_events *events;
    void *ctx;
    struct ws_loop *home;
    struct ws_engine *engine; /* or NULL */
    struct ws *prev, *next;   /* in home's list of its state */
    int64_t deadline_ms; /* uv_now when silence becomes a ping, a drop, or the end of closing */
    uint8_t state;       /* enum ws_state */
    uint8_t paused;      /* enum ws_pause_reason */
    bool pinged;
};

struct ws_list {
    struct ws *first, *last; /* by deadline */
};

/* One loop's sockets. Made with the first, freed with the last. */
struct ws_loop {
    uv_timer_t timer;
    struct ws_list open, closing;
    size_t n_sockets;
    struct ws_engine *spare; /* handed back, ready for the next frame of any socket */
    size_t n_spare;
};

/* Receive bytes (ws_frames.c). Nothing when the socket is done. */
void ws_receive(struct ws *s, const uint8_t *bytes, size_t len);
/* Go on with what was held back while paused. */
void ws_receive_held(struct ws *s);
/* Free the socket's engine, if it has one. */
void ws_engine_drop(struct ws *s);
/* Free the engines that wait to be used again. */
void ws_engines_free(struct ws_loop *l);

/* Check more bytes (ws_utf8.c). False as soon as no continuation could make them well-formed; the
 * text may end where `due` is 0. */
bool ws_utf8_feed(struct ws_utf8 *u, const uint8_t *bytes, size_t len);

/* Send one frame (ws.c). */
bool ws_send_frame(struct ws *s, enum ws_opcode opcode, struct str payload);
/* The peer broke the protocol or a limit: Close with this code, then the connection ends (RFC 6455
 * §7.1.7). */
void ws_fail(struct ws *s, enum ws_close_code code);
/* The peer's Close frame has come and is in order; code 0: it had none. */
void ws_peer_closed(struct ws *s, uint16_t code);
/* What silence leads to at this time (uv_now): called by the loop's timer. */
void ws_sweep(struct ws_loop *l, int64_t now_ms);

#endif
