/* Health of one service: its store answers. What it must not do: report a part that only some
 * endpoints need (face models) as the whole's failure; that is /health/ready's to say. */
#include "services/health.h"

#include "services/probes.h"

static const char SQL_HEALTH_ASK[] = "SELECT 1";

const char *const HEALTH_QUERIES[] = {SQL_HEALTH_ASK, NULL};

struct health {
    struct str status;
};

static const struct field HEALTH_FIELDS[] = {
    F_TEXT(health, status, 0, 0, 0, .example = "\"healthy\""),
    F_END,
};

static const struct shape HEALTH = SHAPE(health, HEALTH_FIELDS);

enum err service_health(struct db *db)
{
    int64_t one = 0;
    enum err e = db_int(db, SQL_HEALTH_ASK, DB_NO_ARGS, &one);

    if (e != OK)
        return ERR_UNAVAILABLE;
    return one == 1 ? OK : ERR_INTERNAL;
}

/* GET /health: 200 {"status": "healthy"}; 503 {"status": "unhealthy"}. */
static enum err get_health(struct req *q)
{
    bool well = service_health(q->db) == OK;
    struct health h = {well ? STR("healthy") : STR("unhealthy")};

    return req_reply(q, well ? 200 : 503, &HEALTH, &h);
}

const struct route SERVICE_HEALTH_ROUTES[] = {
    {GET, "/health", READ, ACCESS_PUBLIC, get_health, NULL, &HEALTH,
     "Is this service able to work"},
    PROBE_ROUTES,
    {0},
};
