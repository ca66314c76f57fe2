/* Files by name in one directory (later: an object store). Names are ours, never a client's: 1–64
 * of [a-z0-9.-], checked here again; nothing is ever opened outside the directory. Blocks: compute
 * threads, or small reads. */
#ifndef PLATFORM_BLOB_BLOB_H
#define PLATFORM_BLOB_BLOB_H

#include "base/arena.h"
#include "base/err.h"

struct blob_store;

/* dir is made with mode 0700 if need be. */
enum err blob_open(const char *dir, struct blob_store **ret, const char **ret_why);
void blob_close(struct blob_store *b);

/* Write whole and durably (temporary file, fsync, rename, fsync of the directory). ERR_CONFLICT:
 * the name exists; ERR_UNAVAILABLE: no room. */
enum err blob_put(struct blob_store *b, struct str name, struct str bytes);
/* An open descriptor (the caller's to close) and its size. ERR_NOT_FOUND; a name that is not ours
 * is ERR_NOT_FOUND. */
enum err blob_get(struct blob_store *b, struct str name, int *ret_fd, int64_t *ret_bytes);
/* The whole of it, up to `max` bytes, in the arena. ERR_TOO_LARGE. */
enum err blob_read(struct blob_store *b, struct str name, size_t max, struct arena *a,
                   struct str *ret);
/* Gone, also when it was not there. */
enum err blob_delete(struct blob_store *b, struct str name);

#endif
