/* The partner for somebody found by looking at everybody: what a search among many must answer.
 * Shares nothing with the search but the pure rules. No part of the product. */
#ifndef BENCH_MATCHING_SCAN_H
#define BENCH_MATCHING_SCAN_H

#include "base/datetime.h"
#include "platform/app.h"
#include "services/matching/search.h"

#include <stdlib.h>

#define SCAN_PAGE 10000

static const char SQL_SCAN_PEOPLE[] =
    "SELECT person, gender_key, seeking_key, city_key, interest_keys, dob, age_min, age_max, "
    "reach_rank FROM match_seekers "
    "WHERE person BETWEEN $1 AND $2 AND reach_rank IS NOT NULL";

struct scan {
    struct candidate *everybody;
    struct candidate *fitting; /* of one search */
    size_t n;
};

/* Everybody who can be found, of the numbers up to `people`; texts in `life`. */
static enum err scan_load(struct scan *s, const struct tx *tx, struct arena *life, int64_t people)
{
    enum err e = OK;

    s->everybody = calloc((size_t)people, sizeof(*s->everybody));
    s->fitting = calloc((size_t)people, sizeof(*s->fitting));
    s->n = 0;
    for (int64_t at = 1; e == OK && at <= people; at += SCAN_PAGE) {
        struct rows rows;
        arena_reset(tx->arena);
        e = db_all(tx->db, tx->arena, SQL_SCAN_PEOPLE, &SEEKER, &rows,
                   DB_ARGS(DB_I64(at), DB_I64(at + SCAN_PAGE - 1)));
        for (size_t i = 0; e == OK && i < rows.n; i++) {
            struct candidate c = seeker_candidate(&((const struct seeker *)rows.items)[i]);
            c.interest_keys = arena_str(life, c.interest_keys);
            candidate_age(&c, date_of_us(tx->now_us));
            s->everybody[s->n++] = c;
        }
    }
    return e;
}

static int scan_order(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;

    return ranks_before(a->reach_rank, a->person, b->reach_rank, b->person) ? -1 : 1;
}

/* The first waiter, else the most compatible of the first others. */
static enum err scan_choose(const struct scan *s, size_t n, const struct tx *tx,
                            const struct candidate *self, int64_t *ret)
{
    struct interest *mine;
    size_t n_mine;
    double best = -1;
    struct interests_asked interests;
    enum err e = interests_ask(tx, self->interest_keys, &interests);
    if (e == OK)
        e = interests_told(tx, &interests, &mine, &n_mine);

    for (size_t i = 0; e == OK && i < n && i < CANDIDATES_COMPARED; i++) {
        double how_well = compatibility(self, &s->fitting[i], mine, n_mine);
        if (how_well > best)
            *ret = s->fitting[i].person;
        best = how_well > best ? how_well : best;
        if (rank_waits(s->fitting[0].reach_rank))
            break;
    }
    return e;
}

/* *ret: the person, 0 when nobody fits. */
static enum err scan_partner(struct scan *s, const struct tx *tx, const struct seeker *x,
                             int64_t *ret)
{
    struct candidate self = seeker_candidate(x);
    struct pasts pasts;
    size_t n = 0;
    struct db_stmt *asked;
    enum err e = pasts_ask(tx, x, &asked);
    if (e == OK)
        e = pasts_told(tx, asked, &pasts);

    *ret = 0;
    candidate_age(&self, date_of_us(tx->now_us));
    for (int pass = 0; e == OK && n == 0 && pass < 2; pass++)
        for (size_t i = 0; i < s->n; i++)
            if (fits(&self, &s->everybody[i], pass * tx->app->config->matching_age_stretch_years) &&
                !pasts_have(&pasts, s->everybody[i].person))
                s->fitting[n++] = s->everybody[i];
    if (e != OK || n == 0)
        return e;
    qsort(s->fitting, n, sizeof(*s->fitting), scan_order);
    return scan_choose(s, n, tx, &self, ret);
}

#endif
