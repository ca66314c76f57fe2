/* Rounds of background work: see sweep.h. */
#include "services/matching/sweep.h"

#include "platform/app.h"
#include "platform/clock.h"
#include "platform/log/log.h"
#include "services/matching/pairs.h"

#include "base/datetime.h"

#define NEWCOMER_GRACE_US (3 * US_PER_SECOND / 2) /* a newcomer's own find comes first */
#define NEWCOMERS_AT_ONCE 5
#define NEWCOMERS_A_ROUND 100
#define EXPIRIES_A_ROUND 50
#define WAITERS_A_ROUND 20

/* The writer has other work. Each part may begin something new until this share of the round's time
 * is over, so that none starves another. */
#define TIME_A_ROUND_US 20000
#define NEWCOMERS_PERCENT 50
#define EXPIRIES_PERCENT 75
#define WAITERS_PERCENT 100

/* ── What failed ──
 * An error costs the round all of its changes. Whom or what it came from is left out for a while,
 * so that it costs no second one. One round runs at a time. */

#define AILING_MAX 256
#define AILING_REST_US (10 * US_PER_MINUTE)

enum ailing_kind {
    AILING_PERSON = 1,
    AILING_MATCH,
};

static struct ailing {
    enum ailing_kind kind;
    int64_t id;
    int64_t until_us;
} ailing[AILING_MAX];
static size_t ailing_next;

static bool is_ailing(enum ailing_kind kind, int64_t id, int64_t now_us)
{
    for (size_t i = 0; i < AILING_MAX; i++) {
        const struct ailing *x = &ailing[i];
        if (x->kind == kind && x->id == id && x->until_us > now_us &&
            x->until_us <= now_us + AILING_REST_US)
            return true;
    }
    return false;
}

/* A store that is away says nothing about anybody. */
static enum err note_failure(enum ailing_kind kind, int64_t id, int64_t now_us, enum err e)
{
    if (e == OK || e == ERR_UNAVAILABLE)
        return e;
    ailing[ailing_next++ % AILING_MAX] = (struct ailing){kind, id, now_us + AILING_REST_US};
    log_event(LOG_ERROR, "matching.skipped", "%s %lld is left out for %lld s: %s",
              kind == AILING_MATCH ? "match" : "person", (long long)id,
              (long long)(AILING_REST_US / US_PER_SECOND), err_name(e));
    return e;
}

/* ── The parts of a round ── */

struct round {
    struct tx tx;
    int64_t begun_us; /* monotonic */
    int64_t time_us;
};

static bool time_left(const struct round *r, int64_t percent)
{
    return clock_monotonic_us() - r->begun_us < r->time_us * percent / 100;
}

static enum err offer(const struct round *r, int64_t person)
{
    if (is_ailing(AILING_PERSON, person, r->tx.now_us))
        return OK;
    return note_failure(AILING_PERSON, person, r->tx.now_us, pair_offer(&r->tx, person));
}

/* A few at a time: who is taken from the list must be offered in this round. */
static enum err offer_newcomers(const struct round *r)
{
    const struct tx *tx = &r->tx;
    size_t done = 0;

    do {
        struct rows rows;
        enum err e = newcomers_take(tx, tx->now_us - NEWCOMER_GRACE_US, NEWCOMERS_AT_ONCE, &rows);
        if (e != OK || rows.n == 0)
            return e;
        const struct person_row *people = rows.items;
        for (size_t i = 0; e == OK && i < rows.n; i++)
            e = offer(r, people[i].person);
        if (e != OK)
            return e;
        done += rows.n;
    } while (done < NEWCOMERS_A_ROUND && time_left(r, NEWCOMERS_PERCENT));
    return OK;
}

static enum err expire(const struct round *r, int64_t match_id)
{
    struct match_row m;
    enum err e = pair_decide(&r->tx, match_id, 0, MATCH_EXPIRE, &m).err;

    return note_failure(AILING_MATCH, match_id, r->tx.now_us, e);
}

static enum err expire_matches(const struct round *r)
{
    const struct tx *tx = &r->tx;
    int64_t before_us = tx->now_us - tx->app->config->match_expiry_days * US_PER_DAY;
    struct rows rows;
    size_t done = 0;

    enum err e = matches_overdue(tx, before_us, EXPIRIES_A_ROUND + AILING_MAX, &rows);
    const struct match_id_row *ids = rows.items;
    for (size_t i = 0; e == OK && i < rows.n && done < EXPIRIES_A_ROUND; i++) {
        if (is_ailing(AILING_MATCH, ids[i].id, tx->now_us))
            continue;
        if (done++ > 0 && !time_left(r, EXPIRIES_PERCENT))
            break;
        e = expire(r, ids[i].id);
    }
    return e;
}

static enum err recheck_waiters(const struct round *r)
{
    const struct tx *tx = &r->tx;
    int64_t today = date_of_us(tx->now_us);
    struct rows rows;

    enum err e = waiters_unchecked(tx, today, WAITERS_A_ROUND, &rows);
    const struct person_row *people = rows.items;
    for (size_t i = 0; e == OK && i < rows.n; i++) {
        if (i > 0 && !time_left(r, WAITERS_PERCENT))
            break;
        e = waiter_checked(tx, people[i].person, today);
        if (e == OK)
            e = offer(r, people[i].person);
    }
    return e;
}

enum err matching_sweep(struct app *app, struct db *db, struct arena *a, int64_t now_us)
{
    const struct tx tx = {app, db, a, now_us};
    return matching_sweep_for(&tx, TIME_A_ROUND_US);
}

enum err matching_sweep_for(const struct tx *tx, int64_t time_us)
{
    const struct round r = {*tx, clock_monotonic_us(), time_us};

    enum err e = offer_newcomers(&r);
    if (e == OK)
        e = expire_matches(&r);
    if (e == OK)
        e = recheck_waiters(&r);
    return e;
}
