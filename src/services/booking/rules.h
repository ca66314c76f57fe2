/* The booking machine: what each act of either side does to a booking (reference §3, contract §7).
 * Pure: the caller's side, the clock and randomness are passed in; no I/O, no SQL, no JSON. */
#ifndef SERVICES_BOOKING_RULES_H
#define SERVICES_BOOKING_RULES_H

#include "base/err.h"
#include "base/str.h"

enum booking_status {
    BOOKING_PENDING_VENUE, /* pending_venue_approval */
    BOOKING_PENDING_TIME,  /* pending_time_approval: the venue is agreed */
    BOOKING_BOTH_APPROVED, /* both_approved: the time too */
    BOOKING_CONFIRMED,
    BOOKING_CANCELLED,
    BOOKING_COMPLETED,
    BOOKING_STATUS_COUNT,
};

/* A booking as the store keeps it. Dates are days since 1970, times minutes since midnight, both
 * UTC. While a venue (time) is agreed, each side's standing proposal is the agreed one or none. */
struct booking {
    int64_t id;
    int64_t match_id;
    int64_t user_1_id; /* the numbers these two go by in replies, as given at creation */
    int64_t user_2_id;
    int64_t user_1_proposed_venue_id;
    int64_t user_1_proposed_date;
    int64_t user_1_proposed_time;
    int64_t user_2_proposed_venue_id;
    int64_t user_2_proposed_date;
    int64_t user_2_proposed_time;
    int64_t venue_id;
    int64_t booking_date;
    int64_t booking_time;
    struct str status;
    int8_t user_1_venue_approved;
    int8_t user_2_venue_approved;
    int8_t user_1_time_approved;
    int8_t user_2_time_approved;
    struct str confirmation_code;
    int64_t created_at;
    struct str cancel_reason;
    int64_t person_1; /* account numbers: who may act */
    int64_t person_2;
    int64_t version; /* grows by one with every change */
};

enum booking_event_kind {
    BOOKING_PROPOSE_VENUE,
    BOOKING_APPROVE_VENUE,
    BOOKING_REJECT_VENUE,
    BOOKING_PROPOSE_TIME,
    BOOKING_APPROVE_TIME,
    BOOKING_REJECT_TIME,
    BOOKING_CONFIRM,
    BOOKING_CANCEL,
    BOOKING_COMPLETE,
    BOOKING_EVENT_COUNT,
};

/* What somebody wants. In approvals and rejections what is absent means the standing
 * proposal. */
struct booking_event {
    enum booking_event_kind kind;
    int64_t venue_id;
    int64_t date;
    int64_t clock;
    struct str reason;   /* of a cancellation; may be absent */
    bool complete_early; /* a booking may be completed before its time */
};

enum booking_actor {
    BOOKING_STRANGER,
    BOOKING_USER_1,
    BOOKING_USER_2,
};

enum booking_status booking_status(const struct booking *b);
/* Static. */
struct str booking_status_text(enum booking_status s);

/* Which side of the booking this account is. */
enum booking_actor booking_actor(const struct booking *b, int64_t person);

/* Decide one act. OK: *ret_next is the booking afterwards, its version one higher, or the same when
 * nothing changes. Whether a venue and a slot can be had is the caller's to ask (venue.h), and at
 * confirmation the code. ERR_FORBIDDEN: a stranger. ERR_BAD_REQUEST: confirmed before both are
 * agreed. ERR_CONFLICT: not in this state. *ret_next is untouched on failure. */
struct verdict booking_apply(const struct booking *b, const struct booking_event *ev,
                             enum booking_actor actor, int64_t now_us, struct booking *ret_next);

/* The slot of a booking that was being confirmed is gone: the time is open for new proposals. */
void booking_lose_slot(const struct booking *b, struct booking *ret_next);
/* So is its venue: that is open for new proposals too. */
void booking_lose_venue(const struct booking *b, struct booking *ret_next);

/* The outbox's name for what an act led to: "booking.venue_approved". Static. */
const char *booking_event_name(const struct booking_event *ev, const struct booking *next);

/* Which two accounts a new booking is asked for, and by whom. */
struct booking_opening {
    int64_t pair[2];         /* the match's two */
    int64_t named[2];        /* whom the request's user_1_id and user_2_id mean */
    struct str match_status; /* matching.h */
    int64_t caller;
};

/* ERR_FORBIDDEN: the caller is not in the match; ERR_INVALID, to be said of user_2_id: the ids are
 * not its two people; ERR_CONFLICT: not matched. */
struct verdict booking_may_open(const struct booking_opening *o);

/* When the two meet, µs UTC; I64_NULL while no time is agreed. */
int64_t booking_meeting_us(const struct booking *b);

/* What `viewer` sees of the other side's proposals (reference 3.11). */
struct other_proposal {
    int64_t other_user_id;
    int64_t proposed_venue_id;
    int64_t proposed_date;
    int64_t proposed_time;
    struct str venue_status; /* not_proposed, pending, approved */
    struct str time_status;
    struct str booking_status;
};
struct other_proposal booking_other_proposal(const struct booking *b, enum booking_actor viewer);

#define BOOKING_CODE_LEN 8
#define BOOKING_CODE_RANDOM_BYTES 32
/* A confirmation code of A–Z and 2–9, each character equally likely, terminated. False: too
 * many of the bytes had to be skipped (practically never); draw again. */
bool booking_code(const uint8_t random[BOOKING_CODE_RANDOM_BYTES], char ret[BOOKING_CODE_LEN + 1]);

#endif
