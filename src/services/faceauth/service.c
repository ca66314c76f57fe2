/* The face check service as the program hosts it: its routes and its SQL. */
#include "services/faceauth/faceauth.h"

#include "services/faceauth/routes.h"
#include "services/faceauth/store.h"
#include "services/service.h"

const struct service FACEAUTH_SERVICE = {
    .name = "faceauth",
    .health_key = "faceauth_service",
    .port_offset = 5,
    .routes = FACEAUTH_ROUTES,
    .queries = FACEAUTH_QUERIES,
};
