/* Reads and writes the booking service's rows; decides nothing. */
#include "services/booking/store.h"

#include "services/booking/fields.h"

#define BOOKING_COLUMNS                                                                            \
    "id, match_id, user_1_id, user_2_id, user_1_proposed_venue_id, user_1_proposed_date, "         \
    "user_1_proposed_time, user_2_proposed_venue_id, user_2_proposed_date, "                       \
    "user_2_proposed_time, venue_id, booking_date, booking_time, status, user_1_venue_approved, "  \
    "user_2_venue_approved, user_1_time_approved, user_2_time_approved, confirmation_code, "       \
    "created_at, cancel_reason, person_1, person_2, version"

static const char SQL_BOOKING_INSERT[] =
    "INSERT INTO bookings (match_id, user_1_id, user_2_id, person_1, person_2, status, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING " BOOKING_COLUMNS;

static const char SQL_BOOKING_GET[] = "SELECT " BOOKING_COLUMNS " FROM bookings WHERE id = $1";

static const char SQL_BOOKING_UPDATE[] =
    "UPDATE bookings SET version = $3, status = $4, "
    "user_1_proposed_venue_id = $5, user_1_proposed_date = $6, user_1_proposed_time = $7, "
    "user_2_proposed_venue_id = $8, user_2_proposed_date = $9, user_2_proposed_time = $10, "
    "venue_id = $11, booking_date = $12, booking_time = $13, "
    "user_1_venue_approved = $14, user_2_venue_approved = $15, "
    "user_1_time_approved = $16, user_2_time_approved = $17, "
    "confirmation_code = $18, cancel_reason = $19 "
    "WHERE id = $1 AND version = $2";

static const char SQL_BOOKING_LIST[] =
    "SELECT " BOOKING_COLUMNS " FROM bookings "
    "WHERE (person_1 = $1 OR person_2 = $1) AND id < $2 ORDER BY id DESC LIMIT $3";

static const char SQL_BOOKING_CODE_TAKEN[] =
    "SELECT COUNT(*) FROM bookings WHERE confirmation_code = $1";

static const char SQL_BOOKING_CANCEL_LIVE[] =
    "UPDATE bookings SET status = 'cancelled', cancel_reason = $2, version = version + 1 "
    "WHERE match_id = $1 AND status NOT IN ('cancelled', 'completed') RETURNING " BOOKING_COLUMNS;

static const char SQL_BOOKING_MEETING[] =
    "SELECT MAX(booking_date * 1440 + booking_time) FROM bookings WHERE status = 'confirmed' "
    "AND ((person_1 = $1 AND person_2 = $2) OR (person_1 = $2 AND person_2 = $1))";

static const char SQL_BOOKING_REASONS_CLEAR[] =
    "UPDATE bookings SET cancel_reason = NULL "
    "WHERE (person_1 = $1 OR person_2 = $1) AND cancel_reason IS NOT NULL";

const char *const BOOKING_QUERIES[] = {
    SQL_BOOKING_INSERT,  SQL_BOOKING_GET,           SQL_BOOKING_UPDATE,
    SQL_BOOKING_LIST,    SQL_BOOKING_CODE_TAKEN,    SQL_BOOKING_CANCEL_LIVE,
    SQL_BOOKING_MEETING, SQL_BOOKING_REASONS_CLEAR, NULL,
};

enum err booking_insert(struct db *db, struct arena *a, const struct booking *b,
                        struct booking *ret)
{
    return db_one(db, a, SQL_BOOKING_INSERT, &BOOKING, ret,
                  DB_ARGS(DB_I64(b->match_id), DB_I64(b->user_1_id), DB_I64(b->user_2_id),
                          DB_I64(b->person_1), DB_I64(b->person_2), DB_TEXT(b->status),
                          DB_I64(b->created_at)));
}

enum err booking_load(struct db *db, struct arena *a, int64_t id, struct booking *ret)
{
    return db_one(db, a, SQL_BOOKING_GET, &BOOKING, ret, DB_ARGS(DB_I64(id)));
}

enum err booking_save(struct db *db, const struct booking *b, const struct booking *next)
{
    return db_run_one(
        db, SQL_BOOKING_UPDATE,
        DB_ARGS(DB_I64(b->id), DB_I64(b->version), DB_I64(next->version), DB_TEXT(next->status),
                DB_I64(next->user_1_proposed_venue_id), DB_I64(next->user_1_proposed_date),
                DB_I64(next->user_1_proposed_time), DB_I64(next->user_2_proposed_venue_id),
                DB_I64(next->user_2_proposed_date), DB_I64(next->user_2_proposed_time),
                DB_I64(next->venue_id), DB_I64(next->booking_date), DB_I64(next->booking_time),
                DB_I64(next->user_1_venue_approved), DB_I64(next->user_2_venue_approved),
                DB_I64(next->user_1_time_approved), DB_I64(next->user_2_time_approved),
                DB_TEXT(next->confirmation_code), DB_TEXT(next->cancel_reason)));
}

enum err booking_list(struct db *db, struct arena *a, int64_t person, int64_t below, int64_t most,
                      struct rows *ret)
{
    return db_all(db, a, SQL_BOOKING_LIST, &BOOKING, ret,
                  DB_ARGS(DB_I64(person), DB_I64(below), DB_I64(most)));
}

enum err booking_code_taken(struct db *db, struct str code, bool *ret)
{
    int64_t n = 0;
    enum err e = db_int(db, SQL_BOOKING_CODE_TAKEN, DB_ARGS(DB_TEXT(code)), &n);
    if (e == OK)
        *ret = n > 0;
    return e;
}

enum err booking_cancel_live(struct db *db, struct arena *a, int64_t match_id, struct str reason,
                             struct booking *ret)
{
    return db_one(db, a, SQL_BOOKING_CANCEL_LIVE, &BOOKING, ret,
                  DB_ARGS(DB_I64(match_id), DB_TEXT(reason)));
}

enum err booking_reasons_clear(struct db *db, int64_t person)
{
    return db_run(db, SQL_BOOKING_REASONS_CLEAR, DB_ARGS(DB_I64(person)), NULL);
}

enum err booking_latest_meeting(struct db *db, int64_t person_a, int64_t person_b,
                                int64_t *ret_minutes)
{
    return db_int(db, SQL_BOOKING_MEETING, DB_ARGS(DB_I64(person_a), DB_I64(person_b)),
                  ret_minutes);
}
