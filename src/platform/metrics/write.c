/* The sums of all shards as Prometheus reads them. Counts nothing. */
#include "platform/metrics/shard.h"

#include <inttypes.h>

static const char *const TYPES[] = {"counter", "gauge"};

/* ── Lines ────────────────────────────────────────────────────────────────────────────────────────
 */

static void family(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_family(struct buf *b, const char *name, enum metric_type type, const char *help)
{
    family(b, name, TYPES[type], help);
}

static void put_escaped(struct buf *b, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '\n')
            buf_text(b, "\\n");
        else if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else
            buf_char(b, c);
    }
}

void metrics_line(struct buf *b, const char *name, const char *label, struct str value, double n)
{
    buf_text(b, name);
    if (label != NULL) {
        buf_printf(b, "{%s=\"", label);
        put_escaped(b, value);
        buf_text(b, "\"}");
    }
    buf_printf(b, " %.15g\n", n);
}

void metrics_one(struct buf *b, const char *name, enum metric_type type, const char *help, double n)
{
    metrics_family(b, name, type, help);
    metrics_line(b, name, NULL, STR_NULL, n);
}

/* ── Histograms ───────────────────────────────────────────────────────────────────────────────────
 */

struct sums {
    int64_t counts[METRIC_TIMES + 1];
    int64_t sum, all;
};

static void sums_add(struct sums *to, struct metric_buckets *from)
{
    for (size_t i = 0; i <= METRIC_TIMES; i++) {
        int64_t n = atomic_load_explicit(&from->counts[i], memory_order_relaxed);
        to->counts[i] += n;
        to->all += n;
    }
    to->sum += atomic_load_explicit(&from->sum, memory_order_relaxed);
}

/* `labels`: "" or 'a="b",' with the comma. The bounds are in µs when `unit` is 1e-6. */
static void put_histogram(struct buf *b, const char *name, const char *labels,
                          const int64_t *bounds, double unit, const struct sums *s)
{
    int64_t below = 0;
    size_t n = 0;

    for (; bounds[n] != INT64_MAX; n++) {
        below += s->counts[n];
        buf_printf(b, "%s_bucket{%sle=\"%.15g\"} %" PRId64 "\n", name, labels,
                   (double)bounds[n] * unit, below);
    }
    buf_printf(b, "%s_bucket{%sle=\"+Inf\"} %" PRId64 "\n", name, labels, s->all);
    size_t len = str_of(labels).len;
    const char *open = len > 0 ? "{" : "", *close = len > 0 ? "}" : "";
    int shown = len > 0 ? (int)len - 1 : 0; /* without the comma */
    buf_printf(b, "%s_sum%s%.*s%s %.15g\n", name, open, shown, labels, close,
               (double)s->sum * unit);
    buf_printf(b, "%s_count%s%.*s%s %" PRId64 "\n", name, open, shown, labels, close, s->all);
}

static void write_histograms(struct buf *b)
{
    static const struct {
        const char *name, *help;
        const int64_t *bounds;
        double unit;
    } ROWS[METRIC_HISTOGRAMS] = {
        [METRIC_COMMIT_JOBS] = {"bookadate_commit_jobs", "Writes that shared one commit",
                                METRIC_SIZES, 1},
        [METRIC_COMMIT_SECONDS] = {"bookadate_commit_duration_seconds",
                                   "One commit, with the writes in it", METRIC_TIMES_US, 1e-6},
        [METRIC_PASSWORD_SECONDS] = {"bookadate_password_hash_duration_seconds",
                                     "One argon2id of a password", METRIC_TIMES_US, 1e-6},
        [METRIC_FACE_SECONDS] = {"bookadate_face_check_duration_seconds",
                                 "One comparison of a face with photos", METRIC_TIMES_US, 1e-6},
    };

    for (size_t h = 0; h < METRIC_HISTOGRAMS; h++) {
        struct sums s = {0};
        for (size_t i = 0; i < METRIC_SHARDS; i++)
            if (metric_shard_at(i) != NULL)
                sums_add(&s, &metric_shard_at(i)->histograms[h]);
        family(b, ROWS[h].name, "histogram", ROWS[h].help);
        put_histogram(b, ROWS[h].name, "", ROWS[h].bounds, ROWS[h].unit, &s);
    }
}

/* ── Requests ─────────────────────────────────────────────────────────────────────────────────────
 */

#define REQUESTS_NAME "bookadate_http_request_duration_seconds"

/* Every route that any shard knows, once; returns how many. */
static size_t routes_known(const void **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < METRIC_SHARDS * METRIC_ROUTES_MAX; i++) {
        struct metric_shard *shard = metric_shard_at(i / METRIC_ROUTES_MAX);
        if (shard == NULL)
            continue;
        struct metric_requests *r =
            atomic_load_explicit(&shard->requests[i % METRIC_ROUTES_MAX], memory_order_acquire);
        size_t k = 0;
        while (r != NULL && k < n && ret[k] != r->route)
            k++;
        if (r != NULL && k == n && n < METRIC_ROUTES_MAX)
            ret[n++] = r->route;
    }
    return n;
}

static void sum_route(const void *route, struct sums ret[METRIC_CLASSES])
{
    for (size_t i = 0; i < METRIC_SHARDS * METRIC_ROUTES_MAX; i++) {
        struct metric_shard *shard = metric_shard_at(i / METRIC_ROUTES_MAX);
        if (shard == NULL)
            continue;
        struct metric_requests *r =
            atomic_load_explicit(&shard->requests[i % METRIC_ROUTES_MAX], memory_order_acquire);
        for (size_t c = 0; r != NULL && r->route == route && c < METRIC_CLASSES; c++)
            sums_add(&ret[c], &r->classes[c]);
    }
}

static void write_route(struct buf *b, const void *route, struct metric_route who)
{
    static const char *const CLASSES[METRIC_CLASSES] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    struct sums sums[METRIC_CLASSES] = {0};

    sum_route(route, sums);
    for (size_t c = 0; c < METRIC_CLASSES; c++) {
        if (sums[c].all == 0)
            continue;
        struct buf labels = buf_new(b->arena, 128);
        buf_printf(&labels, "service=\"%s\",method=\"%s\",route=\"%s\",status=\"%s\",", who.service,
                   who.method, who.path, CLASSES[c]);
        buf_char(&labels, '\0');
        put_histogram(b, REQUESTS_NAME, labels.ptr, METRIC_TIMES_US, 1e-6, &sums[c]);
    }
}

static void write_requests(struct buf *b, struct metric_route (*who)(const void *route))
{
    const void **routes = ARENA_ARRAY(b->arena, METRIC_ROUTES_MAX, const void *);
    size_t n = routes_known(routes);

    family(b, REQUESTS_NAME, "histogram",
           "Requests, from the end of the head to the end of the reply; status none: the client "
           "went away first");
    for (size_t i = 0; i < n; i++)
        write_route(b, routes[i], who(routes[i]));
}

/* ── Values ───────────────────────────────────────────────────────────────────────────────────────
 */

static int64_t sum_value(enum metric m)
{
    int64_t n = 0;

    for (size_t i = 0; i < METRIC_SHARDS; i++)
        if (metric_shard_at(i) != NULL)
            n += atomic_load_explicit(&metric_shard_at(i)->values[m], memory_order_relaxed);
    return n;
}

static void write_values(struct buf *b)
{
    static const struct {
        const char *name, *label, *value, *help; /* help NULL: of the family above */
        enum metric_type type;
    } ROWS[METRICS] = {
        [METRIC_WEBSOCKETS] = {"bookadate_websockets", NULL, NULL, "WebSockets open now",
                               METRIC_GAUGE},
        [METRIC_CHAT_SESSIONS] = {"bookadate_chat_sessions_live", NULL, NULL,
                                  "Chat sessions with a socket here, counted on each loop",
                                  METRIC_GAUGE},
        [METRIC_COMPUTE_BUSY] = {"bookadate_threads_busy", "pool", "compute",
                                 "Threads of a pool that work now", METRIC_GAUGE},
        [METRIC_MEDIA_BUSY] = {"bookadate_threads_busy", "pool", "media", NULL, METRIC_GAUGE},
        [METRIC_DATABASE_BUSY] = {"bookadate_threads_busy", "pool", "database", NULL, METRIC_GAUGE},
        [METRIC_UPSTREAM_IDLE] = {"bookadate_upstream_connections", "state", "idle",
                                  "Connections to services in other processes", METRIC_GAUGE},
        [METRIC_UPSTREAM_BUSY] = {"bookadate_upstream_connections", "state", "busy", NULL,
                                  METRIC_GAUGE},
        [METRIC_UPSTREAM_FAILURES] = {"bookadate_upstream_failures_total", NULL, NULL,
                                      "Calls to services in other processes that had no answer",
                                      METRIC_COUNTER},
        [METRIC_WRITES_LOST] = {"bookadate_writes_refused_total", NULL, NULL,
                                "Writes that the store could not keep; they were answered 503",
                                METRIC_COUNTER},
    };

    for (size_t m = 0; m < METRICS; m++) {
        if (ROWS[m].help != NULL)
            metrics_family(b, ROWS[m].name, ROWS[m].type, ROWS[m].help);
        metrics_line(b, ROWS[m].name, ROWS[m].label, str_of(ROWS[m].value),
                     (double)sum_value((enum metric)m));
    }
}

void metrics_write(struct buf *b, struct metric_route (*who)(const void *route))
{
    write_requests(b, who);
    write_histograms(b);
    write_values(b);
}
