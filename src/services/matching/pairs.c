/* Two people and their match: see pairs.h. */
#include "services/matching/pairs.h"

#include "platform/app.h"
#include "platform/outbox/outbox.h"
#include "services/booking/booking.h"
#include "services/matching/people.h"
#include "services/matching/search.h"

#include "base/datetime.h"

static enum err event_put(const struct tx *tx, const char *name, const struct match_row *m)
{
    struct buf b = buf_new(tx->arena, 96);
    buf_printf(&b, "{\"match_id\":%lld,\"user_1\":%lld,\"user_2\":%lld}", (long long)m->id,
               (long long)m->person_1, (long long)m->person_2);
    return outbox_put(tx->db, name, m->id, buf_view(&b), tx->now_us);
}

/* ── Making a match ── */

/* Do they still fit, now that nobody can change them? They were looked at before. Who asks need not
 * be on offer. */
static bool still_fit(const struct tx *tx, const struct seeker *x, int64_t shown,
                      const struct seeker *other)
{
    struct candidate a = seeker_candidate(x), b = seeker_candidate(other);
    int64_t today = date_of_us(tx->now_us);

    candidate_age(&a, today);
    candidate_age(&b, today);
    return (shown != I64_NULL || x->reach_rank != I64_NULL) && other->reach_rank != I64_NULL &&
           fits(&a, &b, tx->app->config->matching_age_stretch_years);
}

/* Both in the order of their numbers, so that no two transactions wait for each other.
 * ERR_CONFLICT: one of them has changed since the search. */
static enum err take_both(const struct tx *tx, const struct match_row *m, int64_t shown)
{
    struct tallies t = {.n = 0};
    struct seeker was_low, was_high;
    bool first_low = m->person_1 < m->person_2;
    int64_t low = first_low ? m->person_1 : m->person_2;
    int64_t high = first_low ? m->person_2 : m->person_1;

    enum err e = person_take(tx, low, first_low ? shown : I64_NULL, &t, &was_low);
    if (e == OK)
        e = person_take(tx, high, first_low ? I64_NULL : shown, &t, &was_high);
    if (e != OK)
        return e;
    if (!still_fit(tx, first_low ? &was_low : &was_high, shown, first_low ? &was_high : &was_low))
        return ERR_CONFLICT;
    return tallies_write(tx, &t);
}

/* Whoever was found is not there any more: their account was deleted just now. */
static enum err gone_is_taken(enum err e)
{
    return e == ERR_NOT_FOUND ? ERR_CONFLICT : e;
}

/* x becomes user_1, as `shown` when it asked itself. ERR_CONFLICT: one of the two was taken just
 * now, or is gone. */
static enum err pair_make(const struct tx *tx, const struct seeker *x, int64_t shown,
                          const struct found *found, struct match_row *ret)
{
    struct match_row m = {
        .person_1 = x->person,
        .person_2 = found->person,
        .user_1_id = shown != I64_NULL ? shown : x->user_id,
        .compatibility = found->compatibility,
    };
    enum err e = match_open(tx, &m, ret);
    if (e == OK)
        e = take_both(tx, ret, shown);
    e = gone_is_taken(e);
    return e == OK ? event_put(tx, "match.created", ret) : e;
}

static void waiting_reply(const struct waiter *w, int64_t shown, struct match_row *ret)
{
    shape_clear(&MATCH_ROW, ret);
    ret->id = -1;
    ret->user_1_id = shown;
    ret->status = STR("waiting");
    ret->user_1_approved = 0;
    ret->user_2_approved = 0;
    ret->created_at = w->since;
}

/* ERR_CONFLICT: the state moved under us. */
static enum err find_once(const struct tx *tx, int64_t person, int64_t shown, struct match_row *ret)
{
    struct seeker x;
    struct found found;
    struct waiter w;

    enum err e = seeker_find(tx, person, &x);
    if (e == OK && db_runs_before(tx->db) > 0)
        e = market_hold(tx, &x);
    if (e != OK)
        return e;
    if (x.live_match != I64_NULL || db_runs_before(tx->db) > 0)
        e = match_row_live(tx, person, ret);
    else
        e = ERR_NOT_FOUND;
    if (e == OK && !str_eq(ret->status, str_of(match_status_name(MATCH_PENDING))))
        return ERR_BAD_REQUEST;
    if (e != ERR_NOT_FOUND)
        return e;
    e = search_partner(tx, &x, SEARCH_EVERYBODY, &found);
    if (e == OK)
        return pair_make(tx, &x, shown, &found, ret);
    if (e == ERR_NOT_FOUND)
        e = person_wait(tx, person, shown, &w);
    if (e == OK)
        waiting_reply(&w, shown, ret);
    return e;
}

/* Looking again within the transaction would hold on to the people that were not to be had while it
 * waits for others: two such searches would wait for each other. Who looks again does so in turn:
 * many who look at once are offered the same person, and all but one lose again and again. */
enum err pair_find(const struct tx *tx, int64_t person, int64_t shown, struct match_row *ret)
{
    enum err e = find_once(tx, person, shown, ret);
    return e == ERR_CONFLICT ? db_read_again(tx->db) : e;
}

enum err pair_offer(const struct tx *tx, int64_t person)
{
    struct seeker x, waiter;
    struct found found;
    struct match_row made;

    enum err e = seeker_get(tx, person, &x);
    if (e != OK || x.reach_rank == I64_NULL)
        return e == ERR_NOT_FOUND ? OK : e;
    bool waits = rank_waits(x.reach_rank);
    e = search_partner(tx, &x, waits ? SEARCH_EVERYBODY : SEARCH_WAITERS, &found);
    if (e == OK && !waits) {
        e = gone_is_taken(seeker_get(tx, found.person, &waiter));
        found.person = x.person;
        x = waiter;
    }
    if (e == OK)
        e = pair_make(tx, &x, I64_NULL, &found, &made);
    if (e == ERR_CONFLICT)
        return db_read_again(tx->db);
    return e == ERR_NOT_FOUND ? OK : e;
}

/* ── Deciding ── */

static enum match_actor actor_of(const struct match_row *m, int64_t person)
{
    if (person == 0)
        return ACTOR_SYSTEM;
    if (person == m->person_1)
        return ACTOR_USER_1;
    return person == m->person_2 ? ACTOR_USER_2 : ACTOR_STRANGER;
}

static enum err state_of(const struct match_row *m, struct match_state *ret)
{
    ret->user_1_approved = m->user_1_approved == 1;
    ret->user_2_approved = m->user_2_approved == 1;
    ret->matched_at = m->matched_at;
    return match_status_parse(m->status, &ret->status) ? OK : ERR_INTERNAL;
}

static enum err free_both(const struct tx *tx, const struct match_row *m, int64_t actor)
{
    struct tallies t = {.n = 0};
    int64_t low = m->person_1 < m->person_2 ? m->person_1 : m->person_2;
    int64_t high = m->person_1 + m->person_2 - low;

    enum err e = match_release(tx, m->id);
    if (e == OK)
        e = person_free(tx, low, low == actor, &t);
    if (e == OK)
        e = person_free(tx, high, high == actor, &t);
    return e == OK ? tallies_write(tx, &t) : e;
}

/* What a new status brings with it. */
static enum err follow(const struct tx *tx, const struct match_row *m, enum match_event event,
                       enum match_status status, int64_t actor)
{
    enum err e = OK;

    switch (status) {
    case MATCH_PENDING: /* one of two approvals */
        return OK;
    case MATCH_MATCHED:
        e = past_put(tx, m->person_1, m->person_2);
        return e == OK ? event_put(tx, "match.matched", m) : e;
    case MATCH_REJECTED:
    case MATCH_EXPIRED: /* else two who never decide would be offered each other for ever */
        e = free_both(tx, m, actor); /* claims before seekers, as everywhere */
        if (e == OK)
            e = past_put(tx, m->person_1, m->person_2);
        if (e != OK)
            return e;
        return event_put(tx, status == MATCH_EXPIRED ? "match.expired" : "match.rejected", m);
    case MATCH_ENDED:
        if (event == MATCH_END)
            e = booking_cancel_for_match(tx, m->id, "Match was ended");
        if (e == OK)
            e = free_both(tx, m, actor);
        return e == OK ? event_put(tx, "match.ended", m) : e;
    }
    return ERR_INTERNAL;
}

/* ERR_CONFLICT with why NULL: the row moved under us. */
static struct verdict decide_once(const struct tx *tx, int64_t match_id, int64_t person,
                                  enum match_event event, struct match_row *ret)
{
    struct match_row m, after;
    struct match_state is, next;

    enum err e = match_row_get(tx, match_id, &m);
    if (e != OK)
        return verdict_no(e, e == ERR_NOT_FOUND ? "Match not found" : err_text(e));
    e = state_of(&m, &is);
    if (e != OK)
        return verdict_no(e, err_text(e));
    struct verdict v = match_apply(&is, event, actor_of(&m, person), tx->now_us, &next);
    if (v.err != OK)
        return v;
    *ret = m;
    if (match_state_eq(&is, &next))
        return VERDICT_OK;
    e = match_set(tx, &m, &next, &after);
    if (e == ERR_NOT_FOUND)
        return verdict_no(ERR_CONFLICT, NULL);
    if (e == OK)
        e = follow(tx, &after, event, next.status, person);
    if (e != OK)
        return verdict_no(e, err_text(e));
    *ret = after;
    return VERDICT_OK;
}

struct verdict pair_decide(const struct tx *tx, int64_t match_id, int64_t person,
                           enum match_event event, struct match_row *ret)
{
    struct verdict v = decide_once(tx, match_id, person, event, ret);

    if (v.err == ERR_CONFLICT && v.why == NULL)
        return verdict_no(db_read_again(tx->db), err_text(ERR_CONFLICT));
    return v;
}
