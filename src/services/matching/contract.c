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

enum err matching_dob_changed(const struct tx *tx, int64_t person, int64_t dob)
{
    return person_set_dob(tx, person, dob);
}

enum err matching_city_changed(const struct tx *tx, int64_t person, struct str city)
{
    return person_set_city(tx, person, city);
}
