/* Statements on PostgreSQL: run at their first step, or asked before it, rows kept here; a cursor
 * takes its rows in growing pages. Never sends what only some server versions understand. */
#include "platform/db/postgres.h"

#include "base/cell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_GROWTH 4

static const char SQL_DB_GUARD[] = "SAVEPOINT statement";
static const char SQL_DB_UNGUARD[] = "RELEASE SAVEPOINT statement";
static const char SQL_DB_UNDO[] =
    "ROLLBACK TO SAVEPOINT statement; RELEASE SAVEPOINT statement"; /* as one text */

/* ── Instances ────────────────────────────────────────────────────────────────────────────────────
 */

enum err pg_prepare(struct db *base, const char *sql, struct db_stmt **ret)
{
    struct pg_plan *p = pg_plan_of((struct pg_db *)base, sql);
    size_t n = (size_t)p->args_wanted + 1;
    struct pg_stmt *s = cell_must(calloc(1, sizeof *s));
    s->base.db = base;
    s->base.sql = sql;
    s->base.writes = p->writes;
    s->plan = p;
    s->args.n = p->args_wanted;
    s->args.values = cell_must(calloc(n, sizeof *s->args.values));
    s->args.lengths = cell_must(calloc(n, sizeof *s->args.lengths));
    s->args.formats = cell_must(calloc(n, sizeof *s->args.formats));
    s->args.room = cell_must(calloc(n, sizeof *s->args.room));
    *ret = &s->base;
    return OK;
}

void pg_finalize(struct db_stmt *base)
{
    struct pg_stmt *s = (struct pg_stmt *)base;

    PQclear(s->result);
    free(s->args.values);
    free(s->args.lengths);
    free(s->args.formats);
    free(s->args.room);
    free(s);
}

/* Numbers go as text, which suits whatever type the server finds for the parameter; texts and bytes
 * as they are. */
static void bind_one(struct pg_args *a, int i, const struct db_arg *arg)
{
    a->values[i] = a->room[i];
    a->formats[i] = 0;
    switch (arg->kind) {
    case DB_KIND_INT:
        snprintf(a->room[i], PG_ROOM, "%" PRId64, arg->v.i);
        return;
    case DB_KIND_REAL:
        snprintf(a->room[i], PG_ROOM, "%.17g", arg->v.r);
        return;
    case DB_KIND_TEXT:
    case DB_KIND_BLOB:
        a->values[i] = arg->v.s.ptr;
        a->lengths[i] = (int)arg->v.s.len;
        a->formats[i] = 1;
        return;
    case DB_KIND_NULL:
    case DB_KIND_FILTER:
        a->values[i] = NULL;
        return;
    }
}

enum err pg_bind(struct db_stmt *base, struct db_args args)
{
    struct pg_stmt *s = (struct pg_stmt *)base;

    if ((size_t)s->args.n != args.n)
        return db_fail(base->db, ERR_INTERNAL, "%d arguments wanted, %zu given", s->args.n, args.n);
    for (int i = 0; i < s->args.n; i++)
        bind_one(&s->args, i, &args.v[i]);
    return OK;
}

void pg_reset(struct db_stmt *base)
{
    struct pg_stmt *s = (struct pg_stmt *)base;

    if (s->asked)
        pg_unask((struct pg_db *)base->db, s);
    s->asked = false;
    PQclear(s->result);
    s->result = NULL;
    s->more = false;
    s->before = 0;
}

/* ── Running ──────────────────────────────────────────────────────────────────────────────────────
 */

static enum err call_of(struct pg_db *db, struct pg_stmt *s, bool page, struct pg_call *ret)
{
    struct pg_plan *p = s->plan;
    const char *sql = page ? pg_page_sql(p) : p->sql;

    *ret = (struct pg_call){.sql = sql, .args = &s->args};
    if (((struct pg_store *)db->base.store)->unprepared)
        return OK;
    ret->name = page ? p->page_name : p->name;
    return pg_named(db, ret->name, sql, page ? &p->page_life : &p->life);
}

static enum err call_plan(struct pg_db *db, struct pg_stmt *s, bool page, PGresult **ret)
{
    struct pg_call call;
    enum err e = call_of(db, s, page, &call);

    return e == OK ? pg_call(db, &call, ret) : e;
}

static bool transaction_sent(const struct pg_db *db)
{
    return db->base.in_transaction && !db->base.begin_wanted;
}

/* Statements about transactions guard themselves. */
static bool wants_guard(const struct pg_db *db, const struct pg_plan *p)
{
    static const char *const own[] = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"};

    if (!transaction_sent(db) || !db->base.careful)
        return false;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strncmp(p->sql, own[i], strlen(own[i])) == 0)
            return false;
    return true;
}

/* `e` is how the guarded statement went. */
static enum err unguard(struct pg_db *db, enum err e)
{
    if (!db->conn)
        return ERR_UNAVAILABLE;
    enum err undone = pg_text(db, e == OK ? SQL_DB_UNGUARD : SQL_DB_UNDO);
    return undone == OK ? e : undone;
}

/* A failed statement spoils its transaction in PostgreSQL; in SQLite it does not, and handlers may
 * go on. */
static enum err call_guarded(struct pg_db *db, struct pg_stmt *s, bool page, PGresult **ret)
{
    enum err e = pg_text(db, SQL_DB_GUARD);

    if (e == OK)
        e = unguard(db, call_plan(db, s, page, ret));
    if (e != OK) {
        PQclear(*ret);
        *ret = NULL;
    }
    return e;
}

/* Without the guard the whole job is run again, with it: a savepoint before each statement of every
 * job would cost far more than those few. */
static enum err spoilt(struct pg_db *db)
{
    db->base.again = db->base.again == DB_AGAIN_NO ? DB_AGAIN_CAREFUL : db->base.again;
    return ERR_UNAVAILABLE;
}

static enum err call_once(struct pg_db *db, struct pg_stmt *s, bool page, PGresult **ret)
{
    enum err e = pg_ready(db);

    if (e != OK)
        return e;
    if (wants_guard(db, s->plan))
        return call_guarded(db, s, page, ret);
    bool ends = strncmp(s->plan->sql, "ROLLBACK", 8) == 0;
    if (PQtransactionStatus(db->conn) == PQTRANS_INERROR && !ends)
        return spoilt(db);
    if (ends && pg_settle(db) != OK && !db->conn)
        return ERR_UNAVAILABLE;
    return call_plan(db, s, page, ret);
}

static enum err post_once(struct pg_db *db, struct pg_stmt *s, struct pg_stmt *who)
{
    struct pg_call call;
    enum err e = pg_ready(db);

    if (e == OK && PQtransactionStatus(db->conn) == PQTRANS_INERROR)
        return spoilt(db);
    if (e == OK)
        e = call_of(db, s, false, &call);
    return e == OK ? pg_post_call(db, &call, who) : e;
}

enum err pg_post(struct db_stmt *base)
{
    struct pg_db *db = (struct pg_db *)base->db;
    bool stale = db->conn != NULL && base->sql == base->db->driver->sql_begin;
    enum err e = post_once(db, (struct pg_stmt *)base, NULL);

    if (e == ERR_UNAVAILABLE && stale && !db->conn) /* as in run */
        e = post_once(db, (struct pg_stmt *)base, NULL);
    return e;
}

/* Where it cannot be sent now, its first step runs it. */
enum err pg_ask(struct db_stmt *base)
{
    struct pg_db *db = (struct pg_db *)base->db;
    struct pg_stmt *s = (struct pg_stmt *)base;
    enum err e = post_once(db, s, s);

    s->asked = e == OK;
    return e == ERR_UNAVAILABLE && !db->conn && !transaction_sent(db) ? OK : e;
}

/* Before the first row of what has come. */
static void begin_result(struct pg_stmt *s)
{
    s->row = -1;
    s->base.columns = PQnfields(s->result);
}

/* What was asked has come, or comes now. Without a result it went with its connection, and is run
 * as any other that nothing was lost with. */
static enum err hear_asked(struct pg_stmt *s)
{
    struct pg_db *db = (struct pg_db *)s->base.db;
    enum err e = s->result ? OK : pg_settle(db);

    s->asked = false;
    if (s->result) {
        begin_result(s);
        return OK;
    }
    return db->conn || transaction_sent(db) ? e : OK;
}

/* A connection that went stale while nobody used it is made anew, unseen: nothing that such a
 * statement did can be lost. */
static enum err run(struct pg_stmt *s, bool page)
{
    struct pg_db *db = (struct pg_db *)s->base.db;
    bool harmless =
        !transaction_sent(db) && (!s->plan->writes || s->base.sql == s->base.db->driver->sql_begin);
    bool stale = db->conn != NULL;
    PGresult *r = NULL;

    enum err e = call_once(db, s, page, &r);
    if (e == ERR_UNAVAILABLE && harmless && stale && !db->conn)
        e = call_once(db, s, page, &r);
    if (e == ERR_INTERNAL && s->base.sql == s->base.db->driver->sql_begin)
        e = ERR_UNAVAILABLE; /* a standby */
    if (e != OK)
        return e;
    PQclear(s->result);
    s->result = r;
    begin_result(s);
    return OK;
}

/* ── Pages ────────────────────────────────────────────────────────────────────────────────────────
 */

/* The rows after this page, the last of this page first: if it stands where it stood, then what
 * follows it is what followed. If not, the query's rows have moved under the cursor: its
 * transaction is good to be done again. */
static enum err page_after(struct pg_stmt *s)
{
    struct pg_db *db = (struct pg_db *)s->base.db;
    int had = PQntuples(s->result), most = had * PAGE_GROWTH;
    size_t bytes = strlen(s->plan->sql) + 64;
    char *sql = cell_must(malloc(bytes));
    PGresult *next = NULL;

    s->before += had - 1;
    snprintf(sql, bytes, "%s LIMIT %d OFFSET %" PRId64, s->plan->sql, most, s->before);
    enum err e = pg_ready(db);
    if (e == OK && PQtransactionStatus(db->conn) == PQTRANS_INERROR)
        e = spoilt(db);
    if (e == OK)
        e = pg_call(db, &(struct pg_call){.sql = sql, .args = &s->args}, &next);
    free(sql);
    if (e != OK)
        return e;
    if (PQntuples(next) == 0 || !pg_same_row(s->result, had - 1, next, 0)) {
        PQclear(next);
        s->base.db->again = DB_AGAIN_SOON;
        return db_fail(s->base.db, ERR_UNAVAILABLE, "the rows of a cursor moved");
    }
    PQclear(s->result);
    s->result = next;
    s->row = 0;
    s->more = PQntuples(next) == most;
    return OK;
}

enum err pg_step(struct db_stmt *base)
{
    struct pg_stmt *s = (struct pg_stmt *)base;

    if (s->asked) {
        enum err e = hear_asked(s);
        if (e != OK)
            return e;
    }
    if (!s->result) {
        bool page = base->lazy && s->plan->pageable;
        enum err e = run(s, page);
        if (e != OK)
            return e;
        s->more = page && PQntuples(s->result) == PG_PAGE_FIRST;
    }
    if (s->row + 1 >= PQntuples(s->result) && s->more) {
        enum err e = page_after(s);
        if (e != OK)
            return e;
    }
    if (s->row + 1 >= PQntuples(s->result))
        return ERR_NOT_FOUND;
    s->row++;
    return OK;
}

enum err pg_prepare_check(struct db *base, const char *sql)
{
    struct pg_db *db = (struct pg_db *)base;
    bool guard = transaction_sent(db);
    enum err e = pg_ready(db);

    if (e == OK && guard)
        e = pg_text(db, SQL_DB_GUARD);
    if (e != OK)
        return e;
    e = pg_name(db, "", sql);
    return guard ? unguard(db, e) : e;
}
