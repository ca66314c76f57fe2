/* One connection to PostgreSQL: made when it is needed, made again after it was lost, one call at a
 * time with a deadline of our own, and what the server's codes mean here. */
#include "platform/db/postgres.h"

#include "platform/clock.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

/* The server ends a statement itself; who has not heard of it by then is not there any more. */
#define GRACE_US 3000000
#define BACKOFF_FIRST_US 50000
#define BACKOFF_DOUBLINGS 5

/* ── What errors mean ─────────────────────────────────────────────────────────────────────────────
 */

static bool in_class(const char *state, const char *class)
{
    return strncmp(state, class, strlen(class)) == 0;
}

static bool any_class(const char *state, const char *const *classes)
{
    for (; *classes; classes++)
        if (in_class(state, *classes))
            return true;
    return false;
}

static enum err meaning(const char *state)
{
    static const char *const conflicts[] = {"23503", "23505", "23514", "23P01", NULL};
    /* connection, resources, operator's intervention (57014: the time-out), I/O; lock not
     * available; another transaction's sake */
    static const char *const away[] = {"08", "53", "57", "58", "55P03", "40", NULL};

    if (any_class(state, conflicts))
        return ERR_CONFLICT;
    return any_class(state, away) ? ERR_UNAVAILABLE : ERR_INTERNAL;
}

/* After these the session is of no use: it ends, or has lost what was prepared, or stands on a
 * server that does not take writes (any more). */
static bool session_spoilt(const struct pg_db *db, const char *state)
{
    static const char *const spoilt[] = {"08", "57P", "26000", "25P03", NULL};

    return any_class(state, spoilt) || (db->base.writer && in_class(state, "25006"));
}

int pg_line(const char *message)
{
    return (int)strcspn(message, "\n");
}

void pg_lose(struct pg_db *db)
{
    PQfinish(db->conn);
    db->conn = NULL;
}

/* What happened before the connection went: gone with it, and good to be done again. Not what a
 * COMMIT left unsaid. */
static enum err lost(struct pg_db *db, const char *words)
{
    enum err e = db_fail(&db->base, ERR_UNAVAILABLE, "%.*s", pg_line(words), words);

    if (db->base.in_transaction && !db->base.begin_wanted && !db->base.committing)
        db->base.again = DB_AGAIN_SOON;
    pg_lose(db);
    return e;
}

enum err pg_fail(struct pg_db *db, const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *words = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

    if (!state || PQstatus(db->conn) == CONNECTION_BAD)
        return lost(db, words ? words : PQerrorMessage(db->conn));
    if (in_class(state, "40") && db->base.in_transaction)
        db->base.again = DB_AGAIN_SOON;
    bool stale = in_class(state, "0A000") && strstr(words ? words : "", "cached plan");
    if (stale || session_spoilt(db, state))
        return lost(db, words ? words : state);
    return db_fail(&db->base, meaning(state), "%s (PostgreSQL %s)", words ? words : "", state);
}

/* ── Making it ────────────────────────────────────────────────────────────────────────────────────
 */

static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

/* One way of working whatever the server's and the role's defaults are. A reader's statements
 * outside a transaction cannot write. */
static bool session_settings(const struct pg_store *s, PGconn *conn, bool writer)
{
    char sql[512];
    /* A pooler may give the session to others: nothing that would harm them. */
    bool read_only = !writer && !s->unprepared;
    int64_t timeout_ms = s->timeout_us / 1000;
    int64_t idle_ms = timeout_ms + 60000;

    snprintf(sql, sizeof sql,
             "SET statement_timeout = %lld; SET idle_in_transaction_session_timeout = %lld;"
             "SET default_transaction_isolation = 'read committed';"
             "SET default_transaction_read_only = %s; SET jit = off;"
             "SET client_min_messages = warning; SET escape_string_warning = off;"
             "SET standard_conforming_strings = on; SET bytea_output = 'hex'",
             (long long)timeout_ms, (long long)idle_ms, read_only ? "on" : "off");
    PGresult *r = PQexec(conn, sql);
    bool good = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    return good;
}

PGconn *pg_connect(const struct pg_store *s, bool writer)
{
    /* What stands before dbname gives way to what the URL says. */
    const char *const keys[] = {"connect_timeout",  "keepalives_idle",  "keepalives_interval",
                                "keepalives_count", "tcp_user_timeout", "fallback_application_name",
                                "dbname",           "client_encoding",  NULL};
    const char *const values[] = {"5", "10", "3", "3", "15000", "bookadate", s->url, "UTF8", NULL};
    PGconn *conn = PQconnectdbParams(keys, values, 1);

    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    if (PQstatus(conn) == CONNECTION_OK && !session_settings(s, conn, writer)) {
        PQfinish(conn);
        return NULL;
    }
    return conn;
}

static void back_off(struct pg_store *s, const char *words)
{
    pthread_mutex_lock(&s->why_lock);
    snprintf(s->why, sizeof s->why, "%.*s", pg_line(words), words);
    pthread_mutex_unlock(&s->why_lock);
    atomic_store(&s->base.away, true);
    int n = atomic_fetch_add(&s->failures, 1);
    int64_t pause_us = (int64_t)BACKOFF_FIRST_US << (n < BACKOFF_DOUBLINGS ? n : BACKOFF_DOUBLINGS);

    atomic_store(&s->retry_at_us, clock_monotonic_us() + pause_us);
}

static enum err still_away(struct pg_db *db)
{
    struct pg_store *s = (struct pg_store *)db->base.store;

    pthread_mutex_lock(&s->why_lock);
    enum err e = db_fail(&db->base, ERR_UNAVAILABLE, "%s", s->why);
    pthread_mutex_unlock(&s->why_lock);
    return e;
}

enum err pg_ready(struct pg_db *db)
{
    struct pg_store *s = (struct pg_store *)db->base.store;

    if (db->conn)
        return OK;
    if (db->base.in_transaction && !db->base.begin_wanted)
        return db->base.error[0] ? ERR_UNAVAILABLE
                                 : db_fail(&db->base, ERR_UNAVAILABLE, "the connection was lost");
    if (clock_monotonic_us() < atomic_load(&s->retry_at_us))
        return still_away(db);
    db->conn = pg_connect(s, db->base.writer);
    if (db->conn && PQstatus(db->conn) == CONNECTION_OK) {
        atomic_store(&s->base.away, false);
        atomic_store(&s->failures, 0);
        atomic_store(&s->retry_at_us, 0);
        db->life++;
        return OK;
    }
    const char *words = db->conn ? PQerrorMessage(db->conn) : "the session's settings were refused";
    back_off(s, words);
    enum err e = db_fail(&db->base, ERR_UNAVAILABLE, "%.*s", pg_line(words), words);
    pg_lose(db);
    return e;
}

/* Has it ended while nobody used it? What the server says unasked, such as why, is read first. */
static bool ended(struct pg_db *db)
{
    struct pollfd fd = {.fd = PQsocket(db->conn), .events = POLLIN};

    while (poll(&fd, 1, 0) > 0)
        if (!PQconsumeInput(db->conn))
            return true;
    return false;
}

bool pg_stands(struct db *base)
{
    struct pg_db *db = (struct pg_db *)base;
    struct pg_store *s = (struct pg_store *)base->store;

    if (db->conn != NULL && ended(db))
        pg_lose(db);
    if (pg_ready(db) != OK)
        return false;
    if (atomic_load(&s->base.away)) /* others were refused */
        atomic_store(&s->base.away, false);
    return true;
}

/* ── Calling ──────────────────────────────────────────────────────────────────────────────────────
 */

/* False: the connection has failed, or nothing came in time. */
static bool wait_for_result(struct pg_db *db)
{
    const struct pg_store *s = (const struct pg_store *)db->base.store;
    int64_t until_us = clock_monotonic_us() + s->timeout_us + GRACE_US;

    while (PQisBusy(db->conn)) {
        struct pollfd fd = {.fd = PQsocket(db->conn), .events = POLLIN};
        int64_t left_us = until_us - clock_monotonic_us();
        if (left_us <= 0)
            return false;
        if (poll(&fd, 1, (int)(left_us / 1000 + 1)) > 0 && !PQconsumeInput(db->conn))
            return false;
    }
    return true;
}

/* The last result of what was sent, or the first bad one. */
static enum err collect(struct pg_db *db, PGresult **ret)
{
    PGresult *last = NULL;

    for (;;) {
        if (!wait_for_result(db)) {
            PQclear(last);
            return lost(db, PQstatus(db->conn) == CONNECTION_BAD ? PQerrorMessage(db->conn)
                                                                 : "the server does not answer");
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
    ExecStatusType status = PQresultStatus(last);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        *ret = last;
        return OK;
    }
    enum err e = status == PGRES_EMPTY_QUERY
                     ? db_fail(&db->base, ERR_INTERNAL, "not exactly one statement")
                     : pg_fail(db, last);
    PQclear(last);
    return e;
}

static const struct pg_args NO_ARGS;

enum err pg_call(struct pg_db *db, const struct pg_call *call, PGresult **ret)
{
    const struct pg_args *a = call->args ? call->args : &NO_ARGS;
    int sent = call->name ? PQsendQueryPrepared(db->conn, call->name, a->n, a->values, a->lengths,
                                                a->formats, 1)
                          : PQsendQueryParams(db->conn, call->sql, a->n, NULL, a->values,
                                              a->lengths, a->formats, 1);

    return sent ? collect(db, ret) : lost(db, PQerrorMessage(db->conn));
}

static enum err discard(struct pg_db *db, int sent)
{
    PGresult *r = NULL;
    enum err e = sent ? collect(db, &r) : lost(db, PQerrorMessage(db->conn));

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
    return discard(db, PQsendQuery(db->conn, sql));
}
