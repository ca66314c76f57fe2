/* The booking service as the program hosts it; no behaviour of its own. */
#include "services/booking/booking.h"

#include "services/booking/routes.h"
#include "services/booking/store.h"
#include "services/service.h"

const struct service BOOKING_SERVICE = {
    .name = "booking",
    .about = "Two people agree on a venue and a time",
    .health_key = "booking_service",
    .port_offset = 3,
    .routes = BOOKING_ROUTES,
    .queries = BOOKING_QUERIES,
};
