/* The tables behind fields.h: one row a field; nothing else. */
#include "services/booking/fields.h"

#include "base/text_checks.h"
#include "services/booking/rules.h"
#include "services/venue/venue.h"

#define REASON_MAX_LEN 500

static const struct field BOOKING_NEW_FIELDS[] = {
    F_INT(booking_new, match_id, 0, 0, FIELD_REQUIRED, .example = "45"),
    F_USER(booking_new, user_1_id, FIELD_REQUIRED, .example = "123"),
    F_USER(booking_new, user_2_id, FIELD_REQUIRED, .example = "456"),
    F_USER(booking_new, user_id, FIELD_EMPTY_ABSENT, .example = "123"),
    F_END,
};
const struct shape BOOKING_NEW = SHAPE(booking_new, BOOKING_NEW_FIELDS);

static const struct field VENUE_PROPOSAL_FIELDS[] = {
    F_INT(venue_proposal, booking_id, 0, 0, FIELD_REQUIRED, .example = "78"),
    F_INT(venue_proposal, venue_id, 0, 0, FIELD_REQUIRED, .example = "5"),
    F_USER(venue_proposal, user_id, FIELD_EMPTY_ABSENT, .example = "123"),
    F_END,
};
const struct shape BOOKING_VENUE_PROPOSAL = SHAPE(venue_proposal, VENUE_PROPOSAL_FIELDS);

static const struct field TIME_PROPOSAL_FIELDS[] = {
    F_INT(time_proposal, booking_id, 0, 0, FIELD_REQUIRED, .example = "78"),
    F_ROW(time_proposal, date, FIELD_DATE, SLOT_DATE_MIN, SLOT_DATE_MAX, FIELD_REQUIRED,
          .example = "\"2026-01-15\""),
    F_CLOCK(time_proposal, time, FIELD_REQUIRED, .example = "\"19:00\""),
    F_USER(time_proposal, user_id, FIELD_EMPTY_ABSENT, .example = "123"),
    F_END,
};
const struct shape BOOKING_TIME_PROPOSAL = SHAPE(time_proposal, TIME_PROPOSAL_FIELDS);

static const struct field REJECTION_FIELDS[] = {
    F_INT(rejection, booking_id, 0, 0, FIELD_REQUIRED, .example = "78"),
    F_USER(rejection, user_id, FIELD_EMPTY_ABSENT, .example = "456"),
    F_END,
};
const struct shape BOOKING_REJECTION = SHAPE(rejection, REJECTION_FIELDS);

static const struct field ACTING_AS_FIELDS[] = {
    F_USER(acting_as, user_id, FIELD_EMPTY_ABSENT, .example = "456"),
    F_END,
};
const struct shape BOOKING_ACTING_AS = SHAPE(acting_as, ACTING_AS_FIELDS);

static const struct field VENUE_APPROVAL_FIELDS[] = {
    F_INT(venue_approval, booking_id, 0, 0, FIELD_REQUIRED, .example = "78"),
    F_INT(venue_approval, venue_id, 0, 0, FIELD_EMPTY_ABSENT, .example = "5"),
    F_FLAG(venue_approval, approved, FIELD_REQUIRED, .example = "true"),
    F_USER(venue_approval, user_id, FIELD_EMPTY_ABSENT, .example = "456"),
    F_END,
};
const struct shape BOOKING_VENUE_APPROVAL = SHAPE(venue_approval, VENUE_APPROVAL_FIELDS);

static const struct field TIME_APPROVAL_FIELDS[] = {
    F_INT(time_approval, booking_id, 0, 0, FIELD_REQUIRED, .example = "78"),
    F_DATE(time_approval, date, FIELD_EMPTY_ABSENT, .example = "\"2026-01-15\""),
    F_CLOCK(time_approval, time, FIELD_EMPTY_ABSENT, .example = "\"19:00\""),
    F_FLAG(time_approval, approved, FIELD_REQUIRED, .example = "true"),
    F_USER(time_approval, user_id, FIELD_EMPTY_ABSENT, .example = "456"),
    F_END,
};
const struct shape BOOKING_TIME_APPROVAL = SHAPE(time_approval, TIME_APPROVAL_FIELDS);

static const struct field BOOKING_CONFIRM_FIELDS[] = {
    F_INT(booking_confirm, booking_id, 0, 0, FIELD_REQUIRED, .example = "78"),
    F_USER(booking_confirm, user_id, FIELD_EMPTY_ABSENT, .example = "123"),
    F_END,
};
const struct shape BOOKING_CONFIRM_IN = SHAPE(booking_confirm, BOOKING_CONFIRM_FIELDS);

static const struct field BOOKING_CANCEL_FIELDS[] = {
    F_INT(booking_cancel, booking_id, 0, 0, FIELD_REQUIRED, .example = "78"),
    F_TEXT(booking_cancel, reason, 0, REASON_MAX_LEN, FIELD_TRIM, .check = prose_problem,
           .example = "\"Schedule conflict\""),
    F_USER(booking_cancel, user_id, FIELD_EMPTY_ABSENT, .example = "123"),
    F_END,
};
const struct shape BOOKING_CANCEL_IN = SHAPE(booking_cancel, BOOKING_CANCEL_FIELDS);

static const struct field DAY_FIELDS[] = {
    F_DATE(day, date, FIELD_EMPTY_ABSENT, .example = "\"2026-01-15\""),
    F_END,
};
const struct shape BOOKING_DAY = SHAPE(day, DAY_FIELDS);

static const struct field BOOKING_FIELDS[] = {
    F_INT(booking, id, 0, 0, 0, .example = "78"),
    F_INT(booking, match_id, 0, 0, 0, .example = "45"),
    F_INT(booking, user_1_id, 0, 0, 0, .example = "123"),
    F_INT(booking, user_2_id, 0, 0, 0, .example = "456"),
    F_INT(booking, user_1_proposed_venue_id, 0, 0, FIELD_NULLABLE, .example = "5"),
    F_DATE(booking, user_1_proposed_date, FIELD_NULLABLE, .example = "\"2026-01-15\""),
    F_CLOCK(booking, user_1_proposed_time, FIELD_NULLABLE, .example = "\"19:00\""),
    F_INT(booking, user_2_proposed_venue_id, 0, 0, FIELD_NULLABLE, .example = "null"),
    F_DATE(booking, user_2_proposed_date, FIELD_NULLABLE, .example = "null"),
    F_CLOCK(booking, user_2_proposed_time, FIELD_NULLABLE, .example = "null"),
    F_INT(booking, venue_id, 0, 0, FIELD_NULLABLE, .example = "5"),
    F_DATE(booking, booking_date, FIELD_NULLABLE, .example = "\"2026-01-15\""),
    F_CLOCK(booking, booking_time, FIELD_NULLABLE, .example = "\"19:00\""),
    F_TEXT(booking, status, 0, 0, 0, .example = "\"confirmed\"",
           .values = "pending_venue_approval|pending_time_approval|both_approved|confirmed|"
                     "cancelled|completed"),
    F_FLAG(booking, user_1_venue_approved, 0, .example = "true"),
    F_FLAG(booking, user_2_venue_approved, 0, .example = "true"),
    F_FLAG(booking, user_1_time_approved, 0, .example = "true"),
    F_FLAG(booking, user_2_time_approved, 0, .example = "true"),
    F_TEXT(booking, confirmation_code, 0, 0, FIELD_NULLABLE, .example = "\"A7B3C9D2\""),
    F_TIME(booking, created_at, 0, .example = "\"2026-01-07T10:25:00\""),
    F_TEXT(booking, cancel_reason, 0, 0, FIELD_OMIT_NULL),
    F_INT(booking, person_1, 0, 0, FIELD_HIDDEN),
    F_INT(booking, person_2, 0, 0, FIELD_HIDDEN),
    F_INT(booking, version, 0, 0, FIELD_HIDDEN),
    F_END,
};
const struct shape BOOKING = SHAPE(booking, BOOKING_FIELDS);

static const struct field OTHER_PROPOSAL_FIELDS[] = {
    F_INT(other_proposal, other_user_id, 0, 0, 0, .example = "456"),
    F_INT(other_proposal, proposed_venue_id, 0, 0, FIELD_NULLABLE, .example = "5"),
    F_DATE(other_proposal, proposed_date, FIELD_NULLABLE, .example = "\"2026-01-15\""),
    F_CLOCK(other_proposal, proposed_time, FIELD_NULLABLE, .example = "\"19:00\""),
    F_TEXT(other_proposal, venue_status, 0, 0, 0, .example = "\"approved\"",
           .values = "not_proposed|pending|approved"),
    F_TEXT(other_proposal, time_status, 0, 0, 0, .example = "\"pending\"",
           .values = "not_proposed|pending|approved"),
    F_TEXT(other_proposal, booking_status, 0, 0, 0, .example = "\"pending_time_approval\"",
           .values = "pending_venue_approval|pending_time_approval|both_approved|confirmed|"
                     "cancelled|completed"),
    F_END,
};
const struct shape OTHER_PROPOSAL = SHAPE(other_proposal, OTHER_PROPOSAL_FIELDS);
