/* Handlers by which two people agree on a venue and a time (reference 3.2–3.7). What an act means
 * is in negotiation.c; whether venue and slot can be had is asked of the venue service. */
#include "services/booking/routes.h"

#include "services/booking/act.h"
#include "services/booking/fields.h"
#include "services/venue/venue.h"

/* The venue that a proposal or an agreement is about must be there and active, also where it was
 * proposed or agreed on before. */
static enum err venue_check(struct req *q, int64_t venue_id)
{
    enum err e = venue_proposable(q->db, venue_id);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Venue not found");
    if (e == ERR_CONFLICT)
        return req_fail(q, e, "Venue is not active");
    return e;
}

/* The time must be one that the venue still offers, likewise. */
static enum err slot_check(struct req *q, const struct act *act, int64_t date, int64_t clock)
{
    const struct tx tx = req_tx(q);
    const struct slot_time when = {act->after.venue_id, date, clock};
    enum err e = venue_slot_offered(&tx, &when);
    if (e == ERR_BAD_REQUEST)
        return req_fail(q, e, "The date and time are in the past");
    if (e == ERR_CONFLICT)
        return req_fail(q, e, "Time slot is not available");
    return e;
}

/* POST /bookings/propose-venue?booking_id&venue_id&user_id. 200 booking; 403 not part of it; 404 no
 * such booking or venue; 409 venue not active, or no longer open for proposals. */
enum err bookings_propose_venue(struct req *q)
{
    struct venue_proposal in;
    struct acting_as body;
    enum err e = req_query(q, &BOOKING_VENUE_PROPOSAL, &in);
    if (e == OK)
        e = req_json(q, &BOOKING_ACTING_AS, &body);
    if (e == OK)
        e = act_as(q, &in.user_id, &body.user_id);
    if (e != OK)
        return e;

    struct act act = act_of(BOOKING_PROPOSE_VENUE);
    act.event.venue_id = in.venue_id;
    e = act_decide(q, in.booking_id, &act);
    if (e == OK)
        e = venue_check(q, in.venue_id);
    return e == OK ? act_finish(q, &act) : e;
}

/* POST /bookings/approve-venue?user_id: agree to the other side's venue, or with approved false
 * reject it. 409 there is none, it is another one, or it is not active any more. */
enum err bookings_approve_venue(struct req *q)
{
    struct acting_as as;
    struct venue_approval in;
    enum err e = req_query(q, &BOOKING_ACTING_AS, &as);
    if (e == OK)
        e = req_json(q, &BOOKING_VENUE_APPROVAL, &in);
    if (e == OK)
        e = act_as(q, &as.user_id, &in.user_id);
    if (e != OK)
        return e;

    struct act act = act_of(in.approved == 0 ? BOOKING_REJECT_VENUE : BOOKING_APPROVE_VENUE);
    act.event.venue_id = in.venue_id;
    e = act_decide(q, in.booking_id, &act);
    if (e == OK && act.event.kind == BOOKING_APPROVE_VENUE)
        e = venue_check(q, act.after.venue_id);
    return e == OK ? act_finish(q, &act) : e;
}

static enum err reject(struct req *q, enum booking_event_kind kind)
{
    struct rejection in;
    struct acting_as body;
    enum err e = req_query(q, &BOOKING_REJECTION, &in);
    if (e == OK)
        e = req_json(q, &BOOKING_ACTING_AS, &body);
    if (e == OK)
        e = act_as(q, &in.user_id, &body.user_id);
    if (e != OK)
        return e;

    struct act act = act_of(kind);
    e = act_decide(q, in.booking_id, &act);
    return e == OK ? act_finish(q, &act) : e;
}

/* POST /bookings/reject-venue?booking_id&user_id: the other side's proposal is cleared. 409 there
 * is none. */
enum err bookings_reject_venue(struct req *q)
{
    return reject(q, BOOKING_REJECT_VENUE);
}

/* POST /bookings/propose-time?booking_id&date&time&user_id. 400 in the past where that is refused;
 * 409 the venue is not agreed, or has no such slot. */
enum err bookings_propose_time(struct req *q)
{
    struct time_proposal in;
    struct acting_as body;
    enum err e = req_query(q, &BOOKING_TIME_PROPOSAL, &in);
    if (e == OK)
        e = req_json(q, &BOOKING_ACTING_AS, &body);
    if (e == OK)
        e = act_as(q, &in.user_id, &body.user_id);
    if (e != OK)
        return e;

    struct act act = act_of(BOOKING_PROPOSE_TIME);
    act.event.date = in.date;
    act.event.clock = in.time;
    e = act_decide(q, in.booking_id, &act);
    if (e == OK)
        e = slot_check(q, &act, in.date, in.time);
    return e == OK ? act_finish(q, &act) : e;
}

/* POST /bookings/approve-time?user_id: agree to the other side's time, or with approved false
 * reject it. 409 there is none, it is another one, or its slot is taken. */
enum err bookings_approve_time(struct req *q)
{
    struct acting_as as;
    struct time_approval in;
    enum err e = req_query(q, &BOOKING_ACTING_AS, &as);
    if (e == OK)
        e = req_json(q, &BOOKING_TIME_APPROVAL, &in);
    if (e == OK)
        e = act_as(q, &as.user_id, &in.user_id);
    if (e != OK)
        return e;

    struct act act = act_of(in.approved == 0 ? BOOKING_REJECT_TIME : BOOKING_APPROVE_TIME);
    act.event.date = in.date;
    act.event.clock = in.time;
    e = act_decide(q, in.booking_id, &act);
    if (e == OK && act.event.kind == BOOKING_APPROVE_TIME)
        e = slot_check(q, &act, act.after.booking_date, act.after.booking_time);
    return e == OK ? act_finish(q, &act) : e;
}

/* POST /bookings/reject-time?booking_id&user_id: the other side's proposal is cleared. 409 there is
 * none. */
enum err bookings_reject_time(struct req *q)
{
    return reject(q, BOOKING_REJECT_TIME);
}
