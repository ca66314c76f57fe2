/* SQLite as the process's store: the file, its connections and their settings, snapshots. Every
 * connection of a process must be closed through here. */
#include "platform/db/sqlite.h"

#include "base/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Measured: mmap saves a read 1 µs. synchronous=FULL: an answered write survives a power cut.
 * Nobody checkpoints by itself: see sqlite_tidy. */
static const char ALL_SETTINGS[] = "PRAGMA foreign_keys = ON;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA mmap_size = 1073741824;"
                                   "PRAGMA wal_autocheckpoint = 0;"
                                   "PRAGMA temp_store = MEMORY;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA case_sensitive_like = ON;"; /* as PostgreSQL */
static const char WAL_SETTING[] = "PRAGMA journal_mode = WAL;"; /* answers with the mode in force */
/* The writer maps nothing: while a transaction writes, SQLite looks up each mapped page in the log
 * anew (measured: half of a find among a million people); pages in its own cache it does not. */
static const char WRITER_SETTINGS[] = "PRAGMA mmap_size = 0;"
                                      "PRAGMA cache_size = -65536;"
                                      "PRAGMA journal_size_limit = 268435456;";
static const char READER_SETTINGS[] = "PRAGMA query_only = ON;";

#define LOG_PAGES 2000   /* longer ones keep writers waiting longer while they are copied back */
#define TIDY_BUSY_MS 100 /* many turns of a loop, after which it has let its snapshot go */
#define WRITER_BUSY_MS 5000
#define READER_BUSY_MS 1000 /* a loop waits here: only while a crashed store is recovered */

static const char SQL_DB_SNAPSHOT_BEGIN[] = "BEGIN";
static const char SQL_DB_SNAPSHOT_END[] = "COMMIT";

static pthread_once_t configured = PTHREAD_ONCE_INIT;

static const char *writer_vfs;

static void configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS,
                   0); /* its counters are a lock that all threads would share */
    writer_vfs = sqlite_log_register();
}

/* Made by us with mode 0600 (SQLite takes it over for its other files). Never opened when it
 * exists: closing a descriptor would drop the locks of this process's own connections. */
static void make_private(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
}

static enum err sqlite_open_store(const struct store_options *options, struct arena *a,
                                  struct store **ret, bool *ret_guest, const char **ret_why)
{
    struct datadir dir;
    enum err e =
        datadir_open(options->data_dir, options->guest ? ret_guest : NULL, a, &dir, ret_why);

    if (e != OK)
        return e;
    pthread_once(&configured, configure);

    struct sqlite_store *s = cell_must(calloc(1, sizeof *s));
    size_t path_bytes = strlen(options->data_dir) + sizeof "/bookadate.db";
    size_t place_bytes = strlen(options->data_dir) + sizeof "SQLite in ";
    char *path = cell_must(malloc(path_bytes)), *place = cell_must(malloc(place_bytes));
    snprintf(path, path_bytes, "%s/bookadate.db", options->data_dir);
    snprintf(place, place_bytes, "SQLite in %s", options->data_dir);
    make_private(path);
    s->base.driver = &DB_SQLITE;
    s->base.place = s->place = place;
    s->dir = dir;
    s->path = path;
    s->log_pages = options->log_pages > 0 ? options->log_pages : LOG_PAGES;
    *ret = &s->base;
    return OK;
}

static void sqlite_close_store(struct store *base)
{
    struct sqlite_store *s = (struct sqlite_store *)base;

    datadir_close(&s->dir);
    free(s->path);
    free(s->place);
    free(s);
}

static int note_mode(void *is_wal, int columns, char **values, char **names)
{
    (void)names;
    *(bool *)is_wal = columns == 1 && values[0] && strcmp(values[0], "wal") == 0;
    return 0;
}

/* SQLite stays in another mode, without an error, where the file system cannot share memory. */
static int use_wal(sqlite3 *handle)
{
    bool is_wal = false;
    int rc = sqlite3_exec(handle, WAL_SETTING, note_mode, &is_wal, NULL);

    return rc == SQLITE_OK && !is_wal ? SQLITE_NOLFS : rc;
}

static int note_log(void *arg, sqlite3 *handle, const char *name, int pages)
{
    struct sqlite_db *db = arg;
    int limit = ((struct sqlite_store *)db->base.store)->log_pages;

    (void)handle;
    (void)name;
    db->log_pages_now = pages;
    if (pages < limit)
        db->tidy_at = limit;
    return SQLITE_OK;
}

/* SQLite's own checkpoint after a commit waits for nobody, and beside loops that always have some
 * snapshot open it never gets to start the log anew: the log grows without end. This one waits
 * until each reader has moved on once, and only then is the log really empty. */
static void sqlite_tidy(struct db *base)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    int limit = ((struct sqlite_store *)base->store)->log_pages;

    if (db->log_pages_now < db->tidy_at)
        return;
    sqlite3_busy_timeout(db->handle, TIDY_BUSY_MS);
    int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    sqlite3_busy_timeout(db->handle, WRITER_BUSY_MS);
    /* Somebody holds on to an old snapshot: most is copied, the rest can wait a while. */
    db->tidy_at = rc == SQLITE_OK ? limit : db->log_pages_now + limit / 4 + 1;
    db->log_pages_now = 0;
}

static int apply_settings(sqlite3 *handle, bool writer)
{
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, writer ? WRITER_BUSY_MS : READER_BUSY_MS);
    /* "x" is a name and never a text, as in PostgreSQL. */
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, (int *)NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    int rc = sqlite_add_functions(handle);
    if (rc == SQLITE_OK && writer)
        rc = use_wal(handle);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(handle, ALL_SETTINGS, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(handle, writer ? WRITER_SETTINGS : READER_SETTINGS, NULL, NULL, NULL);
    return rc;
}

static void sqlite_disconnect(struct db *base)
{
    struct sqlite_db *db = (struct sqlite_db *)base;

    sqlite3_close(db->handle);
    free(db);
}

static enum err sqlite_connect(struct store *base, bool writer, struct db **ret,
                               const char **ret_why)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    struct sqlite_db *db = cell_must(calloc(1, sizeof *db));

    db->base.driver = &DB_SQLITE;
    db->base.store = base;
    db->base.writer = writer;
    db->tidy_at = s->log_pages;
    int rc = sqlite3_open_v2(s->path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                             writer ? writer_vfs : NULL);
    if (rc == SQLITE_OK)
        rc = apply_settings(db->handle, writer);
    if (rc == SQLITE_OK && writer)
        sqlite3_wal_hook(db->handle, note_log, db);
    if (rc != SQLITE_OK) {
        enum err e = sqlite_fail(db, rc);
        *ret_why = rc == SQLITE_NOLFS ? "its file system cannot hold a write-ahead log"
                                      : sqlite3_errstr(rc);
        sqlite_disconnect(&db->base);
        return e;
    }
    *ret = &db->base;
    return OK;
}

static enum err sqlite_script(struct db *base, const char *sql)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? OK : sqlite_fail(db, rc);
}

static enum db_tx sqlite_transaction(struct db *base)
{
    return sqlite3_get_autocommit(((struct sqlite_db *)base)->handle) ? DB_TX_NONE : DB_TX_OPEN;
}

static int64_t sqlite_changes(struct db *base)
{
    return sqlite3_total_changes64(((struct sqlite_db *)base)->handle);
}

/* Only a deferred foreign key can be open here; at COMMIT it would fail the whole batch. */
static bool sqlite_constraints_hold(struct db *base)
{
    int open = 0, highest;

    sqlite3_db_status(((struct sqlite_db *)base)->handle, SQLITE_DBSTATUS_DEFERRED_FKS, &open,
                      &highest, 0);
    return open == 0;
}

static _Atomic uint64_t *commits(struct db *db)
{
    return ((struct sqlite_store *)db->store)->dir.commits;
}

static void sqlite_committed(struct db *db)
{
    atomic_fetch_add_explicit(commits(db), 1, memory_order_release);
}

static void sqlite_snapshot_end(struct db *base)
{
    struct sqlite_db *db = (struct sqlite_db *)base;

    if (!db->snapshot_open)
        return;
    stmt_close_all(base);
    stmt_exec(base, SQL_DB_SNAPSHOT_END);
    db->snapshot_open = false;
}

static enum err sqlite_snapshot_use(struct db *base)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    /* Read before BEGIN: the snapshot then holds at least these commits. */
    uint64_t now = atomic_load_explicit(commits(base), memory_order_acquire);

    if (db->snapshot_open && db->snapshot_commits == now)
        return OK;
    sqlite_snapshot_end(base);
    enum err e = stmt_exec(base, SQL_DB_SNAPSHOT_BEGIN);
    db->snapshot_open = e == OK;
    db->snapshot_commits = now;
    return e;
}

const struct db_driver DB_SQLITE = {
    .dialect = "sqlite",
    .identity = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .rowid = "INTEGER PRIMARY KEY", /* measured: 3 µs a row cheaper */
    .blob = "BLOB",
    .clustered = " WITHOUT ROWID",
    .postgres = "-- ",
    .sql_begin = "BEGIN IMMEDIATE",
    .open = sqlite_open_store,
    .close = sqlite_close_store,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .prepare = sqlite_prepare,
    .finalize = sqlite_finalize,
    .bind = sqlite_bind,
    .step = sqlite_step,
    .reset = sqlite_reset,
    .column_name = sqlite_column_name,
    .column = sqlite_column,
    .changed = sqlite_changed,
    .changes = sqlite_changes,
    .script = sqlite_script,
    .transaction = sqlite_transaction,
    .constraints_hold = sqlite_constraints_hold,
    .committed = sqlite_committed,
    .tidy = sqlite_tidy,
    .snapshot_use = sqlite_snapshot_use,
    .snapshot_end = sqlite_snapshot_end,
};
