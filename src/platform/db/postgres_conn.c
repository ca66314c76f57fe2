/* One connection to PostgreSQL: made when it is needed, made again after it was lost, and what the
 * server's codes mean here. Calls nothing but what makes a session (postgres_call.c calls). */
#include "platform/db/postgres.h"

#include "platform/clock.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

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
    db->posted = 0;
}

enum err pg_lost(struct pg_db *db, const char *words)
{
    enum err e = db_fail(&db->base, ERR_UNAVAILABLE, "%.*s", pg_line(words), words);

    if (db->base.in_transaction && !db->base.begin_wanted && !db->commit_sent)
        db->base.again = DB_AGAIN_SOON;
    pg_lose(db);
    return e;
}

enum err pg_fail(struct pg_db *db, const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *words = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

    if (!state || PQstatus(db->conn) == CONNECTION_BAD)
        return pg_lost(db, words ? words : PQerrorMessage(db->conn));
    if (in_class(state, "40") && db->base.in_transaction)
        db->base.again = DB_AGAIN_SOON;
    bool stale = in_class(state, "0A000") && strstr(words ? words : "", "cached plan");
    if (stale || session_spoilt(db, state))
        return pg_lost(db, words ? words : state);
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
    char sql[640];
    /* A pooler may give the session to others: nothing that would harm them. */
    bool read_only = !writer && !s->unprepared;
    int64_t timeout_ms = s->timeout_us / 1000;
    int64_t idle_ms = timeout_ms + 60000;

    snprintf(sql, sizeof sql,
             "SET statement_timeout = %lld; SET idle_in_transaction_session_timeout = %lld;"
             "SET default_transaction_isolation = 'read committed';"
             "SET default_transaction_read_only = %s; SET jit = off;"
             /* A plan is kept: one made while a table was empty must not read all of it later. */
             "SET enable_seqscan = off;"
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

bool pg_ended(struct pg_db *db)
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

    if (db->conn != NULL && pg_ended(db))
        pg_lose(db);
    if (pg_ready(db) != OK)
        return false;
    if (atomic_load(&s->base.away)) /* others were refused */
        atomic_store(&s->base.away, false);
    return true;
}
