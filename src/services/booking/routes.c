/* The booking service's route table, and the handlers that only read (reference 3.9–3.12). */
#include "services/booking/routes.h"

#include "platform/audit/audit.h"
#include "services/booking/fields.h"
#include "services/booking/rules.h"
#include "services/booking/store.h"
#include "services/user/user.h"
#include "services/venue/venue.h"

#include <inttypes.h>

/* GET /bookings/available-times/{venue_id}?date: what the venue offers, by date and time. 404 no
 * such venue. */
static enum err get_available_times(struct req *q)
{
    int64_t venue_id = 0;
    struct day in;
    struct rows rows = {0};

    enum err e = req_path_i64(q, "venue_id", &venue_id);
    if (e != OK)
        return req_fail(q, e, "Venue not found");
    e = req_query(q, &BOOKING_DAY, &in);
    if (e != OK)
        return e;
    const struct tx tx = req_tx(q);
    e = venue_available_times(&tx, venue_id, in.date, &rows);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Venue not found");
    return e == OK ? req_reply_list(q, 200, &AVAILABLE_TIME, &rows) : e;
}

/* The path's booking, for its two people and for admins. */
static enum err readable_booking(struct req *q, struct booking *ret)
{
    int64_t id = 0;
    enum err e = req_path_i64(q, "booking_id", &id);
    if (e == OK)
        e = booking_load(q->db, q->arena, id, ret);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Booking not found");
    if (e != OK)
        return e;
    if (booking_actor(ret, q->caller.number) != BOOKING_STRANGER)
        return OK;
    if (q->caller.role != ROLE_ADMIN)
        return req_fail(q, ERR_FORBIDDEN, "User not part of this booking");
    audit_read(q, "booking.read", "booking %" PRId64, ret->id);
    return OK;
}

/* GET /bookings/{booking_id}. 403 not part of it; 404. */
static enum err get_booking(struct req *q)
{
    struct booking b = {0};
    enum err e = readable_booking(q, &b);
    return e == OK ? req_reply(q, 200, &BOOKING, &b) : e;
}

/* The path's user: the caller, by any number or UUID of theirs; for admins anybody. */
static enum err readable_person(struct req *q, int64_t *ret_person)
{
    struct user_ref named;
    struct account account = {0};
    int64_t shown = 0;

    enum err e = req_path_user(q, "user_id", &named);
    if (e != OK)
        return req_fail(q, e, "User not found");
    if (q->caller.role != ROLE_ADMIN) {
        *ret_person = q->caller.number;
        return user_acting(q, &named, &shown);
    }
    e = user_find(q->db, q->arena, &named, &account);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "User not found");
    if (e == OK)
        *ret_person = account.number;
    return e;
}

/* GET /bookings/{booking_id}/other-proposal/{user_id}: the other side's proposals, as this user
 * sees them. 403 not part of it, or another's user_id; 404. */
static enum err get_other_proposal(struct req *q)
{
    struct booking b = {0};
    int64_t viewer = 0;

    enum err e = readable_booking(q, &b);
    if (e == OK)
        e = readable_person(q, &viewer);
    if (e != OK)
        return e;
    enum booking_actor actor = booking_actor(&b, viewer);
    if (actor == BOOKING_STRANGER)
        return req_fail(q, ERR_FORBIDDEN, "User not part of this booking");
    const struct other_proposal view = booking_other_proposal(&b, actor);
    return req_reply(q, 200, &OTHER_PROPOSAL, &view);
}

/* GET /bookings/user/{user_id}: newest first, in pages. 403 another's; 404 for admins, no such
 * user. */
static enum err get_user_bookings(struct req *q)
{
    int64_t person = 0;
    int64_t limit = 0;
    int64_t cursor = 0;
    struct rows rows = {0};

    enum err e = readable_person(q, &person);
    if (e == OK)
        e = req_page(q, &limit, &cursor);
    if (e != OK)
        return e;
    if (person != q->caller.number)
        audit_read(q, "booking.list", "user %" PRId64, person);
    int64_t below = cursor == I64_NULL ? INT64_MAX : cursor;
    e = booking_list(q->db, q->arena, person, below, limit + 1, &rows);
    return e == OK ? req_reply_page(q, &BOOKING, &rows, limit, "id") : e;
}

#define NOT_PART "User not part of this booking"
#define NO_BOOKING "Booking not found"

const struct route BOOKING_ROUTES[] = {
    {POST, "/bookings/create", WRITE, ACCESS_USER, bookings_create, &BOOKING_NEW, &BOOKING,
     "Open a booking for a match", .status = 201, .id = "createBooking",
     .answers = ANSWERS({403, "Not in this match"}, {404, "No such match"},
                        {409, "The match is not matched, or has a booking",
                         .detail = "Booking already exists for this match"})},
    {POST, "/bookings/propose-venue", WRITE, ACCESS_USER, bookings_propose_venue,
     &BOOKING_ACTING_AS, &BOOKING, "Propose a venue", &BOOKING_VENUE_PROPOSAL, .id = "proposeVenue",
     .answers = ANSWERS({403, "Not part of this booking", .detail = NOT_PART},
                        {404, "No such booking or venue", .detail = NO_BOOKING},
                        {409, "The venue is not active, or the booking takes no proposals"})},
    {POST, "/bookings/approve-venue", WRITE, ACCESS_USER, bookings_approve_venue,
     &BOOKING_VENUE_APPROVAL, &BOOKING, "Agree to the other side's venue, or reject it",
     &BOOKING_ACTING_AS, .id = "approveVenue",
     .answers = ANSWERS({403, "Not part of this booking", .detail = NOT_PART},
                        {404, "No such booking or venue", .detail = NO_BOOKING},
                        {409, "There is no such proposal, or the venue is not active"})},
    {POST, "/bookings/reject-venue", WRITE, ACCESS_USER, bookings_reject_venue, &BOOKING_ACTING_AS,
     &BOOKING, "Reject the other side's venue", &BOOKING_REJECTION, .id = "rejectVenue",
     .answers =
         ANSWERS({403, "Not part of this booking", .detail = NOT_PART},
                 {404, "No such booking", .detail = NO_BOOKING}, {409, "There is no proposal"})},
    {POST, "/bookings/propose-time", WRITE, ACCESS_USER, bookings_propose_time, &BOOKING_ACTING_AS,
     &BOOKING, "Propose a date and time", &BOOKING_TIME_PROPOSAL, .id = "proposeTime",
     .answers =
         ANSWERS({400, "The request is malformed, or the time is past where that is refused"},
                 {403, "Not part of this booking", .detail = NOT_PART},
                 {404, "No such booking or venue", .detail = NO_BOOKING},
                 {409, "The venue is not agreed on, or has no such slot"})},
    {POST, "/bookings/approve-time", WRITE, ACCESS_USER, bookings_approve_time,
     &BOOKING_TIME_APPROVAL, &BOOKING, "Agree to the other side's time, or reject it",
     &BOOKING_ACTING_AS, .id = "approveTime",
     .answers = ANSWERS({403, "Not part of this booking", .detail = NOT_PART},
                        {404, "No such booking or venue", .detail = NO_BOOKING},
                        {409, "There is no such proposal, or its slot is taken"})},
    {POST, "/bookings/reject-time", WRITE, ACCESS_USER, bookings_reject_time, &BOOKING_ACTING_AS,
     &BOOKING, "Reject the other side's time", &BOOKING_REJECTION, .id = "rejectTime",
     .answers =
         ANSWERS({403, "Not part of this booking", .detail = NOT_PART},
                 {404, "No such booking", .detail = NO_BOOKING}, {409, "There is no proposal"})},
    {POST, "/bookings/confirm", WRITE, ACCESS_USER, bookings_confirm, &BOOKING_CONFIRM_IN, &BOOKING,
     "Confirm: claims the slot and opens the chat", &BOOKING_ACTING_AS, .id = "confirmBooking",
     .answers = ANSWERS(
         {400, "The request is malformed, or \"Both venue and time must be approved first\"",
          .detail = "Both venue and time must be approved first"},
         {403, "Not part of this booking", .detail = NOT_PART},
         {404, "No such booking", .detail = NO_BOOKING},
         {409, "The slot or the venue is gone: they are open again; or another state"})},
    {POST, "/bookings/cancel", WRITE, ACCESS_USER, bookings_cancel, &BOOKING_CANCEL_IN, &BOOKING,
     "Cancel: frees the slot and ends the chat", &BOOKING_ACTING_AS, .id = "cancelBooking",
     .answers =
         ANSWERS({403, "Not part of this booking", .detail = NOT_PART},
                 {404, "No such booking", .detail = NO_BOOKING}, {409, "It is over already"})},
    {POST, "/bookings/complete/{booking_id}", WRITE, ACCESS_USER, bookings_complete,
     &BOOKING_ACTING_AS, &BOOKING, "Complete after the meeting: the match ends", &BOOKING_ACTING_AS,
     .id = "completeBooking",
     .answers = ANSWERS({403, "Not part of this booking", .detail = NOT_PART},
                        {409, "Not confirmed, or before its time where that is refused"})},
    {GET, "/bookings/available-times/{venue_id}", READ, ACCESS_USER, get_available_times, NULL,
     &AVAILABLE_TIME, "Times that a venue offers", &BOOKING_DAY, .id = "listAvailableTimes",
     .reply = REPLY_LIST},
    {GET, "/bookings/user/{user_id}", READ, ACCESS_USER, get_user_bookings, NULL, &BOOKING,
     "One's bookings, newest first", .id = "listBookings", .reply = REPLY_PAGE},
    {GET, "/bookings/{booking_id}", READ, ACCESS_USER, get_booking, NULL, &BOOKING, "One booking",
     .id = "getBooking", .answers = ANSWERS({403, "Not part of this booking", .detail = NOT_PART})},
    {GET, "/bookings/{booking_id}/other-proposal/{user_id}", READ, ACCESS_USER, get_other_proposal,
     NULL, &OTHER_PROPOSAL, "What the other side proposes", .id = "getOtherProposal",
     .answers = ANSWERS({403, "Not part of this booking, or another's user_id"})},
    {0},
};
