/* Whom somebody is never offered again: appended one by one, read all at once by each of their
 * searches. No decisions, no HTTP. */
#include "services/matching/store.h"

#include "services/matching/sql.h"

#define CHUNK 128 /* others in a row: an append rewrites one row of about a kilobyte */

static enum err past_add(const struct tx *tx, int64_t person, int64_t other)
{
    int64_t count;

    enum err e = db_int(tx->db, SQL_MATCHING_PAST_COUNT, DB_ARGS(DB_I64(person)), &count);
    if (e != OK)
        return e;
    struct str text = arena_printf(tx->arena, "%lld", (long long)other);
    return db_run(tx->db, SQL_MATCHING_PAST_PUT,
                  DB_ARGS(DB_I64(person), DB_I64((count - 1) / CHUNK), DB_TEXT(text)), NULL);
}

enum err past_put(const struct tx *tx, int64_t a, int64_t b)
{
    int64_t low = a < b ? a : b;
    enum err e = past_add(tx, low, a + b - low);
    return e == OK ? past_add(tx, a + b - low, low) : e;
}

static size_t slot_of(const struct pasts *p, int64_t person)
{
    size_t i = (size_t)(((uint64_t)person * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & p->mask;
    while (p->slots[i] != 0 && p->slots[i] != person)
        i = (i + 1) & p->mask;
    return i;
}

bool pasts_have(const struct pasts *p, int64_t person)
{
    return p->slots[slot_of(p, person)] != 0;
}

static bool passes(struct db_filter *base, int64_t person)
{
    struct pasts_filter *f = (struct pasts_filter *)base;

    return !pasts_have(f->pasts, person) || f->left-- <= 0;
}

struct pasts_filter *pasts_filter(const struct pasts *p, struct arena *a)
{
    struct pasts_filter *f = ARENA_NEW(a, struct pasts_filter);

    *f = (struct pasts_filter){{passes}, p, PASTS_A_STEP};
    return f;
}

enum err pasts_ask(const struct tx *tx, const struct seeker *x, struct db_stmt **ret)
{
    *ret = NULL;
    return x->pasts > 0 ? db_ask(tx->db, SQL_MATCHING_PASTS, DB_ARGS(DB_I64(x->person)), ret) : OK;
}

enum err pasts_told(const struct tx *tx, struct db_stmt *asked, struct pasts *ret)
{
    struct rows rows = {NULL, 0};
    int64_t other;

    enum err e = asked != NULL ? db_told(asked, tx->arena, &MATCH_PAST_ROW, &rows) : OK;
    if (e != OK)
        return e;
    const struct past_row *chunks = rows.items;
    struct pasts p = {NULL, 1};
    while (p.mask < rows.n * CHUNK * 2) /* at most half full */
        p.mask *= 2;
    p.slots = ARENA_ARRAY(tx->arena, p.mask, int64_t);
    p.mask -= 1;
    for (size_t i = 0; i < rows.n; i++)
        for (struct str rest = chunks[i].others; numbers_next(&rest, &other);)
            p.slots[slot_of(&p, other)] = other;
    *ret = p;
    return OK;
}
