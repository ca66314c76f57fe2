/* What the parts of the PostgreSQL driver share: the connection (postgres_conn.c), statements
 * (postgres.c, postgres_plan.c), how they are sent (postgres_call.c), their rows (postgres_row.c)
 * and the store itself (postgres_store.c). */
#ifndef PLATFORM_DB_POSTGRES_H
#define PLATFORM_DB_POSTGRES_H

#include "base/map.h"
#include "platform/db/driver.h"

#include <libpq-fe.h>
#include <pthread.h>

struct pg_store {
    struct store base;
    char *url;   /* with its password: never to be shown */
    char *place; /* base.place */
    int64_t timeout_us;
    bool unprepared;
    /* Back-off of all connections together, so that a store that is away costs nobody a wait. */
    _Atomic int64_t retry_at_us;
    _Atomic int failures;
    pthread_mutex_t why_lock;
    char why[DB_ERROR_BYTES]; /* the last of them: what those hear that do not try meanwhile */
};

/* Whoever has sent so many reads before it sends more: a server that is busy answering takes no
 * more than the kernel holds for it. */
#define PG_POSTED_MOST 64

/* A connection that may be lost at any time; `life` counts how often it was made. */
struct pg_db {
    struct db base;
    PGconn *conn; /* NULL: to be made at the next use */
    int posted;   /* statements whose answers come with the next one's (pg_post_call) */
    struct pg_stmt *asked[PG_POSTED_MOST]; /* of each, who wants its rows; NULL: nobody */
    bool commit_sent;                      /* and not answered */
    bool patient;                          /* what runs now ends when it ends, or its server does */
    unsigned life;
    struct map *plans; /* struct pg_plan by the address of its SQL */
    int plans_n;
};

/* One SQL text: prepared once a connection, whatever the number of instances that use it. */
struct pg_plan {
    const char *sql;
    int args_wanted; /* the highest n of $n */
    bool writes;
    bool pageable;      /* a query without a LIMIT of its own */
    char name[16];      /* on the server … */
    unsigned life;      /* … of this life of the connection; 0: not yet */
    char page_name[16]; /* the same with a LIMIT, for a cursor's first page */
    unsigned page_life;
    char *page_sql;
};

#define PG_ROOM 32 /* for a number as text */

struct pg_args {
    int n;
    const char **values;
    int *lengths;
    int *formats;
    char (*room)[PG_ROOM];
};

struct pg_stmt {
    struct db_stmt base;
    struct pg_plan *plan;
    struct pg_args args;
    PGresult *result; /* NULL: not run yet */
    bool asked;       /* was posted, and not stepped yet */
    int row;          /* of the result; -1 before the first */
    bool more;        /* a cursor: the result is a page that may have a successor */
    int64_t before;   /* rows of the pages before this one */
};

/* ── postgres_conn.c ──────────────────────────────────────────────────────────────────────────────
 */

/* A connection that works, made now if need be. ERR_UNAVAILABLE: the store is away. */
enum err pg_ready(struct pg_db *db);
/* The same for one that nobody uses now: one that the server has ended is made anew. */
bool pg_stands(struct db *db);
/* Has the server ended it while nothing was asked? What it says unasked, such as why, is read. */
bool pg_ended(struct pg_db *db);
void pg_lose(struct pg_db *db);
/* The connection went, `words` are why: its transaction went with it and is good to be done again,
 * but for a COMMIT that nobody answered. Returns ERR_UNAVAILABLE. */
enum err pg_lost(struct pg_db *db, const char *words);
/* Keep the server's words and say what they mean here; result NULL: what the connection says. */
enum err pg_fail(struct pg_db *db, const PGresult *result);
/* *ret_conn may be a failed connection: PQstatus. With the session's settings made. */
PGconn *pg_connect(const struct pg_store *s, bool writer);
/* The first line of a libpq message. */
int pg_line(const char *message);

/* ── postgres_call.c ──────────────────────────────────────────────────────────────────────────────
 */

/* One thing to be done by the server: a prepared statement by its name, or a text. */
struct pg_call {
    const char *name; /* NULL: sql */
    const char *sql;
    const struct pg_args *args; /* NULL: none */
};

/* Run it and wait, no longer than the store's time-out and some. *ret is the caller's to clear.
 * Whatever was posted goes first: where that failed, this did not run. */
enum err pg_call(struct pg_db *db, const struct pg_call *call, PGresult **ret);
/* Have it run before the next call, which hears how it went: a failure that somebody might have
 * gone on from makes the whole transaction run again, each statement by itself (DB_AGAIN_CAREFUL).
 * Who asked (NULL: nobody) gets its result. ERR_UNAVAILABLE as in pg_call. */
enum err pg_post_call(struct pg_db *db, const struct pg_call *call, struct pg_stmt *who);
/* They do not want it any more. */
void pg_unask(struct pg_db *db, const struct pg_stmt *who);
/* Hear how all that was posted went. */
enum err pg_settle(struct pg_db *db);
/* Prepare under a name. */
enum err pg_name(struct pg_db *db, const char *name, const char *sql);
/* Several statements at once, without parameters or rows. */
enum err pg_text(struct pg_db *db, const char *sql);

/* ── postgres_plan.c ──────────────────────────────────────────────────────────────────────────────
 */

/* Made at its first use; the connection's. */
struct pg_plan *pg_plan_of(struct pg_db *db, const char *sql);
void pg_plans_free(struct pg_db *db);
/* Prepared under this name in this life of the connection: *life says whether it is. */
enum err pg_named(struct pg_db *db, const char *name, const char *sql, unsigned *life);
/* Its text with a LIMIT of PG_PAGE_FIRST; the plan's. */
#define PG_PAGE_FIRST 32
const char *pg_page_sql(struct pg_plan *p);

/* ── postgres.c ───────────────────────────────────────────────────────────────────────────────────
 */

enum err pg_prepare(struct db *db, const char *sql, struct db_stmt **ret);
enum err pg_prepare_check(struct db *db, const char *sql);
void pg_finalize(struct db_stmt *s);
enum err pg_bind(struct db_stmt *s, struct db_args args);
enum err pg_step(struct db_stmt *s);
enum err pg_post(struct db_stmt *s);
enum err pg_ask(struct db_stmt *s);
void pg_reset(struct db_stmt *s);

/* ── postgres_row.c ───────────────────────────────────────────────────────────────────────────────
 */

const char *pg_column_name(struct db_stmt *s, int i);
void pg_column(struct db_stmt *s, int i, struct db_arg *ret);
int64_t pg_changed(struct db_stmt *s);
bool pg_same_row(const PGresult *a, int row_a, const PGresult *b, int row_b);

#endif
