/* Is a service able to work: the question behind every /health. */
#ifndef SERVICES_HEALTH_H
#define SERVICES_HEALTH_H

#include "services/service.h"

/* GET /health of a service's own port: {"status": "healthy"}, or 503. */
extern const struct route SERVICE_HEALTH_ROUTES[];
/* One question that only a service with its store at hand can answer. */
enum err service_health(struct db *db);
extern const char *const HEALTH_QUERIES[];

#endif
