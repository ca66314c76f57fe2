/* The rules of matching, pure: see rules.h. No clock, no store, no JSON. */
#include "services/matching/rules.h"

#include "base/datetime.h"

#include <math.h>

#define BAND_YEARS 5
#define AGE_BAND_LAST (70 / BAND_YEARS)
#define BIRTH_BAND_FIRST (1950 / BAND_YEARS)
#define GENDER_SLOT_SHARED 16
#define KIND_SLOTS 32
#define WAITING_BASE (INT64_C(1) << 62)
#define ACTIVE_BASE (INT64_C(1) << 31)
#define INTERESTS_SHARE 0.7
#define AGE_SHARE 0.3
#define INTERESTS_HALF_BITS 8.0 /* sharing this much is worth half of the interests' share */

static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool seeks(const struct candidate *a, const struct candidate *b)
{
    return a->seeking_key == GENDER_ANY || a->seeking_key == b->gender_key;
}

static bool same_city(const struct candidate *a, const struct candidate *b)
{
    return a->city == CITY_NONE || b->city == CITY_NONE || a->city == b->city;
}

static bool accepts_age(const struct candidate *a, int64_t age, int64_t stretch)
{
    return age >= max_i64(AGE_LEAST, a->age_min - stretch) && age <= a->age_max + stretch;
}

void candidate_age(struct candidate *c, int64_t today)
{
    c->age = age_on(c->dob, today);
}

bool fits(const struct candidate *a, const struct candidate *b, int64_t stretch)
{
    return a->person != b->person && seeks(a, b) && seeks(b, a) && same_city(a, b) &&
           accepts_age(a, b->age, stretch) && accepts_age(b, a->age, stretch);
}

void accepted_births(int64_t age_min, int64_t age_max, int64_t today, int64_t stretch,
                     int64_t *ret_first, int64_t *ret_last)
{
    *ret_last = latest_dob_of_age(max_i64(AGE_LEAST, age_min - stretch), today);
    *ret_first = latest_dob_of_age(age_max + stretch + 1, today) + 1;
}

int64_t age_band(int64_t age)
{
    int64_t band = max_i64(age, 0) / BAND_YEARS;
    return band > AGE_BAND_LAST ? AGE_BAND_LAST : band;
}

int64_t birth_band(int64_t dob)
{
    int year, month, day;
    date_to_civil(dob, &year, &month, &day);
    return max_i64(year / BAND_YEARS, BIRTH_BAND_FIRST);
}

int64_t gender_slot(int64_t gender_key)
{
    return gender_key < GENDER_SLOT_SHARED ? gender_key : GENDER_SLOT_SHARED;
}

int64_t kind_of(int64_t gender, int64_t seeking)
{
    return gender * KIND_SLOTS + seeking;
}

int64_t kind_gender(int64_t kind)
{
    return kind / KIND_SLOTS;
}

int64_t kind_seeking(int64_t kind)
{
    return kind % KIND_SLOTS;
}

int64_t rank_waiting(int64_t since_us)
{
    return since_us - WAITING_BASE;
}

int64_t hour_of(int64_t us)
{
    return us / US_PER_HOUR;
}

int64_t rank_active(int64_t active_us)
{
    return ACTIVE_BASE - hour_of(active_us);
}

bool rank_waits(int64_t rank)
{
    return rank < 0;
}

bool ranks_before(int64_t rank_a, int64_t person_a, int64_t rank_b, int64_t person_b)
{
    return rank_a != rank_b ? rank_a < rank_b : person_a < person_b;
}

double interest_bits(int64_t population, int64_t holders)
{
    double one_in = (double)max_i64(population, 1) / (double)max_i64(holders, 1);
    return log2(1.0 + fmax(one_in, 1.0));
}

/* Both lists ascend: one walk over the two. */
static double shared_bits(struct str theirs, const struct interest *mine, size_t n_mine)
{
    double bits = 0;
    int64_t key;
    size_t i = 0;
    while (i < n_mine && numbers_next(&theirs, &key)) {
        while (i < n_mine && mine[i].key < key)
            i++;
        if (i < n_mine && mine[i].key == key)
            bits += mine[i].bits;
    }
    return bits;
}

/* 1 in the middle of the bounds, falling towards their ends and beyond them; never 0. */
static double age_fit(const struct candidate *who, const struct candidate *by)
{
    double middle = (double)(by->age_min + by->age_max) / 2.0;
    double half = (double)(by->age_max - by->age_min) / 2.0;
    double off = ((double)who->age - middle) / (half + 1.0);
    return 1.0 / (1.0 + off * off);
}

double compatibility(const struct candidate *a, const struct candidate *b,
                     const struct interest *mine, size_t n_mine)
{
    double bits = shared_bits(b->interest_keys, mine, n_mine);
    double interests = bits / (bits + INTERESTS_HALF_BITS);
    return INTERESTS_SHARE * interests + AGE_SHARE * (age_fit(b, a) + age_fit(a, b)) / 2.0;
}

double compatibility_shown(double exact)
{
    return round(exact * 1000.0) / 1000.0;
}

static const char *const STATUS_NAMES[MATCH_STATUS_COUNT] = {
    [MATCH_PENDING] = "pending", [MATCH_MATCHED] = "matched", [MATCH_REJECTED] = "rejected",
    [MATCH_EXPIRED] = "expired", [MATCH_ENDED] = "ended",
};

const char *match_status_name(enum match_status s)
{
    return STATUS_NAMES[s];
}

bool match_status_parse(struct str name, enum match_status *ret)
{
    for (int i = 0; i < MATCH_STATUS_COUNT; i++) {
        if (str_eq(name, str_of(STATUS_NAMES[i]))) {
            *ret = (enum match_status)i;
            return true;
        }
    }
    return false;
}

bool match_live(enum match_status s)
{
    return s == MATCH_PENDING || s == MATCH_MATCHED;
}

bool match_state_eq(const struct match_state *a, const struct match_state *b)
{
    return a->status == b->status && a->user_1_approved == b->user_1_approved &&
           a->user_2_approved == b->user_2_approved && a->matched_at == b->matched_at;
}

/* Why a match that is over takes nothing more. */
static struct verdict over(enum match_status s)
{
    switch (s) {
    case MATCH_REJECTED:
        return verdict_no(ERR_CONFLICT, "Match was rejected");
    case MATCH_EXPIRED:
        return verdict_no(ERR_CONFLICT, "Match has expired");
    case MATCH_ENDED:
        return verdict_no(ERR_CONFLICT, "Match has ended");
    case MATCH_PENDING:
    case MATCH_MATCHED:
        break;
    }
    return VERDICT_OK;
}

static struct verdict approve(struct match_state *m, enum match_actor actor, int64_t now_us)
{
    if (m->status == MATCH_MATCHED)
        return VERDICT_OK;
    if (m->status != MATCH_PENDING)
        return over(m->status);
    if (actor == ACTOR_USER_1)
        m->user_1_approved = true;
    else
        m->user_2_approved = true;
    if (m->user_1_approved && m->user_2_approved) {
        m->status = MATCH_MATCHED;
        m->matched_at = now_us;
    }
    return VERDICT_OK;
}

static struct verdict reject(struct match_state *m, enum match_actor actor)
{
    if (m->status == MATCH_MATCHED)
        return verdict_no(ERR_CONFLICT, "Match is already approved by both; end it instead");
    if (m->status != MATCH_PENDING)
        return over(m->status);
    if (actor == ACTOR_USER_1)
        m->user_1_approved = false;
    else
        m->user_2_approved = false;
    m->status = MATCH_REJECTED;
    return VERDICT_OK;
}

static struct verdict end(struct match_state *m)
{
    if (m->status == MATCH_PENDING)
        return verdict_no(ERR_CONFLICT, "Match is not approved by both yet; reject it instead");
    if (m->status != MATCH_MATCHED)
        return over(m->status);
    m->status = MATCH_ENDED;
    return VERDICT_OK;
}

/* The system's own events find nothing to do in any other state. */
static struct verdict move_on(struct match_state *m, enum match_status from, enum match_status to)
{
    if (m->status == from)
        m->status = to;
    return VERDICT_OK;
}

static struct verdict apply(struct match_state *m, enum match_event event, enum match_actor actor,
                            int64_t now_us)
{
    switch (event) {
    case MATCH_APPROVE:
        return approve(m, actor, now_us);
    case MATCH_REJECT:
        return reject(m, actor);
    case MATCH_END:
        return end(m);
    case MATCH_COMPLETE:
        return move_on(m, MATCH_MATCHED, MATCH_ENDED);
    case MATCH_EXPIRE:
        return move_on(m, MATCH_PENDING, MATCH_EXPIRED);
    }
    return verdict_no(ERR_INTERNAL, "Something went wrong on our side");
}

struct verdict match_apply(const struct match_state *m, enum match_event event,
                           enum match_actor actor, int64_t now_us, struct match_state *ret)
{
    bool systems = event == MATCH_COMPLETE || event == MATCH_EXPIRE;
    bool is_one = actor == ACTOR_USER_1 || actor == ACTOR_USER_2;
    if (systems ? actor != ACTOR_SYSTEM : !is_one)
        return verdict_no(ERR_FORBIDDEN, "User not part of this match");

    struct match_state next = *m;
    struct verdict v = apply(&next, event, actor, now_us);
    if (v.err == OK)
        *ret = next;
    return v;
}
