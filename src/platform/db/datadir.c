/* The data directory: made, checked, and owned by one server at a time. Knows no SQL. */
#include "platform/db/datadir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME "bookadate.lock"
#define LOCK_BYTES 128 /* a line with the pid, NULs, the counter */
#define COUNTER_OFFSET 64
#define LINE_BYTES 32

static enum err no(struct arena *a, const char **ret_why, enum err e, const char *what,
                   const char *path)
{
    *ret_why = arena_printf(a, "The data directory %s %s: %s", path, what, strerror(errno)).ptr;
    return e;
}

/* Who holds the lock, as it wrote itself down; 0 while it has not yet. */
static long holder(int fd)
{
    char line[LINE_BYTES] = "";

    return pread(fd, line, sizeof line - 1, 0) > 0 ? strtol(line, NULL, 10) : 0;
}

static enum err in_use(int fd, const char *path, struct arena *a, const char **ret_why)
{
    long pid = holder(fd);

    if (pid > 0)
        *ret_why =
            arena_printf(a, "The data directory %s is in use by another bookadate (process %ld)",
                         path, pid)
                .ptr;
    else
        *ret_why =
            arena_printf(a, "The data directory %s is in use by another bookadate", path).ptr;
    return ERR_CONFLICT;
}

static bool sign(int fd)
{
    char line[LINE_BYTES] = "";

    snprintf(line, sizeof line, "%ld\n", (long)getpid());
    return ftruncate(fd, LOCK_BYTES) == 0 &&
           pwrite(fd, line, sizeof line, 0) == (ssize_t)sizeof line;
}

static bool map_counter(int fd, struct datadir *ret)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || st.st_size < LOCK_BYTES)
        return false; /* its owner is just starting; mapping less would be a bus error later */
    char *page = mmap(NULL, LOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return false;
    ret->commits = (_Atomic uint64_t *)(void *)(page + COUNTER_OFFSET);
    ret->page = page;
    ret->lock_fd = fd;
    return true;
}

static enum err take(int fd, const char *path, bool *ret_guest, struct arena *a,
                     struct datadir *ret, const char **ret_why)
{
    bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;

    if (!locked && errno != EWOULDBLOCK)
        return no(a, ret_why, ERR_UNAVAILABLE, "cannot be locked", path);
    if (!locked && !ret_guest)
        return in_use(fd, path, a, ret_why);
    if (locked && !sign(fd))
        return no(a, ret_why, ERR_UNAVAILABLE, "is not writable", path);
    if (!map_counter(fd, ret))
        return in_use(fd, path, a, ret_why);
    if (ret_guest)
        *ret_guest = !locked;
    return OK;
}

enum err datadir_open(const char *path, bool *ret_guest, struct arena *a, struct datadir *ret,
                      const char **ret_why)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return no(a, ret_why, ERR_UNAVAILABLE, "cannot be made", path);

    const char *name = arena_printf(a, "%s/%s", path, LOCK_NAME).ptr;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return no(a, ret_why, ERR_UNAVAILABLE, "is not writable", path);
    enum err e = take(fd, path, ret_guest, a, ret, ret_why);
    if (e != OK)
        close(fd);
    return e;
}

void datadir_close(struct datadir *d)
{
    munmap(d->page, LOCK_BYTES);
    close(d->lock_fd);
}

int64_t datadir_store_bytes(const char *path)
{
    static const char *const NAMES[] = {"bookadate.db", "bookadate.db-wal"};
    char file[PATH_MAX];
    struct stat st;
    int64_t bytes = 0;

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        snprintf(file, sizeof(file), "%s/%s", path, NAMES[i]);
        if (stat(file, &st) == 0)
            bytes += st.st_size;
    }
    return bytes;
}
