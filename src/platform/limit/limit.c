/* Counts hits per key in fixed windows that begin with a key's first hit. Keys are kept as keyed
 * hashes only, so no address or e-mail stays in memory. Logs only where limits are not enforced. */
#include "platform/limit/limit.h"

#include "base/cell.h"
#include "base/datetime.h"
#include "platform/log/log.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS_MAX 64 /* a power of two */
#define SHARD_KEYS_MIN 256
#define NONE UINT32_MAX
/* A request is counted with the time it began at, which may be this long ago: its body took its
 * time, or the pool was busy. */
#define LATE_MAX_US (3600 * US_PER_SECOND)

/* 32 bytes: everybody who comes has one, or several. */
struct entry {
    uint64_t id;
    int64_t ends_us; /* of its window */
    uint32_t hits;
    uint32_t next;    /* in its bucket, or among the free */
    uint32_t in_heap; /* where its number stands there */
    bool told;        /* the log line of this window is out */
};

struct shard {
    pthread_mutex_t lock;
    struct entry *entries;
    uint32_t *buckets;
    uint32_t *heap; /* numbers of entries in use; the window that ends first is on top */
    uint32_t n;     /* in use */
    uint32_t cap;
    uint32_t bucket_mask;
    uint32_t free;  /* those used before, or NONE */
    uint32_t fresh; /* from this one on none was ever touched: they cost no memory */
};

struct limiter {
    bool enforce;
    uint32_t n_shards;
    uint8_t hash_key[crypto_shorthash_KEYBYTES];
    /* The shards' in one piece each: so large that it comes from the kernel, zeroed by it where it
     * is touched, and nowhere before. */
    struct entry *entries;
    uint32_t *heaps;
    struct shard shards[SHARDS_MAX];
};

/* ── The heap ── */

static void heap_set(struct shard *s, uint32_t at, uint32_t number)
{
    s->heap[at] = number;
    s->entries[number].in_heap = at;
}

static int64_t heap_ends(const struct shard *s, uint32_t at)
{
    return s->entries[s->heap[at]].ends_us;
}

/* Move what stands at `at` to where it belongs. */
static void heap_fix(struct shard *s, uint32_t at)
{
    uint32_t number = s->heap[at];
    int64_t ends = s->entries[number].ends_us;

    while (at > 0 && heap_ends(s, (at - 1) / 2) > ends) {
        heap_set(s, at, s->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (uint32_t child; (child = 2 * at + 1) < s->n; at = child) {
        if (child + 1 < s->n && heap_ends(s, child + 1) < heap_ends(s, child))
            child++;
        if (heap_ends(s, child) >= ends)
            break;
        heap_set(s, at, s->heap[child]);
    }
    heap_set(s, at, number);
}

/* ── Entries ── */

static uint32_t *bucket_of(struct shard *s, uint64_t id)
{
    return &s->buckets[id & s->bucket_mask];
}

static struct entry *find(struct shard *s, uint64_t id)
{
    for (uint32_t i = *bucket_of(s, id); i != NONE; i = s->entries[i].next) {
        if (s->entries[i].id == id)
            return &s->entries[i];
    }
    return NULL;
}

static void forget(struct shard *s, struct entry *e)
{
    uint32_t number = (uint32_t)(e - s->entries);
    uint32_t hole = e->in_heap;
    uint32_t *at = bucket_of(s, e->id);

    while (*at != number)
        at = &s->entries[*at].next;
    *at = e->next;

    s->n--;
    if (hole < s->n) {
        heap_set(s, hole, s->heap[s->n]);
        heap_fix(s, hole);
    }
    e->next = s->free;
    s->free = number;
}

/* A key without hits; when full, the one whose window ends first makes room. */
static struct entry *add(struct shard *s, uint64_t id, int64_t ends_us)
{
    if (s->n == s->cap)
        forget(s, &s->entries[s->heap[0]]);

    bool again = s->free != NONE;
    uint32_t number = again ? s->free : s->fresh++;
    struct entry *e = &s->entries[number];
    uint32_t *bucket = bucket_of(s, id);
    if (again)
        s->free = e->next;
    *e = (struct entry){.id = id, .ends_us = ends_us, .next = *bucket};
    *bucket = number;
    heap_set(s, s->n, number);
    s->n++;
    heap_fix(s, s->n - 1);
    return e;
}

/* In a running window? One that begins long after now is of before the clock was set back; one that
 * begins a little after it was begun by a request that overtook this one. */
static bool running(const struct entry *e, const struct limit_rule *rule, int64_t now_us)
{
    return e && e->ends_us > now_us && e->ends_us <= now_us + rule->window_us + LATE_MAX_US;
}

/* ── The limiter ── */

static void shard_init(struct shard *s, uint32_t cap, struct entry *entries, uint32_t *heap)
{
    uint32_t buckets = 1;
    while (buckets < cap)
        buckets *= 2;
    pthread_mutex_init(&s->lock, NULL);
    s->cap = cap;
    s->bucket_mask = buckets - 1;
    s->entries = entries;
    s->heap = heap;
    s->buckets = cell_must(malloc(buckets * sizeof *s->buckets));
    memset(s->buckets, 0xff, buckets * sizeof *s->buckets); /* NONE */
    s->free = NONE;
}

struct limiter *limiter_new(bool enforce, size_t keys_max)
{
    struct limiter *l = cell_must(calloc(1, sizeof *l));

    if (sodium_init() < 0)
        abort(); /* no randomness: keys could be chosen to collide */
    if (keys_max < 1)
        keys_max = 1;
    if (keys_max > UINT32_MAX / 2)
        keys_max = UINT32_MAX / 2;
    l->enforce = enforce;
    l->n_shards = keys_max >= (size_t)SHARDS_MAX * SHARD_KEYS_MIN ? SHARDS_MAX : 1;
    crypto_shorthash_keygen(l->hash_key);
    uint32_t cap = (uint32_t)(keys_max / l->n_shards);
    l->entries = cell_must(calloc((size_t)l->n_shards * cap, sizeof *l->entries));
    l->heaps = cell_must(calloc((size_t)l->n_shards * cap, sizeof *l->heaps));
    for (size_t i = 0; i < l->n_shards; i++)
        shard_init(&l->shards[i], cap, l->entries + i * cap, l->heaps + i * cap);
    return l;
}

void limiter_free(struct limiter *l)
{
    if (!l)
        return;
    for (uint32_t i = 0; i < l->n_shards; i++) {
        pthread_mutex_destroy(&l->shards[i].lock);
        free(l->shards[i].buckets);
    }
    free(l->entries);
    free(l->heaps);
    free(l);
}

static uint64_t hashed(const struct limiter *l, const void *bytes, size_t len)
{
    uint64_t hash;
    _Static_assert(sizeof hash == crypto_shorthash_BYTES, "SipHash-2-4");

    crypto_shorthash((uint8_t *)&hash, bytes, len, l->hash_key);
    return hash;
}

/* The key's hash and the rule's, hashed together. 64 bits under a key that nobody knows: whoever
 * wants to share another's count can only try, and one try in 10^19 succeeds. */
static uint64_t id_of(const struct limiter *l, const struct limit_rule *rule, struct str key)
{
    uint64_t parts[2] = {hashed(l, key.ptr, key.len), hashed(l, rule->name, strlen(rule->name))};

    return hashed(l, parts, sizeof parts);
}

/* By the upper bits: the lower ones choose the bucket. */
static struct shard *lock(struct limiter *l, uint64_t id)
{
    struct shard *s = &l->shards[(id >> 32) & (l->n_shards - 1)];
    pthread_mutex_lock(&s->lock);
    return s;
}

static int64_t seconds_until(int64_t then_us, int64_t now_us)
{
    int64_t s = (then_us - now_us + US_PER_SECOND - 1) / US_PER_SECOND;
    return s < 1 ? 1 : s;
}

static void tell_once(const struct limit_rule *rule, struct str key)
{
    struct str shown = rule->personal || !key.ptr ? STR("") : key;

    log_event(LOG_WARN, "limit.exceeded", "%s: more than %lld in %lld s%s%.*s (not enforced)",
              rule->name, (long long)rule->max, (long long)(rule->window_us / US_PER_SECOND),
              shown.len > 0 ? " by " : "", (int)(shown.len < 128 ? shown.len : 128), shown.ptr);
}

/* Too many. Enforced: false. Else true, and the first time in a window a log line. Unlocks. */
static bool over(struct limiter *l, struct shard *s, struct entry *e, const struct limit_rule *rule,
                 struct str key, int64_t now_us, int64_t *ret_retry_after_s)
{
    bool tell = !l->enforce && !e->told;
    int64_t wait_s = seconds_until(e->ends_us, now_us);

    e->told = true;
    pthread_mutex_unlock(&s->lock);
    if (tell)
        tell_once(rule, key);
    if (l->enforce)
        *ret_retry_after_s = wait_s;
    return !l->enforce;
}

bool limit_hit(struct limiter *l, const struct limit_rule *rule, struct str key, int64_t now_us,
               int64_t *ret_retry_after_s)
{
    if (rule->max <= 0)
        return true;
    uint64_t id = id_of(l, rule, key);
    struct shard *s = lock(l, id);
    struct entry *e = find(s, id);

    if (!e) {
        e = add(s, id, now_us + rule->window_us);
    } else if (!running(e, rule, now_us)) {
        e->hits = 0;
        e->told = false;
        e->ends_us = now_us + rule->window_us;
        heap_fix(s, e->in_heap);
    }
    if (e->hits >= rule->max)
        return over(l, s, e, rule, key, now_us, ret_retry_after_s);
    e->hits++;
    pthread_mutex_unlock(&s->lock);
    return true;
}

bool limit_check(struct limiter *l, const struct limit_rule *rule, struct str key, int64_t now_us,
                 int64_t *ret_retry_after_s)
{
    if (rule->max <= 0)
        return true;
    uint64_t id = id_of(l, rule, key);
    struct shard *s = lock(l, id);
    struct entry *e = find(s, id);

    if (running(e, rule, now_us) && e->hits >= rule->max)
        return over(l, s, e, rule, key, now_us, ret_retry_after_s);
    pthread_mutex_unlock(&s->lock);
    return true;
}

void limit_clear(struct limiter *l, const struct limit_rule *rule, struct str key)
{
    uint64_t id = id_of(l, rule, key);
    struct shard *s = lock(l, id);
    struct entry *e = find(s, id);

    if (e)
        forget(s, e);
    pthread_mutex_unlock(&s->lock);
}
