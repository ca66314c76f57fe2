/* Tokens that no longer count, known in memory by every loop without a lock on the hot path: the
 * store keeps the truth (table revoked_tokens), this mirrors it. One token by its jti, or all of an
 * account's issued before a moment, except one. */
#ifndef PLATFORM_AUTH_REVOCATION_H
#define PLATFORM_AUTH_REVOCATION_H

#include "platform/auth/token.h"
#include "platform/db/db.h"

struct revocations;

extern const char *const REVOCATION_QUERIES[]; /* NULL at end */

struct revocation {
    int64_t number;  /* whose */
    struct uuid jti; /* the one token, or the one that is spared when `all` */
    bool all;        /* every token issued up to at_us */
    bool spare_jti;  /* with all: except jti */
    int64_t at_us;
    int64_t expires_us; /* after this the entry can be forgotten */
};

/* Fill from the store. */
enum err revocations_load(struct db *db, int64_t now_us, struct revocations **ret);
void revocations_free(struct revocations *r);
/* In the handler's transaction: store it, and once that is durable make it count in memory and call
 * the listener.
 */
enum err revocation_add(struct db *db, struct arena *a, struct revocations *r,
                        const struct revocation *entry);
/* Does this identity's token still count? One atomic load when nothing changed. Loop threads only
 * (index: loop_index()). */
bool revocations_allow(struct revocations *r, int loop_index, const struct identity *who);
/* Called for each revocation that begins to count in this process, once it is durable, whichever
 * process made it; on any thread (chat closes sockets). One listener. */
typedef void (*revocation_fn)(void *ctx, const struct revocation *entry);
void revocations_listen(struct revocations *r, revocation_fn fn, void *ctx);
/* Called after each that this process made: the others are to be told. One teller. */
void revocations_tell(struct revocations *r, revocation_fn fn, void *ctx);
/* Look for what other processes have stored since: cheap, a few rows by their ids. */
enum err revocations_refresh(struct db *db, struct arena *a, struct revocations *r, int64_t now_us);
/* Would this revocation hit that token? Pure. */
bool revocation_hits(const struct revocation *entry, const struct identity *who);
/* Drop what has expired, in memory and in the store (a periodic job). */
enum err revocations_prune(struct db *db, struct revocations *r, int64_t now_us);

#endif
