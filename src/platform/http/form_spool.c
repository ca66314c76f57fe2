/* Keeps a form's large parts out of memory; must not leave a file behind, whatever happens. */
#include "platform/http/form_spool.h"

#include "platform/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPOOL_FIRST_BYTES 512u
#define SPOOL_PATH_MAX 4096

struct form_map {
    void *at;
    size_t len;
    struct form_map *next;
};

void form_spool_begin(struct form_spool *s)
{
    *s = (struct form_spool){.file = -1};
}

enum err form_spool_keep(struct form_spool *s, struct arena *a, const char *bytes, size_t len)
{
    size_t cap = s->cap > 0 ? s->cap : SPOOL_FIRST_BYTES;

    while (cap < s->len + len)
        cap *= 2;
    if (cap > s->cap)
        s->memory = arena_grow(a, s->memory, s->cap, cap, 1);
    s->cap = cap;
    memcpy(s->memory + s->len, bytes, len);
    s->len += len;
    return OK;
}

/* A file without a name, so that nothing is left behind even when the process is killed. */
static int open_unnamed(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    char path[SPOOL_PATH_MAX]; /* a file system without O_TMPFILE */
    int n = snprintf(path, sizeof(path), "%s/form-XXXXXX", dir);
    if (n < 0 || (size_t)n >= sizeof(path))
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static enum err flush(struct form_spool *s)
{
    if (!fd_write_all(s->file, (struct str){s->memory, s->len}))
        return ERR_UNAVAILABLE;
    s->file_bytes += s->len;
    s->len = 0;
    return OK;
}

enum err form_spool_add(struct form_spool *s, struct arena *a, const char *dir, const char *bytes,
                        size_t len)
{
    while (len > 0) {
        size_t room = FORM_SPOOL_BYTES - s->len;
        size_t n = len < room ? len : room;
        (void)form_spool_keep(s, a, bytes, n);
        bytes += n;
        len -= n;
        if (len == 0)
            break;
        if (s->file < 0 && (s->file = open_unnamed(dir)) < 0)
            return ERR_UNAVAILABLE;
        enum err e = flush(s);
        if (e != OK)
            return e;
    }
    return OK;
}

static enum err map_file(struct form_spool *s, struct arena *a, struct form_maps *maps,
                         struct str *ret)
{
    enum err e = flush(s);

    if (e != OK)
        return e;
    void *at = mmap(NULL, s->file_bytes, PROT_READ, MAP_PRIVATE, s->file, 0);
    if (at == MAP_FAILED)
        return ERR_UNAVAILABLE;
    struct form_map *map = ARENA_NEW(a, struct form_map);
    *map = (struct form_map){at, s->file_bytes, maps->first};
    maps->first = map;
    *ret = (struct str){at, s->file_bytes};
    close(s->file);
    s->file = -1;
    s->file_bytes = 0;
    return OK;
}

enum err form_spool_end(struct form_spool *s, struct arena *a, struct form_maps *maps,
                        struct str *ret)
{
    if (s->file >= 0)
        return map_file(s, a, maps, ret); /* the memory serves the next part */
    *ret = s->len > 0 ? (struct str){s->memory, s->len} : STR("");
    form_spool_begin(s);
    return OK;
}

void form_spool_drop(struct form_spool *s)
{
    if (s->file >= 0)
        close(s->file);
    form_spool_begin(s);
}

void form_maps_drop(struct form_maps *maps)
{
    for (struct form_map *m = maps->first; m != NULL; m = m->next)
        munmap(m->at, m->len);
    maps->first = NULL;
}
