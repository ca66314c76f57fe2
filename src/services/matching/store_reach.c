/* Where a person stands among those who can be found: one row for every band of ages they accept.
 * No decisions, no HTTP. */
#include "services/matching/store.h"

#include "services/matching/sql.h"

#include <inttypes.h>

#define BIRTH_OFFSET 1000000 /* cards hold no signs; dates of birth go back beyond 1970 */

/* ── Cards ── */

struct str card_write(struct arena *a, const struct candidate *c)
{
    return arena_printf(
        a, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "%s%.*s",
        c->person, c->gender_key, c->seeking_key, c->dob + BIRTH_OFFSET, c->age_min, c->age_max,
        c->interest_keys.len > 0 ? " " : "", STR_ARG(c->interest_keys));
}

static int64_t card_number(struct str *rest)
{
    int64_t n = 0;
    numbers_next(rest, &n);
    return n;
}

int64_t card_person(struct str card)
{
    return card_number(&card);
}

void card_read(struct str card, struct candidate *ret)
{
    ret->person = card_number(&card);
    ret->gender_key = card_number(&card);
    ret->seeking_key = card_number(&card);
    ret->dob = card_number(&card) - BIRTH_OFFSET;
    ret->age_min = card_number(&card);
    ret->age_max = card_number(&card);
    ret->interest_keys = card;
}

/* ── Rows ── */

static int64_t candidate_kind(const struct candidate *c)
{
    return kind_of(gender_slot(c->gender_key), gender_slot(c->seeking_key));
}

enum err reach_put(const struct tx *tx, const struct candidate *c)
{
    int64_t kind = candidate_kind(c);
    int64_t born = birth_band(c->dob);
    struct str card = card_write(tx->arena, c);

    enum err e = db_run(tx->db, SQL_MATCHING_KIND_PUT, DB_ARGS(DB_I64(kind)), NULL);
    for (int64_t band = age_band(c->age_min); e == OK && band <= age_band(c->age_max); band++)
        e = db_run(tx->db, SQL_MATCHING_REACH_PUT,
                   DB_ARGS(DB_I64(band), DB_I64(kind), DB_I64(c->city), DB_I64(born),
                           DB_I64(c->reach_rank), DB_I64(c->person), DB_I64(c->dob),
                           DB_I64(c->age_min), DB_I64(c->age_max), DB_TEXT(card)),
                   NULL);
    return e;
}

enum err reach_drop(const struct tx *tx, const struct candidate *c)
{
    int64_t kind = candidate_kind(c);
    int64_t born = birth_band(c->dob);
    enum err e = OK;

    for (int64_t band = age_band(c->age_min); e == OK && band <= age_band(c->age_max); band++)
        e = db_run(tx->db, SQL_MATCHING_REACH_DROP,
                   DB_ARGS(DB_I64(band), DB_I64(kind), DB_I64(c->city), DB_I64(born),
                           DB_I64(c->reach_rank), DB_I64(c->person)),
                   NULL);
    return e;
}

static const char *run_sql(const struct reach_bounds *b, bool passing)
{
    if (b->everywhere)
        return passing ? SQL_MATCHING_REACH_PASSING : SQL_MATCHING_REACH_ANYWHERE;
    return passing ? SQL_MATCHING_REACH_PASSING_IN_CITY : SQL_MATCHING_REACH_IN_CITY;
}

enum err reach_open(const struct tx *tx, const struct reach_bounds *b, const struct reach_run *run,
                    struct pasts_filter *passing, struct db_cursor **ret)
{
    const struct db_arg args[] = {
        DB_I64(run->band),
        DB_I64(run->kind),
        DB_I64(run->birth),
        DB_I64(b->dob_first),
        DB_I64(b->dob_last),
        DB_I64(b->age_min_most),
        DB_I64(b->age_max_least),
        passing != NULL ? db_filter(&passing->filter) : DB_I64(b->rank_below),
        DB_I64(run->city),
    };
    struct db_args given = {args, sizeof(args) / sizeof(args[0]) - (b->everywhere ? 1 : 0)};

    return db_cursor_open(tx->db, tx->arena, run_sql(b, passing != NULL), given, ret);
}

enum err reach_next(struct db_cursor *run, struct reach_found *ret)
{
    enum err e = db_cursor_step(run);

    if (e != OK)
        return e;
    ret->reach_rank = db_cursor_value(run, 0).v.i;
    ret->card = db_cursor_value(run, 1).v.s;
    ret->person = card_person(ret->card);
    return OK;
}

/* ── Many runs at once ── */

static const char *pages_sql(const struct reach_pages *p)
{
    if (p->bounds.everywhere)
        return SQL_MATCHING_REACH_MANY_ALL;
    return p->n_runs <= REACH_ARMS_FEW ? SQL_MATCHING_REACH_FEW : SQL_MATCHING_REACH_MANY;
}

/* Runs that are not there have band -1, which no row has. */
static enum err page_after(struct reach_pages *p, int64_t rank, int64_t person)
{
    const struct reach_bounds *b = &p->bounds;
    const char *sql = pages_sql(p);
    size_t n_arms = sql == SQL_MATCHING_REACH_FEW ? REACH_ARMS_FEW : REACH_ARMS;
    struct db_arg args[8 + 3 * REACH_ARMS] = {
        DB_I64(b->rank_below),   DB_I64(b->dob_first),          DB_I64(b->dob_last),
        DB_I64(b->age_min_most), DB_I64(b->age_max_least),      DB_I64(rank),
        DB_I64(person),          DB_I64((int64_t)p->page_rows),
    };
    struct db_arg *next = &args[8];

    for (size_t i = 0; i < n_arms; i++) {
        static const struct reach_run NONE = {-1, -1, -1, -1};
        const struct reach_run *run = i < p->n_runs ? &p->runs[i] : &NONE;
        *next++ = DB_I64(run->band);
        *next++ = DB_I64(run->kind);
        *next++ = DB_I64(b->everywhere ? run->birth : run->city);
    }
    p->at = 0;
    return db_all(p->tx->db, p->tx->arena, sql, &MATCH_REACH_FOUND, &p->page,
                  (struct db_args){args, 8 + 3 * n_arms});
}

enum err reach_pages_next(struct reach_pages *p, const struct reach_found **ret)
{
    size_t most =
        REACH_PAGE + (p->passed_over < REACH_PAGE_MORE ? p->passed_over : REACH_PAGE_MORE);
    enum err e = OK;

    *ret = NULL;
    if (p->page_rows == 0) {
        p->page_rows = p->among_others ? REACH_PAGE_FIRST : most;
        e = page_after(p, INT64_MIN + 1, 0);
    } else if (p->at == p->page_rows) {
        const struct reach_found *last = &((const struct reach_found *)p->page.items)[p->at - 1];
        p->page_rows = most;
        e = page_after(p, last->reach_rank, last->person);
    }
    if (e != OK || p->at == p->page.n)
        return e;
    struct reach_found *row = &((struct reach_found *)p->page.items)[p->at++];
    row->person = card_person(row->card);
    *ret = row;
    return OK;
}
