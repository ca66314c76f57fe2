/* Waiters, newcomers, and the counts that replies show. No decisions, no HTTP. */
#include "services/matching/store.h"

#include "services/matching/sql.h"

#include "base/datetime.h"

#include <stdlib.h>

#define FINDABLE_SHARDS 8 /* so that few transactions change one row */

/* ── Tallies ── */

static void tally_note(struct tallies *t, struct tally change)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->v[i].what == change.what && t->v[i].key == change.key &&
            t->v[i].part == change.part) {
            t->v[i].n += change.n;
            return;
        }
    }
    t->v[t->n++] = change;
}

void tally_findable(struct tallies *t, const struct seeker *s, int64_t n)
{
    tally_note(t, (struct tally){TALLY_FINDABLE, s->gender_key, s->person % FINDABLE_SHARDS, n});
}

void tally_waiting(struct tallies *t, const struct waiter *w, int64_t n)
{
    tally_note(t, (struct tally){TALLY_WAITING, w->seeking_key, hour_of(w->since), n});
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_key(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    int c = compare(x->what, y->what);
    if (c == 0)
        c = compare(x->key, y->key);
    return c != 0 ? c : compare(x->part, y->part);
}

static enum err tally_write(const struct tx *tx, const struct tally *t)
{
    if (t->n == 0)
        return OK;
    enum err e =
        db_run(tx->db, SQL_MATCHING_TALLY_ADD,
               DB_ARGS(DB_I64(t->what), DB_I64(t->key), DB_I64(t->part), DB_I64(t->n)), NULL);
    if (e != OK || t->what != TALLY_WAITING || t->n > 0)
        return e;
    return db_run(tx->db, SQL_MATCHING_TALLY_PRUNE,
                  DB_ARGS(DB_I64(t->what), DB_I64(t->key), DB_I64(t->part)), NULL);
}

enum err tallies_write(const struct tx *tx, struct tallies *t)
{
    enum err e = OK;
    qsort(t->v, t->n, sizeof(t->v[0]), by_key);
    for (size_t i = 0; e == OK && i < t->n; i++)
        e = tally_write(tx, &t->v[i]);
    return e;
}

static enum err tally_sum(const struct tx *tx, enum tally_what what, int64_t key_first,
                          int64_t key_last, int64_t part_below, int64_t *ret)
{
    return db_int(tx->db, SQL_MATCHING_TALLY_SUM,
                  DB_ARGS(DB_I64(what), DB_I64(key_first), DB_I64(key_last), DB_I64(part_below)),
                  ret);
}

enum err count_findable(const struct tx *tx, int64_t gender, int64_t *ret)
{
    int64_t last = gender == GENDER_ANY ? INT64_MAX : gender;
    return tally_sum(tx, TALLY_FINDABLE, gender, last, INT64_MAX, ret);
}

/* Everybody who seeks somebody that `seeking` means: of one gender those who seek any, too. */
static enum err count_waiting_before(const struct tx *tx, int64_t seeking, int64_t hour,
                                     int64_t *ret)
{
    int64_t any = 0, same = 0;
    int64_t any_last = seeking == GENDER_ANY ? INT64_MAX : GENDER_ANY;

    enum err e = tally_sum(tx, TALLY_WAITING, GENDER_ANY, any_last, hour, &any);
    if (e == OK && seeking != GENDER_ANY)
        e = tally_sum(tx, TALLY_WAITING, seeking, seeking, hour, &same);
    if (e == OK)
        *ret = any + same;
    return e;
}

enum err count_waiting(const struct tx *tx, int64_t seeking, int64_t *ret)
{
    return count_waiting_before(tx, seeking, INT64_MAX, ret);
}

enum err count_ahead(const struct tx *tx, const struct waiter *w, int64_t *ret)
{
    int64_t hour = hour_of(w->since);
    int64_t before, within;

    enum err e = count_waiting_before(tx, w->seeking_key, hour, &before);
    if (e != OK)
        return e;
    e = db_int(tx->db, SQL_MATCHING_QUEUE_AHEAD,
               DB_ARGS(DB_I64(hour * US_PER_HOUR), DB_I64(w->since), DB_I64(w->person),
                       DB_I64(w->seeking_key)),
               &within);
    if (e == OK)
        *ret = before + within;
    return e;
}

/* ── Waiters ── */

enum err waiter_get(const struct tx *tx, int64_t person, struct waiter *ret)
{
    return db_one(tx->db, tx->arena, SQL_MATCHING_QUEUE_GET, &MATCH_WAITER, ret,
                  DB_ARGS(DB_I64(person)));
}

enum err waiter_join(const struct tx *tx, const struct seeker *s, struct tallies *t,
                     struct waiter *ret)
{
    enum err e = db_one(tx->db, tx->arena, SQL_MATCHING_QUEUE_JOIN, &MATCH_WAITER, ret,
                        DB_ARGS(DB_I64(s->person), DB_I64(s->seeking_key), DB_I64(tx->now_us),
                                DB_I64(date_of_us(tx->now_us))));
    if (e == ERR_NOT_FOUND)
        return waiter_get(tx, s->person, ret);
    if (e == OK)
        tally_waiting(t, ret, 1);
    return e;
}

enum err waiter_leave(const struct tx *tx, int64_t person, struct tallies *t)
{
    struct waiter w;
    enum err e = db_one(tx->db, tx->arena, SQL_MATCHING_QUEUE_LEAVE, &MATCH_WAITER, &w,
                        DB_ARGS(DB_I64(person)));
    if (e == OK)
        tally_waiting(t, &w, -1);
    return e;
}

enum err waiter_seek(const struct tx *tx, const struct waiter *w, int64_t seeking_key,
                     struct tallies *t)
{
    struct waiter next = *w;
    next.seeking_key = seeking_key;
    tally_waiting(t, w, -1);
    tally_waiting(t, &next, 1);
    return db_run(tx->db, SQL_MATCHING_QUEUE_SEEK, DB_ARGS(DB_I64(w->person), DB_I64(seeking_key)),
                  NULL);
}

enum err waiters_unchecked(const struct tx *tx, int64_t day, int64_t limit, struct rows *ret)
{
    *ret = (struct rows){NULL, 0};
    return db_all(tx->db, tx->arena, SQL_MATCHING_QUEUE_UNCHECKED, &MATCH_PERSON_ROW, ret,
                  DB_ARGS(DB_I64(day), DB_I64(limit)));
}

enum err waiter_checked(const struct tx *tx, int64_t person, int64_t day)
{
    return db_run_one(tx->db, SQL_MATCHING_QUEUE_CHECKED, DB_ARGS(DB_I64(person), DB_I64(day)));
}

/* ── Newcomers ── */

enum err newcomer_put_at(const struct tx *tx, int64_t person, int64_t since_us)
{
    return db_run(tx->db, SQL_MATCHING_NEWCOMER_PUT, DB_ARGS(DB_I64(person), DB_I64(since_us)),
                  NULL);
}

enum err newcomer_put(const struct tx *tx, int64_t person)
{
    return newcomer_put_at(tx, person, tx->now_us);
}

enum err newcomer_drop(const struct tx *tx, int64_t person)
{
    return db_run(tx->db, SQL_MATCHING_NEWCOMER_DROP, DB_ARGS(DB_I64(person)), NULL);
}

static int by_person(const void *a, const void *b)
{
    const struct person_row *x = a, *y = b;
    return compare(x->person, y->person);
}

enum err newcomers_due(const struct tx *tx, int64_t before_us, int64_t limit, struct rows *ret)
{
    *ret = (struct rows){NULL, 0};
    enum err e = db_all(tx->db, tx->arena, SQL_MATCHING_NEWCOMERS_DUE, &MATCH_PERSON_ROW, ret,
                        DB_ARGS(DB_I64(before_us), DB_I64(limit)));
    if (e == OK && ret->n > 0)
        qsort(ret->items, ret->n, sizeof(struct person_row), by_person);
    return e;
}

enum err newcomers_forget(const struct tx *tx, int64_t before_us, int64_t limit, bool *ret_waits)
{
    struct rows rows;
    int64_t one;

    enum err e = db_int(tx->db, SQL_MATCHING_QUEUE_ANYBODY, DB_NO_ARGS, &one);
    *ret_waits = e != ERR_NOT_FOUND;
    if (*ret_waits)
        return e;
    e = newcomers_due(tx, before_us, limit, &rows);
    const struct person_row *people = rows.items;
    for (size_t i = 0; e == OK && i < rows.n; i++)
        e = newcomer_done(tx, people[i].person, people[i].since);
    return e;
}

enum err newcomer_lease(const struct tx *tx, const struct person_row *newcomer, int64_t until_us)
{
    return db_run_one(tx->db, SQL_MATCHING_NEWCOMER_LEASE,
                      DB_ARGS(DB_I64(newcomer->person), DB_I64(newcomer->since), DB_I64(until_us)));
}

enum err newcomer_done(const struct tx *tx, int64_t person, int64_t until_us)
{
    return db_run(tx->db, SQL_MATCHING_NEWCOMER_DONE, DB_ARGS(DB_I64(person), DB_I64(until_us)),
                  NULL);
}
