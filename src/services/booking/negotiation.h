/* The part of the booking machine before confirmation, for rules.c only. Pure. */
#ifndef SERVICES_BOOKING_NEGOTIATION_H
#define SERVICES_BOOKING_NEGOTIATION_H

#include "services/booking/rules.h"

/* Whether the status says that the venue (the time) is agreed. */
bool negotiation_venue_agreed(const struct booking *b);
bool negotiation_time_agreed(const struct booking *b);

/* One of the six acts on proposals by user_1 (`first`) or user_2, in place; the version grows when
 * anything changed. The booking is not confirmed yet. ERR_CONFLICT: *b may be half changed, drop
 * it. */
struct verdict negotiation_apply(struct booking *b, const struct booking_event *ev, bool first);

#endif
