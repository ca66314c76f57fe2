/* One connection, for the protocols that run on it: HTTP first, WebSocket after an upgrade. Every
 * call on the connection's own loop thread. */
#ifndef PLATFORM_HTTP_CONN_H
#define PLATFORM_HTTP_CONN_H

#include "platform/http/http.h"

#include <stddef.h>
#include <stdint.h>

struct conn;

/* A protocol that takes over after 101. Its idle cost matters: HTTP's parser, arena and buffers are
 * gone then, and 10,000 idle sockets should cost about 0.5 KB each beside the kernel's. */
struct conn_protocol {
    /* Bytes came (valid during the call). */
    void (*data)(struct conn *c, void *ctx, const uint8_t *bytes, size_t len);
    /* What was queued has gone out after conn_send said "slow down". */
    void (*drained)(struct conn *c, void *ctx);
    /* The peer closed, an error, a time-out, or conn_close(): last call; ctx is the protocol's to
     * free. */
    void (*closed)(struct conn *c, void *ctx);
    /* The server stops: say goodbye and conn_close(). */
    void (*shutdown)(struct conn *c, void *ctx);
};

/* Hand the connection over (only inside http_send of a 101 reply; the server calls it). Bytes
 * already read behind the head are delivered to data() afterwards. */
void conn_take_over(struct conn *c, const struct conn_protocol *protocol, void *ctx);
/* Send (copied unless it could be written at once). False: more than CONN_SEND_HIGH bytes are
 * waiting; stop until drained(), or drop the client. */
bool conn_send(struct conn *c, const void *bytes, size_t len);
#define CONN_SEND_HIGH (256u * 1024u)
/* Bytes waiting to go out. */
size_t conn_pending(const struct conn *c);
/* Stop and resume reading (back-pressure). */
void conn_pause(struct conn *c, bool paused);
/* Close after what is queued has gone out (at most 5 s), or at once. closed() follows, not before
 * this returns. */
void conn_close(struct conn *c, bool at_once);
/* Is the peer one of http_server_options.trusted? */
bool conn_trusted(const struct conn *c);
/* Does the client speak TLS with us? */
bool conn_secure(const struct conn *c);
/* Is the peer on this machine (127.0.0.0/8, ::1)? */
bool conn_local(const struct conn *c);
/* Has http_server_stop() been called? */
bool conn_stopping(const struct conn *c);
/* Connections open now, of the whole server. */
int64_t conn_open_count(const struct conn *c);
struct loop *conn_loop(const struct conn *c);
void *conn_app(const struct conn *c);

#endif
