/* The data directory: made, checked, and owned by one server at a time. Knows no SQL. */
#ifndef PLATFORM_DB_DATADIR_H
#define PLATFORM_DB_DATADIR_H

#include "base/arena.h"
#include "base/err.h"

#include <stdatomic.h>

struct datadir {
    int lock_fd;
    void *page; /* of the lock file, shared by all processes on this directory */
    /* In it: counts the commits of all of them, so that a server's readers notice what an admin
     * command wrote. */
    _Atomic uint64_t *commits;
};

/* Make the directory (0700) and take its lock. When another process holds it: with ret_guest
 * *ret_guest is true and the lock is left alone; without, ERR_CONFLICT. ERR_UNAVAILABLE: cannot be
 * made or written. *ret_why: one sentence naming the directory. */
enum err datadir_open(const char *path, bool *ret_guest, struct arena *a, struct datadir *ret,
                      const char **ret_why);
/* Bytes of the store's files there: the database and its log. */
int64_t datadir_store_bytes(const char *path);
void datadir_close(struct datadir *d);

#endif
