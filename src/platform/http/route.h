/* A service's route table and the router over it: one line says method, path, where it runs, who
 * may, what goes in and out. ROUTE_UNSET and ACCESS_UNSET are refused at start-up: nothing is open
 * because somebody forgot. */
#ifndef PLATFORM_HTTP_ROUTE_H
#define PLATFORM_HTTP_ROUTE_H

#include "platform/http/req.h"

enum route_kind {
    ROUTE_UNSET = 0,
    READ,    /* reads the store, on the loop (embedded store) */
    WRITE,   /* one transaction on the writer */
    COMPUTE, /* argon2, images: on the compute pool; q->db is a reader */
    STREAM,  /* reads the store as READ does, then ends in req_upgrade() */
    HERE,    /* on the loop and without the store (q->db NULL): answers whatever became of it */
};

enum access {
    ACCESS_UNSET = 0,
    ACCESS_PUBLIC,  /* no token asked; a good one is still read */
    ACCESS_USER,    /* anybody signed in; the handler says whose things */
    ACCESS_PARTNER, /* role partner or admin */
    ACCESS_ADMIN,   /* role admin; audited */
    ACCESS_SOCKET,  /* WebSocket: the token may also come as subprotocol or query; a refused caller
                       is upgraded,  told why and closed with 1008; the handler checks caller.number
                     */
    ACCESS_LOCAL,   /* whoever asks from this machine itself; from elsewhere role admin */
};

enum route_flag {
    ROUTE_FORM = 1 << 0,     /* multipart/form-data; others are 415 */
    ROUTE_FORM_TOO = 1 << 2, /* multipart/form-data beside JSON: the request has a form or a body */
    ROUTE_QUERY_TOKEN = 1 << 1, /* ?token= counts where the setting query_token allows it */
};

/* What a successful reply holds, by `out`. */
enum route_reply {
    REPLY_OBJECT = 0, /* out; out NULL: `schema` */
    REPLY_LIST,       /* an array of out; out NULL: of texts */
    REPLY_PAGE,       /* the same, in pages: takes limit and cursor, and Link names the next */
    REPLY_MESSAGE,    /* {"message": "…"} */
    REPLY_FILE,       /* bytes of type `media` */
    REPLY_SOCKET,     /* 101 */
};

/* One status that a route answers with, and when: "not your match". A further success (200 beside
 * 201) or an error. What its permission, body, query and kind bring along needs no line. */
struct route_answer {
    int status; /* 0 ends a list */
    const char *when;
    bool whole;         /* an error in the form of the success */
    const char *detail; /* an error's sentence as an example, or NULL: the usual one */
};
#define ANSWERS(...)                                                                               \
    (const struct route_answer[])                                                                  \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

struct route {
    enum http_method method;
    const char *path; /* "/users/{user_id}/photos"; literals win over parameters */
    enum route_kind kind;
    enum access access;
    enum err (*handler)(struct req *q);
    const struct shape *in;  /* JSON body, or NULL */
    const struct shape *out; /* reply (of a list: its items), or NULL */
    const char *summary;
    const struct shape *query; /* query parameters, or NULL */
    int status;                /* of success; 0 is 200 */
    size_t
        body_max;   /* bytes; 0: HTTP_BODY_DEFAULT_MAX, and for a form upload_max_bytes beside it */
    unsigned flags; /* enum route_flag */
    int files;      /* that a form may have, each up to upload_max_bytes; 0: one. More than `part`
                       names: that part may repeat */
    /* Who may, asked only when the body is about to be refused by its type or length: 403 and 404
     * come before 415 and 413. On the loop, reads only (q->db: the loop's reader). NULL: nothing to
     * ask. */
    enum err (*before_body)(struct req *q);
    /* What must be asked of other processes before the handler runs: begins that on the loop,
     * leaves the answers in q->asked, and calls dispatch_asked(q) once. NULL: nothing. */
    void (*ask_first)(struct req *q);

    /* For documents only (openapi.h): */
    const char *id; /* the operation's name, once and for all: "proposeVenue" */
    enum route_reply reply;
    const struct shape *out_else; /* what some callers get instead of `out`, or NULL */
    const char *schema;           /* JSON Schema of a reply without a shape, or NULL: any object */
    const char *media;            /* REPLY_FILE: its media type, "image/jpeg" */
    const char *part;             /* a form's files by their parts: "file", "front|back" */
    const struct route_answer *answers; /* or NULL */
};

const char *route_kind_name(enum route_kind k);
const char *access_name(enum access a);

struct router;

struct router *router_new(struct arena *a);
/* Add a table (ends with path NULL), with `strip` (may be "") cut off the front of each path: the
 * chat port answers /match beside /chat/match. On a missing permission, kind or handler, or a path
 * twice: false and a sentence. */
bool router_add(struct router *r, const struct route *table, const char *strip,
                const char **ret_why);

struct router_match {
    const struct route *route; /* NULL: no such path, or not with this method */
    unsigned allowed; /* bit 1<<enum http_method for each method this path has; 0: no such path */
    struct str params[REQ_PARAMS_MAX];
};

/* Path still percent-encoded; a trailing slash is optional; an encoded slash belongs to its
 * segment; an encoded NUL, or a bad
 * escape, never matches. Parameters are decoded into the arena. */
void router_find(const struct router *r, enum http_method method, struct str path, struct arena *a,
                 struct router_match *ret);

#endif
