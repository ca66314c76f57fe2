/* One person's standing in matching: see people.h. */
#include "services/matching/people.h"

#include "base/datetime.h"

static bool findable(const struct seeker *s)
{
    return s->reach_rank != I64_NULL;
}

static bool found_alike(const struct seeker *a, const struct seeker *b)
{
    return a->reach_rank == b->reach_rank && a->gender_key == b->gender_key &&
           a->seeking_key == b->seeking_key && a->city_key == b->city_key && a->dob == b->dob &&
           a->age_min == b->age_min && a->age_max == b->age_max &&
           str_eq(a->interest_keys, b->interest_keys);
}

static enum err reach_follow(const struct tx *tx, const struct seeker *was, const struct seeker *is)
{
    struct candidate before = seeker_candidate(was), after = seeker_candidate(is);
    enum err e = OK;

    if (found_alike(was, is))
        return OK;
    if (findable(was))
        e = reach_drop(tx, &before);
    if (e == OK && findable(is))
        e = reach_put(tx, &after);
    return e;
}

/* Write a person's new standing and all that follows from it. */
static enum err person_change(const struct tx *tx, const struct seeker *was,
                              const struct seeker *is, struct tallies *t)
{
    enum err e = reach_follow(tx, was, is);
    if (e == OK)
        e = seeker_set(tx, is);
    if (findable(was))
        tally_findable(t, was, -1);
    if (findable(is))
        tally_findable(t, is, 1);
    return e;
}

/* ── Saving ── */

/* Where somebody free stands: waiting keeps its place, all others by their last act. */
static enum err person_rank(const struct tx *tx, struct seeker *s, struct tallies *t)
{
    struct waiter w;
    bool live;

    enum err e = person_is_live(tx, s->person, &live);
    if (e != OK)
        return e;
    s->reach_rank = I64_NULL;
    if (live || s->away == 1)
        return OK;
    e = waiter_get(tx, s->person, &w);
    if (e == ERR_NOT_FOUND) {
        s->reach_rank = rank_active(s->active_at);
        return OK;
    }
    s->reach_rank = rank_waiting(w.since);
    if (e == OK && w.seeking_key != s->seeking_key)
        e = waiter_seek(tx, &w, s->seeking_key, t);
    return e;
}

/* A change by which a waiter may fit now. */
static enum err person_changed(const struct tx *tx, const struct seeker *was, struct seeker *is)
{
    struct tallies t = {.n = 0};

    enum err e = person_rank(tx, is, &t);
    if (e == OK)
        e = person_change(tx, was, is, &t);
    if (e == OK && findable(is))
        e = newcomer_put(tx, is->person);
    if (e == OK)
        e = tallies_write(tx, &t);
    return e;
}

static enum err wanted_keys(const struct tx *tx, struct seeker *s, struct str city)
{
    enum err e = gender_keys(tx, s->gender, s->seeking_gender, &s->gender_key, &s->seeking_key);
    if (e == OK)
        e = city_key(tx, city, &s->city_key);
    if (e == OK)
        e = interest_keys(tx, s->interests, &s->interest_keys);
    return e;
}

/* The row to change: the one that stands, or a new one. */
static enum err person_row(const struct tx *tx, const struct seeker *wanted, struct seeker *ret,
                           bool *ret_new)
{
    *ret_new = false;
    enum err e = seeker_lock(tx, wanted->person, ret);
    if (e != ERR_NOT_FOUND)
        return e;
    struct seeker fresh = *wanted;
    fresh.created_at = tx->now_us;
    fresh.interest_keys = STR(""); /* counted by the change that follows */
    e = seeker_add(tx, &fresh, ret);
    if (e == ERR_NOT_FOUND) /* the same person's other request was faster */
        return seeker_lock(tx, wanted->person, ret);
    *ret_new = e == OK;
    return e;
}

enum err person_save(const struct tx *tx, const struct seeker *wanted, struct str city,
                     struct seeker *ret, bool *ret_new)
{
    struct seeker is = *wanted, was;
    bool is_new;

    is.active_at = tx->now_us;
    enum err e = wanted_keys(tx, &is, city);
    if (e == OK)
        e = person_row(tx, &is, &was, &is_new);
    if (e != OK)
        return e;
    is.id = was.id;
    is.created_at = was.created_at;
    is.away = was.away;
    e = interests_recount(tx, was.interest_keys, is.interest_keys);
    if (e == OK)
        e = person_changed(tx, &was, &is);
    if (e != OK)
        return e;
    *ret = is;
    *ret_new = is_new;
    return OK;
}

enum err person_set_dob(const struct tx *tx, int64_t person, int64_t dob)
{
    struct seeker was;
    enum err e = seeker_lock(tx, person, &was);
    if (e != OK || was.dob == dob)
        return e == ERR_NOT_FOUND ? OK : e;
    struct seeker is = was;
    is.dob = dob;
    return person_changed(tx, &was, &is);
}

enum err person_set_city(const struct tx *tx, int64_t person, struct str city)
{
    struct seeker was;
    int64_t key;

    enum err e = seeker_get(tx, person, &was); /* a key is made only for somebody who opted in */
    if (e == OK)
        e = city_key(tx, city, &key);
    if (e == OK)
        e = seeker_lock(tx, person, &was);
    if (e != OK || was.city_key == key)
        return e == ERR_NOT_FOUND ? OK : e;
    struct seeker is = was;
    is.city_key = key;
    return person_changed(tx, &was, &is);
}

/* ── Taken and free ── */

enum err person_take(const struct tx *tx, int64_t person, int64_t shown, struct tallies *t,
                     struct seeker *ret_was)
{
    struct seeker is;
    enum err e = seeker_take(tx, person, shown, &is);
    if (e != OK)
        return e;
    struct seeker was = is;
    was.reach_rank = is.taken_rank;
    *ret_was = was;
    e = reach_follow(tx, &was, &is);
    if (findable(&was))
        tally_findable(t, &was, -1);
    if (e == OK && rank_waits(was.reach_rank) && findable(&was))
        e = waiter_leave(tx, person, t);
    return e == ERR_NOT_FOUND ? OK : e; /* on the list of newcomers nobody minds the taken */
}

enum err person_free(const struct tx *tx, int64_t person, bool active, struct tallies *t)
{
    struct seeker was;
    enum err e = seeker_lock(tx, person, &was);
    if (e != OK)
        return e;
    struct seeker is = was;
    if (active)
        is.active_at = tx->now_us;
    is.reach_rank = rank_active(is.active_at);
    e = person_change(tx, &was, &is, t);
    return e == OK ? newcomer_put(tx, person) : e;
}

/* ── Waiting ── */

enum err person_wait(const struct tx *tx, int64_t person, int64_t shown, struct waiter *ret)
{
    struct tallies t = {.n = 0};
    struct seeker was;
    bool live;

    enum err e = seeker_lock(tx, person, &was);
    if (e == OK)
        e = person_is_live(tx, person, &live);
    if (e != OK)
        return e;
    if (live)
        return ERR_CONFLICT;
    struct seeker is = was;
    is.user_id = shown;
    is.active_at = tx->now_us;
    is.away = 0;
    e = waiter_join(tx, &is, &t, ret);
    if (e != OK)
        return e;
    is.reach_rank = rank_waiting(ret->since);
    e = person_change(tx, &was, &is, &t);
    if (e == OK)
        e = newcomer_drop(tx, person);
    return e == OK ? tallies_write(tx, &t) : e;
}

enum err person_leave(const struct tx *tx, int64_t person)
{
    struct tallies t = {.n = 0};
    struct seeker was;

    enum err e = seeker_lock(tx, person, &was);
    if (e == OK)
        e = waiter_leave(tx, person, &t);
    if (e != OK)
        return e;
    struct seeker is = was;
    is.reach_rank = I64_NULL;
    is.away = 1;
    e = person_change(tx, &was, &is, &t);
    if (e == OK)
        e = newcomer_drop(tx, person);
    return e == OK ? tallies_write(tx, &t) : e;
}

enum err person_forget(const struct tx *tx, const struct seeker *was)
{
    struct tallies t = {.n = 0};
    struct seeker is = *was;

    is.reach_rank = I64_NULL;
    enum err e = interests_recount(tx, was->interest_keys, STR(""));
    if (e == OK)
        e = person_change(tx, was, &is, &t);
    if (e == OK)
        e = waiter_leave(tx, was->person, &t);
    if (e == ERR_NOT_FOUND) /* was not waiting */
        e = OK;
    if (e == OK)
        e = newcomer_drop(tx, was->person);
    if (e == OK)
        e = seeker_drop(tx, was->person);
    return e == OK ? tallies_write(tx, &t) : e;
}
