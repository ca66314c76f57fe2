/* The steps that every act on a booking shares: who asks, what the rules say, storing it. For the
 * handlers. */
#ifndef SERVICES_BOOKING_ACT_H
#define SERVICES_BOOKING_ACT_H

#include "platform/http/req.h"
#include "services/booking/rules.h"

struct act {
    struct booking_event event; /* set by the handler */
    struct booking before;
    struct booking after;
};

/* An event of this kind that names nothing yet. */
struct act act_of(enum booking_event_kind kind);

/* Everybody acts for themselves: the user_id of the query and that of the body, where they are
 * there, are the caller's own. ERR_FORBIDDEN, the detail is set. */
enum err act_as(struct req *q, const struct user_ref *in_query, const struct user_ref *in_body);
/* Load the booking and apply the event for the caller. All errors have their detail: 403 not part
 * of it, 404 "Booking not found", what the rules say. */
enum err act_decide(struct req *q, int64_t booking_id, struct act *act);
/* False: the act changes nothing (it was done before). */
bool act_changes(const struct act *act);
/* Somebody else changed the booking since it was loaded: the act is decided anew, or (a store where
 * that does not happen) ERR_CONFLICT with its detail. */
enum err act_overtaken(struct req *q);
/* Store it. ERR_CONFLICT with its detail: somebody else changed the booking at the same moment. */
enum err act_store(struct req *q, const struct act *act);
/* Store it where it changes anything, with its effects elsewhere, and reply with the booking. */
enum err act_finish(struct req *q, const struct act *act);

#endif
