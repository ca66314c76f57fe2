/* What the upstream client's files share: addresses, one loop's pool, one connection. Nobody else
 * includes it. */
#ifndef PLATFORM_HTTP_UPSTREAM_INTERNAL_H
#define PLATFORM_HTTP_UPSTREAM_INTERNAL_H

#include "base/cell.h"
#include "platform/http/upstream.h"
#include "platform/loop/work.h"

#include <llhttp.h>
#include <netinet/in.h>

#define UPSTREAM_FIELDS_MAX 128u
#define UPSTREAM_HEAD_MAX ((size_t)32 * 1024)

/* One of a service's addresses; process lifetime, read-only. */
struct upstream_address {
    const char *host;     /* a name, or an IP address without brackets */
    const char *port;     /* digits */
    struct str authority; /* as written: "host:port" */
    bool literal;         /* host is an IP address: `ip` */
    struct sockaddr_storage ip;
};

/* One address as one loop knows it. */
struct upstream_host {
    const struct upstream_address *address;
    const struct upstream *upstream;
    struct upstream_conn *idle; /* newest first */
    size_t n_idle, n_busy;
    size_t turn;             /* which of a name's addresses is next */
    unsigned failures;       /* in a row */
    bool told;               /* the log knows of them */
    uint64_t answered_ms;    /* when it last did */
    uint64_t aside_until_ms; /* not chosen before, while there are others */
    bool silent;             /* it failed by not answering: it is not even tried before */
};

struct upstream {
    struct upstreams *owner;
    const char *service;
    struct upstream_address *addresses;
    size_t n;
    struct upstream_host **hosts; /* by loop index, then address */
};

struct upstream_loop {
    struct upstreams *owner;
    struct loop *loop;
    uv_loop_t *uv; /* NULL until first used */
    struct upstream_conn *conns;
    size_t n_conns;
    size_t turn; /* who comes first among equals */
    uv_timer_t tick;
    bool ticking, stopping, gone;
    char *read_buffer;
    struct http_header headers[UPSTREAM_FIELDS_MAX]; /* of the head being parsed */
    struct task stop_task;
};

struct upstreams {
    struct upstream_options options;
    uint64_t connect_ms, response_ms;
    struct upstream_loop *loops;
    size_t n_loops;
    uv_sem_t gone;
};

enum upstream_state {
    UP_CONNECTING, /* looking up the name included */
    UP_BUSY,       /* a request and its answer */
    UP_IDLE,       /* in the pool */
    UP_SPLICED,    /* a byte stream */
    UP_LEAVING,    /* half closed; what still comes is dropped */
    UP_CLOSED,     /* uv_close() was called */
};

struct upstream_conn {
    uv_tcp_t tcp; /* first: a handle is its connection */
    struct upstream_loop *home;
    struct upstream_host *host;
    struct upstream_conn *next, *prev; /* home->conns */
    struct upstream_conn *next_idle;
    struct upstream_call *call; /* NULL: nobody's */
    uint64_t due_ms;            /* 0: no deadline */
    uint64_t begun_ms;          /* when its call was */
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    uv_getaddrinfo_t lookup;

    llhttp_t parser;
    struct upstream_head head;
    char *held; /* part of a head, until it is whole; a cell */
    size_t held_len;
    size_t overhead_bytes; /* chunk extensions and trailers */
    unsigned n_interim;
    bool in_body;  /* the answer's head was given */
    bool complete; /* the parser has seen the end of a message */
    bool keep;     /* the connection may be used again */

    uint8_t state;   /* enum upstream_state */
    uint8_t failure; /* enum upstream_failure: why it was closed */
    bool reused;     /* it has carried an answer before */
    bool heard;      /* something of this answer has come */
    bool sent;       /* the request is whole */
    bool deaf;       /* the peer takes no more bytes; it may still have an answer */
    bool slow;       /* upstream_send() said "slow down" */
    bool paused, reading;
    bool looking_up, handle_gone;
};

/* ── upstream_address.c ── */

/* "http://host:port" into the arena. False: malformed. */
bool upstream_address_parse(struct str text, struct arena *a, struct upstream_address *ret);

/* ── upstream.c ── */

/* A connection was lost with the call still on it: try again, or tell its owner. u goes next. */
void upstream_lost(struct upstream_call *call, struct upstream_conn *u);
/* An address has answered: it is well. */
void upstream_well(struct upstream_loop *home, struct upstream_host *host);
/* The last of a stopping loop's connections has gone. */
void upstream_loop_check(struct upstream_loop *home);

/* ── upstream_conn.c ── */

/* Begin to connect, by that time; the call's ready() or upstream_lost() follow, not before this
 * returns. */
void upstream_open(struct upstream_loop *home, struct upstream_host *host,
                   struct upstream_call *call, uint64_t due_ms);
/* One that waits in the pool, or NULL. `sure`: one that has certainly not been closed meanwhile. */
struct upstream_conn *upstream_take(struct upstream_host *host, bool sure);
/* Give it its next call. */
void upstream_attach(struct upstream_conn *u, struct upstream_call *call);
/* The answer is whole: back to the pool, or closed. The call is over; its end() is the caller's. */
void upstream_detach(struct upstream_conn *u, bool reusable);
void upstream_close(struct upstream_conn *u, enum upstream_failure why);
/* Bytes that wait to go out. */
size_t upstream_unsent(const struct upstream_conn *u);
/* Something has moved: the deadline of its call begins anew, where one is due. */
void upstream_deadline(struct upstream_conn *u);
void upstream_reading(struct upstream_conn *u, bool on);
void upstream_tick(uv_timer_t *tick);

/* ── upstream_reply.c ── */

/* Get ready for an answer. */
void upstream_expect(struct upstream_conn *u);
void upstream_input(struct upstream_conn *u, const char *bytes, size_t len);
void upstream_eof(struct upstream_conn *u);

#endif
