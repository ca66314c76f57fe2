/* Wire and row shapes of the matching service, described once: they validate bodies, bind and read
 * rows, write replies and document. No rules beyond single fields. */
#ifndef SERVICES_MATCHING_FIELDS_H
#define SERVICES_MATCHING_FIELDS_H

#include "services/matching/matching.h"
#include "services/matching/rules.h"

/* ── In ── */

struct preferences_in {
    struct user_ref user_id;
    struct str gender;
    struct str seeking_gender;
    int64_t age_min;
    int64_t age_max;
    struct str interests; /* separated by commas */
    struct str bio;
};

struct find_in {
    struct user_ref user_id;
};

struct decision_in {
    int64_t match_id;
    int8_t approved;
    struct user_ref user_id;
};

/* Whom a request says it acts for, in the query or in the body. */
struct match_acting {
    struct user_ref user_id;
};

/* ── Rows, and out ── */

/* Somebody who opted in. The first members are the reply (reference 2.1). */
struct seeker {
    int64_t id;
    int64_t user_id; /* the number they go by */
    struct str gender;
    struct str seeking_gender;
    int64_t age_min;
    int64_t age_max;
    struct str interests;
    struct str bio;
    int64_t created_at;
    /* hidden: */
    int64_t person;
    int64_t gender_key;
    int64_t seeking_key;
    int64_t city_key;
    struct str interest_keys;
    int64_t dob;
    int64_t active_at;
    int8_t away;
    int64_t reach_rank; /* I64_NULL: cannot be found */
    int64_t taken_rank; /* only as person_take reads it */
    int64_t pasts;      /* how many they are never offered */
    int64_t live_match; /* only as seeker_find reads it; I64_NULL: none */
};

/* A match as replies show it (reference "Match"), and what its rules need. */
struct match_row {
    int64_t id;
    int64_t user_1_id;
    int64_t user_2_id;
    struct str status;
    int8_t user_1_approved;
    int8_t user_2_approved;
    int64_t matched_at;
    int64_t created_at;
    double compatibility;
    /* hidden: */
    int64_t person_1;
    int64_t person_2;
    int64_t version;
};

/* Somebody who can be found. */
struct reach_found {
    int64_t reach_rank;
    struct str card;
    int64_t person; /* the card's */
};

struct waiter {
    int64_t person;
    int64_t seeking_key;
    int64_t since;
};

struct person_row {
    int64_t person;
    int64_t since;
};

struct past_row {
    struct str others;
};

struct kind_row {
    int64_t kind;
};

struct interest_row {
    int64_t id;
    int64_t people;
    int64_t population;
};

struct match_id_row {
    int64_t id;
};

/* ── Out ── */

struct queue_status {
    struct str status;
    int64_t position;
    int64_t users_ahead;
    int64_t waiting_since;
    struct str seeking_gender;
};

struct availability {
    struct str gender;
    int64_t available_matches;
    int64_t waiting_in_queue;
    double imbalance_ratio;
};

extern const struct shape PREFERENCES_NEW;    /* struct preferences_in, all that is required */
extern const struct shape PREFERENCES_CHANGE; /* struct preferences_in, any part of it */
extern const struct shape FIND_IN;
extern const struct shape DECISION_IN;
extern const struct shape MATCH_ACTING;
extern const struct shape SEEKER;
extern const struct shape MATCH; /* struct match of matching.h */
extern const struct shape MATCH_ROW;
extern const struct shape MATCH_REACH_FOUND;
extern const struct shape MATCH_WAITER;
extern const struct shape MATCH_PERSON_ROW;
extern const struct shape MATCH_PAST_ROW;
extern const struct shape MATCH_KIND_ROW;
extern const struct shape MATCH_INTEREST_ROW;
extern const struct shape MATCH_ID_ROW;
extern const struct shape QUEUE_STATUS;
extern const struct shape AVAILABILITY;

#endif
