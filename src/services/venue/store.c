/* Reads and writes venues, and lists the service's SQL; decides nothing. */
#include "services/venue/store.h"

#include "base/utf8.h"
#include "services/venue/sql.h"

#define RATING                                                                                     \
    "CASE WHEN rating_count = 0 THEN 0.0 "                                                         \
    "ELSE CAST(rating_sum AS DOUBLE PRECISION) / rating_count END"

#define VENUE_COLUMNS                                                                              \
    "id, name, address, city, description, phone, email, " RATING " AS rating, capacity, "         \
    "price_per_hour, is_active, created_at, updated_at, owner"

#define ITEM_COLUMNS "id, name, address, city, " RATING " AS rating, price_per_hour, is_active"

static const char SQL_VENUE_INSERT[] =
    "INSERT INTO venues (owner, name, address, city, city_key, description, phone, email, "
    "capacity, price_per_hour, is_active, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) RETURNING " VENUE_COLUMNS;

static const char SQL_VENUE_GET[] =
    "SELECT " VENUE_COLUMNS " FROM venues WHERE id = $1 AND deleted_at IS NULL";

static const char SQL_VENUE_OWNER[] =
    "SELECT owner FROM venues WHERE id = $1 AND deleted_at IS NULL";

static const char SQL_VENUE_ACTIVE[] =
    "SELECT is_active FROM venues WHERE id = $1 AND deleted_at IS NULL";

static const char SQL_VENUE_UPDATE[] =
    "UPDATE venues SET name = COALESCE($2, name), address = COALESCE($3, address), "
    "city = COALESCE($4, city), city_key = COALESCE($5, city_key), "
    "description = NULLIF(COALESCE($6, description), ''), "
    "phone = NULLIF(COALESCE($7, phone), ''), email = NULLIF(COALESCE($8, email), ''), "
    "capacity = COALESCE($9, capacity), "
    "price_per_hour = COALESCE($10, price_per_hour), is_active = COALESCE($11, is_active), "
    "updated_at = $12, version = version + 1 "
    "WHERE id = $1 AND deleted_at IS NULL RETURNING " VENUE_COLUMNS;

static const char SQL_VENUE_DELETE[] = "UPDATE venues SET deleted_at = $2, version = version + 1 "
                                       "WHERE id = $1 AND deleted_at IS NULL";

static const char SQL_VENUE_LIST[] =
    "SELECT " ITEM_COLUMNS " FROM venues "
    "WHERE deleted_at IS NULL AND is_active >= $1 AND id > $2 ORDER BY id LIMIT $3";

static const char SQL_VENUE_LIST_CITY[] =
    "SELECT " ITEM_COLUMNS " FROM venues WHERE city_key = $4 "
    "AND deleted_at IS NULL AND is_active >= $1 AND id > $2 ORDER BY id LIMIT $3";

/* However people write it, a city is one row: under the first of its spellings. */
static const char SQL_VENUE_CITIES[] = "SELECT MIN(city) AS city, COUNT(*) AS venues FROM venues "
                                       "WHERE deleted_at IS NULL AND is_active = 1 "
                                       "GROUP BY city_key ORDER BY venues DESC, city_key "
                                       "LIMIT $1 OFFSET $2";

static const char SQL_VENUE_STATS[] =
    "SELECT v.id AS venue_id, v.name AS venue_name, COUNT(s.id) AS total_time_slots, "
    "COUNT(s.id) FILTER (WHERE s.available = 1) AS available_slots, "
    "COUNT(s.booked_by) AS booked_slots, " RATING " AS average_rating, "
    "v.rating_count AS total_reviews, v.price_per_hour AS price_per_hour, v.capacity AS capacity "
    "FROM venues v LEFT JOIN venue_slots s ON s.venue_id = v.id "
    "WHERE v.id = $1 AND v.deleted_at IS NULL GROUP BY v.id";

static const char SQL_VENUE_HOLD[] = "UPDATE venues SET version = version + 1 "
                                     "WHERE id = $1 AND deleted_at IS NULL AND is_active >= $2";

const char *const VENUE_QUERIES[] = {
    SQL_VENUE_INSERT,
    SQL_VENUE_GET,
    SQL_VENUE_OWNER,
    SQL_VENUE_ACTIVE,
    SQL_VENUE_UPDATE,
    SQL_VENUE_DELETE,
    SQL_VENUE_LIST,
    SQL_VENUE_LIST_CITY,
    SQL_VENUE_CITIES,
    SQL_VENUE_STATS,
    SQL_VENUE_HOLD,
    SQL_VENUE_SLOT_INSERT,
    SQL_VENUE_SLOT_GET,
    SQL_VENUE_SLOT_LIST,
    SQL_VENUE_SLOT_DELETE,
    SQL_VENUE_SLOT_MARK,
    SQL_VENUE_SLOT_BOOKED_AFTER,
    SQL_VENUE_SLOT_OFFER,
    SQL_VENUE_SLOT_CLAIM,
    SQL_VENUE_SLOT_CLAIM_IMPLICIT,
    SQL_VENUE_SLOT_RELEASE_IMPLICIT,
    SQL_VENUE_SLOT_RELEASE,
    SQL_VENUE_SLOT_COMPLETE,
    SQL_VENUE_SLOT_AVAILABLE,
    SQL_VENUE_REVIEW_TAKE,
    SQL_VENUE_REVIEWS_OF,
    SQL_VENUE_REVIEW_INSERT,
    SQL_VENUE_REVIEW_GET,
    SQL_VENUE_REVIEW_LIST,
    SQL_VENUE_REVIEW_DELETE,
    SQL_VENUE_REVIEW_HOLD,
    SQL_VENUE_RATING_ADD,
    NULL,
};

/* The key under which cities are compared; absent stays absent. */
static struct str city_key(struct arena *a, struct str city)
{
    return str_present(city) ? utf8_fold(a, city) : STR_NULL;
}

enum err venue_insert(struct db *db, struct arena *a, int64_t owner, const struct venue_new *in,
                      int64_t now_us, struct venue *ret)
{
    return db_one(db, a, SQL_VENUE_INSERT, &VENUE, ret,
                  DB_ARGS(DB_I64(owner), DB_TEXT(in->name), DB_TEXT(in->address), DB_TEXT(in->city),
                          DB_TEXT(city_key(a, in->city)), DB_TEXT(in->description),
                          DB_TEXT(in->phone), DB_TEXT(in->email), DB_I64(in->capacity),
                          DB_REAL(in->price_per_hour), DB_I64(in->is_active != 0), DB_I64(now_us)));
}

enum err venue_load(struct db *db, struct arena *a, int64_t id, struct venue *ret)
{
    return db_one(db, a, SQL_VENUE_GET, &VENUE, ret, DB_ARGS(DB_I64(id)));
}

enum err venue_owner(struct db *db, int64_t id, int64_t *ret)
{
    return db_int(db, SQL_VENUE_OWNER, DB_ARGS(DB_I64(id)), ret);
}

enum err venue_active(struct db *db, int64_t id, bool *ret)
{
    int64_t active = 0;
    enum err e = db_int(db, SQL_VENUE_ACTIVE, DB_ARGS(DB_I64(id)), &active);
    if (e == OK)
        *ret = active == 1;
    return e;
}

enum err venue_update(struct db *db, struct arena *a, int64_t id, const struct venue_change *in,
                      int64_t now_us, struct venue *ret)
{
    int64_t active = in->is_active == FLAG_NULL ? I64_NULL : in->is_active;
    return db_one(db, a, SQL_VENUE_UPDATE, &VENUE, ret,
                  DB_ARGS(DB_I64(id), DB_TEXT(in->name), DB_TEXT(in->address), DB_TEXT(in->city),
                          DB_TEXT(city_key(a, in->city)), DB_TEXT(in->description),
                          DB_TEXT(in->phone), DB_TEXT(in->email), DB_I64(in->capacity),
                          DB_REAL(in->price_per_hour), DB_I64(active), DB_I64(now_us)));
}

enum err venue_delete(struct db *db, int64_t id, int64_t now_us)
{
    int64_t changed = 0;
    enum err e = db_run(db, SQL_VENUE_DELETE, DB_ARGS(DB_I64(id), DB_I64(now_us)), &changed);
    return sql_changed(e, changed);
}

enum err venue_hold(struct db *db, int64_t id, bool active_only)
{
    int64_t changed = 0;
    enum err e = db_run(db, SQL_VENUE_HOLD, DB_ARGS(DB_I64(id), DB_I64(active_only)), &changed);
    return sql_changed(e, changed);
}

enum err venue_list(struct db *db, struct arena *a, const struct venue_page *page, struct rows *ret)
{
    const struct db_arg active = DB_I64(page->active_only);
    const struct db_arg above = DB_I64(page->above);
    const struct db_arg most = DB_I64(page->most);

    if (!str_present(page->city))
        return db_all(db, a, SQL_VENUE_LIST, &VENUE_ITEM, ret, DB_ARGS(active, above, most));
    return db_all(db, a, SQL_VENUE_LIST_CITY, &VENUE_ITEM, ret,
                  DB_ARGS(active, above, most, DB_TEXT(city_key(a, page->city))));
}

enum err venue_cities(struct db *db, struct arena *a, int64_t before, int64_t most,
                      struct rows *ret)
{
    return db_all(db, a, SQL_VENUE_CITIES, &VENUE_CITY, ret, DB_ARGS(DB_I64(most), DB_I64(before)));
}

enum err venue_stats_load(struct db *db, struct arena *a, int64_t id, struct venue_stats *ret)
{
    return db_one(db, a, SQL_VENUE_STATS, &VENUE_STATS, ret, DB_ARGS(DB_I64(id)));
}
