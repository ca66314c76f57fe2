/* The engine's inner shapes, for its own files only: server, loop, connection, exchange, timers.
 *
 * Lifetimes: http_server and http_loop the process; conn from accept to the later of the socket's
 * end and the end of its request; exchange (parser, arena, req) from a request's first byte to the
 * end of its reply, then back to the loop's pool, so that an idle connection is a struct conn and
 * nothing else. Everything here runs on its loop's thread; only the counters in http_server are
 * shared. */
#ifndef PLATFORM_HTTP_ENGINE_H
#define PLATFORM_HTTP_ENGINE_H

#include "base/buf.h"
#include "base/cell.h"
#include "platform/http/conn.h"
#include "platform/http/req.h"
#include "platform/http/tls.h"

#include <llhttp.h>
#include <stdatomic.h>
#include <uv.h>

#define READ_BUFFER_BYTES ((size_t)64 * 1024)
#define FILE_CHUNK_BYTES ((size_t)64 * 1024)
#define LINGER_MS 3000u
#define LINGER_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define FLUSH_MS 5000u
#define TICK_MS 100u
#define OVER_LOG_MS 60000u
#define DATE_LINE_LEN 37 /* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" */

enum conn_state {
    CONN_IDLE,     /* between requests: no exchange */
    CONN_HEAD,     /* part of a head is here */
    CONN_DECIDING, /* inside callbacks->head() */
    CONN_BODY,     /* taking the body in */
    CONN_WORKING,  /* request() was called; http_send() is due */
    CONN_STREAM,   /* the request passes through: stream.h */
    CONN_SENDING,  /* part of the reply waits for the socket */
    CONN_UPGRADED, /* another protocol has it */
    CONN_FLUSHING, /* conn_close(): what is queued goes out first */
    CONN_LINGER,   /* all is said; input is dropped until the peer has closed too */
    CONN_CLOSED,   /* uv_close() was called */
};

/* Deadlines are lists: every kind has one fixed duration, so the oldest entry is the next one due.
 * Only a first head behind a TLS handshake has less, and is put in its place. */
enum timer_kind {
    TIMER_NONE,
    TIMER_IDLE,
    TIMER_HEAD,
    TIMER_BODY,
    TIMER_FORM,
    TIMER_WRITE,
    TIMER_FLUSH,
    TIMER_LINGER,
    TIMER_KINDS,
};

struct conn {
    uv_tcp_t tcp; /* first: a handle is its connection */
    struct http_loop *home;
    struct conn *next, *prev; /* home->conns */
    struct conn *timer_next, *timer_prev;
    uint64_t due_ms;
    struct tls *tls;     /* NULL: the bytes go as they are */
    struct exchange *ex; /* NULL when idle and after an upgrade */
    const struct conn_protocol *protocol;
    void *protocol_ctx;
    void *tag;        /* the listener's */
    char *kept;       /* read, but not yet to be looked at; a cell */
    uint32_t kept_at; /* consumed of it */
    uint32_t kept_len;
    size_t skip; /* of the body behind an early reply: at hand, and not to be looked at */
    size_t mark; /* TIMER_WRITE: unsent bytes when last looked, and those added since; CONN_LINGER:
                    bytes dropped */
    uint8_t address[16];    /* IPv4 as ::ffff:a.b.c.d */
    uint32_t head_spent_ms; /* of the first head's time, by a TLS handshake */
    uint8_t state;          /* enum conn_state */
    uint8_t timer;          /* enum timer_kind */
    bool trusted : 1;       /* the peer is a proxy of ours */
    bool counted : 1;       /* in the per-address table */
    bool reading : 1;
    bool paused : 1;      /* conn_pause() */
    bool slow : 1;        /* conn_send() said "slow down" */
    bool eof : 1;         /* the peer has closed its side */
    bool in_input : 1;    /* exchange_input() is on the stack */
    bool handle_gone : 1; /* the socket is closed; only an exchange still needs this struct */
};

/* One request from its first byte to the end of its reply. */
struct exchange {
    struct exchange *next_spare;
    struct arena arena;
    llhttp_t parser;
    struct req q;

    struct buf raw;       /* the head as sent, from the request line on */
    size_t line_start;    /* in raw: of the line being read */
    size_t fields_start;  /* in raw: behind the request line */
    size_t n_lines;       /* whole lines, the request line included */
    size_t n_empty;       /* empty lines in front of it */
    bool announced;       /* head() was called: finished() is due */
    bool body_done;       /* the request has been read to its end */
    bool expects;         /* Expect: 100-continue */
    struct str encodings; /* Accept-Encoding, or absent */
    size_t behind;        /* bytes at hand behind the head while CONN_DECIDING */

    struct buf body;
    size_t body_bytes;
    size_t overhead_bytes; /* chunk extensions and trailers */
    enum err body_err;

    bool keep;                                    /* the connection stays after this reply */
    bool bodiless;                                /* HEAD, 204, 304, 101: no body goes out */
    bool reply_begun, reply_ended, reply_chunked; /* CONN_STREAM */
    int64_t reply_length;                         /* -1: only its end tells */
    struct str reply_head;                        /* held back until there is more, or absent */
    uv_write_t write;
    size_t head_len;    /* of the reply */
    size_t to_write;    /* bytes given to write */
    int64_t sent_bytes; /* head included */
    char *chunk;        /* FILE_CHUNK_BYTES; a cell */
    int64_t file_at;
    int64_t file_left;
};

struct timer_list {
    struct conn *first, *last;
    uint64_t duration_ms;
};

struct listener_handle {
    uv_tcp_t tcp; /* first */
    struct http_loop *home;
    void *tag;
    struct tls_identity *tls; /* NULL: in the clear */
    int fd;                   /* until the loop has taken it over, then -1 */
    bool open;                /* tcp is initialised */
};

struct http_loop {
    struct http_server *server;
    struct loop *loop;
    uv_loop_t *uv;
    struct conn *conns;
    struct exchange *spares;
    size_t spare_bytes; /* that the spares hold */
    struct timer_list timers[TIMER_KINDS];
    uv_timer_t tick;
    bool ticking;
    struct listener_handle *listeners; /* one for each of the server's */
    size_t n_handles;                  /* of ours, still open: listeners and tick */
    char *read_buffer;
    struct gzip *gzip; /* made at the first use */
    struct tls_scratch tls;
    int64_t date_s;
    char date_line[DATE_LINE_LEN + 1];
    uint64_t over_logged_ms; /* when the log last heard of an address over its limit */
    bool stopping;
    bool gone;
    struct task start_task, stop_task, force_task;
    int listen_error; /* errno-like of uv_listen, 0 when fine */
};

struct http_server {
    struct http_server_options options;
    struct http_loop *loops;
    size_t n_loops;
    _Atomic int64_t connections;
    struct address_table *addresses; /* NULL: no limit */
    uv_mutex_t mutex;
    uv_cond_t changed;
    size_t n_started;
    size_t n_gone;
};

/* ── server.c ── */

/* Something of this loop has gone: tell http_server_stop() when it was the last. */
void http_loop_check(struct http_loop *home);

/* ── timer.c: deadlines ── */

void timers_init(struct http_loop *home);
/* (Re)start this kind of deadline, from now; TIMER_NONE: none. */
void timer_set(struct conn *c, enum timer_kind kind);
/* The next TIMER_HEAD has what is left of the one that runs. */
void timer_head_spent(struct conn *c);

/* ── conn.c, conn_send.c: the socket ── */

/* uv_connection_cb of every listener. */
void conn_accept(uv_stream_t *listener, int status);
/* Close the socket now. Safe at any time; the struct stays until its exchange is finished. */
void conn_drop(struct conn *c);
/* Half-close, then drop input until the peer has closed too: a close with unread input would be a
 * reset, which takes the reply with it. */
void conn_linger(struct conn *c);
void conn_read_start(struct conn *c);
void conn_read_stop(struct conn *c);
/* Free it if neither socket nor exchange needs it. */
void conn_release(struct conn *c);
/* The deadline of c->timer has passed. */
void conn_overdue(struct conn *c);
/* Bytes that neither we nor the kernel could send yet. */
size_t conn_unsent(const struct conn *c);
/* uv_try_write() and uv_write() of bytes in the clear, through TLS where it is spoken; the same
 * bounds as tls_try_write() and tls_write(). */
int conn_try_write(struct conn *c, const uv_buf_t *bufs, unsigned n);
int conn_write(struct conn *c, uv_write_t *req, const uv_buf_t *bufs, unsigned n, uv_write_cb done);
/* Bytes that nobody else waits for have gone out, or failed to. */
void conn_written(struct conn *c, int status);
/* conn_send() of several pieces in one write. */
bool conn_sendv(struct conn *c, uv_buf_t *bufs, unsigned n);

/* ── exchange.c: from bytes to requests ── */

/* Take what was read; what cannot be looked at yet is kept and reading stops. */
void exchange_input(struct conn *c, const char *bytes, size_t len);
/* Go on with what was kept, and with reading. */
void exchange_resume(struct conn *c);
/* The peer has closed its side. */
void exchange_eof(struct conn *c);
/* Answer what is no request, then close. */
void exchange_refuse(struct conn *c, enum err e, const char *why);
/* Answer a request whose body could not be taken, then close. */
void exchange_break(struct conn *c, enum err e, const char *why);
/* finished(), and everything of the request is given back. */
void exchange_finish(struct conn *c);
void exchange_free_spares(struct http_loop *home);

/* ── stream.c: requests that pass through ── */

/* The head is done: request(), then the body as it comes. */
void stream_begin(struct conn *c);
/* Must the rest of the input wait? */
bool stream_waits(const struct conn *c);
/* Take bytes of the body; returns how many. */
size_t stream_input(struct conn *c, const char *bytes, size_t len);
/* Nothing waits to go out any more. */
void stream_drained(struct conn *c);
/* Tell who passes the request on that it is over, unless they know. */
void stream_leave(struct conn *c);

/* ── head.c, target.c, body.c: parsing ── */

struct head_verdict {
    bool done; /* the head is complete */
    enum err err;
    const char *why;
};

/* Take bytes of a head; returns how many. */
size_t head_feed(struct exchange *ex, const char *bytes, size_t len, struct head_verdict *ret);
/* The complete head in ex->raw into ex->q.head. */
enum err head_parse(struct exchange *ex, const char **ret_why);

/* Path and query out of head->target; the authority when it is in absolute form, else absent.
 * False: malformed, or a form that its method cannot have. */
bool target_split(struct http_head *head, struct str *ret_authority);
/* uri-host [":" port] (RFC 9110 §7.2), never empty, no user information. */
bool authority_valid(struct str s);

/* Get ready for the body, as head() decided. */
enum err body_begin(struct exchange *ex, const char **ret_why);
/* Take bytes of the body; returns how many. ex->body_done at its end. */
size_t body_feed(struct exchange *ex, const char *bytes, size_t len, enum err *ret_err,
                 const char **ret_why);
/* It is there: q->body or q->form. */
enum err body_end(struct exchange *ex, const char **ret_why);

/* ── reply.c, send.c, gzip.c, address.c, listen.c ── */

/* q->reply's head, in the arena, with a small body behind it; *ret_body: what is still to follow,
 * absent for a file. Sets ex->bodiless and ex->head_len. */
struct str reply_write(struct exchange *ex, struct str *ret_body);
/* Has a reply of this status to this request no body (RFC 9110 §6.4.1)? */
bool reply_bodiless(const struct exchange *ex);
/* May another request follow on the connection? */
bool reply_may_keep(struct conn *c);
/* The whole reply has gone out: the request ends, and the connection or the next request begins. */
void reply_done(struct conn *c);

/* 100 Continue (RFC 9110 §10.1.1). */
void send_continue(struct conn *c);

/* May the reply be gzipped (RFC 9110 §12.5.3)? */
bool gzip_accepted(struct str accept_encoding);
/* Compressed, in the arena; absent when it would not be smaller. *g is made when NULL. */
struct str gzip_compress(struct gzip **g, struct arena *a, struct str body);
void gzip_free(struct gzip *g);

struct address_table *address_table_new(int limit, bool log_only);
void address_table_free(struct address_table *t);
/* From any thread. *ret_over: this address has its share. False: and this one is not counted, but
 * to be refused. An IPv6 /64 counts as one address. */
bool address_enter(struct address_table *t, const uint8_t address[16], bool *ret_over);
void address_leave(struct address_table *t, const uint8_t address[16]);
/* How many of its bytes name one client: of IPv6 those of the /64. */
size_t address_client_bytes(const uint8_t address[16]);
/* As text, in the arena. */
struct str address_text(struct arena *a, const uint8_t address[16]);

/* A bound socket, not yet listening. On failure -1 and a sentence in the arena. */
int listen_socket(const struct http_listener *l, struct arena *a, const char **ret_why);
/* Is the port free on this address? ERR_CONFLICT and a sentence when somebody else listens there
 * (SO_REUSEPORT would share it with them in silence); ERR_UNSUPPORTED when this machine lacks the
 * address or its family. */
enum err listen_probe(const struct http_listener *l, struct arena *a, const char **ret_why);

#endif
