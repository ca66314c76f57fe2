/* A copy of an embedded store's file while others use it, and whether such a file is sound. Knows
 * no table by name. Blocks. */
#ifndef PLATFORM_DB_BACKUP_H
#define PLATFORM_DB_BACKUP_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct backup_watcher {
    void (*fn)(void *ctx, int64_t done, int64_t all); /* pages */
    void *ctx;
};

/* What is committed in <data_dir>/bookadate.db at one moment into a new file, durable when it
 * returns (https://sqlite.org/backup.html). Nobody waits for it. ERR_NOT_FOUND: there is no store;
 * ERR_UNAVAILABLE. *ret_why: one sentence. */
enum err store_file_copy(const char *data_dir, const char *to, const struct backup_watcher *watcher,
                         struct arena *a, const char **ret_why);
/* Opens such a file and looks at every page and reference of it; counts its rows. ERR_INVALID: it
 * is damaged. */
struct store_file_count {
    int64_t tables, rows;
};
enum err store_file_check(const char *path, struct arena *a, struct store_file_count *ret,
                          const char **ret_why);
/* The quick half of it, of a store that is in use: PRAGMA quick_check. */
enum err store_file_quick_check(const char *path, struct arena *a, const char **ret_why);
/* The query for how many migrations a store has had, on either; fails where there is none yet. */
extern const char STORE_MIGRATIONS_COUNT[];
/* The number of a file; 0: it cannot be told. */
int64_t store_file_migrations(const char *path, struct arena *a);

#endif
