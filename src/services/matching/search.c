/* The search over match_reach: see search.h. One cursor ("arm") for each run of rows that is in
 * order already, merged by a heap, so that only as many rows are read as are looked at. Where each
 * statement is a round trip, an arm is several runs that the store merges. */
#include "services/matching/search.h"

#include "platform/app.h"
#include "services/matching/sql.h"

#include "base/datetime.h"

#define PASTS_MANY 256 /* from here on the store passes over them: asking it to costs each row */

/* What one person looks for, fixed before the first row is read. */
struct quest {
    const struct tx *tx;
    struct candidate self;
    int64_t today;
    int64_t rank_below; /* rows from here on are not read */
    struct pasts pasts; /* never offered; NULL slots until the first row is looked at */
    size_t n_pasts;
    struct db_stmt *pasts_asked;
    struct pasts_filter *passing; /* the store itself passes over them; NULL: they are few */
    struct i64s kinds;            /* whose gender self seeks and who seek self's */
    struct interest *interests;   /* NULL until somebody's compatibility is asked */
    size_t n_interests;
    struct interests_asked interests_asked;
};

/* Bounds of one pass over the candidates. */
struct pass {
    int64_t stretch;
    int64_t band_first, band_last;
    struct reach_bounds bounds;
    int64_t birth_first, birth_last;
};

struct arm {
    struct db_cursor *cursor;     /* NULL: … */
    struct pasts_filter *passing; /* as in the quest */
    struct reach_pages *pages;    /* … of several runs */
    struct reach_found row;       /* the next one it offers; its card until it goes on */
};

struct merge {
    struct arm *arms;
    struct arm **heap; /* the earliest first */
    size_t n_arms;
    size_t n_heap;
};

/* ── The heap ── */

static bool arm_before(const struct arm *a, const struct arm *b)
{
    return ranks_before(a->row.reach_rank, a->row.person, b->row.reach_rank, b->row.person);
}

static void sift_down(struct merge *m, size_t at)
{
    struct arm *moving = m->heap[at];
    for (size_t child = 2 * at + 1; child < m->n_heap; child = 2 * at + 1) {
        if (child + 1 < m->n_heap && arm_before(m->heap[child + 1], m->heap[child]))
            child++;
        if (!arm_before(m->heap[child], moving))
            break;
        m->heap[at] = m->heap[child];
        at = child;
    }
    m->heap[at] = moving;
}

static void heap_make(struct merge *m)
{
    for (size_t i = m->n_heap / 2; i-- > 0;)
        sift_down(m, i);
}

static enum err arm_next_of_many(struct arm *arm)
{
    const struct reach_found *row;
    enum err e = reach_pages_next(arm->pages, &row);
    if (e != OK || row == NULL)
        return e != OK ? e : ERR_NOT_FOUND;
    arm->row = *row;
    return OK;
}

/* ERR_NOT_FOUND: the arm has no more. */
static enum err arm_next(struct arm *arm)
{
    if (arm->pages != NULL)
        return arm_next_of_many(arm);
    if (arm->passing != NULL)
        arm->passing->left = PASTS_A_STEP;
    return reach_next(arm->cursor, &arm->row);
}

/* The first arm has given its row: on to its next, or out with it. */
static enum err heap_advance(struct merge *m)
{
    enum err e = arm_next(m->heap[0]);
    if (e == ERR_NOT_FOUND) {
        m->heap[0] = m->heap[--m->n_heap];
        e = OK;
    }
    if (e == OK && m->n_heap > 0)
        sift_down(m, 0);
    return e;
}

/* ── Arms ── */

/* One run more for the last arm, or for a new one. */
static void arm_add(const struct quest *q, const struct pass *p, struct merge *m,
                    struct reach_run run)
{
    struct reach_pages *pages = m->n_arms > 0 ? m->arms[m->n_arms - 1].pages : NULL;
    if (pages == NULL || pages->n_runs == REACH_ARMS) {
        pages = ARENA_ARRAY(q->tx->arena, 1, struct reach_pages);
        *pages = (struct reach_pages){
            .tx = q->tx,
            .passed_over = q->n_pasts,
            .bounds = p->bounds,
        };
        m->arms[m->n_arms++] = (struct arm){.pages = pages};
    }
    pages->runs[pages->n_runs++] = run;
}

static enum err arm_open(const struct quest *q, const struct pass *p, struct merge *m, int64_t kind,
                         int64_t band, int64_t birth, int64_t city)
{
    struct reach_run run = {band, kind, birth, city};
    struct arm *arm = &m->arms[m->n_arms];
    if (!db_alone(q->tx->db)) {
        arm_add(q, p, m, run);
        return OK;
    }
    *arm = (struct arm){.passing = q->passing};
    enum err e = reach_open(q->tx, &p->bounds, &run, q->passing, &arm->cursor);
    if (e == OK)
        m->n_arms++;
    return e;
}

/* The first row of each, in order. */
static enum err arms_start(struct merge *m)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < m->n_arms; i++) {
        if (m->arms[i].pages != NULL)
            m->arms[i].pages->among_others = m->n_arms > 1;
        e = arm_next(&m->arms[i]);
        if (e == OK)
            m->heap[m->n_heap++] = &m->arms[i];
        e = e == ERR_NOT_FOUND ? OK : e;
    }
    if (e == OK)
        heap_make(m);
    return e;
}

/* Of a city that fits: the store has compared it. */
static struct candidate arm_candidate(const struct quest *q, const struct arm *arm)
{
    struct candidate c = {.city = q->self.city, .reach_rank = arm->row.reach_rank};
    card_read(arm->row.card, &c);
    candidate_age(&c, q->today);
    return c;
}

/* Those in one's own city, and those who set none; without a city of one's own, everybody. */
static enum err arms_open_cities(const struct quest *q, const struct pass *p, struct merge *m,
                                 int64_t kind, int64_t band, int64_t birth)
{
    enum err e = arm_open(q, p, m, kind, band, birth, q->self.city);
    if (e != OK || q->self.city == CITY_NONE)
        return e;
    return arm_open(q, p, m, kind, band, birth, CITY_NONE);
}

/* In a city, runs that the store merges hold people of every birth: to pass some over costs it less
 * than four times as many runs. */
static enum err arms_open_kind(const struct quest *q, const struct pass *p, struct merge *m,
                               int64_t kind)
{
    bool by_birth = db_alone(q->tx->db) || q->self.city == CITY_NONE;
    int64_t birth_last = by_birth ? p->birth_last : p->birth_first;
    enum err e = OK;
    for (int64_t band = p->band_first; e == OK && band <= p->band_last; band++)
        for (int64_t birth = p->birth_first; e == OK && birth <= birth_last; birth++)
            e = arms_open_cities(q, p, m, kind, band, birth);
    return e;
}

static enum err merge_open(const struct quest *q, const struct pass *p, struct merge *m)
{
    size_t most = q->kinds.n * 2 * (size_t)(p->band_last - p->band_first + 1) *
                  (size_t)(p->birth_last - p->birth_first + 1);
    enum err e = OK;

    *m = (struct merge){ARENA_ARRAY(q->tx->arena, most, struct arm),
                        ARENA_ARRAY(q->tx->arena, most, struct arm *), 0, 0};
    for (size_t i = 0; e == OK && i < q->kinds.n; i++)
        e = arms_open_kind(q, p, m, q->kinds.v[i]);
    return e == OK ? arms_start(m) : e;
}

static void merge_close(struct merge *m)
{
    for (size_t i = 0; i < m->n_arms; i++)
        if (m->arms[i].cursor != NULL)
            db_cursor_close(m->arms[i].cursor);
}

/* ── The choice ── */

static enum err weigh(struct quest *q, const struct candidate *c, double *ret)
{
    enum err e = OK;
    if (q->interests == NULL)
        e = interests_told(q->tx, &q->interests_asked, &q->interests, &q->n_interests);
    if (e == OK)
        *ret = compatibility(&q->self, c, q->interests, q->n_interests);
    return e;
}

static enum err pasts_known(struct quest *q)
{
    struct db_stmt *asked = q->pasts_asked;

    if (q->pasts.slots != NULL)
        return OK;
    q->pasts_asked = NULL;
    return pasts_told(q->tx, asked, &q->pasts);
}

struct choice {
    int64_t person; /* 0: none yet */
    double compatibility;
    int compared;
    bool certain; /* a waiter: nobody comes before them */
};

static enum err consider(struct quest *q, const struct pass *p, const struct arm *arm,
                         struct choice *best)
{
    double how_well;
    enum err e = pasts_known(q);

    if (e != OK || pasts_have(&q->pasts, arm->row.person))
        return e;
    struct candidate c = arm_candidate(q, arm);
    if (!fits(&q->self, &c, p->stretch))
        return OK;
    e = weigh(q, &c, &how_well);
    if (e != OK)
        return e;
    if (best->person == 0 || how_well > best->compatibility) {
        best->person = c.person;
        best->compatibility = how_well;
    }
    best->compared++;
    best->certain = rank_waits(c.reach_rank);
    return OK;
}

/* The first waiter who fits, else the most compatible of the first others who do; of equals the
 * earlier. */
static enum err choose(struct quest *q, const struct pass *p, struct merge *m, struct found *ret)
{
    struct choice best = {.person = 0};
    int64_t last = 0;
    enum err e = OK;

    while (e == OK && m->n_heap > 0 && !best.certain && best.compared < CANDIDATES_COMPARED) {
        const struct arm *arm = m->heap[0];
        if (arm->row.person != last) /* somebody in two bands comes twice in a row */
            e = consider(q, p, arm, &best);
        last = arm->row.person;
        if (e == OK)
            e = heap_advance(m);
    }
    if (e != OK)
        return e;
    if (best.person == 0)
        return ERR_NOT_FOUND;
    *ret = (struct found){best.person, compatibility_shown(best.compatibility)};
    return OK;
}

static enum err search_pass(struct quest *q, int64_t stretch, struct found *ret)
{
    struct pass p = {.stretch = stretch,
                     .bounds = {.rank_below = q->rank_below,
                                .age_min_most = q->self.age + stretch,
                                .age_max_least = q->self.age - stretch,
                                .everywhere = q->self.city == CITY_NONE}};
    struct reach_bounds *b = &p.bounds;
    struct merge m;

    accepted_births(q->self.age_min, q->self.age_max, q->today, stretch, &b->dob_first,
                    &b->dob_last);
    p.birth_first = birth_band(b->dob_first);
    p.birth_last = birth_band(b->dob_last);
    p.band_first = age_band(q->self.age - stretch);
    p.band_last = age_band(q->self.age + stretch);
    enum err e = merge_open(q, &p, &m);
    if (e == OK)
        e = choose(q, &p, &m, ret);
    merge_close(&m);
    return e;
}

/* ── The quest ── */

static void kind_add(struct i64s *kinds, int64_t kind)
{
    kinds->v[kinds->n++] = kind;
}

/* Of every gender there is, those who seek mine or any. */
static enum err kinds_of_any(struct quest *q, int64_t mine)
{
    struct rows rows;
    enum err e =
        db_all(q->tx->db, q->tx->arena, SQL_MATCHING_KINDS, &MATCH_KIND_ROW, &rows, DB_NO_ARGS);
    if (e != OK)
        return e;
    const struct kind_row *known = rows.items;
    q->kinds.v = ARENA_ARRAY(q->tx->arena, rows.n, int64_t);
    for (size_t i = 0; i < rows.n; i++)
        if (kind_seeking(known[i].kind) == mine || kind_seeking(known[i].kind) == GENDER_ANY)
            kind_add(&q->kinds, known[i].kind);
    return OK;
}

static enum err kinds_sought(struct quest *q)
{
    int64_t mine = gender_slot(q->self.gender_key);
    int64_t sought = gender_slot(q->self.seeking_key);

    if (sought == GENDER_ANY)
        return kinds_of_any(q, mine);
    q->kinds.v = ARENA_ARRAY(q->tx->arena, 2, int64_t);
    kind_add(&q->kinds, kind_of(sought, mine));
    kind_add(&q->kinds, kind_of(sought, GENDER_ANY));
    return OK;
}

/* What is read for the first row that is looked at goes out with the rows. */
static enum err quest_ask(struct quest *q, const struct seeker *x)
{
    enum err e = pasts_ask(q->tx, x, &q->pasts_asked);
    return e == OK ? interests_ask(q->tx, q->self.interest_keys, &q->interests_asked) : e;
}

static enum err quest_pass_over(struct quest *q)
{
    enum err e = pasts_known(q);
    if (e == OK)
        q->passing = pasts_filter(&q->pasts, q->tx->arena);
    return e;
}

/* There was no row. */
static void quest_end(struct quest *q)
{
    if (q->pasts_asked != NULL)
        db_told(q->pasts_asked, NULL, NULL, NULL);
    for (size_t i = 0; i < INTERESTS_ASKED; i++)
        if (q->interests_asked.v[i] != NULL)
            db_told(q->interests_asked.v[i], NULL, NULL, NULL);
}

enum err search_partner(const struct tx *tx, const struct seeker *x, enum search_among among,
                        struct found *ret)
{
    int64_t stretch = tx->app->config->matching_age_stretch_years;
    struct quest q = {
        .tx = tx,
        .self = seeker_candidate(x),
        .today = date_of_us(tx->now_us),
        .rank_below = among == SEARCH_WAITERS ? 0 : INT64_MAX,
        .n_pasts = (size_t)x->pasts,
    };

    candidate_age(&q.self, q.today);
    enum err e = kinds_sought(&q);
    if (e == OK)
        e = quest_ask(&q, x);
    if (e == OK && among == SEARCH_EVERYBODY && q.n_pasts >= PASTS_MANY && db_alone(tx->db))
        e = quest_pass_over(&q);
    if (e == OK)
        e = search_pass(&q, 0, ret);
    if (e == ERR_NOT_FOUND && stretch > 0)
        e = search_pass(&q, stretch, ret);
    quest_end(&q);
    return e;
}
