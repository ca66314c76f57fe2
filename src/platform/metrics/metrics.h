/* What the program counts about itself, and how it is read in Prometheus' text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4).
 *
 * A loop counts in a shard of its own with plain loads and stores: no lock, no locked instruction.
 * Other threads share one shard, by relaxed atomic additions. The shards are summed when somebody
 * asks. */
#ifndef PLATFORM_METRICS_METRICS_H
#define PLATFORM_METRICS_METRICS_H

#include "base/buf.h"
#include "base/str.h"

#include <stdint.h>

enum metric {
    METRIC_WEBSOCKETS,
    METRIC_CHAT_SESSIONS,
    METRIC_COMPUTE_BUSY,
    METRIC_MEDIA_BUSY,
    METRIC_DATABASE_BUSY,
    METRIC_UPSTREAM_IDLE,
    METRIC_UPSTREAM_BUSY,
    METRIC_UPSTREAM_FAILURES,
    METRIC_WRITES_LOST,
    METRICS,
};

enum metric_histogram {
    METRIC_COMMIT_JOBS,    /* writes in one commit */
    METRIC_COMMIT_SECONDS, /* µs of one commit, with the writes in it */
    METRIC_PASSWORD_SECONDS,
    METRIC_FACE_SECONDS,
    METRIC_HISTOGRAMS,
};

/* Add to a counter (n > 0) or a gauge. From any thread. */
void metric_add(enum metric m, int64_t n);
/* Take one value, µs where the name says seconds. From any thread. */
void metric_observe(enum metric_histogram h, int64_t value);

/* One reply: `route` is what tells routes apart (NULL: none matched) and lives as long as the
 * program; status 0: the client went away first. From any thread; a loop's costs a few stores. */
void metric_request(const void *route, int status, int64_t duration_us);

/* This thread is loop `index` (0–63): it counts in a shard of its own from now on. */
void metrics_loop(int index);

/* ── Reading ──────────────────────────────────────────────────────────────────────────────────────
 */

enum metric_type {
    METRIC_COUNTER,
    METRIC_GAUGE,
};

/* Who a route is, for its labels. NULL: no route matched. */
struct metric_route {
    const char *service, *method, *path;
};

/* Everything counted here. `who` names a route. */
void metrics_write(struct buf *b, struct metric_route (*who)(const void *route));
/* # HELP and # TYPE of a family whose lines follow. */
void metrics_family(struct buf *b, const char *name, enum metric_type type, const char *help);
/* One line of it; `label` NULL: none. The value is any text (label values are escaped). */
void metrics_line(struct buf *b, const char *name, const char *label, struct str value, double n);
/* A family of one line without labels. */
void metrics_one(struct buf *b, const char *name, enum metric_type type, const char *help,
                 double n);
/* This process, by the names that every client library gives: memory, CPU, files, start time. */
void metrics_process(struct buf *b);

#endif
