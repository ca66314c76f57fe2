/* The user service as the program hosts it: its routes, its SQL and its background work. */
#include "services/user/user.h"

#include "services/service.h"
#include "services/user/routes.h"
#include "services/user/store.h"

const struct service USER_SERVICE = {
    .name = "user",
    .health_key = "user_service",
    .port_offset = 6,
    .routes = USER_ROUTES,
    .queries = USER_QUERIES,
};
