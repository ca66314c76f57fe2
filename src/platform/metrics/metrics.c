/* The shards and what is counted in them: see metrics.h. Writes nothing for people to read. */
#include "platform/metrics/shard.h"

#include <stdlib.h>

/* A request's times in seconds: from a read in memory to an upload over a slow line. */
const int64_t METRIC_TIMES_US[METRIC_TIMES + 1] = {
    100,    250,    500,    1000,    2500,    5000,    10000,    25000,     50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, INT64_MAX,
};
const int64_t METRIC_SIZES[METRIC_SIZES_N + 1] = {1, 2, 4, 8, 16, 32, 64, 128, 256, INT64_MAX};

static struct metric_shard shared;
static _Atomic(struct metric_shard *) loops[METRIC_LOOPS_MAX];
static _Thread_local struct metric_shard *own;

struct metric_shard *metric_shard_at(size_t i)
{
    return i == 0 ? &shared : atomic_load_explicit(&loops[i - 1], memory_order_acquire);
}

void metrics_loop(int index)
{
    struct metric_shard *shard = atomic_load_explicit(&loops[index], memory_order_acquire);

    if (shard == NULL) { /* kept when the loop ends: what was counted has happened */
        shard = aligned_alloc(64, sizeof(*shard));
        if (shard == NULL)
            abort();
        *shard = (struct metric_shard){0};
        atomic_store_explicit(&loops[index], shard, memory_order_release);
    }
    own = shard;
}

/* Nobody else writes to a loop's own shard, so that reading and writing apart is enough. */
static void count(atomic_llong *n, int64_t by)
{
    if (own != NULL)
        atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + by,
                              memory_order_relaxed);
    else
        atomic_fetch_add_explicit(n, by, memory_order_relaxed);
}

static struct metric_shard *shard_here(void)
{
    return own != NULL ? own : &shared;
}

static size_t bucket_of(const int64_t *bounds, int64_t value)
{
    size_t i = 0;

    while (value > bounds[i])
        i++;
    return i;
}

void metric_add(enum metric m, int64_t n)
{
    count(&shard_here()->values[m], n);
}

void metric_observe(enum metric_histogram h, int64_t value)
{
    struct metric_buckets *to = &shard_here()->histograms[h];
    const int64_t *bounds = h == METRIC_COMMIT_JOBS ? METRIC_SIZES : METRIC_TIMES_US;

    count(&to->counts[bucket_of(bounds, value)], 1);
    count(&to->sum, value);
}

/* ── Requests ─────────────────────────────────────────────────────────────────────────────────────
 */

static size_t hash_of(const void *route)
{
    return (size_t)(((uintptr_t)route >> 3) * 0x9e3779b97f4a7c15U >> 55) % METRIC_ROUTES_MAX;
}

static struct metric_requests *requests_new(struct metric_shard *shard, size_t at,
                                            const void *route)
{
    struct metric_requests *r = calloc(1, sizeof(*r));
    struct metric_requests *before = NULL;

    if (r == NULL)
        abort();
    r->route = route;
    /* Only the shared shard has rivals; whoever comes second gives theirs up. */
    if (atomic_compare_exchange_strong_explicit(&shard->requests[at], &before, r,
                                                memory_order_release, memory_order_acquire))
        return r;
    free(r);
    return before;
}

/* The table has far more room than there are routes: it never fills. */
static struct metric_requests *requests_of(struct metric_shard *shard, const void *route)
{
    for (size_t at = hash_of(route);; at = (at + 1) % METRIC_ROUTES_MAX) {
        struct metric_requests *r =
            atomic_load_explicit(&shard->requests[at], memory_order_acquire);
        if (r == NULL)
            r = requests_new(shard, at, route);
        if (r->route == route)
            return r;
    }
}

void metric_request(const void *route, int status, int64_t duration_us)
{
    struct metric_requests *r = requests_of(shard_here(), route);
    int class = status / 100;
    struct metric_buckets *to = &r->classes[class > 0 && class < METRIC_CLASSES ? class : 0];

    count(&to->counts[bucket_of(METRIC_TIMES_US, duration_us)], 1);
    count(&to->sum, duration_us);
}
