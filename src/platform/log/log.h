/* The log: one JSON object a line on standard error, written whole. Never passwords, tokens, bodies
 * or query strings. Only main, the dispatcher, the engine and background jobs log; base, rules and
 * stores never do. */
#ifndef PLATFORM_LOG_LOG_H
#define PLATFORM_LOG_LOG_H

#include "base/str.h"

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARN,
    LOG_ERROR,
};

bool log_level_parse(struct str s, enum log_level *ret);
void log_start(enum log_level level, bool access_log);
/* Write what loops have buffered (each loop calls it when it goes idle; exit does too). */
void log_flush(void);

/* {"time","level","event",…}: `event` is a fixed name ("server.started"), fmt its sentence. */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

struct log_access {
    struct str request_id;
    struct str method; /* e.g. "GET" */
    struct str path;   /* without the query */
    const char *route; /* the pattern, or "" */
    int status;
    int64_t bytes;
    int64_t duration_us;
    int64_t user_number; /* 0: nobody */
    struct str address;
    struct str detail; /* why it failed, or absent; of 5xx the store's own words too */
};

/* One access line; buffered per thread. */
void log_access(const struct log_access *line);

#endif
