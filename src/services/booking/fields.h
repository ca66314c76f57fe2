/* Wire and row shapes of the booking service, described once: they validate requests, bind and read
 * rows, write replies and document. No rules beyond single fields. */
#ifndef SERVICES_BOOKING_FIELDS_H
#define SERVICES_BOOKING_FIELDS_H

#include "platform/json/fields.h"

/* ── In ── */

struct booking_new {
    int64_t match_id;
    struct user_ref user_1_id;
    struct user_ref user_2_id;
    struct user_ref user_id;
};

/* ?booking_id&venue_id&user_id of propose-venue. */
struct venue_proposal {
    int64_t booking_id;
    int64_t venue_id;
    struct user_ref user_id;
};

/* ?booking_id&date&time&user_id of propose-time. */
struct time_proposal {
    int64_t booking_id;
    int64_t date;
    int64_t time;
    struct user_ref user_id;
};

/* ?booking_id&user_id of reject-venue and reject-time. */
struct rejection {
    int64_t booking_id;
    struct user_ref user_id;
};

/* Whom a request says it acts for, in the query or in the body. */
struct acting_as {
    struct user_ref user_id;
};

/* Bodies of approve-venue and approve-time: a venue, date or time that is absent or empty means the
 * standing one; consent is never assumed. */
struct venue_approval {
    int64_t booking_id;
    int64_t venue_id;
    int8_t approved;
    struct user_ref user_id;
};

struct time_approval {
    int64_t booking_id;
    int64_t date;
    int64_t time;
    int8_t approved;
    struct user_ref user_id;
};

struct booking_confirm {
    int64_t booking_id;
    struct user_ref user_id;
};

struct booking_cancel {
    int64_t booking_id;
    struct str reason;
    struct user_ref user_id;
};

struct day {
    int64_t date;
};

extern const struct shape BOOKING_NEW, BOOKING_VENUE_PROPOSAL, BOOKING_TIME_PROPOSAL,
    BOOKING_REJECTION, BOOKING_ACTING_AS, BOOKING_VENUE_APPROVAL, BOOKING_TIME_APPROVAL,
    BOOKING_CONFIRM_IN, BOOKING_CANCEL_IN, BOOKING_DAY;

/* ── Out, and rows: structs of rules.h ── */

extern const struct shape BOOKING, OTHER_PROPOSAL;

#endif
