/* Probes and metrics of a process: see probes.h. Knows no service's work; what a service counts
 * beside the platform it writes itself (service.metrics). */
#include "services/probes.h"

#include "platform/db/datadir.h"
#include "platform/db/store.h"
#include "platform/http/ask_first.h"
#include "platform/http/conn.h"
#include "platform/http/front.h"
#include "platform/loop/work.h"
#include "platform/metrics/metrics.h"
#include "services/gateway/gateway.h"
#include "services/faceauth/faceauth.h"
#include "services/health.h"
#include "services/services.h"

#include "version.h"

#include <string.h>
#include <unistd.h>

const char PROBE_LIVE_SCHEMA[] = "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{"
                                 "\"status\":{\"type\":\"string\",\"const\":\"live\"}}}";
const char PROBE_READY_SCHEMA[] =
    "{\"type\":\"object\",\"required\":[\"status\",\"store\",\"face_model\"],\"properties\":{"
    "\"status\":{\"type\":\"string\",\"enum\":[\"ready\",\"not_ready\"]},"
    "\"store\":{\"type\":\"string\",\"enum\":[\"healthy\",\"unhealthy\",\"none\"]},"
    "\"face_model\":{\"type\":\"string\",\"enum\":[\"installed\",\"not_installed\"]},"
    "\"face_model_reason\":{\"type\":[\"string\",\"null\"]}}}";

enum err probe_live(struct req *q)
{
    return req_reply_json(q, 200, STR("{\"status\":\"live\"}"));
}

/* ── Are there face models, here or where the checks are made ─────────────────────────────────────
 */

#define FACES_BODY_MAX 4096

/* What that process says of itself. */
struct faces_said {
    struct str face_model;
    struct str face_model_reason;
};

static const struct field FACES_SAID_FIELDS[] = {
    F_TEXT(faces_said, face_model, 0, 32, FIELD_REQUIRED),
    F_TEXT(faces_said, face_model_reason, 0, FACES_BODY_MAX, 0),
    F_END,
};
static const struct shape FACES_SAID = SHAPE(faces_said, FACES_SAID_FIELDS);

struct faces_asked {
    struct ask_first asking;
    struct faces_said said;
};

static void take_faces(void *to, const struct upstream_answer *answer)
{
    struct faces_asked *asked = to;
    struct field_errors errors = {0};
    const char *why;

    if (shape_from_json(&FACES_SAID, answer->body, asked->asking.q->arena, &asked->said, &errors,
                        &why) != OK)
        asked->said.face_model = STR_NULL;
}

void probe_ask(struct req *q)
{
    const struct upstream_question ready = {.path = "/health/ready", .body_max = FACES_BODY_MAX};
    const struct front *front = q->listener;
    const struct front_remote *r = front->remotes;
    struct faces_asked *asked = ARENA_NEW(q->arena, struct faces_asked);

    while (r->service != NULL && strcmp(r->service, FACEAUTH_SERVICE.name) != 0)
        r++;
    q->asked = r->service != NULL ? &asked->said : NULL;
    ask_first_begin(&asked->asking, q);
    if (r->service != NULL)
        ask_first_ask(&asked->asking, r->upstream, &ready, take_faces, asked);
    ask_first_end(&asked->asking);
}

static bool faces_ready(const struct req *q, struct str *ret_why)
{
    const struct faces_said *said = q->asked;

    if (said == NULL)
        return faceauth_model_ready(q->app, ret_why);
    *ret_why = str_present(said->face_model) ? said->face_model_reason
                                             : STR("The face check service does not answer");
    return str_eq(said->face_model, STR("installed"));
}

enum err probe_ready(struct req *q)
{
    struct buf b = buf_new(q->arena, 128);
    bool none = q->app->store == NULL; /* a gateway alone */
    bool store = none || service_health(q->db) == OK;
    bool ready = store && !conn_stopping(q->conn);

    struct str why;
    bool faces = faces_ready(q, &why);

    buf_printf(&b,
               "{\"status\":\"%s\",\"store\":\"%s\",\"face_model\":\"%s\",\"face_model_reason\":",
               ready ? "ready" : "not_ready",
               none    ? "none"
               : store ? "healthy"
                       : "unhealthy",
               faces ? "installed" : "not_installed");
    json_write_text(&b, why);
    buf_char(&b, '}');
    return req_reply_json(q, ready ? 200 : 503, buf_view(&b));
}

/* ── Metrics ──────────────────────────────────────────────────────────────────────────────────────
 */

/* Rows that every service's own port has. */
static struct metric_route who_in(const char *service, const struct route *table,
                                  const struct route *route)
{
    for (const struct route *t = table; t->path != NULL; t++)
        if (t == route)
            return (struct metric_route){service, http_method_name(t->method), t->path};
    return (struct metric_route){0};
}

static struct metric_route who(const void *route)
{
    struct metric_route found = {0};

    if (route == NULL)
        return (struct metric_route){"none", "any", "unmatched"};
    for (const struct service *const *s = SERVICES; *s != NULL && found.path == NULL; s++)
        found = who_in((*s)->name, (*s)->routes, route);
    if (found.path == NULL)
        found = who_in("gateway", GATEWAY_PAGES, route);
    return found.path != NULL ? found : who_in("direct", SERVICE_HEALTH_ROUTES, route);
}

static void write_loads(struct buf *b, const char *name, enum metric_type type, const char *help,
                        const double values[WORK_QUEUES])
{
    static const char *const NAMES[WORK_QUEUES] = {"write", "compute", "media", "database"};

    metrics_family(b, name, type, help);
    for (size_t i = 0; i < WORK_QUEUES; i++)
        metrics_line(b, name, "queue", str_of(NAMES[i]), values[i]);
}

static void write_queues(struct buf *b, struct workers *ws)
{
    struct work_load loads[WORK_QUEUES];
    double waiting[WORK_QUEUES], max[WORK_QUEUES], taken[WORK_QUEUES], refused[WORK_QUEUES],
        threads[WORK_QUEUES];

    workers_load(ws, loads);
    for (size_t i = 0; i < WORK_QUEUES; i++) {
        waiting[i] = (double)loads[i].waiting;
        max[i] = (double)loads[i].max;
        taken[i] = (double)loads[i].taken;
        refused[i] = (double)loads[i].refused;
        threads[i] = (double)loads[i].threads;
    }
    write_loads(b, "bookadate_queue_waiting", METRIC_GAUGE, "Jobs that wait for a thread", waiting);
    write_loads(b, "bookadate_queue_max", METRIC_GAUGE, "Jobs that may wait; more are answered 503",
                max);
    write_loads(b, "bookadate_queue_jobs_total", METRIC_COUNTER, "Jobs that a queue took", taken);
    write_loads(b, "bookadate_queue_refused_total", METRIC_COUNTER,
                "Jobs that found their queue full", refused);
    write_loads(b, "bookadate_queue_threads", METRIC_GAUGE, "Threads that work for a queue",
                threads);
}

static void write_store(struct buf *b, const struct app *app)
{
    if (app->store == NULL)
        return;
    metrics_one(b, "bookadate_store_up", METRIC_GAUGE,
                "1: the store answered when it was last asked", store_away(app->store) ? 0 : 1);
    if (store_embedded(app->store))
        metrics_one(b, "bookadate_store_bytes", METRIC_GAUGE,
                    "The store's files, what is not yet checkpointed included",
                    (double)datadir_store_bytes(app->config->data_dir));
}

/* Tells processes apart, and what runs in each. */
static void write_hosted(struct buf *b, const struct app *app)
{
    metrics_family(b, "bookadate_process_info", METRIC_GAUGE,
                   "Always 1: the services of this process");
    buf_printf(b, "bookadate_process_info{pid=\"%d\",services=\"", (int)getpid());
    for (const struct service *const *s = app->services; *s != NULL; s++)
        buf_printf(b, "%s%s", s == app->services ? "" : " ", (*s)->name);
    buf_text(b, "\"} 1\n");
}

static void write_app(struct buf *b, const struct req *q)
{
    const struct app *app = q->app;
    const char *store = app->store == NULL           ? "none"
                        : store_embedded(app->store) ? "sqlite"
                                                     : "postgresql";

    metrics_family(b, "bookadate_build_info", METRIC_GAUGE, "Always 1");
    buf_printf(b, "bookadate_build_info{version=\"%s\",store=\"%s\"} 1\n", BOOKADATE_VERSION,
               store);
    write_hosted(b, app);
    metrics_one(b, "bookadate_http_connections", METRIC_GAUGE, "Connections open now",
                (double)conn_open_count(q->conn));
    metrics_one(b, "bookadate_http_connections_max", METRIC_GAUGE, "Connections that may be open",
                (double)app->config->connections_max);
    metrics_one(b, "bookadate_loops", METRIC_GAUGE, "Event loops", (double)app->config->loops);
    write_queues(b, app->workers);
    write_store(b, app);
}

struct str probe_metrics_text(struct req *q)
{
    struct buf b = buf_new(q->arena, 64 * 1024);

    metrics_write(&b, who);
    write_app(&b, q);
    for (const struct service *const *s = q->app->services; *s != NULL; s++)
        if ((*s)->metrics != NULL)
            (*s)->metrics(&b);
    metrics_process(&b);
    return buf_view(&b);
}

enum err probe_metrics(struct req *q)
{
    (void)req_reply_json(q, 200, probe_metrics_text(q));
    q->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return OK;
}
