/* Seekers and matches as rows: see store.h. No decisions, no HTTP. */
#include "services/matching/store.h"

#include "services/matching/sql.h"

/* ── Seekers ── */

enum err seeker_get(const struct tx *tx, int64_t person, struct seeker *ret)
{
    return db_one(tx->db, tx->arena, SQL_MATCHING_SEEKER_GET, &SEEKER, ret,
                  DB_ARGS(DB_I64(person)));
}

enum err seeker_find(const struct tx *tx, int64_t person, struct seeker *ret)
{
    return db_one(tx->db, tx->arena, SQL_MATCHING_SEEKER_FIND, &SEEKER, ret,
                  DB_ARGS(DB_I64(person)));
}

enum err seeker_lock(const struct tx *tx, int64_t person, struct seeker *ret)
{
    return db_one(tx->db, tx->arena, SQL_MATCHING_SEEKER_LOCK, &SEEKER, ret,
                  DB_ARGS(DB_I64(person)));
}

enum err seeker_add(const struct tx *tx, const struct seeker *s, struct seeker *ret)
{
    return db_one(tx->db, tx->arena, SQL_MATCHING_SEEKER_ADD, &SEEKER, ret,
                  DB_ARGS(DB_I64(s->person), DB_I64(s->user_id), DB_TEXT(s->gender),
                          DB_TEXT(s->seeking_gender), DB_I64(s->age_min), DB_I64(s->age_max),
                          DB_TEXT(s->interests), DB_TEXT(s->bio), DB_I64(s->created_at),
                          DB_I64(s->gender_key), DB_I64(s->seeking_key), DB_I64(s->city_key),
                          DB_TEXT(s->interest_keys), DB_I64(s->dob), DB_I64(s->active_at)));
}

enum err seeker_set(const struct tx *tx, const struct seeker *s)
{
    return db_run(tx->db, SQL_MATCHING_SEEKER_SET,
                  DB_ARGS(DB_I64(s->person), DB_I64(s->user_id), DB_TEXT(s->gender),
                          DB_TEXT(s->seeking_gender), DB_I64(s->age_min), DB_I64(s->age_max),
                          DB_TEXT(s->interests), DB_TEXT(s->bio), DB_I64(s->gender_key),
                          DB_I64(s->seeking_key), DB_I64(s->city_key), DB_TEXT(s->interest_keys),
                          DB_I64(s->dob), DB_I64(s->active_at), DB_I64(s->away),
                          DB_I64(s->reach_rank)),
                  NULL);
}

enum err seeker_take(const struct tx *tx, int64_t person, int64_t shown, struct seeker *ret)
{
    return db_one(tx->db, tx->arena, SQL_MATCHING_SEEKER_TAKE, &SEEKER, ret,
                  DB_ARGS(DB_I64(person), DB_I64(shown), DB_I64(tx->now_us)));
}

enum err seeker_drop(const struct tx *tx, int64_t person)
{
    enum err e = db_run(tx->db, SQL_MATCHING_PASTS_DROP, DB_ARGS(DB_I64(person)), NULL);

    return e == OK ? db_run(tx->db, SQL_MATCHING_SEEKER_DROP, DB_ARGS(DB_I64(person)), NULL) : e;
}

struct candidate seeker_candidate(const struct seeker *s)
{
    return (struct candidate){
        .person = s->person,
        .gender_key = s->gender_key,
        .seeking_key = s->seeking_key,
        .city = s->city_key,
        .dob = s->dob,
        .age_min = s->age_min,
        .age_max = s->age_max,
        .reach_rank = s->reach_rank,
        .interest_keys = s->interest_keys,
    };
}

/* ── Matches ── */

enum err match_row_get(const struct tx *tx, int64_t match_id, struct match_row *ret)
{
    return db_one(tx->db, tx->arena, SQL_MATCHING_MATCH_ROW, &MATCH_ROW, ret,
                  DB_ARGS(DB_I64(match_id)));
}

enum err match_row_live(const struct tx *tx, int64_t person, struct match_row *ret)
{
    return db_one(tx->db, tx->arena, SQL_MATCHING_MATCH_LIVE, &MATCH_ROW, ret,
                  DB_ARGS(DB_I64(person)));
}

enum err match_rows_of(const struct tx *tx, int64_t person, int64_t before, int64_t limit,
                       struct rows *ret)
{
    return db_all(tx->db, tx->arena, SQL_MATCHING_MATCHES_OF, &MATCH_ROW, ret,
                  DB_ARGS(DB_I64(person), DB_I64(before), DB_I64(limit)));
}

enum err matches_overdue(const struct tx *tx, int64_t before_us, int64_t limit, struct rows *ret)
{
    return db_all(tx->db, tx->arena, SQL_MATCHING_MATCHES_OVERDUE, &MATCH_ID_ROW, ret,
                  DB_ARGS(DB_I64(before_us), DB_I64(limit)));
}

enum err match_release(const struct tx *tx, int64_t match_id)
{
    return db_run(tx->db, SQL_MATCHING_LIVE_RELEASE, DB_ARGS(DB_I64(match_id)), NULL);
}

/* The claim could not be had: the match never was. */
static enum err match_take_back(const struct tx *tx, int64_t match_id)
{
    enum err e = match_release(tx, match_id);
    if (e != OK)
        return e;
    e = db_run(tx->db, SQL_MATCHING_MATCH_DROP, DB_ARGS(DB_I64(match_id)), NULL);
    return e == OK ? ERR_CONFLICT : e;
}

enum err match_open(const struct tx *tx, const struct match_row *m, struct match_row *ret)
{
    int64_t low = m->person_1 < m->person_2 ? m->person_1 : m->person_2;
    int64_t high = m->person_1 < m->person_2 ? m->person_2 : m->person_1;
    struct match_row made;
    int64_t claimed;

    enum err e = db_one(tx->db, tx->arena, SQL_MATCHING_MATCH_ADD, &MATCH_ROW, &made,
                        DB_ARGS(DB_I64(m->person_1), DB_I64(m->person_2), DB_I64(m->user_1_id),
                                DB_REAL(m->compatibility), DB_I64(tx->now_us)));
    if (e != OK)
        return e;
    e = db_run(tx->db, SQL_MATCHING_LIVE_CLAIM, DB_ARGS(DB_I64(low), DB_I64(high), DB_I64(made.id)),
               &claimed);
    if (e != OK)
        return e;
    if (claimed != 2)
        return match_take_back(tx, made.id);
    *ret = made;
    return OK;
}

enum err match_set(const struct tx *tx, const struct match_row *m, const struct match_state *state,
                   struct match_row *ret)
{
    return db_one(tx->db, tx->arena, SQL_MATCHING_MATCH_SET, &MATCH_ROW, ret,
                  DB_ARGS(DB_I64(m->id), DB_I64(m->version),
                          DB_TEXT(str_of(match_status_name(state->status))),
                          DB_I64(state->user_1_approved), DB_I64(state->user_2_approved),
                          DB_I64(state->matched_at)));
}

enum err person_is_live(const struct tx *tx, int64_t person, bool *ret)
{
    int64_t match_id;
    enum err e = db_int(tx->db, SQL_MATCHING_LIVE_HAS, DB_ARGS(DB_I64(person)), &match_id);
    if (e != OK && e != ERR_NOT_FOUND)
        return e;
    *ret = e == OK;
    return OK;
}
