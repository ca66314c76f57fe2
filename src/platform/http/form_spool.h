/* Where a form's part grows: in memory at first, then in an unlinked temporary file that is mapped
 * when the part is whole. Only form.c uses it. */
#ifndef PLATFORM_HTTP_FORM_SPOOL_H
#define PLATFORM_HTTP_FORM_SPOOL_H

#include "base/arena.h"
#include "base/err.h"

#define FORM_SPOOL_BYTES 65536u /* beyond this a file goes to disk; also the size of one write */

struct form_spool {
    char *memory;    /* in the arena */
    size_t len, cap; /* of memory */
    int file;        /* -1: none yet */
    size_t file_bytes;
};

struct form_map;

struct form_maps {
    struct form_map *first;
};

void form_spool_begin(struct form_spool *s);
/* Append in memory; the caller has checked the limit. */
enum err form_spool_keep(struct form_spool *s, struct arena *a, const char *bytes, size_t len);
/* Append; beyond FORM_SPOOL_BYTES to a file in dir. ERR_UNAVAILABLE: no room or no file there. */
enum err form_spool_add(struct form_spool *s, struct arena *a, const char *dir, const char *bytes,
                        size_t len);
/* The part is whole: its bytes in the arena, or mapped and noted in maps. The spool is empty again.
 */
enum err form_spool_end(struct form_spool *s, struct arena *a, struct form_maps *maps,
                        struct str *ret);
/* Forget an unfinished part. */
void form_spool_drop(struct form_spool *s);
/* Unmap every finished part. */
void form_maps_drop(struct form_maps *maps);

#endif
