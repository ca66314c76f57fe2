/* The matching service as the program hosts it: its routes, its SQL and its background work. */
#include "services/matching/matching.h"

#include "services/matching/routes.h"
#include "services/matching/sql.h"
#include "services/matching/sweep.h"
#include "services/service.h"

const struct service MATCHING_SERVICE = {
    .name = "matching",
    .about = "Who fits whom, and the queue",
    .health_key = "match_service",
    .port_offset = 2,
    .routes = MATCHING_ROUTES,
    .queries = MATCHING_QUERIES,
    .background = MATCHING_BACKGROUND,
    .metrics = matching_metrics,
};
