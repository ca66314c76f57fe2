/* The result codes that every layer shares: each is one HTTP status, so that a rule or a query can
 * say what went wrong without knowing who asked. No I/O. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* X(code, HTTP status, default sentence for the caller) */
#define ERR_TABLE(X)                                                                               \
    X(OK, 200, "OK")                                                                               \
    X(ERR_BAD_REQUEST, 400, "Malformed request")                                                   \
    X(ERR_UNAUTHORIZED, 401, "Missing or invalid authorization header")                            \
    X(ERR_FORBIDDEN, 403, "You may not do this")                                                   \
    X(ERR_NOT_FOUND, 404, "Not found")                                                             \
    X(ERR_METHOD, 405, "Method not allowed")                                                       \
    X(ERR_TIMEOUT, 408, "The request took too long to arrive")                                     \
    X(ERR_CONFLICT, 409, "Already exists, or changed in the meantime")                             \
    X(ERR_TOO_LARGE, 413, "The body is too large")                                                 \
    X(ERR_URI_TOO_LONG, 414, "The address is too long")                                            \
    X(ERR_UNSUPPORTED, 415, "This content type is not read here")                                  \
    X(ERR_RANGE, 416, "The range is outside the file")                                             \
    X(ERR_EXPECTATION, 417, "Only Expect: 100-continue is understood")                             \
    X(ERR_INVALID, 422, "A field is wrong")                                                        \
    X(ERR_TOO_MANY, 429, "Too many requests; try again later")                                     \
    X(ERR_HEADERS_TOO_LARGE, 431, "The header is too large")                                       \
    X(ERR_INTERNAL, 500, "Something went wrong on our side")                                       \
    X(ERR_UNAVAILABLE, 503, "Temporarily unavailable; try again shortly")                          \
    X(ERR_VERSION, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here")

enum err {
#define X(code, status, text) code,
    ERR_TABLE(X)
#undef X
        ERR_COUNT
};

/* What a rule decided: OK, or a code and one sentence for the caller (static, or in the caller's
 * arena). */
struct verdict {
    enum err err;
    const char *why;
};

#define VERDICT_OK ((struct verdict){OK, ""})

static inline struct verdict verdict_no(enum err err, const char *why)
{
    return (struct verdict){err, why};
}

/* HTTP status of a code, 200 for OK. */
int err_status(enum err e);
/* The sentence a caller is shown when nothing more exact was said. Static. */
const char *err_text(enum err e);
/* The code's own name ("ERR_CONFLICT"), for logs. Static. */
const char *err_name(enum err e);

#endif
