/* POST /bookings/create (reference 3.1): a match becomes a booking. */
#include "services/booking/routes.h"

#include "services/booking/effects.h"
#include "services/booking/fields.h"
#include "services/booking/store.h"
#include "services/matching/matching.h"
#include "services/user/user.h"

/* The account that a user id in the request means. One that nobody owns can only be the caller's
 * own, claimed now. */
static enum err person_named(struct req *q, const struct user_ref *ref, int64_t *ret)
{
    struct account account = {0};
    enum err e = user_find(q->db, q->arena, ref, &account);
    if (e == OK)
        *ret = account.number;
    if (e != ERR_NOT_FOUND)
        return e;

    int64_t shown = 0;
    e = user_acting(q, ref, &shown);
    if (e == OK)
        *ret = q->caller.number;
    return e;
}

/* The number a person goes by in this booking: as given; for a UUID, as in the match. */
static int64_t shown_number(const struct user_ref *ref, int64_t person, const struct match *m)
{
    if (ref->kind == USER_REF_NUMBER)
        return ref->number;
    return person == m->person_1 ? m->user_1_id : m->user_2_id;
}

/* The pair as the request names it, once the rules agree that it may have a booking. */
static enum err booking_pair(struct req *q, const struct booking_new *in, const struct match *m,
                             struct booking *b)
{
    struct booking_opening o = {
        .pair = {m->person_1, m->person_2},
        .named = {0},
        .match_status = m->status,
        .caller = q->caller.number,
    };
    if (o.caller != m->person_1 && o.caller != m->person_2)
        return req_fail_verdict(q, booking_may_open(&o));

    enum err e = person_named(q, &in->user_1_id, &o.named[0]);
    if (e == OK)
        e = person_named(q, &in->user_2_id, &o.named[1]);
    if (e != OK)
        return e;
    struct verdict v = booking_may_open(&o);
    if (v.err == ERR_INVALID)
        return req_fail_field(q, "user_2_id", "%s", v.why);
    if (v.err != OK)
        return req_fail_verdict(q, v);

    b->person_1 = o.named[0];
    b->person_2 = o.named[1];
    b->user_1_id = shown_number(&in->user_1_id, b->person_1, m);
    b->user_2_id = shown_number(&in->user_2_id, b->person_2, m);
    return OK;
}

/* POST /bookings/create: open a booking for a match; the caller must be one of the pair. 201
 * booking; 403 not your match; 404 no such match; 409 not matched, or already booked; 422 not the
 * match's two people. */
enum err bookings_create(struct req *q)
{
    struct booking_new in;
    struct match m = {0};
    struct booking b = {.status = booking_status_text(BOOKING_PENDING_VENUE),
                        .created_at = q->now_us};

    int64_t shown = 0;

    enum err e = req_json(q, &BOOKING_NEW, &in);
    if (e == OK)
        e = user_acting(q, &in.user_id, &shown);
    if (e != OK)
        return e;
    e = match_hold(q->db, q->arena, in.match_id, &m);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Match not found");
    if (e != OK)
        return e;
    e = booking_pair(q, &in, &m, &b);
    if (e != OK)
        return e;

    b.match_id = m.id;
    e = booking_insert(q->db, q->arena, &b, &b);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, ERR_CONFLICT, "Booking already exists for this match");
    const struct tx tx = req_tx(q);
    if (e == OK)
        e = effects_tell(&tx, "booking.created", &b);
    return e == OK ? req_reply(q, 201, &BOOKING, &b) : e;
}
