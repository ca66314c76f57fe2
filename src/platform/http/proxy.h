/* Requests for a service in another process: passed on through the upstream client, and its answer
 * back, as they come. */
#ifndef PLATFORM_HTTP_PROXY_H
#define PLATFORM_HTTP_PROXY_H

#include "platform/http/req.h"
#include "platform/http/upstream.h"

/* In head(): the request goes to q->remote. */
void proxy_prepare(struct req *q);
/* In request(): begin. The reply follows; 503 with Retry-After when there is none to be had. */
void proxy_start(struct req *q);

/* ── proxy_head.c: what is passed on of a head (pure; RFC 9110 §7.6.1) ── */

struct proxy_peer {
    struct str address; /* the client's */
    struct str scheme;  /* "http", "https" */
    bool socket;        /* ask for a WebSocket */
    bool expect;        /* the client waits for 100 Continue */
};

/* The head to send, in the request's arena. */
struct str proxy_request_head(const struct req *q, const struct proxy_peer *peer);
/* The answer's headers as lines for http_reply.lines, in the arena: without those of the hop, and
 * without those that a gateway says itself (request id, CORS, Date). */
struct str proxy_reply_lines(struct arena *a, const struct upstream_head *head);

/* ── splice.c: after 101 ── */

/* The client's connection and the call's become one byte stream. False: the client is gone. */
bool splice_start(struct req *q, struct upstream_call *from);

#endif
