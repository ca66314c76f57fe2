/* What a store must be able to do to stand behind db.h: one small table of functions, one file a
 * store. Private to this folder; nothing above it may include this. */
#ifndef PLATFORM_DB_DRIVER_H
#define PLATFORM_DB_DRIVER_H

#include "platform/db/store.h"

#include <stdatomic.h>

#define DB_ERROR_BYTES 512

/* One prepared instance of one SQL text on one connection. A driver embeds it as its first member.
 */
struct db_stmt {
    struct db *db;
    const char *sql;
    struct db_stmt *next_idle; /* in its cache entry */
    struct db_stmt *open_prev; /* among db->open while in use */
    struct db_stmt *open_next;
    bool writes;
    bool lazy;   /* a cursor: read no more rows than are asked for, or not many more */
    int columns; /* known once it has been stepped */
    const struct shape *shape;   /* the shape that `fields` was made for */
    const struct field **fields; /* one a column */
};

/* Where the transaction that db_begin promised stands. */
enum db_tx {
    DB_TX_NONE,   /* gone, or never was */
    DB_TX_OPEN,   /* or not sent yet: nothing has been written */
    DB_TX_FAILED, /* only good for ROLLBACK */
};

/* Whether and how db_transaction runs its job again. */
enum db_again {
    DB_AGAIN_NO,
    DB_AGAIN_SOON,    /* it met another one (serialization, deadlock), or its connection went */
    DB_AGAIN_CAREFUL, /* it went on after a failed statement: with a savepoint before each */
};

struct db_hook {
    db_hook_fn fn;
    void *arg;
};

/* One connection; used by one thread at a time. A driver embeds it as its first member. */
struct db {
    const struct db_driver *driver;
    struct store *store;
    bool writer;
    bool in_transaction; /* between db_begin and db_commit */
    bool begin_wanted;   /* … but BEGIN is sent with the first write */
    bool committing;
    bool careful;          /* a failed statement must leave its transaction usable */
    enum db_again again;   /* what the statements of this job said */
    int runs_before;       /* of this job, by db_transaction */
    bool savepoint_wanted; /* a job has begun and written nothing yet */
    bool savepoint_open;
    bool one_change;        /* a job without a savepoint: it makes one change at most … */
    bool changed;           /* … and has made it */
    bool unguarded;         /* a job that nothing guards: what it changed is not taken back alone */
    int64_t changes_before; /* the driver's count when it began */
    struct stmt_cache *cache;
    struct db_stmt *open; /* statements in use: cursors */
    struct db_hook *hooks;
    size_t hooks_n, hooks_cap, hooks_at_savepoint;
    char error[DB_ERROR_BYTES];
};

/* What the drivers' stores have in common. */
struct store {
    const struct db_driver *driver;
    const char *place; /* as in store_place */
    int migrations_applied;
    atomic_bool away;
};

struct db_driver {
    const char *dialect;
    /* What the migrations' tokens {{identity}}, {{rowid}}, {{blob}}, {{clustered}} and {{postgres}}
     * stand for; the last comes before a statement on one line that is for PostgreSQL alone. */
    const char *identity, *rowid, *blob, *clustered, *postgres;
    const char *sql_begin; /* of a write transaction; static, like every statement */
    bool begins_late;      /* reads need no transaction: BEGIN waits for the first write */
    /* A script at the start of a migration's transaction that keeps other processes' migrations
     * out until its end; NULL: there are no others. */
    const char *sql_migration_lock;

    /* ret_why, ret_guest as in store_open; *ret_guest: a running server owns the store. */
    enum err (*open)(const struct store_options *options, struct arena *a, struct store **ret,
                     bool *ret_guest, const char **ret_why);
    void (*close)(struct store *s);
    enum err (*connect)(struct store *s, bool writer, struct db **ret, const char **ret_why);
    void (*disconnect)(struct db *db);
    bool (*ready)(struct db *db); /* db_ready; NULL: always */

    enum err (*prepare)(struct db *db, const char *sql, struct db_stmt **ret);
    /* Would the store accept it? NULL: prepare says so. */
    enum err (*prepare_check)(struct db *db, const char *sql);
    void (*finalize)(struct db_stmt *s);
    enum err (*bind)(struct db_stmt *s, struct db_args args);
    enum err (*step)(struct db_stmt *s); /* OK: a row; ERR_NOT_FOUND: no more */
    /* Have it run in its turn, before the next step of any statement, and go on: that one, or the
     * transaction's end, hears how it went. What the job cannot go on from as it is makes it run
     * again, carefully. NULL: nothing is won by it. */
    enum err (*post)(struct db_stmt *s);
    /* The same for a query: its first step, later, has the rows. NULL: nothing is won by it. */
    enum err (*ask)(struct db_stmt *s);
    void (*reset)(struct db_stmt *s);
    const char *(*column_name)(struct db_stmt *s, int i);
    void (*column)(struct db_stmt *s, int i, struct db_arg *ret); /* borrowed until the next step */
    int64_t (*changed)(struct db_stmt *s);
    /* Rows that this connection has changed so far, by whatever; NULL: not known. */
    int64_t (*changes)(struct db *db);
    /* Several statements without parameters or rows. */
    enum err (*script)(struct db *db, const char *sql);
    /* Some errors end or spoil a transaction on the store's own account. */
    enum db_tx (*transaction)(struct db *db);
    /* Would COMMIT succeed as far as constraints go? */
    bool (*constraints_hold)(struct db *db);
    /* A write is durable: make readers' snapshots reopen. */
    void (*committed)(struct db *db);
    void (*tidy)(struct db *db); /* NULL: never needed */
    enum err (*snapshot_use)(struct db *db);
    void (*snapshot_end)(struct db *db);
};

extern const struct db_driver DB_SQLITE;
extern const struct db_driver DB_POSTGRES;

/* Note an error for db_error(); returns e. */
enum err db_fail(struct db *db, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ── stmt.c: prepared statements by SQL address ───────────────────────────────────────────────────
 */

struct stmt_cache *stmt_cache_new(void);
void stmt_cache_free(struct stmt_cache *c, const struct db_driver *driver);
/* An instance nobody uses, bound and ready to step; opens the job's savepoint before its first
 * write. */
enum err stmt_open(struct db *db, const char *sql, struct db_args args, struct db_stmt **ret);
void stmt_close(struct db_stmt *s);
/* Close whatever a handler forgot: a forgotten cursor would keep an old snapshot alive. */
void stmt_close_all(struct db *db);
/* Run to the end, rows ignored; no savepoint, no bookkeeping: for BEGIN, COMMIT and the like. */
enum err stmt_exec(struct db *db, const char *sql);
/* May it be posted instead of stepped? Within a transaction that can be run again. */
bool stmt_may_post(const struct db_stmt *s);
/* Send the BEGIN that is still owed. */
enum err stmt_begin(struct db *db);

/* ── row.c: the current row into a struct ─────────────────────────────────────────────────────────
 */

enum err row_read(struct db_stmt *s, struct arena *a, const struct shape *shape, void *obj);

/* ── migrate.c ────────────────────────────────────────────────────────────────────────────────────
 */

/* Bring the schema up to `list`; as a guest only check that it is there already. */
enum err migrate(struct db *db, const struct migration *list, bool guest, struct arena *a,
                 int *ret_applied, const char **ret_why);

#endif
