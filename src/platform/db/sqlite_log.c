/* Writes SQLite's write-ahead log in few large pieces: what a commit appends, a header and a page
 * at a time, goes to the system when the commit is synced. Must not hold back what anybody else may
 * read: SQLite publishes frames only after that sync (synchronous=FULL). */
#include "platform/db/sqlite.h"

#include <stdlib.h>
#include <string.h>

#define GATHER_BYTES ((size_t)126 * 1024) /* SQLite's own write takes less than 128 KiB at once */

/* A log: SQLite's own file behind it. */
struct log_file {
    sqlite3_file base;
    char *bytes; /* gathered, not yet written */
    size_t len;
    sqlite3_int64 at;              /* where they belong */
    _Alignas(void *) char inner[]; /* SQLite gives no more */
};

static sqlite3_vfs *SYSTEM;
static sqlite3_vfs GATHERING;

static struct log_file *log_of(sqlite3_file *file)
{
    return (struct log_file *)file;
}

static sqlite3_file *inner(sqlite3_file *file)
{
    return (sqlite3_file *)(void *)log_of(file)->inner;
}

/* On an error SQLite takes the commit back, and writes these places anew. */
static int flush(sqlite3_file *file)
{
    struct log_file *l = log_of(file);
    size_t len = l->len;

    l->len = 0;
    return len == 0 ? SQLITE_OK
                    : inner(file)->pMethods->xWrite(inner(file), l->bytes, (int)len, l->at);
}

static int log_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    struct log_file *l = log_of(file);
    int rc = SQLITE_OK;

    if (l->len > 0 && (at != l->at + (sqlite3_int64)l->len || l->len + (size_t)n > GATHER_BYTES))
        rc = flush(file);
    if (rc != SQLITE_OK || (size_t)n > GATHER_BYTES)
        return rc != SQLITE_OK ? rc : inner(file)->pMethods->xWrite(inner(file), bytes, n, at);
    if (l->len == 0)
        l->at = at;
    memcpy(l->bytes + l->len, bytes, (size_t)n);
    l->len += (size_t)n;
    return SQLITE_OK;
}

static int log_sync(sqlite3_file *file, int flags)
{
    int rc = flush(file);

    return rc != SQLITE_OK ? rc : inner(file)->pMethods->xSync(inner(file), flags);
}

static int log_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
    int rc = flush(file);

    return rc != SQLITE_OK ? rc : inner(file)->pMethods->xRead(inner(file), bytes, n, at);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int rc = flush(file);

    return rc != SQLITE_OK ? rc : inner(file)->pMethods->xTruncate(inner(file), size);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    int rc = flush(file);

    return rc != SQLITE_OK ? rc : inner(file)->pMethods->xFileSize(inner(file), ret);
}

static int log_close(sqlite3_file *file)
{
    int rc = flush(file);
    int closed = inner(file)->pMethods->xClose(inner(file));

    free(log_of(file)->bytes);
    return rc != SQLITE_OK ? rc : closed;
}

static int log_lock(sqlite3_file *file, int kind)
{
    return inner(file)->pMethods->xLock(inner(file), kind);
}

static int log_unlock(sqlite3_file *file, int kind)
{
    return inner(file)->pMethods->xUnlock(inner(file), kind);
}

static int log_locked(sqlite3_file *file, int *ret)
{
    return inner(file)->pMethods->xCheckReservedLock(inner(file), ret);
}

static int log_control(sqlite3_file *file, int op, void *arg)
{
    int rc = flush(file);

    return rc != SQLITE_OK ? rc : inner(file)->pMethods->xFileControl(inner(file), op, arg);
}

static int log_sector(sqlite3_file *file)
{
    return inner(file)->pMethods->xSectorSize(inner(file));
}

static int log_kind(sqlite3_file *file)
{
    return inner(file)->pMethods->xDeviceCharacteristics(inner(file));
}

static const sqlite3_io_methods METHODS = {
    .iVersion = 1, /* neither shared memory nor mapping: a log has none */
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_locked,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_kind,
};

/* Any file but a log is the system's own. */
static int gathering_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                          int *ret_flags)
{
    (void)vfs;
    if (!(flags & SQLITE_OPEN_WAL))
        return SYSTEM->xOpen(SYSTEM, name, file, flags, ret_flags);
    struct log_file *l = log_of(file);
    char *bytes = malloc(GATHER_BYTES);
    if (!bytes)
        return SQLITE_NOMEM;
    l->base.pMethods = NULL;
    int rc = SYSTEM->xOpen(SYSTEM, name, inner(file), flags, ret_flags);
    if (rc != SQLITE_OK) {
        free(bytes);
        return rc;
    }
    l->bytes = bytes;
    l->len = 0;
    l->base.pMethods = &METHODS;
    return SQLITE_OK;
}

const char *sqlite_log_register(void)
{
    SYSTEM = sqlite3_vfs_find(NULL);
    GATHERING = *SYSTEM;
    GATHERING.zName = "bookadate";
    GATHERING.szOsFile = (int)sizeof(struct log_file) + SYSTEM->szOsFile;
    GATHERING.xOpen = gathering_open;
    return sqlite3_vfs_register(&GATHERING, 0) == SQLITE_OK ? GATHERING.zName : NULL;
}
