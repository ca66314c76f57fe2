/* Where a person stands among those who can be found: one row for every band of ages they accept.
 * No decisions, no HTTP. */
#include "services/matching/store.h"

#include "services/matching/sql.h"

static int64_t candidate_kind(const struct candidate *c)
{
    return kind_of(gender_slot(c->gender_key), gender_slot(c->seeking_key));
}

enum err reach_put(const struct tx *tx, const struct candidate *c)
{
    int64_t kind = candidate_kind(c);
    int64_t born = birth_band(c->dob);

    enum err e = db_run(tx->db, SQL_MATCHING_KIND_PUT, DB_ARGS(DB_I64(kind)), NULL);
    for (int64_t band = age_band(c->age_min); e == OK && band <= age_band(c->age_max); band++)
        e = db_run(tx->db, SQL_MATCHING_REACH_PUT,
                   DB_ARGS(DB_I64(band), DB_I64(kind), DB_I64(c->city), DB_I64(born),
                           DB_I64(c->reach_rank), DB_I64(c->person), DB_I64(c->dob),
                           DB_I64(c->age_min), DB_I64(c->age_max), DB_I64(c->gender_key),
                           DB_I64(c->seeking_key), DB_TEXT(c->interest_keys)),
                   NULL);
    return e;
}

enum err reach_drop(const struct tx *tx, const struct candidate *c)
{
    int64_t kind = candidate_kind(c);
    int64_t born = birth_band(c->dob);
    enum err e = OK;

    for (int64_t band = age_band(c->age_min); e == OK && band <= age_band(c->age_max); band++)
        e = db_run(tx->db, SQL_MATCHING_REACH_DROP,
                   DB_ARGS(DB_I64(band), DB_I64(kind), DB_I64(c->city), DB_I64(born),
                           DB_I64(c->reach_rank), DB_I64(c->person)),
                   NULL);
    return e;
}
