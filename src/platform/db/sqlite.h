/* What the parts of the SQLite driver share: statements (sqlite.c, sqlite_insert.c) and the store
 * itself (sqlite_store.c). */
#ifndef PLATFORM_DB_SQLITE_H
#define PLATFORM_DB_SQLITE_H

#include "platform/db/datadir.h"
#include "platform/db/driver.h"

#include <sqlite3.h>

struct sqlite_store {
    struct store base;
    struct datadir dir;
    char *path;
    char *place;   /* base.place */
    int log_pages; /* as in store_options */
};

struct sqlite_db {
    struct db base;
    sqlite3 *handle;
    int log_pages_now, tidy_at; /* the writer's: length of the log, and when to empty it */
    bool snapshot_open;
    uint64_t snapshot_commits; /* the commit counter when the snapshot was opened, at the latest */
};

struct sqlite_stmt {
    struct db_stmt base;
    sqlite3_stmt *handle;
    /* sqlite_insert.c: of an INSERT that makes one row, the statement that reads it; or, where
     * nothing but its number is wanted, that column's name. */
    sqlite3_stmt *row;
    const char *number;
    bool row_made;
    int64_t number_made;
    int params;      /* SQLite's own numbering, by first appearance … */
    int *arg_of;     /* … and the argument each stands for: params of them */
    int args_wanted; /* the highest n of $n */
};

/* sqlite_log.c: the name of a VFS whose log goes to the system in large pieces, for the writer with
 * synchronous=FULL; NULL: the system's own is to be used. Once a process. */
const char *sqlite_log_register(void);

/* Translate a result code and keep the store's words. */
enum err sqlite_fail(struct sqlite_db *db, int rc);

/* passes() of db_filter; a result code. */
int sqlite_add_functions(sqlite3 *handle);

enum err sqlite_prepare(struct db *db, const char *sql, struct db_stmt **ret);
void sqlite_finalize(struct db_stmt *s);
enum err sqlite_bind(struct db_stmt *s, struct db_args args);
enum err sqlite_step(struct db_stmt *s);
void sqlite_reset(struct db_stmt *s);
const char *sqlite_column_name(struct db_stmt *s, int i);
void sqlite_column(struct db_stmt *s, int i, struct db_arg *ret);
int64_t sqlite_changed(struct db_stmt *s);

/* ── sqlite_insert.c ──────────────────────────────────────────────────────────────────────────────
 */

/* Fill in handle, and row or number, when sql is an INSERT … RETURNING that makes at most one row;
 * else none. */
void sqlite_insert_prepare(struct sqlite_db *db, const char *sql, struct sqlite_stmt *s);
/* A result code of SQLite's, as if the INSERT had returned the row. */
int sqlite_insert_step(struct sqlite_stmt *s);

#endif
