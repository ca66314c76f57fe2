/* Memory that is freed all at once: one arena a request, one for the process's own tables.
 * Never returns NULL: when the system is out of memory the process ends (every input has a limit
 * before it has memory, so this is a machine that is too small, not a request that is too big). Not
 * thread-safe. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    char *next;                 /* free room in the newest block: [next, end) */
    char *end;
    size_t used_bytes; /* handed out since the last reset, for limits and tests */
};

void arena_init(struct arena *a);
/* Wipe everything and give it back to the system. The arena is empty and usable afterwards. */
void arena_free(struct arena *a);
/* Forget and wipe what was handed out, keep one block for the next use. */
void arena_reset(struct arena *a);
/* What it holds of the system's memory, in bytes, handed out or not. */
size_t arena_held(const struct arena *a);

/* `size` zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
/* Room for `n` items of `size` bytes, zeroed; ends the process on overflow. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* Grow an array made by arena_array from `n_old` to `n_new` items; in place when it is the newest.
 */
void *arena_grow(struct arena *a, void *old, size_t n_old, size_t n_new, size_t size);
/* A copy with a terminating NUL behind it (not counted). The absent text stays absent. */
struct str arena_str(struct arena *a, struct str s);
/* printf into the arena; terminated. */
struct str arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));
struct str arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0), nonnull(2)));

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

#endif
