/* The matching service's store against an oracle that looks at everybody: thousands of random
 * people who opt in, change their minds, look, decide, leave and wait, while hours and days pass.
 * Every answer must be equal. */
#include "store_fixture.h"

#include "matching_oracle.h"

#include "platform/app.h"
#include "services/matching/pairs.h"
#include "services/matching/people.h"
#include "services/matching/search.h"
#include "services/matching/sweep.h"

#define MAIN_GENDERS 2
#define GENDERS 22 /* more than have a place of their own */
#define CITIES 4
#define ROUNDS 3000
#define PICKY 15
#define PICKY_PASTS 1000
#define START_US INT64_C(1768471200000000)

extern const struct migration MIGRATIONS[];

static struct fixture f;
static struct arena a;
static struct db *db;
static struct config config;
static struct app app = {.config = &config};
static uint64_t seed;
static int matched_by_stretch, waited, cut_at_256, picky_found;

/* ── Chance ── */

static int64_t chance(int64_t n) /* 0 … n-1: xorshift64* */
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (int64_t)((seed * UINT64_C(2685821657736338717) >> 33) % (uint64_t)n);
}

static int random_gender(void)
{
    return chance(20) == 0 ? (int)chance(GENDERS) : (int)chance(MAIN_GENDERS);
}

static void random_wishes(struct someone *s)
{
    s->gender = random_gender();
    s->seeking = chance(10) == 0 ? -1 : random_gender();
    s->age_min = 18 + chance(chance(4) == 0 ? 40 : 12);
    s->age_max = s->age_min + chance(15);
    if (chance(2) == 0) { /* nearly everybody will do */
        s->age_min = AGE_LEAST + chance(2);
        s->age_max = AGE_MOST - chance(60);
    }
    s->words = 0;
    for (int64_t i = chance(chance(8) == 0 ? 40 : 7); i > 0; i--)
        s->words |= UINT64_C(1) << chance(chance(WORDS) + 1);
}

/* ── The service's side ── */

static struct tx tx_now(void)
{
    arena_reset(&a);
    return (struct tx){&app, db, &a, O.now_us};
}

#define must(e) must_be((e), OK, __LINE__)
static void must_be(enum err got, enum err want, int line)
{
    if (got != want)
        fail_msg("line %d: %s instead of %s: %s", line, err_name(got), err_name(want),
                 db_error(db));
}

/* The same word in any spelling: letter case and white space do not count. */
static struct str spelled(struct str word)
{
    char *text = arena_alloc(&a, word.len + 3);
    size_t n = 0;
    if (chance(4) == 0)
        text[n++] = ' ';
    for (size_t i = 0; i < word.len; i++)
        text[n++] = chance(3) == 0 && word.ptr[i] >= 'a' && word.ptr[i] <= 'z'
                        ? (char)(word.ptr[i] - 32)
                        : word.ptr[i];
    if (chance(4) == 0)
        text[n++] = ' ';
    return (struct str){text, n};
}

static struct str gender_text(int gender)
{
    if (gender == -1)
        return STR("any");
    if (gender < MAIN_GENDERS)
        return spelled(gender == 0 ? STR("male") : STR("female"));
    return spelled(arena_printf(&a, "gender %d", gender));
}

static struct str city_text(int city)
{
    return city == -1 ? (chance(2) == 0 ? STR_NULL : STR(" "))
                      : spelled(arena_printf(&a,
                                             "stra\xc3\x9f"
                                             "e %d",
                                             city));
}

static struct str words_text(uint64_t words)
{
    struct buf b = buf_new(&a, 256);
    for (int i = 0; i < WORDS; i++)
        if (words >> i & 1) {
            struct str word = spelled(arena_printf(&a, "word %02d", i));
            buf_printf(&b, "%.*s,%s", STR_ARG(word), chance(5) == 0 ? "," : "");
        }
    return buf_view(&b);
}

static void save(int64_t x)
{
    struct someone *s = &O.p[x];
    struct tx tx = tx_now();
    struct seeker wanted = {.person = x,
                            .user_id = x,
                            .gender = gender_text(s->gender),
                            .seeking_gender = gender_text(s->seeking),
                            .age_min = s->age_min,
                            .age_max = s->age_max,
                            .interests = words_text(s->words),
                            .bio = STR_NULL,
                            .dob = s->dob};
    struct seeker saved;
    bool is_new;
    must(person_save(&tx, &wanted, city_text(s->city), &saved, &is_new));
    assert_int_equal(is_new, !s->opted);
    assert_int_equal(saved.created_at == O.now_us, is_new);
    O.opted += is_new;
    s->opted = true;
    s->active_us = O.now_us;
    o_newcomer(s);
}

static void do_save(int64_t x)
{
    uint64_t words = O.p[x].words;
    random_wishes(&O.p[x]);
    for (int i = 0; i < WORDS; i++)
        O.holders[i] += (int64_t)(O.p[x].words >> i & 1) - (int64_t)(words >> i & 1);
    save(x);
}

static void check_match(const struct match_row *got, int64_t id)
{
    const struct pair *want = &O.m[id];
    assert_int_equal(got->id, id);
    assert_int_equal(got->user_1_id, want->user_1);
    assert_int_equal(got->person_1, want->user_1);
    assert_int_equal(got->user_2_id, want->user_2);
    assert_int_equal(got->person_2, want->user_2);
    assert_int_equal(got->user_1_approved, want->approved_1);
    assert_int_equal(got->user_2_approved, want->approved_2);
    assert_int_equal(got->created_at, want->created_us);
    assert_str(got->status, match_status_name(want->status));
}

static int64_t count_fitting(int64_t x, int64_t stretch)
{
    int64_t n = 0;
    for (int64_t y = 1; y <= PEOPLE; y++)
        n += o_fits(x, y, stretch);
    return n;
}

static void note_coverage(int64_t x, int64_t partner)
{
    int64_t n = count_fitting(x, 0);
    cut_at_256 += n > 256 && O.p[partner].waiting_since == 0;
    matched_by_stretch += n == 0;
}

static void do_find(int64_t x)
{
    struct someone *s = &O.p[x];
    struct match_row got;
    double how_well;

    int64_t partner = s->opted && s->match == 0 ? o_search(x, false, &how_well) : NOBODY;
    if (partner != NOBODY)
        note_coverage(x, partner);
    struct tx tx = tx_now();
    enum err e = pair_find(&tx, x, x, &got);
    if (!s->opted) {
        must_be(e, ERR_NOT_FOUND, __LINE__);
        return;
    }
    if (s->match != 0 && O.m[s->match].status == MATCH_MATCHED) {
        must_be(e, ERR_BAD_REQUEST, __LINE__);
        return;
    }
    must(e);
    int64_t id = o_find(x);
    if (id != 0) {
        check_match(&got, id);
        if (partner != NOBODY)
            assert_true(got.compatibility == compatibility_shown(how_well));
        return;
    }
    waited++;
    assert_int_equal(got.id, -1);
    assert_str(got.status, "waiting");
    assert_int_equal(got.created_at, s->waiting_since);
    assert_int_equal(got.user_2_id, I64_NULL);
}

static void do_decide(int64_t x)
{
    static const enum match_event EVENTS[] = {MATCH_APPROVE, MATCH_APPROVE, MATCH_REJECT,
                                              MATCH_END};
    enum match_event event = EVENTS[chance(4)];
    int64_t id = O.p[x].match;
    struct match_row got;

    if (id == 0)
        return;
    struct pair *m = &O.m[id];
    int64_t actor = chance(2) == 0 ? m->user_1 : m->user_2;
    struct tx tx = tx_now();
    struct verdict v = pair_decide(&tx, id, actor, event, &got);
    bool refused = (event == MATCH_REJECT && m->status == MATCH_MATCHED) ||
                   (event == MATCH_END && m->status == MATCH_PENDING);
    must_be(v.err, refused ? ERR_CONFLICT : OK, __LINE__);
    if (refused)
        return;
    if (event == MATCH_APPROVE)
        o_approve(m, actor);
    else
        o_finish(m, actor, event == MATCH_REJECT ? MATCH_REJECTED : MATCH_ENDED);
    check_match(&got, id);
}

static void do_leave(int64_t x)
{
    struct tx tx = tx_now();
    bool waits = O.p[x].waiting_since != 0;
    must_be(person_leave(&tx, x), waits ? OK : ERR_NOT_FOUND, __LINE__);
    if (waits) {
        O.p[x].away = true;
        O.p[x].waiting_since = O.p[x].newcomer_since = 0;
    }
}

static int64_t random_dob(void)
{
    if (chance(4) != 0)
        return date_from_civil(1988, 1, 1) + chance(365 * 18);
    return date_from_civil(1930, 1, 1) + chance(365 * 77);
}

static void do_account_change(int64_t x)
{
    struct someone *s = &O.p[x];
    struct tx tx = tx_now();
    if (chance(2) == 0) {
        s->dob = random_dob();
        must(matching_dob_changed(&tx, x, s->dob));
        o_newcomer(s);
        return;
    }
    int was = s->city;
    s->city = (int)chance(CITIES) - 1;
    must(matching_city_changed(&tx, x, city_text(s->city)));
    if (s->city != was)
        o_newcomer(s);
}

static void do_sweep(void)
{
    for (const struct background *kind = MATCHING_BACKGROUND; kind->name; kind++) {
        struct tx tx = tx_now();
        struct rows rows;
        must(kind->list(&tx, &rows));
        const struct background_item *items = rows.items;
        for (size_t i = 0; i < rows.n; i++)
            must(kind->run(&tx, &items[i]));
    }
    o_sweep_newcomers();
    o_sweep_overdue();
    o_sweep_waiters();
}

/* ── Everything at once ── */

static const char SQL_TEST_MATCHES[] = "SELECT COUNT(*) FROM matches";
static const char SQL_TEST_CLAIMS[] = "SELECT COUNT(*) FROM live_matches l JOIN matches m ON m.id "
                                      "= l.match_id AND l.person IN (m.person_1, m.person_2) "
                                      "WHERE m.status IN ('pending', 'matched')";
static const char SQL_TEST_CLAIMS_ALL[] = "SELECT COUNT(*) FROM live_matches";
static const char SQL_TEST_REACH[] =
    "SELECT COUNT(*) FROM match_reach r JOIN match_seekers s ON s.person = r.person AND "
    "s.reach_rank = r.reach_rank AND "
    "s.city_key = r.city AND s.dob = r.dob AND s.age_min = r.age_min AND s.age_max = r.age_max AND "
    "r.card LIKE s.person || ' ' || s.gender_key || ' ' || s.seeking_key || ' %' || "
    "s.interest_keys";
static const char SQL_TEST_REACH_ALL[] = "SELECT COUNT(*) FROM match_reach";
static const char SQL_TEST_HOLDERS[] = "SELECT people FROM match_interests WHERE term = $1";

static int64_t sql_int(const char *sql)
{
    int64_t n = -1;
    must(db_int(db, sql, DB_NO_ARGS, &n));
    return n;
}

static void check_counts(void)
{
    int64_t live = 0, reach = 0;
    for (int64_t x = 1; x <= PEOPLE; x++) {
        live += O.p[x].match != 0;
        if (o_free(&O.p[x]))
            reach += age_band(O.p[x].age_max) - age_band(O.p[x].age_min) + 1;
    }
    assert_int_equal(sql_int(SQL_TEST_MATCHES), O.matches);
    assert_int_equal(sql_int(SQL_TEST_CLAIMS), live);
    assert_int_equal(sql_int(SQL_TEST_CLAIMS_ALL), live);
    assert_int_equal(sql_int(SQL_TEST_REACH_ALL), reach);
    assert_int_equal(sql_int(SQL_TEST_REACH), reach);
    for (int i = 0; i < WORDS; i++) {
        int64_t n = -1;
        must(db_int(db, SQL_TEST_HOLDERS, DB_ARGS(DB_TEXT(arena_printf(&a, "word %02d", i))), &n));
        assert_int_equal(n, O.holders[i]);
    }
}

static void check_gender_counts(const struct tx *tx)
{
    for (int g = -1; g < GENDERS; g++) {
        int64_t key, any, free = 0, waiting = 0, got_free, got_waiting;
        for (int64_t x = 1; x <= PEOPLE; x++) {
            const struct someone *s = &O.p[x];
            free += o_free(s) && (g == -1 || s->gender == g);
            waiting += s->waiting_since != 0 && o_seeks_alike(g, s->seeking);
        }
        must(gender_keys(tx, gender_text(g), STR("any"), &key, &any));
        must(count_findable(tx, key, &got_free));
        must(count_waiting(tx, key, &got_waiting));
        assert_int_equal(got_free, free);
        assert_int_equal(got_waiting, waiting);
    }
}

static void check_everything(void)
{
    must(db_commit(db));
    must(db_begin(db));
    struct tx tx = tx_now();
    struct match_row row;
    struct waiter w;
    int64_t ahead;

    check_counts();
    check_gender_counts(&tx);
    for (int64_t id = 1; id <= O.matches; id++) {
        must(match_row_get(&tx, id, &row));
        check_match(&row, id);
    }
    for (int64_t x = 1; x <= PEOPLE; x++) {
        must_be(waiter_get(&tx, x, &w), O.p[x].waiting_since != 0 ? OK : ERR_NOT_FOUND, __LINE__);
        if (O.p[x].waiting_since == 0)
            continue;
        assert_int_equal(w.since, O.p[x].waiting_since);
        must(count_ahead(&tx, &w, &ahead));
        assert_int_equal(ahead, o_ahead(x));
    }
}

/* ── The story ── */

static void time_passes(void)
{
    static const int64_t STEPS_US[] = {1000, US_PER_SECOND, 3 * US_PER_SECOND, US_PER_MINUTE,
                                       US_PER_HOUR};
    O.now_us += 1 + chance(chance(400) == 0 ? 2 * US_PER_DAY : STEPS_US[chance(5)]);
}

static void step(void)
{
    int64_t x = 1 + chance(PEOPLE), what = chance(100);
    if (what < 8)
        do_save(x);
    else if (what < 50)
        do_find(x);
    else if (what < 80)
        do_decide(x);
    else if (what < 84)
        do_leave(x);
    else if (what < 90)
        do_account_change(x);
    else
        do_sweep();
    time_passes();
}

static void people_arrive(void)
{
    for (int64_t x = 1; x <= PEOPLE; x++) {
        O.p[x].dob = random_dob();
        O.p[x].city = (int)chance(CITIES + 3) - 1;
        if (O.p[x].city >= CITIES)
            O.p[x].city = -1;
        if (x == 1) { /* all words once, in order: word i gets key i + 1 */
            O.p[x].words = (UINT64_C(1) << WORDS) - 1;
            O.p[x].age_min = AGE_LEAST;
            O.p[x].age_max = AGE_MOST;
            for (int i = 0; i < WORDS; i++)
                O.holders[i] = 1;
            save(x);
        } else if (chance(10) != 0) {
            do_save(x);
        }
        O.now_us += chance(2 * US_PER_MINUTE);
    }
}

/* A few who said no to so many that the store itself passes over them. */
static void some_are_picky(void)
{
    struct tx tx = tx_now();
    for (int64_t x = 1; x <= PICKY; x++) {
        for (int64_t y = PICKY + 1; y <= PEOPLE; y += 1 + chance(2 * PEOPLE / PICKY_PASTS - 1)) {
            if (!O.p[x].opted || !O.p[y].opted)
                continue;
            must(past_put(&tx, x, y));
            o_past_put(x, y);
        }
    }
}

static void check_picky(void)
{
    struct tx tx = tx_now();
    struct seeker x;
    struct found found;
    double how_well;

    for (int64_t person = 1; person <= PICKY; person++) {
        if (!O.p[person].opted)
            continue;
        int64_t expected = o_search(person, false, &how_well);
        must(seeker_get(&tx, person, &x));
        enum err e = search_partner(&tx, &x, SEARCH_EVERYBODY, &found);
        must_be(e, expected == NOBODY ? ERR_NOT_FOUND : OK, __LINE__);
        if (expected == NOBODY)
            continue;
        assert_int_equal(found.person, expected);
        picky_found += x.pasts > CANDIDATES_COMPARED;
    }
}

static void tell_story(int64_t stretch)
{
    memset(&O, 0, sizeof O);
    O.now_us = START_US;
    O.stretch = config.matching_age_stretch_years = stretch;
    O.expiry_days = config.match_expiry_days = 7;
    matched_by_stretch = waited = cut_at_256 = picky_found = 0;
    people_arrive();
    some_are_picky();
    check_everything();
    int rounds = fixture_postgres() ? ROUNDS / 4 : ROUNDS; /* the same story, told slower */
    for (int i = 0; i < rounds; i++) {
        step();
        if (i % 25 == 24)
            check_picky();
        if (i % 500 == 499)
            check_everything();
    }
    print_message(
        "# %lld matches, %d of them by stretching, %d beyond 256, %d waited, %d found by the "
        "picky\n",
        (long long)O.matches, matched_by_stretch, cut_at_256, waited, picky_found);
    if (rounds < ROUNDS)
        return;
    assert_true(O.matches > 500 && waited > 8 && cut_at_256 > 50 && picky_found > 50);
    assert_true(stretch == 0 ? matched_by_stretch == 0 : matched_by_stretch > 5);
}

static void test_with_stretch(void **state)
{
    (void)state;
    tell_story(2);
}

static void test_strict(void **state)
{
    (void)state;
    tell_story(0);
}

static void test_wide_stretch(void **state)
{
    (void)state;
    tell_story(7);
}

/* ── Parts that the stories hardly reach ── */

static void read_pasts(const struct tx *tx, int64_t person, struct pasts *ret)
{
    struct seeker x;
    struct db_stmt *asked;
    must(seeker_get(tx, person, &x));
    must(pasts_ask(tx, &x, &asked));
    must(pasts_told(tx, asked, ret));
}

/* Somebody who said no to more than a row holds. */
static void test_many_pasts(void **state)
{
    (void)state;
    struct pasts pasts;
    O.now_us = START_US;
    memset(O.p, 0, sizeof O.p);
    for (int64_t x = 1; x <= 900; x++) {
        random_wishes(&O.p[x]);
        save(x);
    }
    struct tx tx = tx_now();
    read_pasts(&tx, 1, &pasts);
    assert_false(pasts_have(&pasts, 2));
    for (int64_t x = 3; x <= 900; x += 2)
        must(x % 4 == 1 ? past_put(&tx, 1, x) : past_put(&tx, x, 1));
    read_pasts(&tx, 1, &pasts);
    for (int64_t x = 2; x <= 900; x++)
        assert_int_equal(pasts_have(&pasts, x), x % 2 == 1);
    read_pasts(&tx, 899, &pasts);
    assert_true(pasts_have(&pasts, 1));
    assert_false(pasts_have(&pasts, 3));
}

static void test_cards(void **state)
{
    (void)state;
    const struct candidate cases[] = {
        {.person = 1,
         .gender_key = 1,
         .dob = -14000,
         .age_min = 18,
         .age_max = 120,
         .interest_keys = STR("")},
        {.person = 99999999,
         .gender_key = 1000000,
         .seeking_key = 17,
         .dob = 13000,
         .age_min = 25,
         .age_max = 25,
         .city = 4,
         .reach_rank = 5,
         .interest_keys = STR("1 22 333")},
    };
    struct tx tx = tx_now();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct candidate got = {0};
        struct str card = card_write(tx.arena, &cases[i]);
        card_read(card, &got);
        assert_int_equal(card_person(card), cases[i].person);
        assert_int_equal(got.person, cases[i].person);
        assert_int_equal(got.gender_key, cases[i].gender_key);
        assert_int_equal(got.seeking_key, cases[i].seeking_key);
        assert_int_equal(got.dob, cases[i].dob);
        assert_int_equal(got.age_min, cases[i].age_min);
        assert_int_equal(got.age_max, cases[i].age_max);
        assert_true(str_eq(got.interest_keys, cases[i].interest_keys));
    }
}

/* What other services ask. */
static void test_contract(void **state)
{
    (void)state;
    struct match got;
    struct match_row made;
    memset(&O, 0, sizeof O);
    O.now_us = START_US;
    config.match_expiry_days = 7;
    for (int64_t x = 1; x <= 2; x++) {
        O.p[x] = (struct someone){.gender = (int)x - 1,
                                  .seeking = 2 - (int)x,
                                  .city = -1,
                                  .dob = 9000,
                                  .age_min = 18,
                                  .age_max = 99};
        save(x);
    }
    struct tx tx = tx_now();
    must_be(match_get(db, &a, 1, &got), ERR_NOT_FOUND, __LINE__);
    must_be(match_live_between(db, &a, 1, 2, &got), ERR_NOT_FOUND, __LINE__);
    must(pair_find(&tx, 1, 77, &made));
    must(match_live_between(db, &a, 2, 1, &got));
    assert_int_equal(got.id, made.id);
    assert_int_equal(got.person_1, 1);
    assert_int_equal(got.user_1_id, 77);
    assert_int_equal(got.user_2_id, 2);
    assert_int_equal(got.matched_at, I64_NULL);
    must(match_end_completed(&tx, made.id)); /* not matched yet: nothing happens */
    must(pair_decide(&tx, made.id, 1, MATCH_APPROVE, &made).err);
    must(pair_decide(&tx, made.id, 2, MATCH_APPROVE, &made).err);
    must(match_live_between(db, &a, 1, 2, &got));
    assert_str(got.status, "matched");
    assert_int_equal(got.matched_at, START_US);
    must(match_end_completed(&tx, made.id));
    must(match_end_completed(&tx, made.id));
    must(match_get(db, &a, made.id, &got));
    assert_str(got.status, "ended");
    must_be(match_live_between(db, &a, 1, 2, &got), ERR_NOT_FOUND, __LINE__);
    must_be(match_end_completed(&tx, made.id + 1), ERR_NOT_FOUND, __LINE__);
    must(pair_find(&tx, 1, 77, &made));
    assert_int_equal(made.id, -1); /* never each other again */
}

/* ── A store of one's own for each story ── */

static int open_store(void **state)
{
    (void)state;
    const char *why = "", *given = getenv("BOOKADATE_TEST_SEED");
    seed = given ? strtoull(given, NULL, 10) : 20260115;
    print_message("# BOOKADATE_TEST_SEED=%llu\n", (unsigned long long)seed);
    fixture_dir(&f);
    arena_init(&a);
    if (fixture_try(&f, MIGRATIONS, false, &f.store, &why) != OK)
        fail_msg("%s", why);
    db = fixture_writer(&f);
    must(db_begin(db));
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    must(db_commit(db));
    store_db_close(db);
    fixture_close(&f);
    arena_free(&a);
    return 0;
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)

/* On PostgreSQL the story is told once: what the stretch changes is the search's, not the store's,
 * and each telling takes a third of a minute. */
int main(void)
{
    const struct CMUnitTest tests[] = {STORY(test_with_stretch), STORY(test_many_pasts),
                                       STORY(test_cards),        STORY(test_contract),
                                       STORY(test_strict),       STORY(test_wide_stretch)};
    size_t n = sizeof tests / sizeof *tests - (fixture_postgres() ? 2 : 0);
    return _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
}
