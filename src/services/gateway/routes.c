/* The gateway's own endpoints: the health of the whole. Everything else it has is the services'
 * routes (services.c). */
#include "services/gateway/gateway.h"

#include "services/faceauth/faceauth.h"
#include "services/health.h"
#include "services/services.h"

/* Ask one service, as far as this process can: hosted here, or not reachable. */
static bool service_answers(struct req *q, const struct service *s)
{
    return service_hosted(q->app, s) && service_health(q->db) == OK;
}

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

/* GET /health/live: the process runs and its loop turns. */
static enum err get_live(struct req *q)
{
    return req_reply_json(q, 200, STR("{\"status\":\"live\"}"));
}

/* GET /health/ready: may a load balancer send requests here; what is missing beside it. 503 when
 * the store is away. */
static enum err get_ready(struct req *q)
{
    struct buf b = buf_new(q->arena, 128);
    bool store = service_health(q->db) == OK;

    buf_printf(&b, "{\"status\":\"%s\",\"store\":\"%s\",\"face_model\":\"%s\"}",
               store ? "ready" : "not_ready", store ? "healthy" : "unhealthy",
               faceauth_model_ready(NULL) ? "installed" : "not_installed");
    return req_reply_json(q, store ? 200 : 503, buf_view(&b));
}

static const struct route GATEWAY_ROUTES[] = {
    {GET, "/health", READ, ACCESS_PUBLIC, get_health, NULL, NULL,
     "Health of the gateway and of every service"},
    {GET, "/health/live", READ, ACCESS_PUBLIC, get_live, NULL, NULL, "Does the process run"},
    {GET, "/health/ready", READ, ACCESS_PUBLIC, get_ready, NULL, NULL, "May requests be sent here"},
    {0},
};

static const char *const NO_QUERIES[] = {NULL};

const struct service GATEWAY_SERVICE = {
    .name = "gateway",
    .health_key = NULL,
    .port_offset = 0,
    .routes = GATEWAY_ROUTES,
    .queries = NO_QUERIES,
};
