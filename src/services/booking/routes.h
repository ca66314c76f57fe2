/* The booking service's handlers, for its route table. */
#ifndef SERVICES_BOOKING_ROUTES_H
#define SERVICES_BOOKING_ROUTES_H

#include "platform/http/route.h"

extern const struct route BOOKING_ROUTES[];

/* routes_create.c */
enum err bookings_create(struct req *q);
/* routes_propose.c */
enum err bookings_propose_venue(struct req *q);
enum err bookings_approve_venue(struct req *q);
enum err bookings_reject_venue(struct req *q);
enum err bookings_propose_time(struct req *q);
enum err bookings_approve_time(struct req *q);
enum err bookings_reject_time(struct req *q);
/* routes_decide.c */
enum err bookings_confirm(struct req *q);
enum err bookings_cancel(struct req *q);
enum err bookings_complete(struct req *q);

#endif
