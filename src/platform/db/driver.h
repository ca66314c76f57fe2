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
    int columns;
    const struct shape *shape;   /* the shape that `fields` was made for */
    const struct field **fields; /* one a column */
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
    bool in_transaction;   /* between db_begin and db_commit */
    bool savepoint_wanted; /* a job has begun and written nothing yet */
    bool savepoint_open;
    struct stmt_cache *cache;
    struct db_stmt *open; /* statements in use: cursors */
    struct db_hook *hooks;
    size_t hooks_n, hooks_cap, hooks_at_savepoint;
    char error[DB_ERROR_BYTES];
};

/* What the drivers' stores have in common. */
struct store {
    const struct db_driver *driver;
    int migrations_applied;
};

struct db_driver {
    const char *dialect;
    /* What the migrations' tokens {{identity}}, {{blob}} and {{clustered}} stand for. */
    const char *identity, *blob, *clustered;
    const char *sql_begin; /* of a write transaction; static, like every statement */

    /* ret_why, ret_guest as in store_open; *ret_guest: a running server owns the store. */
    enum err (*open)(const struct store_options *options, struct arena *a, struct store **ret,
                     bool *ret_guest, const char **ret_why);
    void (*close)(struct store *s);
    enum err (*connect)(struct store *s, bool writer, struct db **ret, const char **ret_why);
    void (*disconnect)(struct db *db);

    enum err (*prepare)(struct db *db, const char *sql, struct db_stmt **ret);
    void (*finalize)(struct db_stmt *s);
    enum err (*bind)(struct db_stmt *s, struct db_args args);
    enum err (*step)(struct db_stmt *s); /* OK: a row; ERR_NOT_FOUND: no more */
    void (*reset)(struct db_stmt *s);
    const char *(*column_name)(struct db_stmt *s, int i);
    void (*column)(struct db_stmt *s, int i, struct db_arg *ret); /* borrowed until the next step */
    int64_t (*changed)(struct db_stmt *s);
    /* Several statements without parameters or rows. */
    enum err (*script)(struct db *db, const char *sql);
    /* Is the transaction that db_begin opened still there? Some errors end it on the store's own
     * account. */
    bool (*transaction_alive)(struct db *db);
    /* Would COMMIT succeed as far as constraints go? */
    bool (*constraints_hold)(struct db *db);
    /* A write is durable: make readers' snapshots reopen. */
    void (*committed)(struct db *db);
    void (*tidy)(struct db *db); /* NULL: never needed */
    enum err (*snapshot_use)(struct db *db);
    void (*snapshot_end)(struct db *db);
};

extern const struct db_driver DB_SQLITE;

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

/* ── row.c: the current row into a struct ─────────────────────────────────────────────────────────
 */

enum err row_read(struct db_stmt *s, struct arena *a, const struct shape *shape, void *obj);

/* ── migrate.c ────────────────────────────────────────────────────────────────────────────────────
 */

/* Bring the schema up to `list`; as a guest only check that it is there already. */
enum err migrate(struct db *db, const struct migration *list, bool guest, struct arena *a,
                 int *ret_applied, const char **ret_why);

#endif
