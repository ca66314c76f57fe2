/* One file that holds several: a tar (POSIX.1-1988 ustar; sizes of 8 GiB and more as GNU tar writes
 * them), gzipped when asked for, whose last entry is the SHA-256 of every other. Reading trusts
 * nothing: only plain files of the names that a backup has, each once, and the sums must fit.
 * Blocks. */
#ifndef PLATFORM_BACKUP_ARCHIVE_H
#define PLATFORM_BACKUP_ARCHIVE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct archive;

/* Every call: ERR_INVALID what is read is no such archive, or damaged; ERR_UNAVAILABLE a file
 * cannot be read or written; *ret_why one sentence in the arena. */

/* A new file, mode 0600. ERR_CONFLICT: it exists. */
enum err archive_create(const char *path, bool compressed, struct arena *a, struct archive **ret,
                        const char **ret_why);
enum err archive_put(struct archive *ar, const char *name, struct str bytes, const char **ret_why);
/* The whole of an open file, from its beginning. */
enum err archive_put_file(struct archive *ar, const char *name, int fd, const char **ret_why);
/* The sums, the end, and all of it on the disk. */
enum err archive_finish(struct archive *ar, const char **ret_why);

enum err archive_open(const char *path, struct arena *a, struct archive **ret,
                      const char **ret_why);
struct archive_entry {
    struct str name; /* in the arena */
    int64_t bytes;
};
/* The next entry. ERR_NOT_FOUND: that was all, and the sums are right. */
enum err archive_next(struct archive *ar, struct archive_entry *ret, const char **ret_why);
/* Its bytes into an open file (-1: nowhere), which is made durable. */
enum err archive_take(struct archive *ar, int fd, const char **ret_why);
/* Either kind; NULL is fine. What was not finished stays an unfinished file. */
void archive_close(struct archive *ar);

#endif
