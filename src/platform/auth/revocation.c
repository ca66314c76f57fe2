/* Revoked tokens in memory: one log that writers append to, and one view of it a loop, which a loop
 * brings up to date by itself when the log's version has moved. Knows tokens only by their
 * identity, and never logs. */
#include "platform/auth/revocation_log.h"

#include "base/cell.h"
#include "base/map.h"
#include "platform/loop/work.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What is revoked of one account's tokens, however often "all" was said: everything up to `at_us`,
 * except the token `spare`, which only what was said with another exception reaches: everything up
 * to `spare_at_us`. */
struct account {
    int64_t at_us;
    int64_t spare_at_us;
    bool has_spare;
    struct uuid spare;
};

/* One loop's own: nobody else touches it. */
struct view {
    uint64_t version;     /* of the log, when last looked at; 0: never */
    uint64_t epoch;       /* a pruned log is read again from its start */
    size_t taken;         /* entries of the log that are in */
    struct map *tokens;   /* jti → the log's owner number, on the heap */
    struct map *accounts; /* number → struct account */
};

struct revocations {
    _Atomic uint64_t version; /* moves after each change; never 0 */
    pthread_mutex_t lock;     /* of all below but views */
    uint64_t epoch;
    struct revocation *log;
    size_t n, cap;
    struct revocation_ids ids;
    struct hook {
        revocation_fn fn;
        void *ctx;
    } listener, teller;
    struct view views[LOOPS_MAX];
};

static bool uuid_same(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->text, b->text, UUID_LEN) == 0;
}

bool revocation_hits(const struct revocation *entry, const struct identity *who)
{
    if (entry->number != who->number)
        return false;
    bool same = uuid_same(&entry->jti, &who->jti);
    if (!entry->all)
        return same;
    return who->issued_us <= entry->at_us && !(entry->spare_jti && same);
}

/* ── A loop's view ── */

static void map_free_values(struct map *m)
{
    size_t at = 0;
    struct str key;
    void *value;

    while (m && map_next(m, &at, &key, &value))
        free(value);
    map_free(m);
}

static void view_clear(struct view *v)
{
    map_free_values(v->tokens);
    map_free_values(v->accounts);
    *v = (struct view){0};
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Fold one more "all" into what is known. For a token x revoked are: up to the latest entry that
 * does not spare x. */
static void account_add(struct account *a, const struct revocation *e)
{
    bool same_spare =
        a->has_spare == e->spare_jti && (!e->spare_jti || uuid_same(&a->spare, &e->jti));

    if (same_spare) {
        a->at_us = later(a->at_us, e->at_us);
        return;
    }
    if (e->at_us < a->at_us) {
        a->spare_at_us = later(a->spare_at_us, e->at_us);
        return;
    }
    a->spare_at_us = a->at_us;
    a->at_us = e->at_us;
    a->has_spare = e->spare_jti;
    a->spare = e->jti;
}

static bool account_hits(const struct account *a, const struct identity *who)
{
    bool spared = a->has_spare && uuid_same(&a->spare, &who->jti);
    return who->issued_us <= (spared ? a->spare_at_us : a->at_us);
}

static void view_add_token(struct view *v, const struct revocation *e)
{
    int64_t *number = cell_must(malloc(sizeof *number));
    *number = e->number;
    free(map_put(v->tokens, uuid_str(&e->jti), number));
}

static void view_add(struct view *v, const struct revocation *e)
{
    if (!e->all) {
        view_add_token(v, e);
        return;
    }
    struct account *a = map_get_i64(v->accounts, e->number);
    if (!a) {
        a = cell_must(malloc(sizeof *a));
        *a = (struct account){.at_us = INT64_MIN, .spare_at_us = INT64_MIN};
        map_put_i64(v->accounts, e->number, a);
    }
    account_add(a, e);
}

static void view_catch_up(struct revocations *r, struct view *v)
{
    pthread_mutex_lock(&r->lock);
    if (v->version == 0 || v->epoch != r->epoch) {
        view_clear(v);
        v->tokens = map_new();
        v->accounts = map_new();
        v->epoch = r->epoch;
    }
    for (; v->taken < r->n; v->taken++)
        view_add(v, &r->log[v->taken]);
    v->version =
        atomic_load_explicit(&r->version, memory_order_relaxed); /* moves under the lock only */
    pthread_mutex_unlock(&r->lock);
}

bool revocations_allow(struct revocations *r, int loop_index, const struct identity *who)
{
    assert(loop_index >= 0 && loop_index < LOOPS_MAX);
    struct view *v = &r->views[loop_index];

    if (v->version != atomic_load_explicit(&r->version, memory_order_acquire))
        view_catch_up(r, v);
    if (map_count(v->tokens) > 0) {
        const int64_t *number = map_get(v->tokens, uuid_str(&who->jti));
        if (number && *number == who->number)
            return false;
    }
    if (map_count(v->accounts) == 0)
        return true;
    const struct account *a = map_get_i64(v->accounts, who->number);
    return !a || !account_hits(a, who);
}

/* ── The log ── */

/* With the lock held. */
static void log_append(struct revocations *r, const struct revocation *e)
{
    if (r->n == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 64;
        r->log = cell_must(realloc(r->log, r->cap * sizeof *r->log));
    }
    r->log[r->n++] = *e;
    atomic_fetch_add_explicit(&r->version, 1, memory_order_release);
}

static void hook_set(struct revocations *r, struct hook *hook, revocation_fn fn, void *ctx)
{
    pthread_mutex_lock(&r->lock);
    *hook = (struct hook){fn, ctx};
    pthread_mutex_unlock(&r->lock);
}

static void hook_call(struct revocations *r, const struct hook *hook, const struct revocation *e)
{
    pthread_mutex_lock(&r->lock);
    struct hook now = *hook;
    pthread_mutex_unlock(&r->lock);
    if (now.fn)
        now.fn(now.ctx, e);
}

void revocations_listen(struct revocations *r, revocation_fn fn, void *ctx)
{
    hook_set(r, &r->listener, fn, ctx);
}

void revocations_tell(struct revocations *r, revocation_fn fn, void *ctx)
{
    hook_set(r, &r->teller, fn, ctx);
}

/* ── What the store's side does to it ─────────────────────────────────────────────────────────────
 */

struct revocations *revocations_new(void)
{
    struct revocations *r = cell_must(calloc(1, sizeof *r));

    pthread_mutex_init(&r->lock, NULL);
    atomic_init(&r->version, 1);
    return r;
}

void revocations_free(struct revocations *r)
{
    if (!r)
        return;
    for (int i = 0; i < LOOPS_MAX; i++)
        view_clear(&r->views[i]);
    pthread_mutex_destroy(&r->lock);
    revocation_ids_free(&r->ids);
    free(r->log);
    free(r);
}

bool revocations_take(struct revocations *r, int64_t id, int64_t seen_us,
                      const struct revocation *entry)
{
    pthread_mutex_lock(&r->lock);
    bool is_new = revocation_ids_add(&r->ids, id, seen_us);
    if (is_new)
        log_append(r, entry);
    pthread_mutex_unlock(&r->lock);
    if (is_new)
        hook_call(r, &r->listener, entry);
    return is_new;
}

void revocations_told(struct revocations *r, const struct revocation *entry)
{
    hook_call(r, &r->teller, entry);
}

int64_t revocations_settle(struct revocations *r, int64_t before_us)
{
    pthread_mutex_lock(&r->lock);
    int64_t floor = revocation_ids_settle(&r->ids, before_us);
    pthread_mutex_unlock(&r->lock);
    return floor;
}

void revocations_drop(struct revocations *r, int64_t now_us)
{
    size_t kept = 0;

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n; i++) {
        if (r->log[i].expires_us > now_us)
            r->log[kept++] = r->log[i];
    }
    if (kept < r->n) {
        r->n = kept;
        r->epoch++;
        atomic_fetch_add_explicit(&r->version, 1, memory_order_release);
    }
    pthread_mutex_unlock(&r->lock);
}
