/* WebSockets (RFC 6455) on an upgraded connection: libwslay does the frames. Every call on the
 * socket's own loop thread; other threads post a task there. */
#ifndef PLATFORM_HTTP_WS_H
#define PLATFORM_HTTP_WS_H

#include "platform/http/req.h"

#define WS_MESSAGE_DEFAULT_MAX (64u * 1024u)

enum ws_close_code {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_PROTOCOL = 1002,
    WS_CLOSE_UNSUPPORTED = 1003,
    WS_CLOSE_INVALID_DATA = 1007,
    WS_CLOSE_POLICY = 1008,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_INTERNAL = 1011,
    WS_CLOSE_RESTART = 1012,
};

struct ws; /* a live socket; gone after `closed` */

struct ws_events {
    size_t message_max; /* bytes of a whole message; 0: WS_MESSAGE_DEFAULT_MAX; larger closes with
                           1009 */
    /* On the socket's loop, before the 101 goes out: what is said from here on reaches it. open()
     * follows, whatever becomes of the client. May be NULL. */
    void (*enter)(struct app *app, struct loop *loop, void *ctx);
    /* The handshake is done; ctx is what req_upgrade was given. */
    void (*open)(struct ws *s, void *ctx);
    /* A whole message; text is well-formed UTF-8 (else 1007 was sent). Bytes valid during the call.
     */
    void (*message)(struct ws *s, void *ctx, bool binary, struct str bytes);
    /* Last call: the socket is closed, whoever began (open() came before, even when the client
     * had gone by then). ctx is the handler's to free. */
    void (*closed)(struct ws *s, void *ctx);
    /* All that ws_send returned false over has gone out. May be NULL. */
    void (*drained)(struct ws *s, void *ctx);
};

/* Is this request a valid WebSocket handshake (RFC 6455 §4.2.1)? False: *ret_why says what is
 * missing. */
bool ws_wants_upgrade(const struct http_head *head, const char **ret_why);
/* Sec-WebSocket-Accept for a key. In the arena. */
struct str ws_accept_key(struct arena *a, struct str key);

/* Frames go out in order. False: more than CONN_SEND_HIGH bytes are waiting now; nothing more is
 * read from this client until drained(), and at twice as many it is dropped (1008): whoever has
 * more to say waits. Also false once it is closing. */
bool ws_send(struct ws *s, struct str text);
bool ws_send_binary(struct ws *s, struct str bytes);
/* Stop and resume taking messages from this client (back-pressure). Resuming may call message()
 * before it returns, except from within message(). */
void ws_pause(struct ws *s, bool paused);
/* Begin the closing handshake; `closed` follows within 10 s, not before this returns. Reason: at
 * most 123 bytes, or NULL. */
void ws_close(struct ws *s, enum ws_close_code code, const char *reason);
struct loop *ws_loop(const struct ws *s);
struct app *ws_app(const struct ws *s);
/* Pings are sent after ws_ping_interval_us of silence; no answer for as long again drops the
 * socket. */
#define WS_PING_INTERVAL_US (30 * INT64_C(1000000))

/* The server's: make the socket for a request that asked for req_upgrade, once 101 went out. */
void ws_start(struct conn *c, const struct ws_events *events, void *ctx);

#endif
