/* Newcomers, overdue matches and waiters, each listed and then taken one by one: see sweep.h.
 *
 * Who is to be offered is leased in the list's transaction: the moment in its row is moved ahead,
 * so that no other process takes it, nor this one again before that; it goes with the last
 * statement of the offer, unless somebody put it there anew meanwhile. Held any longer, a row of
 * the list would be taken before the claims and people that finds take, and two would wait for each
 * other. */
#include "services/matching/sweep.h"

#include "platform/app.h"
#include "platform/log/log.h"
#include "services/matching/pairs.h"

#include "base/datetime.h"

#include <stdlib.h>

#define NEWCOMER_GRACE_US (3 * US_PER_SECOND / 2) /* a newcomer's own find comes first */
#define LEASE_US US_PER_MINUTE
#define NEWCOMERS_A_SECOND 100
#define NEWCOMERS_FORGOTTEN_A_SECOND 1000
#define EXPIRIES_A_SECOND 50
#define WAITERS_A_SECOND 20

static void item_add(struct rows *items, int64_t id, int64_t stamp)
{
    struct background_item *to = items->items;

    to[items->n++] = (struct background_item){.id = id, .stamp = stamp};
}

/* ── Newcomers ── */

static int by_stamp(const void *a, const void *b)
{
    const struct background_item *x = a, *y = b;
    int c = (x->stamp > y->stamp) - (x->stamp < y->stamp);
    return c != 0 ? c : (x->id > y->id) - (x->id < y->id);
}

/* The longest on the list first. */
static void put_in_order(struct rows *items, int64_t until_us)
{
    struct background_item *v = items->items;

    qsort(v, items->n, sizeof(*v), by_stamp);
    for (size_t i = 0; i < items->n; i++)
        v[i].stamp = until_us;
}

static enum err newcomers_list(const struct tx *tx, struct rows *ret)
{
    int64_t before_us = tx->now_us - NEWCOMER_GRACE_US, until_us = tx->now_us + LEASE_US;
    struct rows rows = {NULL, 0};
    bool waits;

    enum err e = newcomers_forget(tx, before_us, NEWCOMERS_FORGOTTEN_A_SECOND, &waits);
    if (e == OK && waits)
        e = newcomers_due(tx, before_us, NEWCOMERS_A_SECOND, &rows);
    const struct person_row *people = rows.items;
    *ret = (struct rows){ARENA_ARRAY(tx->arena, rows.n + 1, struct background_item), 0};
    for (size_t i = 0; e == OK && i < rows.n; i++) {
        e = newcomer_lease(tx, &people[i], until_us);
        if (e == OK)
            item_add(ret, people[i].person, people[i].since);
        else if (e == ERR_NOT_FOUND) /* another process has it */
            e = OK;
    }
    put_in_order(ret, until_us);
    return e;
}

static enum err offer(const struct tx *tx, const struct background_item *item)
{
    enum err e = pair_offer(tx, item->id);

    return e == OK ? newcomer_done(tx, item->id, item->stamp) : e;
}

/* ── Pending matches that nobody decides ── */

#define AILING_MAX 256
#define AILING_REST_US (10 * US_PER_MINUTE)

/* Those whose expiry failed, of this process. One list runs at a time. */
static struct ailing {
    int64_t match_id;
    int64_t until_us;
} ailing[AILING_MAX];
static size_t ailing_next;

static bool is_ailing(int64_t match_id, int64_t now_us)
{
    for (size_t i = 0; i < AILING_MAX; i++) {
        const struct ailing *x = &ailing[i];
        if (x->match_id == match_id && x->until_us > now_us &&
            x->until_us <= now_us + AILING_REST_US)
            return true;
    }
    return false;
}

/* A store that is away says nothing about anybody. */
static enum err note_failure(int64_t match_id, int64_t now_us, enum err e)
{
    if (e == OK || e == ERR_UNAVAILABLE)
        return e;
    ailing[ailing_next++ % AILING_MAX] = (struct ailing){match_id, now_us + AILING_REST_US};
    log_event(LOG_ERROR, "matching.skipped", "match %lld is left out for %lld s: %s",
              (long long)match_id, (long long)(AILING_REST_US / US_PER_SECOND), err_name(e));
    return e;
}

static enum err overdue_list(const struct tx *tx, struct rows *ret)
{
    int64_t before_us = tx->now_us - tx->app->config->match_expiry_days * US_PER_DAY;
    struct rows rows;

    enum err e = matches_overdue(tx, before_us, EXPIRIES_A_SECOND + AILING_MAX, &rows);
    const struct match_id_row *ids = rows.items;
    struct rows due = {ARENA_ARRAY(tx->arena, rows.n + 1, struct background_item), 0};
    for (size_t i = 0; e == OK && i < rows.n && due.n < EXPIRIES_A_SECOND; i++)
        if (!is_ailing(ids[i].id, tx->now_us))
            item_add(&due, ids[i].id, 0);
    *ret = due;
    return e;
}

/* The match's version decides who expires it; second comes whoever finds it decided. */
static enum err expire(const struct tx *tx, const struct background_item *item)
{
    struct match_row m;
    enum err e = pair_decide(tx, item->id, 0, MATCH_EXPIRE, &m).err;

    return e == ERR_CONFLICT ? OK : note_failure(item->id, tx->now_us, e);
}

/* ── Waiters, once a day ── */

/* A newcomer's row keeps the offer from being lost with the process. */
static enum err take_waiter(const struct tx *tx, int64_t person, int64_t today, int64_t until_us)
{
    enum err e = waiter_checked(tx, person, today);

    return e == OK ? newcomer_put_at(tx, person, until_us) : e;
}

/* In the order of their numbers, as newcomers are; the longest waiters are offered first. */
static int by_number(const void *a, const void *b)
{
    const struct person_row *x = a, *y = b;
    return (x->person > y->person) - (x->person < y->person);
}

static enum err waiters_list(const struct tx *tx, struct rows *ret)
{
    int64_t until_us = tx->now_us + LEASE_US, today = date_of_us(tx->now_us);
    struct rows rows;

    enum err e = waiters_unchecked(tx, today, WAITERS_A_SECOND, &rows);
    struct person_row *people = rows.items;
    if (e == OK && rows.n > 0)
        qsort(people, rows.n, sizeof(*people), by_number);
    *ret = (struct rows){ARENA_ARRAY(tx->arena, rows.n + 1, struct background_item), 0};
    for (size_t i = 0; e == OK && i < rows.n; i++) {
        e = take_waiter(tx, people[i].person, today, until_us);
        if (e == OK)
            item_add(ret, people[i].person, people[i].since);
        else if (e == ERR_NOT_FOUND)
            e = OK;
    }
    put_in_order(ret, until_us);
    return e;
}

const struct background MATCHING_BACKGROUND[] = {
    {"newcomers", newcomers_list, offer},
    {"overdue matches", overdue_list, expire},
    {"waiters", waiters_list, offer},
    {"waiting", waiting_list, waiting_none},
    {NULL, NULL, NULL},
};
