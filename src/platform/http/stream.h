/* A request that is passed on: its body as it comes, its reply piece by piece, back-pressure both
 * ways, nothing kept whole. What a proxy is made of; knows no upstream. Every call on the
 * connection's own loop thread. */
#ifndef PLATFORM_HTTP_STREAM_H
#define PLATFORM_HTTP_STREAM_H

#include "platform/http/conn.h"

/* Chosen in head() with q->body_mode HTTP_BODY_STREAM and q->stream; request() then comes before
 * the body. Until the first of gone(), http_send(), http_reply_end(), _abort() and _take_over() the
 * request stands. */
struct http_stream {
    /* Part of the body (valid during the call), its framing undone. Must not answer. */
    void (*body)(struct req *q, const char *bytes, size_t len);
    /* That was all of it; not called when there is none. Must not answer. */
    void (*body_end)(struct req *q);
    /* What http_reply_part() said "slow down" over has gone out. */
    void (*drained)(struct req *q);
    /* The client has gone, or its body could not be taken: there is nobody to answer. Last call. */
    void (*gone)(struct req *q);
};

/* Does the request have a body that body_end() will close? */
bool http_stream_has_body(const struct req *q);
/* Is part of the body at hand, so that body() follows before the loop goes on? */
bool http_stream_at_hand(const struct req *q);
/* Stop and resume taking the body. Resuming may call body() before it returns. */
void http_stream_pause(struct req *q, bool paused);
/* 100 Continue, when the client waits for it (RFC 9110 §10.1.1). */
void http_stream_continue(struct req *q);

/* Begin the reply that q->reply describes: status, headers, lines; its own body is not looked at.
 * `length`: of the body, -1 when only its end will tell (chunks to HTTP/1.1, else until the
 * connection closes). From here on no more of the request is read. Goes out with the first part, or
 * with http_reply_flush(). */
void http_reply_begin(struct req *q, int64_t length);
/* Send more of the body (copied unless it could be written at once). False: more than
 * CONN_SEND_HIGH bytes are waiting, stop until drained(). May call gone() (true then). */
bool http_reply_part(struct req *q, const char *bytes, size_t len);
/* Send what http_reply_begin() held back. */
void http_reply_flush(struct req *q);
/* The reply is whole. */
void http_reply_end(struct req *q);
/* The rest of it will never come: the connection breaks off, so that the client notices. */
void http_reply_abort(struct req *q);
/* Instead of http_reply_begin(): send the reply's head with status 101; another protocol has the
 * connection from then on. False: gone() was called. */
bool http_reply_take_over(struct req *q, const struct conn_protocol *protocol, void *ctx);

#endif
