/* Rounds of background work: see sweep.h. */
#include "services/matching/sweep.h"

#include "platform/app.h"
#include "services/matching/pairs.h"

#include "base/datetime.h"

#define NEWCOMER_GRACE_US (3 * US_PER_SECOND / 2) /* a newcomer's own find comes first */
#define NEWCOMERS_A_ROUND 100
#define EXPIRIES_A_ROUND 50
#define WAITERS_A_ROUND 20

static enum err offer_newcomers(const struct tx *tx)
{
    struct rows rows;
    enum err e = newcomers_take(tx, tx->now_us - NEWCOMER_GRACE_US, NEWCOMERS_A_ROUND, &rows);
    const struct person_row *people = rows.items;

    for (size_t i = 0; e == OK && i < rows.n; i++)
        e = pair_offer(tx, people[i].person);
    return e;
}

static enum err expire_matches(const struct tx *tx)
{
    int64_t before_us = tx->now_us - tx->app->config->match_expiry_days * US_PER_DAY;
    struct rows rows;
    struct match_row m;

    enum err e = matches_overdue(tx, before_us, EXPIRIES_A_ROUND, &rows);
    const struct match_id_row *ids = rows.items;
    for (size_t i = 0; e == OK && i < rows.n; i++)
        e = pair_decide(tx, ids[i].id, 0, MATCH_EXPIRE, &m).err;
    return e;
}

static enum err recheck_waiters(const struct tx *tx)
{
    int64_t today = date_of_us(tx->now_us);
    struct rows rows;

    enum err e = waiters_unchecked(tx, today, WAITERS_A_ROUND, &rows);
    const struct person_row *people = rows.items;
    for (size_t i = 0; e == OK && i < rows.n; i++) {
        e = waiter_checked(tx, people[i].person, today);
        if (e == OK)
            e = pair_offer(tx, people[i].person);
    }
    return e;
}

enum err matching_sweep(struct app *app, struct db *db, struct arena *a, int64_t now_us)
{
    struct tx tx = {app, db, a, now_us};

    enum err e = offer_newcomers(&tx);
    if (e == OK)
        e = expire_matches(&tx);
    if (e == OK)
        e = recheck_waiters(&tx);
    return e;
}
