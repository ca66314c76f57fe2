/* The tables behind fields.h. No behaviour beyond checks of single fields. */
#include "services/matching/fields.h"

#include "base/text_checks.h"

#define GENDER_MAX 32
#define INTERESTS_TEXT_MAX 2000
#define BIO_MAX 2000

/* Bodies: the same members, required or not. */
#define PREFERENCE_FIELDS(required)                                                                \
    F_USER(preferences_in, user_id, 0, .example = "123"),                                          \
        F_TEXT(preferences_in, gender, 1, GENDER_MAX, FIELD_TRIM | (required),                     \
               .check = line_problem, .example = "\"female\""),                                    \
        F_TEXT(preferences_in, seeking_gender, 1, GENDER_MAX, FIELD_TRIM | (required),             \
               .check = line_problem, .example = "\"male\""),                                      \
        F_INT(preferences_in, age_min, AGE_LEAST, AGE_MOST, (required), .example = "25"),          \
        F_INT(preferences_in, age_max, AGE_LEAST, AGE_MOST, (required), .example = "35"),          \
        F_TEXT(preferences_in, interests, 0, INTERESTS_TEXT_MAX, FIELD_TRIM,                       \
               .check = prose_problem, .example = "\"hiking, reading, music\""),                   \
        F_TEXT(preferences_in, bio, 0, BIO_MAX, FIELD_TRIM, .check = prose_problem,                \
               .example = "\"Looking for someone adventurous\"")

static const struct field PREFERENCES_NEW_FIELDS[] = {PREFERENCE_FIELDS(FIELD_REQUIRED), F_END};
static const struct field PREFERENCES_CHANGE_FIELDS[] = {PREFERENCE_FIELDS(0), F_END};
const struct shape PREFERENCES_NEW =
    SHAPE_NAMED("matching_preferences_new", preferences_in, PREFERENCES_NEW_FIELDS);
const struct shape PREFERENCES_CHANGE =
    SHAPE_NAMED("matching_preferences_change", preferences_in, PREFERENCES_CHANGE_FIELDS);

static const struct field FIND_FIELDS[] = {
    F_USER(find_in, user_id, 0, .example = "123"),
    F_END,
};
const struct shape FIND_IN = SHAPE_NAMED("match_search", find_in, FIND_FIELDS);

static const struct field DECISION_FIELDS[] = {
    F_INT(decision_in, match_id, 0, 0, FIELD_REQUIRED, .example = "45"),
    F_FLAG(decision_in, approved, FIELD_REQUIRED, .example = "true"),
    F_USER(decision_in, user_id, FIELD_EMPTY_ABSENT, .example = "123"),
    F_END,
};
const struct shape DECISION_IN = SHAPE_NAMED("match_decision", decision_in, DECISION_FIELDS);

static const struct field ACTING_FIELDS[] = {
    F_USER(match_acting, user_id, FIELD_EMPTY_ABSENT, .example = "123"),
    F_END,
};
const struct shape MATCH_ACTING = SHAPE(match_acting, ACTING_FIELDS);

static const struct field SEEKER_FIELDS[] = {
    F_INT(seeker, id, 0, 0, 0, .example = "1"),
    F_INT(seeker, user_id, 0, 0, 0, .example = "123"),
    F_TEXT(seeker, gender, 0, 0, 0, .example = "\"female\""),
    F_TEXT(seeker, seeking_gender, 0, 0, 0, .example = "\"male\""),
    F_INT(seeker, age_min, 0, 0, 0, .example = "25"),
    F_INT(seeker, age_max, 0, 0, 0, .example = "35"),
    F_TEXT(seeker, interests, 0, 0, FIELD_NULLABLE, .example = "\"hiking, reading, music\""),
    F_TEXT(seeker, bio, 0, 0, FIELD_NULLABLE, .example = "\"Looking for someone adventurous\""),
    F_TIME(seeker, created_at, 0, .example = "\"2026-01-07T10:00:00\""),
    F_INT(seeker, person, 0, 0, FIELD_HIDDEN),
    F_INT(seeker, gender_key, 0, 0, FIELD_HIDDEN),
    F_INT(seeker, seeking_key, 0, 0, FIELD_HIDDEN),
    F_INT(seeker, city_key, 0, 0, FIELD_HIDDEN),
    F_TEXT(seeker, interest_keys, 0, 0, FIELD_HIDDEN),
    F_DATE(seeker, dob, FIELD_HIDDEN),
    F_TIME(seeker, active_at, FIELD_HIDDEN),
    F_FLAG(seeker, away, FIELD_HIDDEN),
    F_INT(seeker, reach_rank, 0, 0, FIELD_HIDDEN),
    F_INT(seeker, taken_rank, 0, 0, FIELD_HIDDEN),
    F_INT(seeker, pasts, 0, 0, FIELD_HIDDEN),
    F_INT(seeker, live_match, 0, 0, FIELD_HIDDEN),
    F_END,
};
const struct shape SEEKER = SHAPE_NAMED("matching_preferences", seeker, SEEKER_FIELDS);

static const struct field MATCH_FIELDS[] = {
    F_INT(match, id, 0, 0, 0),
    F_INT(match, person_1, 0, 0, FIELD_HIDDEN),
    F_INT(match, person_2, 0, 0, FIELD_HIDDEN),
    F_INT(match, user_1_id, 0, 0, 0),
    F_INT(match, user_2_id, 0, 0, 0),
    F_TEXT(match, status, 0, 0, 0),
    F_FLAG(match, user_1_approved, 0),
    F_FLAG(match, user_2_approved, 0),
    F_TIME(match, matched_at, 0),
    F_TIME(match, created_at, 0),
    F_END,
};
const struct shape MATCH = SHAPE(match, MATCH_FIELDS);

static const struct field MATCH_ROW_FIELDS[] = {
    F_INT(match_row, id, 0, 0, 0, .example = "45", .about = "-1 while waiting in the queue"),
    F_INT(match_row, user_1_id, 0, 0, 0, .example = "123"),
    F_INT(match_row, user_2_id, 0, 0, FIELD_NULLABLE, .example = "456"),
    F_TEXT(match_row, status, 0, 0, 0, .example = "\"pending\"",
           .values = "pending|matched|rejected|waiting|ended|expired"),
    F_FLAG(match_row, user_1_approved, 0, .example = "false"),
    F_FLAG(match_row, user_2_approved, 0, .example = "false"),
    F_TIME(match_row, matched_at, FIELD_NULLABLE, .example = "null"),
    F_TIME(match_row, created_at, 0, .example = "\"2026-01-07T10:15:00\""),
    F_REAL(match_row, compatibility, 0, 0, FIELD_NULLABLE, .example = "0.75",
           .about = "From 0.0 to 1.0: shared interests, rarer ones counting more, and ages"),
    F_INT(match_row, person_1, 0, 0, FIELD_HIDDEN),
    F_INT(match_row, person_2, 0, 0, FIELD_HIDDEN),
    F_INT(match_row, version, 0, 0, FIELD_HIDDEN),
    F_END,
};
const struct shape MATCH_ROW = SHAPE_NAMED("match", match_row, MATCH_ROW_FIELDS);

static const struct field REACH_FOUND_FIELDS[] = {
    F_INT(reach_found, reach_rank, 0, 0, 0),
    F_TEXT(reach_found, card, 0, 0, 0),
    F_END,
};
const struct shape MATCH_REACH_FOUND = SHAPE(reach_found, REACH_FOUND_FIELDS);

static const struct field WAITER_FIELDS[] = {
    F_INT(waiter, person, 0, 0, 0),
    F_INT(waiter, seeking_key, 0, 0, 0),
    F_TIME(waiter, since, 0),
    F_END,
};
const struct shape MATCH_WAITER = SHAPE(waiter, WAITER_FIELDS);

static const struct field PERSON_FIELDS[] = {
    F_INT(person_row, person, 0, 0, 0),
    F_TIME(person_row, since, 0),
    F_END,
};
const struct shape MATCH_PERSON_ROW = SHAPE(person_row, PERSON_FIELDS);

static const struct field PAST_FIELDS[] = {F_TEXT(past_row, others, 0, 0, 0), F_END};
const struct shape MATCH_PAST_ROW = SHAPE(past_row, PAST_FIELDS);

static const struct field KIND_FIELDS[] = {F_INT(kind_row, kind, 0, 0, 0), F_END};
const struct shape MATCH_KIND_ROW = SHAPE(kind_row, KIND_FIELDS);

static const struct field INTEREST_FIELDS[] = {
    F_INT(interest_row, id, 0, 0, 0),
    F_INT(interest_row, people, 0, 0, 0),
    F_INT(interest_row, population, 0, 0, 0),
    F_END,
};
const struct shape MATCH_INTEREST_ROW = SHAPE(interest_row, INTEREST_FIELDS);

static const struct field MATCH_ID_FIELDS[] = {F_INT(match_id_row, id, 0, 0, 0), F_END};
const struct shape MATCH_ID_ROW = SHAPE(match_id_row, MATCH_ID_FIELDS);

static const struct field QUEUE_STATUS_FIELDS[] = {
    F_TEXT(queue_status, status, 0, 0, 0, .example = "\"waiting\"",
           .values = "waiting|not_in_queue"),
    F_INT(queue_status, position, 0, 0, FIELD_OMIT_NULL, .example = "3"),
    F_INT(queue_status, users_ahead, 0, 0, FIELD_OMIT_NULL, .example = "2"),
    F_TIME(queue_status, waiting_since, FIELD_OMIT_NULL, .example = "\"2026-01-07T10:15:00\""),
    F_TEXT(queue_status, seeking_gender, 0, 0, FIELD_OMIT_NULL, .example = "\"male\""),
    F_END,
};
const struct shape QUEUE_STATUS = SHAPE(queue_status, QUEUE_STATUS_FIELDS);

static const struct field AVAILABILITY_FIELDS[] = {
    F_TEXT(availability, gender, 0, 0, 0, .example = "\"male\""),
    F_INT(availability, available_matches, 0, 0, 0, .example = "15"),
    F_INT(availability, waiting_in_queue, 0, 0, 0, .example = "3"),
    F_REAL(availability, imbalance_ratio, 0, 0, 0, .example = "0.2"),
    F_END,
};
const struct shape AVAILABILITY = SHAPE(availability, AVAILABILITY_FIELDS);
