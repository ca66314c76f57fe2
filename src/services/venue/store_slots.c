/* Reads and writes time slots; who may, and when, is decided elsewhere. */
#include "services/venue/store.h"

#include "services/venue/sql.h"

#define MINUTE "date * 1440 + time"
#define SLOT_COLUMNS                                                                               \
    "id, venue_id, date, time, available, booked_by, created_at, " MINUTE " AS minute"
#define AVAILABLE_MOST "1000"

const char SQL_VENUE_SLOT_INSERT[] =
    "INSERT INTO venue_slots (venue_id, date, time, available, created_at) "
    "VALUES ($1, $2, $3, 1, $4) ON CONFLICT (venue_id, date, time) DO NOTHING RETURNING id";

const char SQL_VENUE_SLOT_GET[] = "SELECT " SLOT_COLUMNS " FROM venue_slots WHERE id = $1";

const char SQL_VENUE_SLOT_LIST[] =
    "SELECT " SLOT_COLUMNS " FROM venue_slots WHERE venue_id = $1 AND date BETWEEN $2 AND $3 "
    "AND " MINUTE " > $4 AND available >= $5 ORDER BY date, time LIMIT $6";

#define NOT_HELD(after) "(booked_by IS NULL OR completed = 1 OR " MINUTE " <= " after ")"

const char SQL_VENUE_SLOT_DELETE[] = "DELETE FROM venue_slots WHERE id = $1 AND " NOT_HELD("$2");

const char SQL_VENUE_SLOT_MARK[] =
    "UPDATE venue_slots SET available = $2 WHERE id = $1 AND " NOT_HELD(
        "$3") " "
              "AND (booked_by IS NULL OR CAST($2 AS BIGINT) = 0) RETURNING " SLOT_COLUMNS;

const char SQL_VENUE_SLOT_BOOKED_AFTER[] = "SELECT COUNT(*) FROM venue_slots "
                                           "WHERE venue_id = $1 AND NOT " NOT_HELD("$2");

/* 0 refused, 1 offered, 2 implicit: enum slot_offer. */
const char SQL_VENUE_SLOT_OFFER[] =
    "SELECT CASE "
    "WHEN NOT EXISTS (SELECT 1 FROM venues WHERE id = $1 AND is_active = 1 "
    "AND deleted_at IS NULL) THEN 0 "
    "WHEN EXISTS (SELECT 1 FROM venue_slots WHERE venue_id = $1 AND date = $2 AND time = $3) "
    "THEN (SELECT available FROM venue_slots WHERE venue_id = $1 AND date = $2 AND time = $3) "
    "WHEN EXISTS (SELECT 1 FROM venue_slots WHERE venue_id = $1 AND date = $2 AND implicit = 0) "
    "THEN 0 ELSE 2 END";

const char SQL_VENUE_SLOT_CLAIM[] =
    "UPDATE venue_slots SET available = 0, booked_by = $4 "
    "WHERE venue_id = $1 AND date = $2 AND time = $3 AND available = 1";

const char SQL_VENUE_SLOT_CLAIM_IMPLICIT[] =
    "INSERT INTO venue_slots (venue_id, date, time, available, booked_by, implicit, created_at) "
    "SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), 0, CAST($4 AS BIGINT), 1, "
    "CAST($5 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM venue_slots "
    "WHERE venue_id = $1 AND date = $2 AND implicit = 0) "
    "ON CONFLICT (venue_id, date, time) DO NOTHING";

const char SQL_VENUE_SLOT_RELEASE_IMPLICIT[] =
    "DELETE FROM venue_slots WHERE booked_by = $1 AND implicit = 1";

const char SQL_VENUE_SLOT_RELEASE[] =
    "UPDATE venue_slots SET available = 1, booked_by = NULL WHERE booked_by = $1";

const char SQL_VENUE_SLOT_COMPLETE[] = "UPDATE venue_slots SET completed = 1 WHERE booked_by = $1";

const char SQL_VENUE_SLOT_AVAILABLE[] =
    "SELECT id, venue_id, date, time, available FROM venue_slots "
    "WHERE venue_id = $1 AND available = 1 AND date BETWEEN $2 AND $3 "
    "AND " MINUTE " >= $4 ORDER BY date, time LIMIT " AVAILABLE_MOST;

/* Nothing of the row but its number is news: it is not read back. */
enum err slot_insert(struct db *db, const struct slot_time *when, int64_t now_us, struct slot *ret)
{
    struct slot made = {
        .venue_id = when->venue_id,
        .date = when->date,
        .time = when->clock,
        .available = 1,
        .booked_by = I64_NULL,
        .created_at = now_us,
        .minute = when->date * 1440 + when->clock,
    };
    enum err e = db_int(
        db, SQL_VENUE_SLOT_INSERT,
        DB_ARGS(DB_I64(when->venue_id), DB_I64(when->date), DB_I64(when->clock), DB_I64(now_us)),
        &made.id);
    if (e == OK)
        *ret = made;
    return e;
}

enum err slot_load(struct db *db, struct arena *a, int64_t id, struct slot *ret)
{
    return db_one(db, a, SQL_VENUE_SLOT_GET, &SLOT, ret, DB_ARGS(DB_I64(id)));
}

enum err slot_list(struct db *db, struct arena *a, const struct slot_page *page, struct rows *ret)
{
    bool all_days = page->date == I64_NULL;
    int64_t above = page->above == I64_NULL ? -1 : page->above;
    int64_t first = all_days ? above / 1440 : page->date;
    int64_t last = all_days ? SLOT_DATE_MAX : page->date;

    return db_all(db, a, SQL_VENUE_SLOT_LIST, &SLOT, ret,
                  DB_ARGS(DB_I64(page->venue_id), DB_I64(first), DB_I64(last), DB_I64(above),
                          DB_I64(page->available_only), DB_I64(page->most)));
}

enum err slot_delete(struct db *db, int64_t id, int64_t ahead_after)
{
    int64_t changed = 0;
    enum err e =
        db_run(db, SQL_VENUE_SLOT_DELETE, DB_ARGS(DB_I64(id), DB_I64(ahead_after)), &changed);
    return sql_changed(e, changed);
}

enum err slot_mark(struct db *db, struct arena *a, int64_t id, bool available, int64_t ahead_after,
                   struct slot *ret)
{
    return db_one(db, a, SQL_VENUE_SLOT_MARK, &SLOT, ret,
                  DB_ARGS(DB_I64(id), DB_I64(available), DB_I64(ahead_after)));
}

enum err slot_booked_after(struct db *db, int64_t venue_id, int64_t ahead_after, bool *ret)
{
    int64_t n = 0;
    enum err e =
        db_int(db, SQL_VENUE_SLOT_BOOKED_AFTER, DB_ARGS(DB_I64(venue_id), DB_I64(ahead_after)), &n);
    if (e == OK)
        *ret = n > 0;
    return e;
}

enum err slot_offer(struct db *db, const struct slot_time *when, enum slot_offer *ret)
{
    int64_t offer = 0;
    enum err e =
        db_int(db, SQL_VENUE_SLOT_OFFER,
               DB_ARGS(DB_I64(when->venue_id), DB_I64(when->date), DB_I64(when->clock)), &offer);
    if (e == OK)
        *ret = (enum slot_offer)offer;
    return e;
}

enum err slot_claim(struct db *db, const struct slot_time *when, int64_t booking_id)
{
    int64_t changed = 0;
    enum err e = db_run(db, SQL_VENUE_SLOT_CLAIM,
                        DB_ARGS(DB_I64(when->venue_id), DB_I64(when->date), DB_I64(when->clock),
                                DB_I64(booking_id)),
                        &changed);
    return sql_changed(e, changed);
}

enum err slot_claim_implicit(struct db *db, const struct slot_time *when, int64_t booking_id,
                             int64_t now_us)
{
    int64_t changed = 0;
    enum err e = db_run(db, SQL_VENUE_SLOT_CLAIM_IMPLICIT,
                        DB_ARGS(DB_I64(when->venue_id), DB_I64(when->date), DB_I64(when->clock),
                                DB_I64(booking_id), DB_I64(now_us)),
                        &changed);
    return sql_changed(e, changed);
}

enum err slot_release(struct db *db, int64_t booking_id)
{
    enum err e = db_run(db, SQL_VENUE_SLOT_RELEASE_IMPLICIT, DB_ARGS(DB_I64(booking_id)), NULL);
    if (e != OK)
        return e;
    return db_run(db, SQL_VENUE_SLOT_RELEASE, DB_ARGS(DB_I64(booking_id)), NULL);
}

enum err slot_complete(struct db *db, int64_t booking_id)
{
    return db_run(db, SQL_VENUE_SLOT_COMPLETE, DB_ARGS(DB_I64(booking_id)), NULL);
}

enum err slot_available(struct db *db, struct arena *a, int64_t venue_id, int64_t first_date,
                        int64_t last_date, int64_t from, struct rows *ret)
{
    return db_all(db, a, SQL_VENUE_SLOT_AVAILABLE, &AVAILABLE_TIME, ret,
                  DB_ARGS(DB_I64(venue_id), DB_I64(first_date), DB_I64(last_date), DB_I64(from)));
}
