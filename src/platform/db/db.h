/* The store, whichever it is: SQL with $1…$n bound by name, rows read into structs by column name.
 * A `struct db` is one connection as one thread may use it now. Handlers are given one (req->db)
 * and never open, begin or commit: the thread that runs them does. Knows nothing of dating, never
 * logs.
 *
 * Errors, the same for every call: ERR_CONFLICT a unique, foreign or check constraint refused the
 * statement; ERR_UNAVAILABLE the store is away, busy past its time-out or full; ERR_INTERNAL
 * anything else (a query that does not fit its shape or its arguments: a bug; db_error() says what,
 * for the log). */
#ifndef PLATFORM_DB_DB_H
#define PLATFORM_DB_DB_H

#include "base/arena.h"
#include "base/err.h"
#include "platform/json/fields.h"

struct db;

enum db_kind {
    DB_KIND_NULL,
    DB_KIND_INT,
    DB_KIND_REAL,
    DB_KIND_TEXT,
    DB_KIND_BLOB,
    DB_KIND_FILTER, /* only as an argument */
};

/* Which rows of a cursor are handed out: asked in the middle of its steps, so it must not touch the
 * database. Embedded as a first member. */
struct db_filter {
    bool (*passes)(struct db_filter *f, int64_t n);
};

struct db_arg {
    enum db_kind kind;
    union {
        int64_t i;
        double r;
        struct str s;
        struct db_filter *filter;
    } v;
};

struct db_args {
    const struct db_arg *v;
    size_t n;
};

/* Absent values bind as NULL. Texts are borrowed until the call returns (cursors: until closed). */
struct db_arg db_i64(int64_t v);
struct db_arg db_real(double v);
struct db_arg db_text(struct str s);
struct db_arg db_blob(struct str bytes);
/* For passes($n, column) in SQLite's statements: of the rows before it, those that it lets pass.
 * PostgreSQL has no such function. Borrowed until the cursor is closed. */
struct db_arg db_filter(struct db_filter *f);
/* FIELD_TEXTS: bound as a JSON array, made in the arena. */
struct db_arg db_texts(struct arena *a, const struct texts *texts);

#define DB_I64(x) db_i64(x)
#define DB_REAL(x) db_real(x)
#define DB_TEXT(x) db_text(x)
#define DB_BLOB(x) db_blob(x)
#define DB_ARGS(...)                                                                               \
    ((struct db_args){(const struct db_arg[]){__VA_ARGS__},                                        \
                      sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg)})
#define DB_NO_ARGS ((struct db_args){NULL, 0})

/* Many structs of one shape, in the caller's arena. */
struct rows {
    void *items; /* array of the shape's struct */
    size_t n;
};

/* `sql` is a constant of static lifetime: its address is the key of the prepared statement. */

/* The first row into *ret (texts in the arena); further rows are not read. ERR_NOT_FOUND: no row,
 * *ret untouched. Members that the query does not return are absent. A column that the shape does
 * not have is ERR_INTERNAL. */
enum err db_one(struct db *db, struct arena *a, const char *sql, const struct shape *shape,
                void *ret, struct db_args args);
/* All rows; the query has its own LIMIT. None when it fails. */
enum err db_all(struct db *db, struct arena *a, const char *sql, const struct shape *shape,
                struct rows *ret, struct db_args args);
/* The same in two halves, for a query that waits for nothing that comes before db_told: in a
 * transaction on a store elsewhere it goes out with the next statement, whose answer comes with its
 * own. Whoever asked is told, or gives it up (ret NULL). */
struct db_stmt;
enum err db_ask(struct db *db, const char *sql, struct db_args args, struct db_stmt **ret);
enum err db_told(struct db_stmt *asked, struct arena *a, const struct shape *shape,
                 struct rows *ret);
/* A statement without rows. *ret_changed (may be NULL): rows inserted, updated or deleted. Without
 * it, in a transaction on a store elsewhere, it goes out with the next statement: OK may turn out
 * to be wrong, and the job is then run again, each statement by itself. */
enum err db_run(struct db *db, const char *sql, struct db_args args, int64_t *ret_changed);
/* The same for a statement that must change one row. ERR_NOT_FOUND: it changed none, or several. */
enum err db_run_one(struct db *db, const char *sql, struct db_args args);
/* The first column of the first row as an integer (NULL: I64_NULL). ERR_NOT_FOUND: no row. */
enum err db_int(struct db *db, const char *sql, struct db_args args, int64_t *ret);
/* The first column of the first row as text or bytes, in the arena. ERR_NOT_FOUND: no row. */
enum err db_bytes(struct db *db, struct arena *a, const char *sql, struct db_args args,
                  struct str *ret);

/* Rows one at a time, read only as far as asked; several may be open on the same SQL. Close every
 * cursor before the handler returns. db_cursor_next: ERR_NOT_FOUND at the end. */
struct db_cursor;
enum err db_cursor_open(struct db *db, struct arena *a, const char *sql, struct db_args args,
                        struct db_cursor **ret);
enum err db_cursor_next(struct db_cursor *c, struct arena *a, const struct shape *shape, void *ret);
/* The same without a struct, for rows most of which are passed over: on to the next row, then its
 * values by the places of their columns; texts are the store's own until the next step. */
enum err db_cursor_step(struct db_cursor *c);
struct db_arg db_cursor_value(const struct db_cursor *c, int column);
void db_cursor_close(struct db_cursor *c);

/* Call fn(arg) once the transaction is durable, on the thread that committed it; never if it rolls
 * back. For what lives outside the store: revocations in memory, messages on the bus. arg must live
 * until then (a request's arena does). ERR_INTERNAL outside a write transaction. */
typedef void (*db_hook_fn)(void *arg);
enum err db_on_commit(struct db *db, db_hook_fn fn, void *arg);

/* What this job has read is not so any more: another changed it between the job's statements (its
 * UPDATE … WHERE version = … met no row). The job is run again, a bounded number of times; the
 * answer that it returns now counts only where that cannot be (one writer at a time). Returns
 * ERR_CONFLICT. */
enum err db_read_again(struct db *db);
/* How often this job was run before, and had to give way. */
int db_runs_before(const struct db *db);

/* Does nobody else write while this job does (SQLite)? Where others do (PostgreSQL), a job first
 * holds, by an UPDATE, the row that those wait for who would change what it decides by. */
bool db_alone(const struct db *db);

/* The store's own words about the last error of this job ("": none), for the log; never for a
 * caller. */
const char *db_error(const struct db *db);
/* "sqlite" or "postgres": for the few places where the plan differs (never the result). */
const char *db_dialect(const struct db *db);

#endif
