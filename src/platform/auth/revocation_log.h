/* What the two halves of revocations share: memory (revocation.c) and store (revocation_store.c).
 * Private to this folder. */
#ifndef PLATFORM_AUTH_REVOCATION_LOG_H
#define PLATFORM_AUTH_REVOCATION_LOG_H

#include "platform/auth/revocation.h"

/* ── revocation.c ─────────────────────────────────────────────────────────────────────────────────
 */

struct revocations *revocations_new(void);
/* Row `id` counts from now on, and the listener hears of it; false: it did already. seen_us: when
 * it was first seen here, or stored. */
bool revocations_take(struct revocations *r, int64_t id, int64_t seen_us,
                      const struct revocation *entry);
/* One made by this process is durable: call revocations_tell's function. */
void revocations_told(struct revocations *r, const struct revocation *entry);
/* The id up to which nothing new can come; what was seen before `before_us` has nothing in flight
 * below it any more. */
int64_t revocations_settle(struct revocations *r, int64_t before_us);
/* Forget what has expired. */
void revocations_drop(struct revocations *r, int64_t now_us);

/* ── revocation_ids.c: which rows are known. Numbers are given in order, but transactions end in
 * any: a gap may still be filled. ───────────────────────────────────────────────────────────────
 */

struct revocation_ids {
    int64_t floor; /* all rows up to here are known, or never were */
    struct seen_id {
        int64_t id;
        int64_t seen_us;
    } * v; /* those above it, ascending */
    size_t n, cap;
};

void revocation_ids_free(struct revocation_ids *ids);
/* False: known already. */
bool revocation_ids_add(struct revocation_ids *ids, int64_t id, int64_t seen_us);
/* Raise the floor and return it. */
int64_t revocation_ids_settle(struct revocation_ids *ids, int64_t before_us);

#endif
