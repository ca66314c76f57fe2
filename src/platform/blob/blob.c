/* Files by name in one directory. A name is checked before it reaches the file system; a file
 * appears whole and durable or not at all. Never follows a link, never leaves the directory. */
#include "platform/blob/blob.h"

#include "base/cell.h"
#include "platform/clock.h"
#include "platform/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 64
#define TEMPORARY_PREFIX ".new-" /* no name of ours begins with a dot */
#define TEMPORARY_BYTES 32

struct blob_store {
    int dir;
};

static bool name_good(struct str name, char out[NAME_MAX_BYTES + 1])
{
    static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";

    if (name.len == 0 || name.len > NAME_MAX_BYTES || name.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (!memchr(ALLOWED, name.ptr[i], sizeof ALLOWED - 1))
            return false;
    }
    memcpy(out, name.ptr, name.len);
    out[name.len] = '\0';
    return true;
}

/* ── Opening ── */

/* The directory and those above it that are missing. */
static bool make_directories(const char *dir)
{
    char path[PATH_MAX];
    size_t len = strlen(dir);

    if (len == 0 || len >= sizeof path) {
        errno = len == 0 ? ENOENT : ENAMETOOLONG;
        return false;
    }
    memcpy(path, dir, len + 1);
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* What a process left behind that died while writing. */
static void remove_temporaries(int dir)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);

    if (!d) {
        if (copy >= 0)
            close(copy);
        return;
    }
    for (struct dirent *e; (e = readdir(d));) {
        if (strncmp(e->d_name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0)
            unlinkat(dir, e->d_name, 0);
    }
    closedir(d);
}

enum err blob_open(const char *dir, struct blob_store **ret, const char **ret_why)
{
    static char why[PATH_MAX + 128]; /* opened by one thread, at the start */
    int fd = make_directories(dir) ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd < 0 || faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        snprintf(why, sizeof why, "The directory %s cannot be used: %s", dir, strerror(errno));
        *ret_why = why;
        if (fd >= 0)
            close(fd);
        return ERR_UNAVAILABLE;
    }
    struct blob_store *b = cell_must(malloc(sizeof *b));
    b->dir = fd;
    remove_temporaries(fd);
    *ret = b;
    return OK;
}

void blob_close(struct blob_store *b)
{
    if (!b)
        return;
    close(b->dir);
    free(b);
}

/* ── Writing ── */

/* Give the file its name unless somebody has it; link() because every file system of a server has
 * it. */
static enum err publish(const struct blob_store *b, const char *temporary, const char *name)
{
    if (linkat(b->dir, temporary, b->dir, name, 0) != 0)
        return errno == EEXIST ? ERR_CONFLICT : ERR_UNAVAILABLE;
    if (fsync(b->dir) == 0)
        return OK;
    unlinkat(b->dir, name, 0); /* the caller is told that it is not here */
    return ERR_UNAVAILABLE;
}

static enum err write_temporary(const struct blob_store *b, const char *temporary, struct str bytes)
{
    int fd = openat(b->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return ERR_UNAVAILABLE;
    bool good = fd_write_all(fd, bytes) && fsync(fd) == 0;
    return close(fd) == 0 && good ? OK : ERR_UNAVAILABLE;
}

enum err blob_put(struct blob_store *b, struct str name, struct str bytes)
{
    char text[NAME_MAX_BYTES + 1], temporary[TEMPORARY_BYTES];
    uint64_t number;
    struct stat st;

    if (!name_good(name, text))
        return ERR_NOT_FOUND;
    if (fstatat(b->dir, text, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return ERR_CONFLICT; /* link() says so too, but only after all was written */
    random_fill(&number, sizeof number);
    snprintf(temporary, sizeof temporary, TEMPORARY_PREFIX "%016" PRIx64, number);
    enum err e = write_temporary(b, temporary, bytes);
    if (e == OK)
        e = publish(b, temporary, text);
    unlinkat(b->dir, temporary, 0);
    return e;
}

enum err blob_delete(struct blob_store *b, struct str name)
{
    char text[NAME_MAX_BYTES + 1];

    if (!name_good(name, text))
        return OK; /* cannot be here */
    if (unlinkat(b->dir, text, 0) != 0)
        return errno == ENOENT ? OK : ERR_UNAVAILABLE;
    return fsync(b->dir) == 0 ? OK : ERR_UNAVAILABLE;
}

/* ── Reading ── */

enum err blob_get(struct blob_store *b, struct str name, int *ret_fd, int64_t *ret_bytes)
{
    char text[NAME_MAX_BYTES + 1];
    struct stat st;

    if (!name_good(name, text))
        return ERR_NOT_FOUND;
    int fd = openat(b->dir, text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ELOOP || errno == ENXIO ? ERR_NOT_FOUND
                                                                   : ERR_UNAVAILABLE;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return ERR_NOT_FOUND;
    }
    *ret_fd = fd;
    *ret_bytes = st.st_size;
    return OK;
}

static bool read_whole(int fd, char *to, size_t len)
{
    while (len > 0) {
        ssize_t n = read(fd, to, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        to += n;
        len -= (size_t)n;
    }
    return true;
}

enum err blob_read(struct blob_store *b, struct str name, size_t max, struct arena *a,
                   struct str *ret)
{
    int fd;
    int64_t bytes;
    enum err e = blob_get(b, name, &fd, &bytes);

    if (e != OK)
        return e;
    if ((uint64_t)bytes > max) {
        close(fd);
        return ERR_TOO_LARGE;
    }
    char *text = arena_alloc(a, (size_t)bytes + 1);
    bool good = read_whole(fd, text, (size_t)bytes);
    close(fd);
    if (!good)
        return ERR_UNAVAILABLE;
    *ret = (struct str){text, (size_t)bytes};
    return OK;
}
