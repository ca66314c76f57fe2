/* The gateway's own endpoints: the health of the whole. Everything else it has is the services'
 * routes (services.c). */
#include "services/gateway/gateway.h"

#include "platform/http/ask_first.h"
#include "platform/http/front.h"
#include "services/gateway/documents.h"
#include "services/gateway/processes.h"
#include "services/health.h"
#include "services/probes.h"
#include "services/services.h"

#define SERVICES_MAX 8

/* ── Asking the services that run elsewhere ── */

struct answer {
    const char *service;
    bool healthy;
};

/* What they said, before the handler runs. */
struct said {
    struct ask_first asking;
    size_t n;
    struct answer answers[SERVICES_MAX];
};

static void take_status(void *to, const struct upstream_answer *answer)
{
    ((struct answer *)to)->healthy = answer->status == 200;
}

/* All at once; those that take too long count as unhealthy. */
static void ask_services(struct req *q)
{
    const struct front *front = q->listener;
    struct said *said = ARENA_NEW(q->arena, struct said);
    const struct upstream_question well = {.path = "/health"};

    q->asked = said;
    ask_first_begin(&said->asking, q);
    for (const struct front_remote *r = front->remotes; r->service != NULL; r++) {
        struct answer *a = &said->answers[said->n++];
        a->service = r->service;
        ask_first_ask(&said->asking, r->upstream, &well, take_status, a);
    }
    ask_first_end(&said->asking);
}

static bool service_answers(struct req *q, const struct service *s)
{
    const struct said *said = q->asked;

    for (size_t i = 0; i < said->n; i++)
        if (said->answers[i].service == s->name)
            return said->answers[i].healthy;
    return service_health(q->db) == OK;
}

/* ── Handlers ── */

/* GET /health: always 200, in the reference's form ("Health Check"); a service that does not answer
 * shows unhealthy, 503. */
static enum err get_health(struct req *q)
{
    struct buf b = buf_new(q->arena, 512);
    bool first = true;

    buf_text(&b, "{\"gateway\":\"healthy\",\"services\":{");
    for (const struct service *const *s = SERVICES; *s != NULL; s++) {
        if ((*s)->health_key == NULL)
            continue;
        bool well = service_answers(q, *s);
        buf_printf(&b, "%s\"%s\":{\"status\":\"%s\",\"status_code\":%d}", first ? "" : ",",
                   (*s)->health_key, well ? "healthy" : "unhealthy", well ? 200 : 503);
        first = false;
    }
    buf_text(&b, "}}");
    return req_reply_json(q, 200, buf_view(&b));
}

#define SERVICE_SCHEMA                                                                             \
    "{\"type\":\"object\",\"required\":[\"status\",\"status_code\"],\"properties\":{"              \
    "\"status\":{\"type\":\"string\",\"enum\":[\"healthy\",\"unhealthy\"]},"                       \
    "\"status_code\":{\"type\":\"integer\"}}}"
static const char HEALTH_SCHEMA[] =
    "{\"type\":\"object\",\"required\":[\"gateway\",\"services\"],\"properties\":{"
    "\"gateway\":{\"type\":\"string\"},"
    "\"services\":{\"type\":\"object\",\"additionalProperties\":" SERVICE_SCHEMA "}}}";

static const struct route GATEWAY_ROUTES[] = {
    {GET, "/health", READ, ACCESS_PUBLIC, get_health, NULL, NULL,
     "Health of the gateway and of every service", .ask_first = ask_services, .id = "getHealth",
     .schema = HEALTH_SCHEMA},
    PROBE_ROUTES,
    PROCESSES_ROUTES,
    {GET, "/openapi.json", HERE, ACCESS_PUBLIC, get_openapi, NULL, NULL, "This document",
     .id = "getOpenapi", .answers = ANSWERS({304, "Not changed since"})},
    {GET, "/asyncapi.json", HERE, ACCESS_PUBLIC, get_asyncapi, NULL, NULL,
     "The chat's WebSocket as AsyncAPI", .id = "getAsyncapi",
     .answers = ANSWERS({304, "Not changed since"})},
    {0},
};

static const char *const NO_QUERIES[] = {NULL};

const struct service GATEWAY_SERVICE = {
    .name = "gateway",
    .about = "Health, and these documents",
    .health_key = NULL,
    .port_offset = 0,
    .routes = GATEWAY_ROUTES,
    .queries = NO_QUERIES,
    .start = documents_start,
    .stop = documents_stop,
};
