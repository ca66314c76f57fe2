/* The tables of the matching service as functions: no decisions, no HTTP. Errors as in db.h;
 * ERR_NOT_FOUND where a row may be missing. */
#ifndef SERVICES_MATCHING_STORE_H
#define SERVICES_MATCHING_STORE_H

#include "platform/tx.h"
#include "services/matching/fields.h"

/* ── store.c: seekers and matches ── */

enum err seeker_get(const struct tx *tx, int64_t person, struct seeker *ret);
/* The same, and the match they are in. */
enum err seeker_find(const struct tx *tx, int64_t person, struct seeker *ret);
/* The same, and nobody else changes the row before this transaction ends. */
enum err seeker_lock(const struct tx *tx, int64_t person, struct seeker *ret);
/* A new row, not findable yet. ERR_NOT_FOUND: there is one already. */
enum err seeker_add(const struct tx *tx, const struct seeker *s, struct seeker *ret);
/* Everything but id, person and created_at. */
enum err seeker_set(const struct tx *tx, const struct seeker *s);
/* Findable no longer, because a match takes them; `shown` as in person_take. *ret: the row as it is
 * now, taken_rank the rank it had. */
enum err seeker_take(const struct tx *tx, int64_t person, int64_t shown, struct seeker *ret);
/* The row, and whom this person is never offered. */
enum err seeker_drop(const struct tx *tx, int64_t person);
/* How others find this person; borrows its texts. */
struct candidate seeker_candidate(const struct seeker *s);

enum err match_row_get(const struct tx *tx, int64_t match_id, struct match_row *ret);
/* The pending or matched match of a person. */
enum err match_row_live(const struct tx *tx, int64_t person, struct match_row *ret);
/* Newest first, ids below `before`, of struct match_row. */
enum err match_rows_of(const struct tx *tx, int64_t person, int64_t before, int64_t limit,
                       struct rows *ret);
/* Ids of pending matches made before this moment, oldest first, of struct match_id_row. */
enum err matches_overdue(const struct tx *tx, int64_t before_us, int64_t limit, struct rows *ret);
/* A pending match with its two claims; the second's number is theirs, m's does not count.
 * ERR_NOT_FOUND: the second has not opted in, or no longer; ERR_CONFLICT: one of the two is in a
 * live match; nothing stays. */
enum err match_open(const struct tx *tx, const struct match_row *m, struct match_row *ret);
/* Take on a state. ERR_NOT_FOUND: the row has moved on from m->version. */
enum err match_set(const struct tx *tx, const struct match_row *m, const struct match_state *state,
                   struct match_row *ret);
/* Give both claims back. */
enum err match_release(const struct tx *tx, int64_t match_id);
enum err person_is_live(const struct tx *tx, int64_t person, bool *ret);
/* Never offer these two to each other again. */
enum err past_put(const struct tx *tx, int64_t a, int64_t b);
/* Whom somebody is never offered. */
struct pasts {
    int64_t *slots; /* open addressing; 0: free */
    size_t mask;    /* slots - 1 */
};
/* Of somebody as read from the store; in two halves, as db_ask. *ret: NULL where there are none. */
enum err pasts_ask(const struct tx *tx, const struct seeker *x, struct db_stmt **ret);
enum err pasts_told(const struct tx *tx, struct db_stmt *asked, struct pasts *ret);
bool pasts_have(const struct pasts *p, int64_t person);
/* Lets pass whoever is not of the past, and one who is after `left` that were not let pass: a step
 * of a cursor that is merged with others must not go on to what the merge may never reach. */
#define PASTS_A_STEP 32
struct pasts_filter {
    struct db_filter filter;
    const struct pasts *pasts;
    int left;
};
struct pasts_filter *pasts_filter(const struct pasts *p, struct arena *a);

/* ── store_words.c: keys for free text ── */

/* The keys of somebody's gender and of the one they seek, made when new. "any": GENDER_ANY. */
enum err gender_keys(const struct tx *tx, struct str gender, struct str seeking,
                     int64_t *ret_gender, int64_t *ret_seeking);
/* ERR_NOT_FOUND: nobody ever used this word. For readers. */
enum err gender_key_known(const struct tx *tx, struct str gender, int64_t *ret);
/* Absent or blank: CITY_NONE. */
enum err city_key(const struct tx *tx, struct str city, int64_t *ret);
/* Until this transaction ends, others who hold the same wait: people of a city, or, where x has
 * none, of a pair of genders. Before anything else is changed. */
enum err market_hold(const struct tx *tx, const struct seeker *x);
/* The keys of comma-separated interests as struct candidate holds them; the first INTERESTS_MAX
 * different ones. */
enum err interest_keys(const struct tx *tx, struct str interests, struct str *ret);
/* How many people share each interest follows a change of somebody's list. */
enum err interests_recount(const struct tx *tx, struct str was, struct str is);
/* The weights of somebody's interests, by key; in two halves, as db_ask: a statement for so many at
 * once. */
#define INTERESTS_READ 8
#define INTERESTS_ASKED (INTERESTS_MAX / INTERESTS_READ + 1)
struct interests_asked {
    struct db_stmt *v[INTERESTS_ASKED + 1]; /* told or none: NULL */
};
enum err interests_ask(const struct tx *tx, struct str keys, struct interests_asked *ret);
enum err interests_told(const struct tx *tx, struct interests_asked *asked, struct interest **ret,
                        size_t *ret_n);

/* ── store_reach.c: who can be found ── */

/* What a search compares, in one column of match_reach: everything but city and rank. Read whole,
 * or the person's number alone, which comes first. interest_keys stay part of the card. */
struct str card_write(struct arena *a, const struct candidate *c);
int64_t card_person(struct str card);
void card_read(struct str card, struct candidate *ret);

enum err reach_put(const struct tx *tx, const struct candidate *c);

/* Which rows of match_reach a search reads: of each run those within the bounds. */
struct reach_bounds {
    int64_t rank_below;
    int64_t dob_first, dob_last;
    int64_t age_min_most, age_max_least;
    bool everywhere; /* whatever their city */
};
struct reach_run {
    int64_t band, kind;
    int64_t birth; /* everywhere */
    int64_t city;  /* else */
};

/* Up to REACH_ARMS runs as one, merged by the store, a page a round trip. */
#define REACH_ARMS 16
#define REACH_ARMS_FEW 4
#define REACH_PAGE (CANDIDATES_COMPARED + 1) /* a search may meet itself … */
#define REACH_PAGE_MORE 127                  /* … and whom it passes over */
#define REACH_PAGE_FIRST 64                  /* where several are merged that read so many each */
struct reach_pages {
    const struct tx *tx;
    struct reach_bounds bounds;
    struct reach_run runs[REACH_ARMS];
    size_t n_runs;
    size_t passed_over; /* as many rows, or fewer, are not looked at */
    size_t page_rows;   /* asked for last; 0: none yet */
    bool among_others;
    struct rows page; /* of struct reach_found */
    size_t at;
};
/* The next row, NULL at the end; the arena's. */
enum err reach_pages_next(struct reach_pages *p, const struct reach_found **ret);

/* A cursor on one run; with a filter (NULL: none) of all ranks, whatever the bounds say of them. */
enum err reach_open(const struct tx *tx, const struct reach_bounds *b, const struct reach_run *run,
                    struct pasts_filter *passing, struct db_cursor **ret);
/* Its next row; the card is the store's until the next call. ERR_NOT_FOUND: no more. */
enum err reach_next(struct db_cursor *run, struct reach_found *ret);

/* With the values it was put with. */
enum err reach_drop(const struct tx *tx, const struct candidate *c);

/* ── store_queue.c: waiters, newcomers and tallies ── */

/* Changes of counts, collected during a transaction and written in one order at its end. */
#define TALLIES_MAX 8
struct tally {
    int64_t what, key, part, n;
};
struct tallies {
    struct tally v[TALLIES_MAX];
    size_t n;
};
enum tally_what {
    TALLY_FINDABLE = 1,
    TALLY_WAITING = 2,
};

/* Somebody of this gender can be found (n 1) or no longer (-1). */
void tally_findable(struct tallies *t, const struct seeker *s, int64_t n);
void tally_waiting(struct tallies *t, const struct waiter *w, int64_t n);
enum err tallies_write(const struct tx *tx, struct tallies *t);
/* Findable people of a gender; GENDER_ANY: of all. */
enum err count_findable(const struct tx *tx, int64_t gender_key, int64_t *ret);
/* Waiters who seek this gender, those who seek any among them; GENDER_ANY: all waiters. */
enum err count_waiting(const struct tx *tx, int64_t seeking_key, int64_t *ret);
/* Waiters of that kind who wait longer than this one. */
enum err count_ahead(const struct tx *tx, const struct waiter *w, int64_t *ret);

enum err waiter_get(const struct tx *tx, int64_t person, struct waiter *ret);
/* Join at tx->now_us, or keep the place. */
enum err waiter_join(const struct tx *tx, const struct seeker *s, struct tallies *t,
                     struct waiter *ret);
/* ERR_NOT_FOUND: was not waiting. */
enum err waiter_leave(const struct tx *tx, int64_t person, struct tallies *t);
/* A waiter who now seeks another gender keeps the place. */
enum err waiter_seek(const struct tx *tx, const struct waiter *w, int64_t seeking_key,
                     struct tallies *t);
/* Waiters not searched for since `day`, of struct person_row. */
enum err waiters_unchecked(const struct tx *tx, int64_t day, int64_t limit, struct rows *ret);
/* ERR_NOT_FOUND: was already, or waits no more. */
enum err waiter_checked(const struct tx *tx, int64_t person, int64_t day);

enum err newcomer_put(const struct tx *tx, int64_t person);
enum err newcomer_drop(const struct tx *tx, int64_t person);
/* The same from a moment ahead: on the list, but leased until then. */
enum err newcomer_put_at(const struct tx *tx, int64_t person, int64_t since_us);
/* The oldest newcomers of those since before this moment, of struct person_row, in the order of
 * their numbers: in which all take them, so that no two wait for each other. */
enum err newcomers_due(const struct tx *tx, int64_t before_us, int64_t limit, struct rows *ret);
/* When nobody waits there is nobody to offer them to: off the list with them. */
enum err newcomers_forget(const struct tx *tx, int64_t before_us, int64_t limit, bool *ret_waits);
/* Move a newcomer's moment ahead. ERR_NOT_FOUND: somebody else did. */
enum err newcomer_lease(const struct tx *tx, const struct person_row *newcomer, int64_t until_us);
/* Off the list, unless put there again since the lease. */
enum err newcomer_done(const struct tx *tx, int64_t person, int64_t until_us);

#endif
