/* A shard as metrics.c counts in it and write.c sums it. Nobody else includes it. */
#ifndef PLATFORM_METRICS_SHARD_H
#define PLATFORM_METRICS_SHARD_H

#include "platform/metrics/metrics.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>

#define METRIC_LOOPS_MAX 64
#define METRIC_ROUTES_MAX 512
#define METRIC_CLASSES 6 /* 0: no reply; 1xx … 5xx */
#define METRIC_TIMES 16
#define METRIC_SIZES_N 9

/* Upper bounds, the last one without an end. */
extern const int64_t METRIC_TIMES_US[METRIC_TIMES + 1];
extern const int64_t METRIC_SIZES[METRIC_SIZES_N + 1];

struct metric_buckets {
    atomic_llong counts[METRIC_TIMES + 1]; /* each value in one; their sum is the count */
    atomic_llong sum;
};

struct metric_requests {
    const void *route;
    struct metric_buckets classes[METRIC_CLASSES];
};

struct metric_shard {
    alignas(64) atomic_llong values[METRICS];
    struct metric_buckets histograms[METRIC_HISTOGRAMS];
    _Atomic(struct metric_requests *) requests[METRIC_ROUTES_MAX]; /* open addressing */
};

/* 0: of all threads that are no loops; then the loops', NULL where there is none. */
#define METRIC_SHARDS (METRIC_LOOPS_MAX + 1)
struct metric_shard *metric_shard_at(size_t i);

#endif
