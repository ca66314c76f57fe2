/* Services in other processes, over HTTP/1.1: their addresses, one pool of connections a loop, and
 * one call at a time on each. Knows no routes and no clients. Every call on the loop that began it;
 * RFC 9112. */
#ifndef PLATFORM_HTTP_UPSTREAM_H
#define PLATFORM_HTTP_UPSTREAM_H

#include "platform/http/http.h"

#include <uv.h>

#define UPSTREAM_ADDRESSES_MAX 32

struct workers;
struct upstreams;     /* all that this process calls */
struct upstream;      /* one of them: a service behind one or more addresses */
struct upstream_conn; /* a connection to one address */
struct upstream_call;

struct upstream_options {
    struct workers *workers;
    int64_t connect_timeout_us;  /* until a connection stands, all addresses tried together */
    int64_t response_timeout_us; /* without a byte of an answer that is due */
};

/* In the arena, which lives as long as the process. */
struct upstreams *upstreams_new(const struct upstream_options *o, struct arena *a);
/* `addresses`: "http://host:port[,http://host:port…]". Before the loops call. ERR_INVALID with one
 * sentence for a malformed list. */
enum err upstreams_add(struct upstreams *us, struct arena *a, const char *service,
                       const char *addresses, struct upstream **ret, const char **ret_why);
/* Close every connection. From the main thread, once nobody calls any more; NULL is fine. */
void upstreams_stop(struct upstreams *us);

const char *upstream_service(const struct upstream *u);

enum upstream_failure {
    UPSTREAM_DOWN,   /* no address takes connections */
    UPSTREAM_SLOW,   /* no answer in time */
    UPSTREAM_BROKEN, /* what came is no answer, or it ended midway */
};

/* The head of an answer; texts are valid during the call. */
struct upstream_head {
    int status; /* 100 and 101 too */
    const struct http_header *headers;
    size_t n_headers;
    int64_t content_length; /* -1: none given */
};

struct upstream_events {
    /* A connection stands: send the whole request, now or piece by piece. May come before
     * upstream_begin() returns, and a second time when the call is `safe`. */
    void (*ready)(struct upstream_call *call);
    /* An interim head (100; other 1xx are left out), or the answer's. */
    void (*head)(struct upstream_call *call, const struct upstream_head *head);
    void (*body)(struct upstream_call *call, const char *bytes, size_t len);
    /* All that was at hand has been given; more is to come. */
    void (*settled)(struct upstream_call *call);
    /* The answer is whole. Last call. */
    void (*end)(struct upstream_call *call);
    /* There is no answer, or not the rest of it. Last call. */
    void (*failed)(struct upstream_call *call, enum upstream_failure why);
    /* What upstream_send() said "slow down" over has gone out. */
    void (*drained)(struct upstream_call *call);
};

/* One request and its answer: embedded in its owner, zero but for the first members. */
struct upstream_call {
    const struct upstream_events *events;
    bool safe;       /* GET or HEAD without a body: may be sent again (RFC 9110 §9.2.2) */
    bool head_only;  /* HEAD: the answer has no body */
    uint64_t by_ms;  /* uv_now() by which the answer must be whole; 0: no such limit */
    uint32_t barred; /* addresses that it must not go to, by bit */
    struct upstream *upstream;
    struct upstream_conn *conn; /* NULL: none now */
    uint64_t connect_by_ms;
    uint32_t tried, tried_once; /* addresses, by bit */
    bool again;                 /* the second time: on a fresh connection */
};

/* False: nobody is there, and no event will follow. */
bool upstream_begin(struct upstream_call *call, struct upstream *u);
/* "host:port" of the address in use, for a Host header; after ready(). */
struct str upstream_authority(const struct upstream_call *call);
/* Send part of the request (copied unless it could be written at once). False: more than
 * CONN_SEND_HIGH bytes are waiting; stop until drained(). */
bool upstream_send(struct upstream_call *call, uv_buf_t *bufs, unsigned n);
/* The request is whole: the answer is due from now. */
void upstream_sent(struct upstream_call *call);
/* Stop and resume taking the answer (back-pressure). */
void upstream_pause(struct upstream_call *call, bool paused);
/* No event follows; the connection is closed. Nothing when the call is over. */
void upstream_cancel(struct upstream_call *call);

/* After head() with 101: the connection is a byte stream for `to` from now on (body, settled,
 * drained and failed; no deadline), and `from` is over. */
void upstream_splice(struct upstream_call *from, struct upstream_call *to);
/* The end of such a stream: what is queued goes out, then it is closed. No event follows. */
void upstream_leave(struct upstream_call *call);

/* ── A question with a small answer ──────────────────────────────────────────────────────────────
 */

size_t upstream_addresses(const struct upstream *u);
/* "host:port" of one of them, as it was given. */
struct str upstream_address_text(const struct upstream *u, size_t i);

struct upstream_question {
    const char *path;
    struct str authorization; /* the header's value; absent: none is sent */
    size_t body_max;          /* bytes; a longer body is dropped, and so is the answer */
    bool one_address;         /* ask `address` and no other */
    size_t address;
    int64_t within_us;
};

struct upstream_answer {
    int status;      /* 0: none came in time */
    struct str body; /* in the arena; empty where none was wanted */
};

/* GET it: done(arg, answer) on this loop, perhaps before this returns. */
void upstream_ask(struct upstream *u, struct arena *a, const struct upstream_question *question,
                  void (*done)(void *arg, const struct upstream_answer *answer), void *arg);

#endif
