/* Memory for jansson that is wiped when it is given back: request bodies carry passwords. Nothing
 * else allocates here. */
#include "platform/json/memory.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct piece {
    size_t size;
    _Alignas(max_align_t) char bytes[];
};

static void *piece_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct piece))
        return NULL;
    struct piece *p = malloc(sizeof(*p) + size);
    if (p == NULL)
        return NULL;
    p->size = size;
    return p->bytes;
}

static void piece_free(void *bytes)
{
    if (bytes == NULL)
        return;
    struct piece *p = (struct piece *)(void *)((char *)bytes - offsetof(struct piece, bytes));
    explicit_bzero(p->bytes, p->size);
    free(p);
}

void json_memory_wiped(void)
{
    json_set_alloc_funcs(piece_new, piece_free);
}
