/* Matching done by looking at everybody: what the service must answer, kept in plain arrays. Shares
 * nothing with the service but its pure rules of age and compatibility. */
#ifndef TESTS_MATCHING_ORACLE_H
#define TESTS_MATCHING_ORACLE_H

#include "base/datetime.h"
#include "services/matching/rules.h"

#include <stdlib.h>
#include <string.h>

#define PEOPLE 3000 /* numbers 1 … PEOPLE */
#define WORDS 40    /* interests; word i has key i + 1 */
#define MATCHES_MOST 20000
#define NOBODY 0

struct someone {
    bool opted, away;
    int gender, seeking, city; /* seeking -1: any; city -1: none */
    int64_t dob, age_min, age_max, active_us;
    uint64_t words;
    int64_t waiting_since; /* 0: not waiting */
    int64_t checked_day;
    int64_t newcomer_since; /* 0: none */
    int64_t match;          /* live; 0: free */
};

struct pair {
    int64_t user_1, user_2, created_us;
    bool approved_1, approved_2;
    enum match_status status;
};

static struct oracle {
    struct someone p[PEOPLE + 1];
    struct pair m[MATCHES_MOST + 1];
    int64_t matches, opted, holders[WORDS];
    uint8_t past[PEOPLE + 1][PEOPLE / 8 + 1];
    int64_t now_us, stretch, expiry_days;
} O;

static bool o_past(int64_t a, int64_t b)
{
    return (O.past[a][b / 8] >> (b % 8) & 1) != 0;
}

static void o_past_put(int64_t a, int64_t b)
{
    O.past[a][b / 8] |= (uint8_t)(1 << (b % 8));
    O.past[b][a / 8] |= (uint8_t)(1 << (a % 8));
}

static int64_t o_today(void)
{
    return date_of_us(O.now_us);
}

static bool o_accepts(const struct someone *a, const struct someone *b, int64_t stretch)
{
    int64_t age = age_on(b->dob, o_today());
    int64_t least = a->age_min - stretch < 18 ? 18 : a->age_min - stretch;
    bool gender = a->seeking == -1 || a->seeking == b->gender;
    return gender && age >= least && age <= a->age_max + stretch;
}

static bool o_free(const struct someone *a)
{
    return a->opted && !a->away && a->match == 0;
}

static bool o_fits(int64_t x, int64_t y, int64_t stretch)
{
    const struct someone *a = &O.p[x], *b = &O.p[y];
    bool city = a->city == -1 || b->city == -1 || a->city == b->city;
    return x != y && o_free(b) && city && !o_past(x, y) && o_accepts(a, b, stretch) &&
           o_accepts(b, a, stretch);
}

static double o_compatibility(int64_t x, int64_t y)
{
    static char text[2][WORDS * 4];
    struct interest mine[WORDS];
    struct candidate c[2] = {
        {.age_min = O.p[x].age_min, .age_max = O.p[x].age_max, .dob = O.p[x].dob},
        {.age_min = O.p[y].age_min, .age_max = O.p[y].age_max, .dob = O.p[y].dob}};
    size_t n = 0;
    text[1][0] = '\0';
    for (int i = 0; i < WORDS; i++) {
        if (O.p[x].words >> i & 1)
            mine[n++] = (struct interest){i + 1, interest_bits(O.opted, O.holders[i])};
        if (O.p[y].words >> i & 1)
            sprintf(text[1] + strlen(text[1]), text[1][0] ? " %d" : "%d", i + 1);
    }
    c[1].interest_keys = str_of(text[1]);
    candidate_age(&c[0], o_today());
    candidate_age(&c[1], o_today());
    return compatibility(&c[0], &c[1], mine, n);
}

static bool o_before(int64_t a, int64_t b)
{
    int64_t wait_a = O.p[a].waiting_since, wait_b = O.p[b].waiting_since;
    int64_t hour_a = O.p[a].active_us / US_PER_HOUR, hour_b = O.p[b].active_us / US_PER_HOUR;
    if ((wait_a != 0) != (wait_b != 0))
        return wait_a != 0;
    if (wait_a != wait_b)
        return wait_a < wait_b;
    if (wait_a == 0 && hour_a != hour_b)
        return hour_a > hour_b;
    return a < b;
}

static int o_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x == *y ? 0 : o_before(*x, *y) ? -1 : 1;
}

static int64_t o_choose(const int64_t *list, size_t n, int64_t x, double *ret_how_well)
{
    int64_t best = list[0];
    *ret_how_well = o_compatibility(x, best);
    if (O.p[best].waiting_since != 0)
        return best;
    for (size_t i = 1; i < n && i < 256; i++) {
        double c = o_compatibility(x, list[i]);
        if (c > *ret_how_well) {
            best = list[i];
            *ret_how_well = c;
        }
    }
    return best;
}

/* The one for x, or NOBODY. */
static int64_t o_search(int64_t x, bool waiters_only, double *ret_how_well)
{
    static int64_t list[PEOPLE];
    for (int pass = 0; pass < 2; pass++) {
        size_t n = 0;
        for (int64_t y = 1; y <= PEOPLE; y++)
            if (o_fits(x, y, pass * O.stretch) && (!waiters_only || O.p[y].waiting_since != 0))
                list[n++] = y;
        qsort(list, n, sizeof(*list), o_order);
        if (n > 0)
            return o_choose(list, n, x, ret_how_well);
    }
    return NOBODY;
}

static int64_t o_pair(int64_t x, int64_t y)
{
    O.m[++O.matches] = (struct pair){x, y, O.now_us, false, false, MATCH_PENDING};
    for (int i = 0; i < 2; i++) {
        struct someone *s = &O.p[i == 0 ? x : y];
        s->match = O.matches;
        s->waiting_since = 0;
    }
    return O.matches;
}

static void o_newcomer(struct someone *s)
{
    if (o_free(s) && s->newcomer_since == 0)
        s->newcomer_since = O.now_us;
}

/* A new match's id, the pending one's, or 0: waits now. */
static int64_t o_find(int64_t x)
{
    struct someone *s = &O.p[x];
    double how_well;
    if (s->match != 0)
        return s->match;
    int64_t y = o_search(x, false, &how_well);
    s->active_us = O.now_us;
    s->away = false;
    if (y != NOBODY)
        return o_pair(x, y);
    if (s->waiting_since == 0) {
        s->waiting_since = O.now_us;
        s->checked_day = o_today();
    }
    s->newcomer_since = 0;
    return 0;
}

static void o_free_both(struct pair *m, int64_t actor)
{
    for (int i = 0; i < 2; i++) {
        int64_t x = i == 0 ? m->user_1 : m->user_2;
        O.p[x].match = 0;
        if (x == actor)
            O.p[x].active_us = O.now_us;
        o_newcomer(&O.p[x]);
    }
}

static void o_approve(struct pair *m, int64_t actor)
{
    if (m->status != MATCH_PENDING)
        return;
    m->approved_1 = m->approved_1 || actor == m->user_1;
    m->approved_2 = m->approved_2 || actor == m->user_2;
    if (m->approved_1 && m->approved_2) {
        m->status = MATCH_MATCHED;
        o_past_put(m->user_1, m->user_2);
    }
}

static void o_finish(struct pair *m, int64_t actor, enum match_status status)
{
    m->status = status;
    if (status == MATCH_REJECTED || status == MATCH_EXPIRED)
        o_past_put(m->user_1, m->user_2);
    if (status == MATCH_REJECTED) {
        m->approved_1 = m->approved_1 && actor != m->user_1;
        m->approved_2 = m->approved_2 && actor != m->user_2;
    }
    o_free_both(m, actor);
}

static void o_offer(int64_t x)
{
    double how_well;
    if (!o_free(&O.p[x]))
        return;
    bool waits = O.p[x].waiting_since != 0;
    int64_t y = o_search(x, !waits, &how_well);
    if (y != NOBODY)
        o_pair(waits ? x : y, waits ? y : x);
}

/* The `most` people for whom at(p) is set and not above `latest`, by it and their number. */
static size_t o_due(size_t offset, int64_t latest, size_t most, int64_t *list)
{
    size_t n = 0;
    int64_t last_at = 0, last_x = 0;
    while (n < most) {
        int64_t best = 0, best_at = INT64_MAX;
        for (int64_t x = 1; x <= PEOPLE; x++) {
            int64_t at = *(int64_t *)(void *)((char *)&O.p[x] + offset);
            bool after = at > last_at || (at == last_at && x > last_x);
            if (at != 0 && at <= latest && at < best_at && after) {
                best = x;
                best_at = at;
            }
        }
        if (best == 0)
            break;
        list[n++] = last_x = best;
        last_at = best_at;
    }
    return n;
}

static bool o_anybody_waits(void)
{
    for (int64_t x = 1; x <= PEOPLE; x++)
        if (O.p[x].waiting_since != 0)
            return true;
    return false;
}

static void o_sweep_newcomers(void)
{
    int64_t list[PEOPLE], latest = O.now_us - 1500000;
    bool waits = o_anybody_waits();
    size_t n = o_due(offsetof(struct someone, newcomer_since), latest, waits ? 100 : 1000, list);
    for (size_t i = 0; i < n; i++)
        O.p[list[i]].newcomer_since = 0;
    for (size_t i = 0; waits && i < n; i++)
        o_offer(list[i]);
}

static void o_sweep_overdue(void)
{
    int done = 0;
    for (int64_t id = 1; id <= O.matches && done < 50; id++) {
        if (O.m[id].status != MATCH_PENDING ||
            O.m[id].created_us >= O.now_us - O.expiry_days * US_PER_DAY)
            continue;
        o_finish(&O.m[id], NOBODY, MATCH_EXPIRED);
        done++;
    }
}

static void o_sweep_waiters(void)
{
    int64_t list[20];
    size_t n = 0;
    while (n < 20) { /* the earliest checked day, then the longest waiter */
        int64_t best = 0;
        for (int64_t x = 1; x <= PEOPLE; x++) {
            const struct someone *s = &O.p[x], *b = &O.p[best];
            if (s->waiting_since == 0 || s->checked_day >= o_today())
                continue;
            if (best == 0 || s->checked_day < b->checked_day ||
                (s->checked_day == b->checked_day && s->waiting_since < b->waiting_since))
                best = x;
        }
        if (best == 0)
            break;
        O.p[best].checked_day = o_today();
        list[n++] = best;
    }
    for (size_t i = 0; i < n; i++)
        if (O.p[list[i]].waiting_since != 0)
            o_offer(list[i]);
}

static bool o_seeks_alike(int a, int b)
{
    return a == b || a == -1 || b == -1;
}

static int64_t o_ahead(int64_t x)
{
    int64_t n = 0;
    for (int64_t y = 1; y <= PEOPLE; y++)
        if (O.p[y].waiting_since != 0 && o_before(y, x) &&
            o_seeks_alike(O.p[x].seeking, O.p[y].seeking))
            n++;
    return n;
}

#endif
