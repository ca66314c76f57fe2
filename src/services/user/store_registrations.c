/* Registrations and their documents in SQL: who waits for a reviewer, what was found, what must go.
 * Seals and opens the documents; no HTTP, no pixels. */
#include "services/user/registrations.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/crypt/seal.h"
#include "platform/outbox/outbox.h"
#include "services/user/store.h"

#include <inttypes.h>

#define DOCUMENT_PATH(name)                                                                        \
    "CASE WHEN EXISTS (SELECT 1 FROM user_documents d WHERE d.registration = r.id) THEN "          \
    "'/admin/registrations/' || CAST(r.id AS TEXT) || '/documents/" name "' END AS " name
#define REGISTRATION_SELECT                                                                        \
    "SELECT r.id, u.id AS user_id, r.person AS user_number, u.name, u.email, u.dob, u.gender, "    \
    "r.status, r.created_at, r.decided_at, r.decided_by, r.reason, r.compared_at, "                \
    "r.id_document_problem, r.selfie_problem, r.similarity, r.confidence, "                        \
    "r.same_person, " DOCUMENT_PATH("id_document") ", " DOCUMENT_PATH(                             \
        "selfie") " "                                                                              \
                  "FROM user_registrations r JOIN users u ON u.number = r.person "

const char SQL_USER_REGISTRATION_INSERT[] =
    "INSERT INTO user_registrations (person, status, created_at, compare_after_us) "
    "VALUES ($1, 'pending', $2, $2) RETURNING id";
const char SQL_USER_REGISTRATION_MARK[] =
    "UPDATE users SET registration_status = $2, "
    "kyc_level = CASE WHEN CAST($2 AS TEXT) = 'approved' THEN 'id' ELSE kyc_level END, "
    "updated_at = $3 WHERE number = $1";
const char SQL_USER_REGISTRATION_GET[] = REGISTRATION_SELECT "WHERE r.id = $1";
const char SQL_USER_REGISTRATION_LIST[] = REGISTRATION_SELECT
    "WHERE (CAST($1 AS TEXT) IS NULL OR r.status = $1) AND r.id > $2 ORDER BY r.id LIMIT $3";
const char SQL_USER_REGISTRATION_DECIDE[] =
    "UPDATE user_registrations SET status = $2, decided_at = $3, decided_by = $4, reason = $5, "
    "purge_after_us = $6, compare_after_us = NULL WHERE id = $1 AND status = 'pending'";
const char SQL_USER_REGISTRATION_DUE[] =
    "SELECT id, compare_after_us AS due_us FROM user_registrations "
    "WHERE compare_after_us <= $1 ORDER BY compare_after_us LIMIT $2";
const char SQL_USER_REGISTRATION_TAKE[] =
    "UPDATE user_registrations SET compare_tries = compare_tries + 1, compare_after_us = "
    "CASE WHEN compare_tries + 1 >= $4 THEN NULL ELSE CAST($3 AS BIGINT) END "
    "WHERE id = $1 AND compare_after_us = $2";
const char SQL_USER_REGISTRATION_COMPARED[] =
    "UPDATE user_registrations SET compare_after_us = NULL, compared_at = $3, "
    "id_document_problem = $4, selfie_problem = $5, similarity = $6, confidence = $7, "
    "same_person = $8 WHERE id = $1 AND compared_at IS NULL AND status = 'pending' "
    "AND (compare_after_us = $2 OR compare_after_us IS NULL)";
const char SQL_USER_REGISTRATION_OVER[] =
    "SELECT id, purge_after_us AS due_us FROM user_registrations "
    "WHERE purge_after_us <= $1 ORDER BY purge_after_us LIMIT $2";
const char SQL_USER_REGISTRATION_PURGE[] =
    "UPDATE user_registrations SET purge_after_us = NULL WHERE id = $1 AND purge_after_us = $2";
const char SQL_USER_DOCUMENT_INSERT[] =
    "INSERT INTO user_documents (registration, name, sealed) VALUES ($1, $2, $3)";
const char SQL_USER_DOCUMENT_GET[] =
    "SELECT sealed FROM user_documents WHERE registration = $1 AND name = $2";
const char SQL_USER_DOCUMENT_PURGE[] = "DELETE FROM user_documents WHERE registration = $1";

const char *const DOCUMENT_NAMES[2] = {"id_document", "selfie"};

/* Where a document belongs: it opens nowhere else. */
static struct str document_place(struct arena *a, int64_t id, const char *name)
{
    return arena_printf(a, "registration %" PRId64 " %s", id, name);
}

static enum err document_put(const struct tx *tx, int64_t id, const char *name, struct str jpeg)
{
    struct str sealed = seal(tx->app->seals, document_place(tx->arena, id, name), jpeg, tx->arena);

    return db_run(tx->db, SQL_USER_DOCUMENT_INSERT,
                  DB_ARGS(DB_I64(id), DB_TEXT(str_of(name)), DB_BLOB(sealed)), NULL);
}

enum err registration_create(const struct tx *tx, int64_t person, const struct str pictures[2])
{
    int64_t id;

    enum err e = db_int(tx->db, SQL_USER_REGISTRATION_INSERT,
                        DB_ARGS(DB_I64(person), DB_I64(tx->now_us)), &id);
    for (int i = 0; e == OK && i < 2; i++)
        e = document_put(tx, id, DOCUMENT_NAMES[i], pictures[i]);
    if (e != OK)
        return e;
    return db_run(tx->db, SQL_USER_REGISTRATION_MARK,
                  DB_ARGS(DB_I64(person), DB_TEXT(STR("pending")), DB_I64(tx->now_us)), NULL);
}

enum err registration_get(struct db *db, struct arena *a, int64_t id, struct registration *ret)
{
    return db_one(db, a, SQL_USER_REGISTRATION_GET, &REGISTRATION, ret, DB_ARGS(DB_I64(id)));
}

enum err registration_list(struct db *db, struct arena *a, struct str status, int64_t after_id,
                           int64_t limit, struct rows *ret)
{
    int64_t after = after_id == I64_NULL ? 0 : after_id;

    return db_all(db, a, SQL_USER_REGISTRATION_LIST, &REGISTRATION, ret,
                  DB_ARGS(DB_TEXT(status), DB_I64(after), DB_I64(limit)));
}

enum err registration_decide(const struct tx *tx, const struct registration *r,
                             const struct registration_decision *in)
{
    int64_t purge_us = tx->now_us + REGISTRATION_KEEP_DAYS * US_PER_DAY;
    int64_t changed = 0;

    enum err e = user_hold(tx->db, r->user_number);
    if (e == OK)
        e = db_run(tx->db, SQL_USER_REGISTRATION_DECIDE,
                   DB_ARGS(DB_I64(r->id), DB_TEXT(in->status), DB_I64(tx->now_us), DB_I64(in->by),
                           DB_TEXT(in->reason), DB_I64(purge_us)),
                   &changed);
    if (e == OK && changed == 0)
        return ERR_NOT_FOUND;
    if (e == OK)
        e = db_run(tx->db, SQL_USER_REGISTRATION_MARK,
                   DB_ARGS(DB_I64(r->user_number), DB_TEXT(in->status), DB_I64(tx->now_us)), NULL);
    if (e != OK)
        return e;
    const char *event = arena_printf(tx->arena, "user.registration.%.*s", STR_ARG(in->status)).ptr;
    struct str json = arena_printf(tx->arena, "{\"user_number\":%" PRId64 "}", r->user_number);
    return outbox_put(tx->db, event, r->user_number, json, tx->now_us);
}

enum err document_get(const struct tx *tx, int64_t id, const char *name, struct str *ret)
{
    struct str sealed;

    enum err e = db_bytes(tx->db, tx->arena, SQL_USER_DOCUMENT_GET,
                          DB_ARGS(DB_I64(id), DB_TEXT(str_of(name))), &sealed);
    if (e != OK)
        return e;
    e = seal_open(tx->app->seals, document_place(tx->arena, id, name), sealed, tx->arena, ret);
    return e == OK ? OK : ERR_INTERNAL;
}

/* ── Comparing ── */

enum err registration_due(struct db *db, struct arena *a, int64_t now_us, int64_t limit,
                          struct rows *ret)
{
    return db_all(db, a, SQL_USER_REGISTRATION_DUE, &REGISTRATION_DUE, ret,
                  DB_ARGS(DB_I64(now_us), DB_I64(limit)));
}

static enum err run_one(struct db *db, const char *sql, struct db_args args)
{
    int64_t changed = 0;
    enum err e = db_run(db, sql, args, &changed);

    return e == OK && changed == 0 ? ERR_NOT_FOUND : e;
}

enum err registration_take(struct db *db, int64_t id, int64_t due_us, int64_t lease_us)
{
    return run_one(
        db, SQL_USER_REGISTRATION_TAKE,
        DB_ARGS(DB_I64(id), DB_I64(due_us), DB_I64(lease_us), DB_I64(REGISTRATION_TRIES)));
}

enum err registration_compared(struct db *db, const struct registration_compared *c, int64_t now_us)
{
    int64_t same = c->same_person == FLAG_NULL ? I64_NULL : c->same_person;

    return db_run(db, SQL_USER_REGISTRATION_COMPARED,
                  DB_ARGS(DB_I64(c->id), DB_I64(c->lease_us), DB_I64(now_us),
                          DB_TEXT(c->problems[0]), DB_TEXT(c->problems[1]), DB_REAL(c->similarity),
                          DB_REAL(c->confidence), DB_I64(same)),
                  NULL);
}

/* ── Purging ── */

enum err registration_over(struct db *db, struct arena *a, int64_t now_us, int64_t limit,
                           struct rows *ret)
{
    return db_all(db, a, SQL_USER_REGISTRATION_OVER, &REGISTRATION_DUE, ret,
                  DB_ARGS(DB_I64(now_us), DB_I64(limit)));
}

enum err registration_purge(struct db *db, int64_t id, int64_t due_us)
{
    enum err e = run_one(db, SQL_USER_REGISTRATION_PURGE, DB_ARGS(DB_I64(id), DB_I64(due_us)));

    if (e != OK)
        return e == ERR_NOT_FOUND ? OK : e;
    return db_run(db, SQL_USER_DOCUMENT_PURGE, DB_ARGS(DB_I64(id)), NULL);
}
