/* One request as a handler sees it, whatever thread it runs on, and the ways to answer it. */
#ifndef PLATFORM_HTTP_REQ_H
#define PLATFORM_HTTP_REQ_H

#include "base/arena.h"
#include "base/err.h"
#include "platform/auth/token.h"
#include "platform/db/db.h"
#include "platform/http/http.h"
#include "platform/json/fields.h"
#include "platform/loop/work.h"

#define REQ_PARAMS_MAX 4
#define REQ_PAGE_MAX 1000

struct route;
struct form;
struct app;
struct ws_events;
struct http_stream;
struct upstream;

struct req {
    /* For handlers: */
    struct arena *arena;    /* everything of this request; gone after the reply is sent */
    struct app *app;        /* settings and shared parts: app.h */
    struct db *db;          /* the store, as the thread that runs the handler may use it */
    int64_t now_us;         /* the clock, read once, when the request was complete */
    struct identity caller; /* number 0: nobody (a public route) */
    struct str id;          /* request id */
    struct http_head head;
    struct str address; /* the peer's, as text */
    struct str body;    /* HTTP_BODY_BUFFER */
    struct form *form;  /* HTTP_BODY_FORM */
    const struct route *route;
    struct str params[REQ_PARAMS_MAX]; /* path parameters, percent-decoded, in the route's order */

    /* The reply being made: */
    struct http_reply reply;
    struct field_errors errors; /* for 422 */
    struct str fail_detail;     /* absent: err_text() */
    struct str fail_reason;     /* a failed face check's "reason", or absent */
    bool fail_keep;
    bool origin_refused;   /* ACCESS_SOCKET: this origin may not connect; the handler tells it so */
    struct str log_detail; /* the store's own words for the log, never for the caller */
    const struct ws_events *upgrade; /* set by req_upgrade */
    void *upgrade_ctx;
    const struct shape *later; /* req_reply_later: of the object that is the reply; or NULL */
    const void *later_obj;

    /* The server's and the dispatcher's own: */
    struct conn *conn;
    void *listener;
    enum http_body_mode body_mode;
    size_t body_max;
    bool form_timeout;       /* HTTP_BODY_STREAM: the body may take as long as a form's */
    bool forwarded;          /* by a proxy of ours, for `address` */
    struct upstream *remote; /* the route's service is elsewhere: here; or NULL */
    const void *ahead;       /* req_json_ahead: the route's `in` … */
    enum err ahead_err;      /* … and how that went */
    struct field_errors ahead_errors;
    struct str ahead_detail;
    void *asked;                      /* what the route's ask_first() has left for its handler */
    const struct http_stream *stream; /* HTTP_BODY_STREAM: who passes it on */
    void *stream_ctx;
    struct work work;
    enum err outcome;
    int64_t started_us;
};

/* ── Reading ── */

/* The JSON body into `in`. ERR_UNSUPPORTED: a Content-Type that is not JSON; ERR_BAD_REQUEST,
 * ERR_INVALID as in shape_from_json. An empty body reads as {}. The detail is set: just return the
 * error. */
enum err req_json(struct req *q, const struct shape *shape, void *in);
/* Read the body of a route with a JSON body already here, so that req_json in its handler only
 * takes over what came of it: many wait for the thread that writes, few for this one. */
void req_json_ahead(struct req *q);
/* The form's plain fields into `in`; likewise. */
enum err req_form(struct req *q, const struct shape *shape, void *in);
/* The query string into `in`; likewise. */
enum err req_query(struct req *q, const struct shape *shape, void *in);
/* A path parameter by its name in the route ("booking_id"), as a positive integer / UUID / user id.
 * ERR_NOT_FOUND when it is none (the caller names what was not found). */
enum err req_path_i64(struct req *q, const char *name, int64_t *ret);
enum err req_path_uuid(struct req *q, const char *name, struct uuid *ret);
enum err req_path_user(struct req *q, const char *name, struct user_ref *ret);
/* As text, decoded. */
struct str req_path_text(struct req *q, const char *name);
/* ?limit (1–1,000, default 1,000) and ?cursor (an id that an earlier Link gave; I64_NULL: from the
 * start). ERR_INVALID with its field otherwise. */
enum err req_page(struct req *q, int64_t *ret_limit, int64_t *ret_cursor);
/* What req_page reads, for the query column of routes that page. */
extern const struct shape PAGE_QUERY;

/* ── Answering ── */

/* One object. Always returns OK. */
enum err req_reply(struct req *q, int status, const struct shape *shape, const void *obj);
/* The same, written only when the changes are kept, by the loop: the one thread that writes to the
 * store has others waiting. Copies obj; its texts must lie in the arena. */
enum err req_reply_later(struct req *q, int status, const struct shape *shape, const void *obj);
/* Write what was left for later, if anything was. */
void req_reply_written(struct req *q);
/* An array of objects. */
enum err req_reply_list(struct req *q, int status, const struct shape *shape,
                        const struct rows *rows);
/* One page of an array: fetch limit + 1 rows; when there are more than `limit`, the last is dropped
 * and Link names the next page, after the last shown row's `cursor_field` (an FIELD_INT of the
 * shape). */
enum err req_reply_page(struct req *q, const struct shape *shape, struct rows *rows, int64_t limit,
                        const char *cursor_field);
/* The same for rows without an id: the cursor counts those `before` them, which the query skips. */
enum err req_reply_page_at(struct req *q, const struct shape *shape, struct rows *rows,
                           int64_t limit, int64_t before);
/* {"message": text}. */
enum err req_reply_message(struct req *q, int status, const char *text);
/* Ready-made JSON (in the arena). */
enum err req_reply_json(struct req *q, int status, struct str json);
/* An open file, which the server closes; handles If-None-Match, If-Range and one Range (RFC 9110
 * §13, §14). `etag` with quotes. */
enum err req_reply_file(struct req *q, int fd, int64_t bytes, const char *content_type,
                        struct str etag);
/* Does If-None-Match name this etag (with quotes)? Then 304 is the answer. */
bool req_has_already(const struct req *q, struct str etag);
/* Become a WebSocket; ctx is the handler's (not in this arena: it outlives the request).
 * ERR_BAD_REQUEST with a detail when the request is no valid handshake (RFC 6455 §4.2.1). */
enum err req_upgrade(struct req *q, const struct ws_events *events, void *ctx);
/* A reply header; the name is static, the value in the arena. */
void req_header(struct req *q, const char *name, struct str value);

/* Fail with one sentence for the caller; returns e, so that a handler can say `return req_fail(…)`.
 * Its changes to the store are rolled back. */
enum err req_fail(struct req *q, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, but what was written stays (a failed face attempt, a lost slot). */
enum err req_fail_keep(struct req *q, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* What a rule decided; OK says nothing. */
enum err req_fail_verdict(struct req *q, struct verdict v);
/* 422 for one field. */
enum err req_fail_field(struct req *q, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* 429 or 503 with Retry-After. */
enum err req_fail_retry(struct req *q, enum err e, int64_t retry_after_s, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* For COMPUTE handlers: fn(db, arg) as one write transaction, durable when it returns. */
enum err req_transaction(struct req *q, enum err (*fn)(struct db *db, void *arg), void *arg);

#endif
