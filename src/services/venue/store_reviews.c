/* Reads and writes reviews, and keeps each venue's sum and count of ratings with them; decides
 * nothing. */
#include "services/venue/store.h"

#include "services/venue/sql.h"

#define REVIEW_COLUMNS "id, venue_id, user_id, rating, comment, created_at, person"

const char SQL_VENUE_REVIEW_TAKE[] =
    "DELETE FROM venue_reviews WHERE venue_id = $1 AND person = $2 RETURNING rating";

const char SQL_VENUE_REVIEW_INSERT[] =
    "INSERT INTO venue_reviews (venue_id, person, user_id, rating, comment, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6) RETURNING " REVIEW_COLUMNS;

const char SQL_VENUE_REVIEW_GET[] = "SELECT " REVIEW_COLUMNS " FROM venue_reviews WHERE id = $1";

const char SQL_VENUE_REVIEW_LIST[] = "SELECT " REVIEW_COLUMNS " FROM venue_reviews "
                                     "WHERE venue_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";

const char SQL_VENUE_REVIEWS_OF[] = "SELECT " REVIEW_COLUMNS " FROM venue_reviews "
                                    "WHERE person = $1 ORDER BY venue_id LIMIT 100";

const char SQL_VENUE_REVIEW_DELETE[] = "DELETE FROM venue_reviews WHERE id = $1 RETURNING rating";

/* A review of a deleted venue may still be deleted. */
const char SQL_VENUE_REVIEW_HOLD[] = "UPDATE venues SET version = version + 1 WHERE id = $1";

const char SQL_VENUE_RATING_ADD[] =
    "UPDATE venues SET rating_sum = rating_sum + $2, rating_count = rating_count + $3 "
    "WHERE id = $1";

static enum err rating_add(struct db *db, int64_t venue_id, int64_t sum, int64_t count)
{
    return db_run(db, SQL_VENUE_RATING_ADD, DB_ARGS(DB_I64(venue_id), DB_I64(sum), DB_I64(count)),
                  NULL);
}

/* The venue's row is held first: two reviews of one venue come one after the other, and what is
 * added to the sum is what was taken out and put in. */
enum err review_put(struct db *db, struct arena *a, const struct review *in, struct review *ret,
                    bool *ret_replaced)
{
    int64_t earlier = 0;
    enum err e = venue_hold(db, in->venue_id, false);
    if (e != OK)
        return e;

    e = db_int(db, SQL_VENUE_REVIEW_TAKE, DB_ARGS(DB_I64(in->venue_id), DB_I64(in->person)),
               &earlier);
    if (e != OK && e != ERR_NOT_FOUND)
        return e;
    bool replaced = e == OK;
    e = rating_add(db, in->venue_id, in->rating - earlier, replaced ? 0 : 1);
    if (e != OK)
        return e;
    *ret_replaced = replaced;
    return db_one(db, a, SQL_VENUE_REVIEW_INSERT, &REVIEW, ret,
                  DB_ARGS(DB_I64(in->venue_id), DB_I64(in->person), DB_I64(in->user_id),
                          DB_I64(in->rating), DB_TEXT(in->comment), DB_I64(in->created_at)));
}

enum err review_load(struct db *db, struct arena *a, int64_t id, struct review *ret)
{
    return db_one(db, a, SQL_VENUE_REVIEW_GET, &REVIEW, ret, DB_ARGS(DB_I64(id)));
}

enum err review_list(struct db *db, struct arena *a, int64_t venue_id, int64_t below, int64_t most,
                     struct rows *ret)
{
    return db_all(db, a, SQL_VENUE_REVIEW_LIST, &REVIEW, ret,
                  DB_ARGS(DB_I64(venue_id), DB_I64(below), DB_I64(most)));
}

enum err reviews_of(struct db *db, struct arena *a, int64_t person, struct rows *ret)
{
    return db_all(db, a, SQL_VENUE_REVIEWS_OF, &REVIEW, ret, DB_ARGS(DB_I64(person)));
}

enum err review_delete(struct db *db, const struct review *r)
{
    int64_t rating = 0;
    enum err e = db_run(db, SQL_VENUE_REVIEW_HOLD, DB_ARGS(DB_I64(r->venue_id)), NULL);
    if (e == OK)
        e = db_int(db, SQL_VENUE_REVIEW_DELETE, DB_ARGS(DB_I64(r->id)), &rating);
    return e == OK ? rating_add(db, r->venue_id, -rating, -1) : e;
}
