/* The rules of matching, pure: who fits whom, in which order, how well, and how a match proceeds.
 * The clock and the caller are passed in; no store, no JSON. Contract §6. */
#ifndef SERVICES_MATCHING_RULES_H
#define SERVICES_MATCHING_RULES_H

#include "base/err.h"
#include "base/str.h"

/* ── Who fits ── */

#define AGE_LEAST 18
#define AGE_MOST 120
#define GENDER_ANY 0 /* only as something sought */
#define CITY_NONE 0
#define INTERESTS_MAX 50
#define CANDIDATES_COMPARED 256

/* What finding somebody takes: genders, city and interests are the store's keys for their folded
 * texts. */
struct candidate {
    int64_t person;
    int64_t gender_key;
    int64_t seeking_key; /* GENDER_ANY: all */
    int64_t city;        /* CITY_NONE: not set */
    int64_t dob;         /* days since 1970 */
    int64_t age;         /* today, by dob; whoever compares people sets it: candidate_age */
    int64_t age_min;     /* AGE_LEAST–AGE_MOST */
    int64_t age_max;
    int64_t reach_rank;       /* rank_waiting or rank_active */
    struct str interest_keys; /* ascending numbers, one space between two */
};

/* How old c is on `today`, written into c. */
void candidate_age(struct candidate *c, int64_t today);
/* Both seek the other's gender, are of the same city where both have set one, and inside the
 * other's age bounds, these widened by `stretch` years on both sides but never below AGE_LEAST.
 * Symmetric. */
bool fits(const struct candidate *a, const struct candidate *b, int64_t stretch);

/* The dates of birth that bounds accept on `today`, widened likewise; both ends inclusive. */
void accepted_births(int64_t age_min, int64_t age_max, int64_t today, int64_t stretch,
                     int64_t *ret_first, int64_t *ret_last);

/* ── How candidates are laid out, so that a search reads few of them ── */

/* Five years a band; 70 and older share one. The one function for rows written and rows read. */
int64_t age_band(int64_t age);
/* Five calendar years of birth a band; before 1950 share one. */
int64_t birth_band(int64_t dob);
/* The gender's own place (keys up to 15), or the one that all rarer genders share. 0: any. */
int64_t gender_slot(int64_t gender_key);
/* Gender and what it seeks as one number. */
int64_t kind_of(int64_t gender_slot, int64_t seeking_slot);
int64_t kind_gender(int64_t kind);
int64_t kind_seeking(int64_t kind);

/* ── Order ── */

/* Lower ranks are offered first: waiters before all others, the longest waiter first (negative);
 * then whoever was active last, by the hour. Equal ranks: the lower person number. */
int64_t rank_waiting(int64_t since_us);
int64_t rank_active(int64_t active_us);
bool rank_waits(int64_t rank);
int64_t hour_of(int64_t us);
bool ranks_before(int64_t rank_a, int64_t person_a, int64_t rank_b, int64_t person_b);

/* ── How well ── */

/* One interest of the person who searches: what sharing it says, in bits. */
struct interest {
    int64_t key;
    double bits;
};

/* log2(1 + population / holders): 1 bit for what everybody likes, 10 for one in a thousand. */
double interest_bits(int64_t population, int64_t holders);
/* In [0,1], the same whoever searches: 0.7 for shared interests, which count by their bits and
 * never reach 1, and 0.3 for how near each age is to the middle of the other's bounds. `mine` are
 * a's interests by key. */
double compatibility(const struct candidate *a, const struct candidate *b,
                     const struct interest *mine, size_t n_mine);
/* Rounded as replies and the store show it. */
double compatibility_shown(double exact);

/* The next of some numbers with one space between two, without signs; false at the end. */
static inline bool numbers_next(struct str *rest, int64_t *ret_key)
{
    const char *at = rest->ptr, *end = at + rest->len;
    int64_t key = 0;

    while (at < end && *at != ' ')
        key = key * 10 + (*at++ - '0');
    if (at == rest->ptr)
        return false;
    *ret_key = key;
    at += at < end; /* the space */
    *rest = (struct str){at, (size_t)(end - at)};
    return true;
}

/* ── How a match proceeds ── */

enum match_status {
    MATCH_PENDING,
    MATCH_MATCHED,
    MATCH_REJECTED,
    MATCH_EXPIRED,
    MATCH_ENDED,
};
#define MATCH_STATUS_COUNT 5

enum match_event {
    MATCH_APPROVE,  /* one of the two says yes */
    MATCH_REJECT,   /* one of the two says no */
    MATCH_END,      /* one of the two ends it */
    MATCH_COMPLETE, /* their date took place */
    MATCH_EXPIRE,   /* nobody decided in time */
};
#define MATCH_EVENT_COUNT 5

enum match_actor {
    ACTOR_USER_1,
    ACTOR_USER_2,
    ACTOR_STRANGER,
    ACTOR_SYSTEM,
};
#define MATCH_ACTOR_COUNT 4

struct match_state {
    enum match_status status;
    bool user_1_approved;
    bool user_2_approved;
    int64_t matched_at; /* I64_NULL before */
};

/* What `event` makes of a match. OK: *ret is the next state (the same when there is nothing to do).
 * ERR_FORBIDDEN: the actor is not one of the two, or may not do this; ERR_CONFLICT: not in this
 * state. */
struct verdict match_apply(const struct match_state *m, enum match_event event,
                           enum match_actor actor, int64_t now_us, struct match_state *ret);
bool match_state_eq(const struct match_state *a, const struct match_state *b);
/* Pending or matched: both people are taken. */
bool match_live(enum match_status s);
/* "pending", …; static. */
const char *match_status_name(enum match_status s);
bool match_status_parse(struct str name, enum match_status *ret);

#endif
