/* Handlers that confirm, cancel and complete a booking (reference 3.8, 3.13, 3.14), with what each
 * sets off at the venue, in the chat and in matching. */
#include "services/booking/routes.h"

#include "platform/clock.h"
#include "services/booking/act.h"
#include "services/booking/effects.h"
#include "services/booking/fields.h"
#include "services/booking/store.h"
#include "services/matching/matching.h"
#include "services/venue/venue.h"

#define CODE_TRIES 16

/* A confirmation code that no booking has. */
static enum err draw_code(struct req *q, struct str *ret)
{
    for (int i = 0; i < CODE_TRIES; i++) {
        uint8_t random[BOOKING_CODE_RANDOM_BYTES];
        char code[BOOKING_CODE_LEN + 1];
        bool taken = true;

        random_fill(random, sizeof random);
        if (!booking_code(random, code))
            continue;
        enum err e = booking_code_taken(q->db, str_of(code), &taken);
        if (e != OK)
            return e;
        if (!taken) {
            *ret = arena_str(q->arena, str_of(code));
            return OK;
        }
    }
    return ERR_UNAVAILABLE;
}

/* What was agreed on cannot be had any more: that is kept, although the reply is an error. */
struct loss {
    void (*lose)(const struct booking *b, struct booking *ret_next);
    const char *event;
    const char *why;
};
static const struct loss SLOT_LOST = {booking_lose_slot, "booking.slot_lost",
                                      "Time slot is no longer available"};
static const struct loss VENUE_LOST = {booking_lose_venue, "booking.venue_lost",
                                       "Venue is no longer available"};

static enum err lose(struct req *q, const struct act *act, const struct loss *loss)
{
    struct act lost = {.before = act->after};
    loss->lose(&lost.before, &lost.after);
    enum err e = act_store(q, &lost);
    if (e != OK)
        return e;
    const struct tx tx = req_tx(q);
    e = effects_tell(&tx, loss->event, &lost.after);
    return e == OK ? req_fail_keep(q, ERR_CONFLICT, "%s", loss->why) : e;
}

/* The booking row first (its version decides between two confirmations), then the slot. */
static enum err confirm(struct req *q, struct act *act)
{
    enum err e = draw_code(q, &act->after.confirmation_code);
    if (e == OK)
        e = booking_save(q->db, &act->before, &act->after);
    if (e == ERR_NOT_FOUND)
        return act_overtaken(q);
    if (e != OK)
        return e;

    const struct booking *b = &act->after;
    const struct tx tx = req_tx(q);
    const struct slot_time when = {b->venue_id, b->booking_date, b->booking_time};
    e = venue_slot_claim(&tx, &when, b->id);
    if (e == ERR_CONFLICT)
        return lose(q, act, &SLOT_LOST);
    if (e == ERR_NOT_FOUND)
        return lose(q, act, &VENUE_LOST);
    if (e == OK)
        e = effects_of(&tx, &act->event, b);
    return e == OK ? req_reply(q, 200, &BOOKING, b) : e;
}

/* POST /bookings/confirm: the slot is claimed and the chat session opened, all or nothing. 200
 * booking, also when it is confirmed already; 400 not both approved; 403; 404; 409 the slot is gone
 * (the time is open again), the venue is (it is open again too), or wrong state. */
enum err bookings_confirm(struct req *q)
{
    struct acting_as as;
    struct booking_confirm in;
    enum err e = req_query(q, &BOOKING_ACTING_AS, &as);
    if (e == OK)
        e = req_json(q, &BOOKING_CONFIRM_IN, &in);
    if (e == OK)
        e = act_as(q, &as.user_id, &in.user_id);
    if (e != OK)
        return e;

    struct act act = act_of(BOOKING_CONFIRM);
    e = act_decide(q, in.booking_id, &act);
    if (e != OK)
        return e;
    if (!act_changes(&act))
        return req_reply(q, 200, &BOOKING, &act.after);
    return confirm(q, &act);
}

/* POST /bookings/cancel: any time before completed; frees the slot and ends the chat. 200 booking;
 * 403; 404; 409. */
enum err bookings_cancel(struct req *q)
{
    struct acting_as as;
    struct booking_cancel in;
    enum err e = req_query(q, &BOOKING_ACTING_AS, &as);
    if (e == OK)
        e = req_json(q, &BOOKING_CANCEL_IN, &in);
    if (e == OK)
        e = act_as(q, &as.user_id, &in.user_id);
    if (e != OK)
        return e;

    struct act act = act_of(BOOKING_CANCEL);
    act.event.reason = in.reason.len > 0 ? in.reason : STR_NULL;
    e = act_decide(q, in.booking_id, &act);
    return e == OK ? act_finish(q, &act) : e;
}

/* POST /bookings/complete/{booking_id}: after the meeting; the match ends with it. 200 booking;
 * 403; 404; 409 not confirmed, or before its time where that is refused. */
enum err bookings_complete(struct req *q)
{
    struct acting_as as;
    struct acting_as body;
    int64_t booking_id = 0;
    enum err e = req_path_i64(q, "booking_id", &booking_id);
    if (e != OK)
        return req_fail(q, e, "Booking not found");
    e = req_query(q, &BOOKING_ACTING_AS, &as);
    if (e == OK)
        e = req_json(q, &BOOKING_ACTING_AS, &body);
    if (e == OK)
        e = act_as(q, &as.user_id, &body.user_id);
    if (e != OK)
        return e;

    struct act act = act_of(BOOKING_COMPLETE);
    e = act_decide(q, booking_id, &act);
    if (e != OK)
        return e;
    const struct tx tx = req_tx(q);
    /* Match before booking, as where a match's end cancels its booking: one order of locks. */
    e = match_end_completed(&tx, act.after.match_id);
    return e == OK ? act_finish(q, &act) : e;
}
