/* Keys that stand for genders, cities and interests, compared trimmed and case-folded; and how many
 * people share an interest. No decisions, no HTTP. */
#include "services/matching/store.h"

#include "base/utf8.h"
#include "services/matching/sql.h"

#include <stdlib.h>
#include <string.h>

#define GENDER_ANY_TEXT STR("any")

struct words {
    const char *find, *add;
};

static const struct words GENDERS = {SQL_MATCHING_GENDER_FIND, SQL_MATCHING_GENDER_ADD};
static const struct words CITIES = {SQL_MATCHING_CITY_FIND, SQL_MATCHING_CITY_ADD};
static const struct words INTERESTS = {SQL_MATCHING_INTEREST_FIND, SQL_MATCHING_INTEREST_ADD};

static int by_bytes(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    int c = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);
    return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

/* Words are never removed, so whoever adds one first, all find it afterwards. */
static enum err word_key(const struct tx *tx, const struct words *w, struct str folded,
                         int64_t *ret)
{
    enum err e = db_int(tx->db, w->find, DB_ARGS(DB_TEXT(folded)), ret);
    if (e != ERR_NOT_FOUND)
        return e;
    e = db_int(tx->db, w->add, DB_ARGS(DB_TEXT(folded)), ret);
    if (e != ERR_NOT_FOUND)
        return e;
    return db_int(tx->db, w->find, DB_ARGS(DB_TEXT(folded)), ret);
}

static enum err gender_key(const struct tx *tx, struct str folded, int64_t *ret)
{
    if (str_eq(folded, GENDER_ANY_TEXT)) {
        *ret = GENDER_ANY;
        return OK;
    }
    return word_key(tx, &GENDERS, folded, ret);
}

enum err gender_keys(const struct tx *tx, struct str gender, struct str seeking,
                     int64_t *ret_gender, int64_t *ret_seeking)
{
    struct str words[2] = {utf8_fold(tx->arena, gender), utf8_fold(tx->arena, seeking)};
    int64_t *keys[2] = {ret_gender, ret_seeking};
    int first = by_bytes(&words[0], &words[1]) > 0; /* new words in one order, as below */

    enum err e = gender_key(tx, words[first], keys[first]);
    return e == OK ? gender_key(tx, words[!first], keys[!first]) : e;
}

enum err gender_key_known(const struct tx *tx, struct str gender, int64_t *ret)
{
    struct str folded = utf8_fold(tx->arena, gender);
    if (str_eq(folded, GENDER_ANY_TEXT)) {
        *ret = GENDER_ANY;
        return OK;
    }
    return db_int(tx->db, SQL_MATCHING_GENDER_FIND, DB_ARGS(DB_TEXT(folded)), ret);
}

enum err city_key(const struct tx *tx, struct str city, int64_t *ret)
{
    struct str folded = str_present(city) ? utf8_fold(tx->arena, city) : STR_NULL;
    if (folded.len == 0) {
        *ret = CITY_NONE;
        return OK;
    }
    return word_key(tx, &CITIES, folded, ret);
}

enum err market_hold(const struct tx *tx, const struct seeker *x)
{
    bool any = x->seeking_key == GENDER_ANY || x->gender_key < x->seeking_key;
    int64_t gender = any ? x->gender_key : x->seeking_key;

    if (x->city_key != CITY_NONE)
        return db_run(tx->db, SQL_MATCHING_CITY_HOLD, DB_ARGS(DB_I64(x->city_key)), NULL);
    return db_run(tx->db, SQL_MATCHING_GENDER_HOLD, DB_ARGS(DB_I64(gender)), NULL);
}

/* ── Interests ── */

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool listed(const struct str *words, size_t n, struct str word)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(words[i], word))
            return true;
    return false;
}

/* Folded, each once, in the order of their bytes: so that two transactions add new words in one
 * order. */
static size_t interest_words(struct arena *a, struct str interests, struct str *words)
{
    size_t n = 0;
    struct str rest = interests;
    while (str_present(rest) && n < INTERESTS_MAX) {
        struct str word = utf8_fold(a, str_cut(&rest, ','));
        if (word.len > 0 && !listed(words, n, word))
            words[n++] = word;
    }
    qsort(words, n, sizeof(*words), by_bytes);
    return n;
}

enum err interest_keys(const struct tx *tx, struct str interests, struct str *ret)
{
    struct str words[INTERESTS_MAX];
    int64_t keys[INTERESTS_MAX];
    size_t n = interest_words(tx->arena, interests, words);

    for (size_t i = 0; i < n; i++) {
        enum err e = word_key(tx, &INTERESTS, words[i], &keys[i]);
        if (e != OK)
            return e;
    }
    qsort(keys, n, sizeof(*keys), by_number);
    struct buf b = buf_new(tx->arena, 16 + n * 8);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_char(&b, ' ');
        buf_i64(&b, keys[i]);
    }
    *ret = arena_str(tx->arena, (struct str){b.ptr, b.len});
    return OK;
}

static enum err interest_count(const struct tx *tx, int64_t key, int64_t n)
{
    return db_run(tx->db, SQL_MATCHING_INTEREST_COUNT, DB_ARGS(DB_I64(key), DB_I64(n)), NULL);
}

/* The next key of a list, or beyond every key at its end. */
static int64_t next_or_last(struct str *rest)
{
    int64_t key;
    return numbers_next(rest, &key) ? key : INT64_MAX;
}

enum err interests_recount(const struct tx *tx, struct str was, struct str is)
{
    int64_t gone = next_or_last(&was), come = next_or_last(&is);
    enum err e = OK;

    while (e == OK && (gone != INT64_MAX || come != INT64_MAX)) {
        int64_t key = gone < come ? gone : come;
        if (gone != come)
            e = interest_count(tx, key, key == come ? 1 : -1);
        if (gone == key)
            gone = next_or_last(&was);
        if (come == key)
            come = next_or_last(&is);
    }
    return e;
}

/* The next ones of a list at once; fewer than there are parameters leave the rest NULL. */
static enum err interests_ask_next(const struct tx *tx, struct str *keys, struct db_stmt **ret)
{
    struct db_arg args[INTERESTS_READ];
    int64_t key;

    for (size_t i = 0; i < INTERESTS_READ; i++)
        args[i] = DB_I64(numbers_next(keys, &key) ? key : I64_NULL);
    return db_ask(tx->db, SQL_MATCHING_INTERESTS_GET, (struct db_args){args, INTERESTS_READ}, ret);
}

enum err interests_ask(const struct tx *tx, struct str keys, struct interests_asked *ret)
{
    enum err e = OK;

    *ret = (struct interests_asked){.v = {NULL}};
    for (size_t i = 0; e == OK && keys.len > 0 && i < INTERESTS_ASKED; i++)
        e = interests_ask_next(tx, &keys, &ret->v[i]);
    return e;
}

enum err interests_told(const struct tx *tx, struct interests_asked *asked, struct interest **ret,
                        size_t *ret_n)
{
    struct interest *list = ARENA_ARRAY(tx->arena, INTERESTS_MAX, struct interest);
    size_t n = 0;

    for (struct db_stmt **at = asked->v; *at != NULL; at++) {
        struct rows rows;
        enum err e = db_told(*at, tx->arena, &MATCH_INTEREST_ROW, &rows);
        *at = NULL;
        if (e != OK)
            return e;
        const struct interest_row *row = rows.items;
        for (size_t i = 0; i < rows.n && n < INTERESTS_MAX; i++, row++)
            list[n++] = (struct interest){row->id, interest_bits(row->population, row->people)};
    }
    *ret = list;
    *ret_n = n;
    return OK;
}
