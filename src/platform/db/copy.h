/* Moves everything that one store holds into another, empty one of the same schema, and proves it.
 * Changes nothing in the first. */
#ifndef PLATFORM_DB_COPY_H
#define PLATFORM_DB_COPY_H

#include "platform/db/store.h"

/* How far it is; the rows are counted twice, for each is read back. */
struct copy_progress {
    const char *table;
    bool checking; /* reading back */
    bool table_done;
    int64_t table_rows; /* so far */
    int64_t rows, rows_all;
};

struct copy_watcher {
    void (*fn)(void *ctx, const struct copy_progress *p);
    void *ctx;
};

struct copied {
    int tables;
    int64_t rows;
};

/* From SQLite to PostgreSQL, both opened with `migrations`, in one transaction that keeps others
 * out: every table, then the numbers that come next, then every table read back and compared by
 * its count and the sum of its rows' hashes. ERR_CONFLICT: the second is not empty; else as db.h.
 * *ret_why: one sentence; nothing was kept then. */
enum err store_copy(struct store *from, struct store *to, const struct migration *migrations,
                    const struct copy_watcher *watcher, struct arena *a, struct copied *ret,
                    const char **ret_why);

#endif
