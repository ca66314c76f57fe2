/* What is sent to PostgreSQL and heard from it: one call at a time with a deadline of our own, or
 * several at once (libpq's pipeline mode), since a round trip costs more than most statements.
 * Knows no SQL. */
#include "platform/db/postgres.h"

#include "platform/clock.h"

#include <poll.h>

/* The server ends a statement itself; who has not heard of it by then is not there any more. */
#define GRACE_US 3000000

static const struct pg_args NO_ARGS;

/* ── Hearing ──────────────────────────────────────────────────────────────────────────────────────
 */

/* False: the connection has failed, or nothing came in time. */
static bool wait_for_result(struct pg_db *db)
{
    const struct pg_store *s = (const struct pg_store *)db->base.store;
    int64_t until_us = clock_monotonic_us() + s->timeout_us + GRACE_US;

    while (PQisBusy(db->conn)) {
        struct pollfd fd = {.fd = PQsocket(db->conn), .events = POLLIN};
        int64_t left_us = db->patient ? s->timeout_us : until_us - clock_monotonic_us();
        if (left_us <= 0)
            return false;
        if (poll(&fd, 1, (int)(left_us / 1000 + 1)) > 0 && !PQconsumeInput(db->conn))
            return false;
    }
    return true;
}

static bool is_good(const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);

    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

static enum err gone(struct pg_db *db)
{
    return pg_lost(db, PQstatus(db->conn) == CONNECTION_BAD ? PQerrorMessage(db->conn)
                                                            : "the server does not answer");
}

/* The last result of one thing that was sent, or the first bad one; the caller's to clear. */
static enum err hear(struct pg_db *db, PGresult **ret)
{
    PGresult *last = NULL;

    for (;;) {
        if (!wait_for_result(db)) {
            PQclear(last);
            return gone(db);
        }
        PGresult *r = PQgetResult(db->conn);
        if (!r)
            break;
        if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(r);
            continue;
        }
        PQclear(last);
        last = r;
    }
    *ret = last;
    return OK;
}

/* The answers of all that was posted; *ret: the first bad one, NULL if there is none. */
static enum err hear_posted(struct pg_db *db, PGresult **ret)
{
    *ret = NULL;
    for (int i = 0; i < db->posted; i++) {
        PGresult *r = NULL;
        enum err e = hear(db, &r);
        if (e != OK) {
            PQclear(*ret);
            *ret = NULL;
            return e;
        }
        if (*ret == NULL && is_good(r) && db->asked[i] != NULL) {
            db->asked[i]->result = r;
            continue;
        }
        if (*ret != NULL || is_good(r)) {
            PQclear(r);
            continue;
        }
        *ret = r;
        /* The server's own: it skips what was sent behind, a COMMIT too. */
        if (PQresultErrorField(r, PG_DIAG_SQLSTATE))
            db->commit_sent = false;
    }
    return OK;
}

/* The mark that ends a pipeline, and out of it: nothing is posted any more. */
static enum err hear_sync(struct pg_db *db)
{
    PGresult *r = wait_for_result(db) ? PQgetResult(db->conn) : NULL;
    bool synced = PQresultStatus(r) == PGRES_PIPELINE_SYNC;

    PQclear(r);
    if (!synced || !PQexitPipelineMode(db->conn))
        return gone(db);
    db->posted = 0;
    return OK;
}

/* Whoever posted it heard that all was well, and went on. */
static enum err posted_failed(struct pg_db *db, const PGresult *bad)
{
    enum err e = pg_fail(db, bad);

    if (e != ERR_UNAVAILABLE && db->base.again == DB_AGAIN_NO)
        db->base.again = DB_AGAIN_CAREFUL;
    return ERR_UNAVAILABLE;
}

static enum err judge(struct pg_db *db, const PGresult *own)
{
    if (is_good(own))
        return OK;
    return PQresultStatus(own) == PGRES_EMPTY_QUERY
               ? db_fail(&db->base, ERR_INTERNAL, "not exactly one statement")
               : pg_fail(db, own);
}

/* All that was posted and, unless ret is NULL, what was sent last: its result. */
static enum err hear_all(struct pg_db *db, PGresult **ret)
{
    PGresult *bad, *own = NULL;

    enum err e = hear_posted(db, &bad);
    if (e == OK && ret)
        e = hear(db, &own);
    if (e == OK && db->posted > 0)
        e = hear_sync(db);
    if (e == OK && bad)
        e = posted_failed(db, bad);
    else if (e == OK && ret)
        e = judge(db, own);
    PQclear(bad);
    if (e == OK && ret)
        *ret = own;
    else
        PQclear(own);
    return e;
}

/* ── Sending ──────────────────────────────────────────────────────────────────────────────────────
 */

static enum err unsent(struct pg_db *db)
{
    return pg_lost(db, PQerrorMessage(db->conn));
}

static int send_call(struct pg_db *db, const struct pg_call *call)
{
    const struct pg_args *a = call->args ? call->args : &NO_ARGS;

    return call->name ? PQsendQueryPrepared(db->conn, call->name, a->n, a->values, a->lengths,
                                            a->formats, 1)
                      : PQsendQueryParams(db->conn, call->sql, a->n, NULL, a->values, a->lengths,
                                          a->formats, 1);
}

/* `sent`: what libpq said of the last thing. */
static enum err collect(struct pg_db *db, int sent, PGresult **ret)
{
    if (!sent || (db->posted > 0 && !PQpipelineSync(db->conn)))
        return unsent(db);
    return hear_all(db, ret);
}

/* A connection that ended before anything was sent took the transaction with it, even where a
 * COMMIT is what comes next. */
static enum err still_there(struct pg_db *db)
{
    if (db->posted == 0 || !pg_ended(db))
        return OK;
    return unsent(db);
}

enum err pg_call(struct pg_db *db, const struct pg_call *call, PGresult **ret)
{
    enum err e = still_there(db);

    if (e != OK)
        return e;
    db->commit_sent = db->base.committing;
    e = collect(db, send_call(db, call), ret);
    db->commit_sent = false;
    return e;
}

enum err pg_post_call(struct pg_db *db, const struct pg_call *call, struct pg_stmt *who)
{
    if (db->posted == 0 && !PQenterPipelineMode(db->conn))
        return unsent(db);
    if (!send_call(db, call))
        return unsent(db);
    db->asked[db->posted++] = who;
    return db->posted < PG_POSTED_MOST ? OK : pg_settle(db);
}

void pg_unask(struct pg_db *db, const struct pg_stmt *who)
{
    for (int i = 0; i < db->posted; i++)
        if (db->asked[i] == who)
            db->asked[i] = NULL;
}

enum err pg_settle(struct pg_db *db)
{
    if (db->posted == 0)
        return OK;
    return PQpipelineSync(db->conn) ? hear_all(db, NULL) : unsent(db);
}

static enum err discard(struct pg_db *db, int sent)
{
    PGresult *r = NULL;
    enum err e = collect(db, sent, &r);

    if (e == OK)
        PQclear(r);
    return e;
}

enum err pg_name(struct pg_db *db, const char *name, const char *sql)
{
    return discard(db, PQsendPrepare(db->conn, name, sql, 0, NULL));
}

enum err pg_text(struct pg_db *db, const char *sql)
{
    enum err e = pg_settle(db); /* several statements at once are not for a pipeline */

    return e == OK ? discard(db, PQsendQuery(db->conn, sql)) : e;
}
