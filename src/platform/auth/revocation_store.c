/* Revoked tokens in the store: added in a handler's transaction, loaded at the start, and looked
 * for again where other processes add to the same table. */
#include "platform/auth/revocation_log.h"

#include "base/datetime.h"

#define PAGE 500
/* No transaction that revokes lives longer: a row below one seen so long ago cannot come any more.
 */
#define LATE_US (2 * US_PER_MINUTE)

static const char SQL_REVOCATION_INSERT[] =
    "INSERT INTO revoked_tokens (number, jti, every, spare, at_us, expires_us) "
    "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
static const char SQL_REVOCATION_LIST[] =
    "SELECT id, number, jti, every, spare, at_us, expires_us FROM revoked_tokens "
    "WHERE expires_us > $1 ORDER BY id";
static const char SQL_REVOCATION_SINCE[] =
    "SELECT id, number, jti, every, spare, at_us, expires_us FROM revoked_tokens "
    "WHERE id > $1 ORDER BY id LIMIT $2";
static const char SQL_REVOCATION_PRUNE[] = "DELETE FROM revoked_tokens WHERE expires_us <= $1";

const char *const REVOCATION_QUERIES[] = {
    SQL_REVOCATION_INSERT, SQL_REVOCATION_LIST, SQL_REVOCATION_SINCE, SQL_REVOCATION_PRUNE, NULL,
};

/* ── Adding ── */

struct added {
    struct revocations *r;
    int64_t id;
    struct revocation entry;
};

static void entry_committed(void *arg)
{
    const struct added *added = arg;

    revocations_take(added->r, added->id, added->entry.at_us, &added->entry);
    revocations_told(added->r, &added->entry);
}

enum err revocation_add(struct db *db, struct arena *a, struct revocations *r,
                        const struct revocation *entry)
{
    bool has_jti = !entry->all || entry->spare_jti;
    struct added *added = ARENA_NEW(a, struct added);

    *added = (struct added){.r = r, .entry = *entry};
    enum err e =
        db_int(db, SQL_REVOCATION_INSERT,
               DB_ARGS(DB_I64(entry->number), DB_TEXT(has_jti ? uuid_str(&entry->jti) : STR_NULL),
                       DB_I64(entry->all), DB_I64(entry->all && entry->spare_jti),
                       DB_I64(entry->at_us), DB_I64(entry->expires_us)),
               &added->id);
    return e == OK ? db_on_commit(db, entry_committed, added) : e;
}

/* ── Reading ── */

struct revoked_row {
    int64_t id, number, every, spare, at_us, expires_us;
    struct str jti;
};

static const struct field REVOKED_ROW_FIELDS[] = {
    F_INT(revoked_row, id, 0, 0, 0),         F_INT(revoked_row, number, 0, 0, 0),
    F_TEXT(revoked_row, jti, 0, 0, 0),       F_INT(revoked_row, every, 0, 0, 0),
    F_INT(revoked_row, spare, 0, 0, 0),      F_INT(revoked_row, at_us, 0, 0, 0),
    F_INT(revoked_row, expires_us, 0, 0, 0), F_END,
};
static const struct shape REVOKED_ROW = SHAPE(revoked_row, REVOKED_ROW_FIELDS);

static struct revocation entry_of_row(const struct revoked_row *row)
{
    struct revocation e = {
        .number = row->number,
        .all = row->every == 1,
        .spare_jti = row->spare == 1,
        .at_us = row->at_us,
        .expires_us = row->expires_us,
    };
    if (!str_present(row->jti) || !uuid_parse(row->jti, &e.jti))
        e.spare_jti = false; /* names no token: an "all" without exception, or nothing at all */
    return e;
}

static enum err load_rows(struct db *db, struct revocations *r, int64_t now_us, struct arena *a)
{
    struct db_cursor *rows = NULL;
    struct revoked_row row;
    enum err e = db_cursor_open(db, a, SQL_REVOCATION_LIST, DB_ARGS(DB_I64(now_us)), &rows);

    while (e == OK && (e = db_cursor_next(rows, a, &REVOKED_ROW, &row)) == OK) {
        struct revocation entry = entry_of_row(&row);
        revocations_take(r, row.id, row.at_us, &entry);
    }
    db_cursor_close(rows);
    revocations_settle(r, now_us - LATE_US);
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err revocations_load(struct db *db, int64_t now_us, struct revocations **ret)
{
    struct revocations *r = revocations_new();
    struct arena a;

    arena_init(&a);
    enum err e = load_rows(db, r, now_us, &a);
    arena_free(&a);
    if (e != OK) {
        revocations_free(r);
        return e;
    }
    *ret = r;
    return OK;
}

enum err revocations_refresh(struct db *db, struct arena *a, struct revocations *r, int64_t now_us)
{
    int64_t after = revocations_settle(r, now_us - LATE_US);
    struct rows rows;

    do {
        enum err e = db_all(db, a, SQL_REVOCATION_SINCE, &REVOKED_ROW, &rows,
                            DB_ARGS(DB_I64(after), DB_I64(PAGE)));
        if (e != OK)
            return e;
        const struct revoked_row *row = rows.items;
        for (size_t i = 0; i < rows.n; i++) {
            struct revocation entry = entry_of_row(&row[i]);
            revocations_take(r, row[i].id, now_us, &entry);
            after = row[i].id;
        }
    } while (rows.n == PAGE);
    return OK;
}

enum err revocations_prune(struct db *db, struct revocations *r, int64_t now_us)
{
    enum err e = db_run(db, SQL_REVOCATION_PRUNE, DB_ARGS(DB_I64(now_us)), NULL);

    if (e != OK)
        return e;
    revocations_drop(r, now_us);
    revocations_settle(r, now_us - LATE_US);
    return OK;
}
