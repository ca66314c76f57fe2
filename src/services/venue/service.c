/* The venue service as the program hosts it: its routes and its SQL. */
#include "services/venue/venue.h"

#include "services/service.h"
#include "services/venue/routes.h"
#include "services/venue/store.h"

const struct service VENUE_SERVICE = {
    .name = "venue",
    .about = "Venues, time slots, reviews (the reference calls it the Admin Service)",
    .health_key = "venue_service",
    .port_offset = 4,
    .routes = VENUE_ROUTES,
    .queries = VENUE_QUERIES,
};
