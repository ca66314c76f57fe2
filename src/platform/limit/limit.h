/* How often somebody may: counts per key in fixed windows, in memory, sharded so that loops do not
 * meet on a lock. Where limits are not enforced (development) a key that would be refused is logged
 * once a window. */
#ifndef PLATFORM_LIMIT_LIMIT_H
#define PLATFORM_LIMIT_LIMIT_H

#include "base/str.h"

struct limiter;

/* keys_max bounds memory: when full, the keys whose window ended first go. */
struct limiter *limiter_new(bool enforce, size_t keys_max);
void limiter_free(struct limiter *l);

struct limit_rule {
    const char *name; /* "login_failures": part of the key, and named in the log */
    int64_t max;      /* hits in a window; 0: no limit */
    int64_t window_us;
    bool personal; /* the key holds an e-mail address or the like: it is not logged */
};

/* Count one hit. True: go on. False (only when enforced): refused; *ret_retry_after_s ≥ 1. */
bool limit_hit(struct limiter *l, const struct limit_rule *rule, struct str key, int64_t now_us,
               int64_t *ret_retry_after_s);
/* Would the next hit be refused? Counts nothing. For "failures" limits: check first, hit on
 * failure. */
bool limit_check(struct limiter *l, const struct limit_rule *rule, struct str key, int64_t now_us,
                 int64_t *ret_retry_after_s);
/* Forget a key (a good login). */
void limit_clear(struct limiter *l, const struct limit_rule *rule, struct str key);

#endif
