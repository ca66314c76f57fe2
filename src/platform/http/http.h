/* HTTP/1.1 between the socket and the dispatcher: methods, heads, replies, and what a server calls
 * back. Knows no routes and no tokens. RFC 9110 (semantics), RFC 9112 (syntax). */
#ifndef PLATFORM_HTTP_HTTP_H
#define PLATFORM_HTTP_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum http_method {
    HTTP_METHOD_OTHER = 0, /* a method that no route can have: 405 or 404 */
    GET,
    POST,
    PUT,
    DELETE,
    PATCH,
    HEAD, /* answered by GET's route, without the body */
    OPTIONS,
};

const char *http_method_name(enum http_method m);

#define HTTP_HEAD_MAX_BYTES 16384u
#define HTTP_HEAD_MAX_FIELDS 100u
#define HTTP_URI_MAX_BYTES 8192u
#define HTTP_BODY_DEFAULT_MAX (64u * 1024u)
#define HTTP_GZIP_MIN_BYTES 1024u

struct http_header {
    struct str name; /* as sent; compare with str_eq_nocase */
    struct str value;
};

/* A parsed request head; texts live in the request's arena. */
struct http_head {
    enum http_method method;
    struct str target; /* as sent */
    struct str path;   /* before '?', still percent-encoded */
    struct str query;  /* behind '?', or absent */
    struct http_header *headers;
    size_t n_headers;
    int64_t content_length; /* -1: none given */
    bool chunked;
    bool keep_alive;
    bool upgrade; /* asks for one: ws_wants_upgrade() tells whether it is a valid WebSocket
                     handshake */
    bool http10;
};

/* The first header of that name, or absent. */
struct str http_header_get(const struct http_head *head, const char *name);
/* The media type of Content-Type without parameters, lower-case not guaranteed; absent when none.
 */
struct str http_content_type(const struct http_head *head);
/* One parameter of a header value: http_param(STR("form-data; name=\"a\""), "name"). Quotes undone,
 * in the arena. */
struct str http_param(struct arena *a, struct str value, const char *name);

/* How the body of a request is taken in. Chosen by the dispatcher when the head is known. */
enum http_body_mode {
    HTTP_BODY_BUFFER = 0, /* whole, in memory, up to body_max */
    HTTP_BODY_FORM,       /* multipart/form-data parsed as a stream: form.h */
    HTTP_BODY_STREAM,     /* handed on as it comes: stream.h; request() is called before it */
};

/* A reply as a handler leaves it. Texts live in the request's arena. */
struct http_reply {
    int status; /* 0: nothing said yet */
    struct http_header headers[16];
    size_t n_headers;
    struct str lines;         /* further headers, ready-made "Name: value\r\n" each, or absent */
    const char *content_type; /* NULL: no body */
    struct str body;
    int file; /* an open file to send instead of body, or -1; the server closes it */
    int64_t file_offset;
    int64_t file_bytes;
    bool close;    /* close the connection afterwards */
    bool compress; /* gzip when asked for and worth it */
};

struct req;
struct conn;
struct loop;
struct trusted;

/* What the server calls; all on the connection's loop thread. */
struct http_callbacks {
    /* The head is complete, nothing of the body read. Decides: sets q->body_mode and q->body_max,
     * or answers at once with http_send() (401, 404, 413 …), then the rest of the request is not
     * read. */
    void (*head)(struct req *q);
    /* The body is there too (q->body or q->form). Leads to exactly one http_send(), now or later.
     */
    void (*request)(struct req *q);
    /* The reply is on its way out, or the connection went away first (q->reply.status 0). Last call
     * for q: its memory goes. `sent` counts the body's bytes. */
    void (*finished)(struct req *q, int64_t sent);
    /* The body of q could not be taken (too large, malformed, too slow): instead of request(). Or
     * its head (malformed, too large, too slow): instead of head(), with an empty q->head. Fills
     * q->reply for this error, but does not send: the server does, and closes. */
    void (*broken)(struct req *q, enum err e, const char *why);
};

struct tls_identity;

struct http_listener {
    const char *address; /* "127.0.0.1", "::1" */
    int port;
    void *tag; /* req->listener: which front this is (the gateway's or one service's mount) */
    struct tls_identity *tls; /* HTTPS; NULL: in the clear. Lives longer than the server */
};

struct http_server_options {
    struct workers *workers;
    const struct http_callbacks *callbacks;
    void *app; /* req->app */
    const struct http_listener *listeners;
    size_t n_listeners;
    int64_t head_timeout_us;  /* from a request's first byte to its head's end; absolute */
    int64_t body_timeout_us;  /* from the head's end to the body's end; absolute */
    int64_t form_timeout_us;  /* the same for HTTP_BODY_FORM */
    int64_t keep_alive_us;    /* idle between requests */
    int64_t write_timeout_us; /* how often a client that we wait for is looked at … */
    int64_t write_min_rate;   /* … and dropped unless it took so many bytes a second, or all that
                                 was there, since last time; 0: a single byte is enough */
    const struct trusted *trusted; /* proxies: they speak for others; NULL: none */
    int connections_per_address;   /* 0: no limit. An IPv6 /64 is one address */
    bool connections_log_only;     /* further ones from one address are logged, not refused */
    int connections_max;           /* in this process; further ones are closed at once */
    const char *spool_dir;         /* where large form parts go (unlinked temporary files) */
};

struct http_server;

/* Can all of them be listened on, as far as one can tell without keeping them? */
enum err http_listeners_try(const struct http_listener *listeners, size_t n, struct arena *a,
                            const char **ret_why);
/* Listen on every loop (SO_REUSEPORT). *ret_why: one sentence when a port cannot be had. */
enum err http_server_start(const struct http_server_options *o, struct arena *a,
                           struct http_server **ret, const char **ret_why);
/* Stop accepting, let running requests finish (at most grace_us), close WebSockets with 1012, then
 * return. From the main thread. */
void http_server_stop(struct http_server *s, int64_t grace_us);
/* Connections open now (metrics, tests). */
int64_t http_server_connections(const struct http_server *s);

/* Send q->reply (from the loop thread, once). */
void http_send(struct req *q);

#endif
