/* Copies and checks SQLite files: see backup.h. */
#include "platform/db/backup.h"

#include "base/str.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGES_A_STEP 512
#define BUSY_MS 5000

static enum err no(struct arena *a, enum err e, const char **ret_why, const char *path,
                   const char *what)
{
    *ret_why = arena_printf(a, "%s: %s", path, what).ptr;
    return e;
}

/* Reads only, and leaves the log alone when it goes. */
static enum err open_file(const char *path, bool live, struct arena *a, sqlite3 **ret,
                          const char **ret_why)
{
    if (access(path, R_OK) != 0)
        return no(a, ERR_NOT_FOUND, ret_why, path, "there is no store");
    int flags = SQLITE_OPEN_NOMUTEX | (live ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(path, ret, flags, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(*ret, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, live, (int *)NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*ret, "PRAGMA query_only = ON", NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(*ret, BUSY_MS);
        return OK;
    }
    enum err e = no(a, ERR_UNAVAILABLE, ret_why, path, sqlite3_errstr(rc));
    sqlite3_close(*ret);
    return e;
}

/* ── Copying ──────────────────────────────────────────────────────────────────────────────────────
 */

static int copy_pages(sqlite3 *from, sqlite3 *to, const struct backup_watcher *watcher)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    int rc = SQLITE_OK;

    if (b == NULL)
        return sqlite3_errcode(to);
    while ((rc = sqlite3_backup_step(b, PAGES_A_STEP)) == SQLITE_OK) {
        int all = sqlite3_backup_pagecount(b);
        watcher->fn(watcher->ctx, all - sqlite3_backup_remaining(b), all);
    }
    int end = sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? end : rc;
}

static bool make_durable(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool well = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return well;
}

/* The snapshot is held from the first page to the last, so that no commit begins the copy anew. The
 * copy stands alone: no log beside it. */
static int copy_snapshot(sqlite3 *from, const char *path, const struct backup_watcher *watcher)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_exec(from, "BEGIN; SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc == SQLITE_OK)
        rc = copy_pages(from, to, watcher);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    sqlite3_exec(from, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(to);
    return rc;
}

enum err store_file_copy(const char *data_dir, const char *to, const struct backup_watcher *watcher,
                         struct arena *a, const char **ret_why)
{
    struct str path = arena_printf(a, "%s/bookadate.db", data_dir);
    sqlite3 *from = NULL;

    enum err e = open_file(path.ptr, true, a, &from, ret_why);
    if (e != OK)
        return e;
    int fd = open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    int rc = fd >= 0 ? copy_snapshot(from, to, watcher) : SQLITE_CANTOPEN;
    sqlite3_close(from);
    if (rc == SQLITE_OK && !make_durable(to))
        rc = SQLITE_IOERR;
    return rc == SQLITE_OK ? OK : no(a, ERR_UNAVAILABLE, ret_why, to, sqlite3_errstr(rc));
}

/* ── Checking ─────────────────────────────────────────────────────────────────────────────────────
 */

struct first_text {
    char text[200];
};

static int note_first(void *arg, int columns, char **values, char **names)
{
    struct first_text *to = arg;

    (void)names;
    if (to->text[0] == '\0' && columns > 0)
        snprintf(to->text, sizeof(to->text), "%s", values[0] != NULL ? values[0] : "(null)");
    return 0;
}

/* A pragma that says `good`, or complains. */
static enum err ask(sqlite3 *db, const char *sql, const char *good, const char *path,
                    struct arena *a, const char **ret_why)
{
    struct first_text said = {""};
    int rc = sqlite3_exec(db, sql, note_first, &said, NULL);

    if (rc == SQLITE_OK && strcmp(said.text, good) == 0)
        return OK;
    struct str what =
        arena_printf(a, "it is damaged (%s)", rc != SQLITE_OK ? sqlite3_errmsg(db) : said.text);
    return no(a, ERR_INVALID, ret_why, path, what.ptr);
}

static enum err count_table(sqlite3 *db, const char *table, struct arena *a,
                            struct store_file_count *to)
{
    sqlite3_stmt *s = NULL;
    char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", table);

    (void)a;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
        to->tables++;
        to->rows += sqlite3_column_int64(s, 0);
    }
    rc = rc == SQLITE_OK ? sqlite3_finalize(s) : rc;
    sqlite3_free(sql);
    return rc == SQLITE_OK ? OK : ERR_INVALID;
}

static enum err count_rows(sqlite3 *db, struct arena *a, struct store_file_count *ret)
{
    sqlite3_stmt *s = NULL;
    enum err e = OK;
    int rc = sqlite3_prepare_v2(db,
                                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT "
                                "LIKE 'sqlite_%'",
                                -1, &s, NULL);

    *ret = (struct store_file_count){0};
    while (rc == SQLITE_OK && e == OK && sqlite3_step(s) == SQLITE_ROW)
        e = count_table(db, (const char *)sqlite3_column_text(s, 0), a, ret);
    rc = sqlite3_finalize(s);
    return e == OK && rc != SQLITE_OK ? ERR_INVALID : e;
}

enum err store_file_check(const char *path, struct arena *a, struct store_file_count *ret,
                          const char **ret_why)
{
    sqlite3 *db = NULL;
    enum err e = open_file(path, false, a, &db, ret_why);

    if (e != OK)
        return e;
    e = ask(db, "PRAGMA integrity_check(1)", "ok", path, a, ret_why);
    if (e == OK)
        e = ask(db, "PRAGMA foreign_key_check", "", path, a, ret_why);
    if (e == OK && count_rows(db, a, ret) != OK)
        e = no(a, ERR_INVALID, ret_why, path, "it is damaged (a table cannot be read)");
    sqlite3_close(db);
    return e;
}

enum err store_file_quick_check(const char *path, struct arena *a, const char **ret_why)
{
    sqlite3 *db = NULL;
    enum err e = open_file(path, true, a, &db, ret_why);

    if (e != OK)
        return e;
    e = ask(db, "PRAGMA quick_check(1)", "ok", path, a, ret_why);
    sqlite3_close(db);
    return e;
}

const char STORE_MIGRATIONS_COUNT[] = "SELECT count(*) FROM schema_migrations";

int64_t store_file_migrations(const char *path, struct arena *a)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    int64_t n = 0;
    const char *why;

    if (open_file(path, true, a, &db, &why) != OK)
        return 0;
    if (sqlite3_prepare_v2(db, STORE_MIGRATIONS_COUNT, -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return n;
}
