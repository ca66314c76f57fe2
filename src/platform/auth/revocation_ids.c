/* A floor and the few ids above it: see revocation_log.h. */
#include "platform/auth/revocation_log.h"

#include "base/cell.h"

#include <stdlib.h>
#include <string.h>

void revocation_ids_free(struct revocation_ids *ids)
{
    free(ids->v);
    *ids = (struct revocation_ids){0};
}

/* Where id is or belongs; nearly always at the end. */
static size_t place(const struct revocation_ids *ids, int64_t id)
{
    size_t at = ids->n;

    while (at > 0 && ids->v[at - 1].id >= id)
        at--;
    return at;
}

bool revocation_ids_add(struct revocation_ids *ids, int64_t id, int64_t seen_us)
{
    size_t at = place(ids, id);

    if (id <= ids->floor || (at < ids->n && ids->v[at].id == id))
        return false;
    if (ids->n == ids->cap) {
        ids->cap = ids->cap ? 2 * ids->cap : 64;
        ids->v = cell_must(realloc(ids->v, ids->cap * sizeof *ids->v));
    }
    memmove(&ids->v[at + 1], &ids->v[at], (ids->n - at) * sizeof *ids->v);
    ids->v[at] = (struct seen_id){id, seen_us};
    ids->n++;
    return true;
}

int64_t revocation_ids_settle(struct revocation_ids *ids, int64_t before_us)
{
    size_t old = 0, settled = 0;

    for (size_t i = 0; i < ids->n; i++)
        if (ids->v[i].seen_us < before_us)
            old = i + 1;
    if (old > 0) {
        settled = old;
        ids->floor = ids->v[old - 1].id;
    }
    for (; settled < ids->n && ids->v[settled].id == ids->floor + 1; settled++)
        ids->floor++;
    ids->n -= settled;
    if (settled > 0 && ids->n > 0)
        memmove(ids->v, ids->v + settled, ids->n * sizeof *ids->v);
    return ids->floor;
}
