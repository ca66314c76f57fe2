/* Decides what each act does to a booking, and what its people are shown of it; touches nothing. */
#include "services/booking/rules.h"

#include "base/datetime.h"
#include "services/booking/negotiation.h"

static const struct str STATUS_TEXT[BOOKING_STATUS_COUNT] = {
    [BOOKING_PENDING_VENUE] = STR("pending_venue_approval"),
    [BOOKING_PENDING_TIME] = STR("pending_time_approval"),
    [BOOKING_BOTH_APPROVED] = STR("both_approved"),
    [BOOKING_CONFIRMED] = STR("confirmed"),
    [BOOKING_CANCELLED] = STR("cancelled"),
    [BOOKING_COMPLETED] = STR("completed"),
};

struct str booking_status_text(enum booking_status s)
{
    return STATUS_TEXT[s];
}

enum booking_status booking_status(const struct booking *b)
{
    for (int s = 0; s < BOOKING_STATUS_COUNT; s++) {
        if (str_eq(b->status, STATUS_TEXT[s]))
            return (enum booking_status)s;
    }
    return BOOKING_CANCELLED; /* unknown: nothing may be done with it */
}

enum booking_actor booking_actor(const struct booking *b, int64_t person)
{
    if (person == b->person_1)
        return BOOKING_USER_1;
    return person == b->person_2 ? BOOKING_USER_2 : BOOKING_STRANGER;
}

static void set_status(struct booking *b, enum booking_status s)
{
    b->status = STATUS_TEXT[s];
}

static struct verdict changed(struct booking *b)
{
    b->version++;
    return VERDICT_OK;
}

static struct verdict conflict(const char *why)
{
    return verdict_no(ERR_CONFLICT, why);
}

static struct verdict cancel(struct booking *b, const struct booking_event *ev)
{
    b->cancel_reason = ev->reason;
    set_status(b, BOOKING_CANCELLED);
    return changed(b);
}

static struct verdict before_confirmation(struct booking *b, const struct booking_event *ev,
                                          bool first)
{
    if (ev->kind == BOOKING_CANCEL)
        return cancel(b, ev);
    if (ev->kind == BOOKING_COMPLETE)
        return conflict("Booking is not confirmed");
    if (ev->kind != BOOKING_CONFIRM)
        return negotiation_apply(b, ev, first);

    if (!negotiation_time_agreed(b))
        return verdict_no(ERR_BAD_REQUEST, "Both venue and time must be approved first");
    set_status(b, BOOKING_CONFIRMED);
    return changed(b);
}

static struct verdict after_confirmation(struct booking *b, const struct booking_event *ev,
                                         int64_t now_us)
{
    if (ev->kind == BOOKING_CONFIRM)
        return VERDICT_OK;
    if (ev->kind == BOOKING_CANCEL)
        return cancel(b, ev);
    if (ev->kind != BOOKING_COMPLETE)
        return conflict("Booking is already confirmed");

    if (!ev->complete_early && now_us < booking_meeting_us(b))
        return conflict("A booking cannot be completed before its time");
    set_status(b, BOOKING_COMPLETED);
    return changed(b);
}

static struct verdict decide(struct booking *b, const struct booking_event *ev, bool first,
                             int64_t now_us)
{
    switch (booking_status(b)) {
    case BOOKING_PENDING_VENUE:
    case BOOKING_PENDING_TIME:
    case BOOKING_BOTH_APPROVED:
        return before_confirmation(b, ev, first);
    case BOOKING_CONFIRMED:
        return after_confirmation(b, ev, now_us);
    case BOOKING_CANCELLED:
        return conflict("Booking is cancelled");
    case BOOKING_COMPLETED:
        return conflict("Booking is already completed");
    case BOOKING_STATUS_COUNT:
        break;
    }
    return verdict_no(ERR_INTERNAL, "");
}

struct verdict booking_apply(const struct booking *b, const struct booking_event *ev,
                             enum booking_actor actor, int64_t now_us, struct booking *ret_next)
{
    if (actor == BOOKING_STRANGER)
        return verdict_no(ERR_FORBIDDEN, "User not part of this booking");

    struct booking next = *b;
    struct verdict v = decide(&next, ev, actor == BOOKING_USER_1, now_us);
    if (v.err == OK)
        *ret_next = next;
    return v;
}

const char *booking_event_name(const struct booking_event *ev, const struct booking *next)
{
    switch (ev->kind) {
    case BOOKING_PROPOSE_VENUE:
        return negotiation_venue_agreed(next) ? "booking.venue_approved" : "booking.venue_proposed";
    case BOOKING_APPROVE_VENUE:
        return "booking.venue_approved";
    case BOOKING_REJECT_VENUE:
        return "booking.venue_rejected";
    case BOOKING_PROPOSE_TIME:
        return negotiation_time_agreed(next) ? "booking.time_approved" : "booking.time_proposed";
    case BOOKING_APPROVE_TIME:
        return "booking.time_approved";
    case BOOKING_REJECT_TIME:
        return "booking.time_rejected";
    case BOOKING_CONFIRM:
        return "booking.confirmed";
    case BOOKING_CANCEL:
        return "booking.cancelled";
    case BOOKING_COMPLETE:
        return "booking.completed";
    case BOOKING_EVENT_COUNT:
        break;
    }
    return "booking.changed";
}

/* Why a match of this status takes no booking; NULL: it does. */
static const char *not_bookable(struct str match_status)
{
    static const struct {
        struct str status;
        const char *why;
    } rows[] = {
        {STR("matched"), NULL},
        {STR("rejected"), "The match was rejected"},
        {STR("expired"), "The match has expired"},
        {STR("ended"), "The match has ended"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_eq(match_status, rows[i].status))
            return rows[i].why;
    }
    return "The match is not approved by both";
}

struct verdict booking_may_open(const struct booking_opening *o)
{
    if (o->caller != o->pair[0] && o->caller != o->pair[1])
        return verdict_no(ERR_FORBIDDEN, "User not part of this match");

    bool straight = o->named[0] == o->pair[0] && o->named[1] == o->pair[1];
    bool crossed = o->named[0] == o->pair[1] && o->named[1] == o->pair[0];
    if (!straight && !crossed)
        return verdict_no(ERR_INVALID,
                          "must be the other one of the match's two people, beside user_1_id");
    const char *why = not_bookable(o->match_status);
    return why == NULL ? VERDICT_OK : conflict(why);
}

int64_t booking_meeting_us(const struct booking *b)
{
    if (b->booking_date == I64_NULL || b->booking_time == I64_NULL)
        return I64_NULL;
    return us_of_date_clock(b->booking_date, b->booking_time);
}

bool booking_code(const uint8_t random[BOOKING_CODE_RANDOM_BYTES], char ret[BOOKING_CODE_LEN + 1])
{
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789";
    const unsigned letters = sizeof ALPHABET - 1;
    const unsigned fair =
        256 - 256 % letters; /* bytes from here on would favour the first letters */
    size_t n = 0;

    for (size_t i = 0; i < BOOKING_CODE_RANDOM_BYTES && n < BOOKING_CODE_LEN; i++) {
        if (random[i] < fair)
            ret[n++] = ALPHABET[random[i] % letters];
    }
    ret[n] = '\0';
    return n == BOOKING_CODE_LEN;
}
