/* What matching.h promises to the other services. No HTTP, no rules of theirs. */
#include "services/matching/matching.h"

#include "services/matching/pairs.h"
#include "services/matching/people.h"
#include "services/matching/sql.h"

enum err match_get(struct db *db, struct arena *a, int64_t match_id, struct match *ret)
{
    return db_one(db, a, SQL_MATCHING_MATCH_GET, &MATCH, ret, DB_ARGS(DB_I64(match_id)));
}

enum err match_hold(struct db *db, struct arena *a, int64_t match_id, struct match *ret)
{
    return db_one(db, a, SQL_MATCHING_MATCH_HOLD, &MATCH, ret, DB_ARGS(DB_I64(match_id)));
}

enum err match_live_between(struct db *db, struct arena *a, int64_t person_a, int64_t person_b,
                            struct match *ret)
{
    return db_one(db, a, SQL_MATCHING_MATCH_BETWEEN, &MATCH, ret,
                  DB_ARGS(DB_I64(person_a), DB_I64(person_b)));
}

enum err match_end_completed(const struct tx *tx, int64_t match_id)
{
    struct match_row m;
    return pair_decide(tx, match_id, 0, MATCH_COMPLETE, &m).err;
}

static enum err end_live(const struct tx *tx, int64_t person)
{
    struct match_row m;
    enum match_status status;

    enum err e = match_row_live(tx, person, &m);
    if (e != OK)
        return e == ERR_NOT_FOUND ? OK : e;
    if (!match_status_parse(m.status, &status))
        return ERR_INTERNAL;
    enum match_event event = status == MATCH_MATCHED ? MATCH_END : MATCH_REJECT;
    return pair_decide(tx, m.id, person, event, &m).err;
}

enum err matching_forget(const struct tx *tx, int64_t person)
{
    struct seeker held; /* from then on nobody is matched with them */
    bool live = false;

    enum err e = end_live(tx, person);
    if (e == OK)
        e = seeker_lock(tx, person, &held);
    if (e == OK)
        e = person_is_live(tx, person, &live);
    if (e != OK)
        return e == ERR_NOT_FOUND ? OK : e; /* never opted in */
    return live ? db_read_again(tx->db) : person_forget(tx, &held);
}

enum err matching_dob_changed(const struct tx *tx, int64_t person, int64_t dob)
{
    return person_set_dob(tx, person, dob);
}

enum err matching_city_changed(const struct tx *tx, int64_t person, struct str city)
{
    return person_set_city(tx, person, city);
}
