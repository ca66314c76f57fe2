/* The rules of matching: every transition, who fits, in which order, and how well. */
#include "unit.h"

#include "base/datetime.h"
#include "services/matching/rules.h"

#include <math.h>

#define WOMAN 2
#define MAN 1
#define OTHER 6

static int64_t day(int year, int month, int dom)
{
    return date_from_civil(year, month, dom);
}

#define TODAY day(2026, 1, 15)

static struct candidate person(int64_t number, int64_t gender, int64_t seeking, int64_t dob,
                               int64_t age_min, int64_t age_max)
{
    return (struct candidate){.person = number,
                              .gender_key = gender,
                              .seeking_key = seeking,
                              .dob = dob,
                              .age = age_on(dob, TODAY),
                              .age_min = age_min,
                              .age_max = age_max,
                              .interest_keys = STR("")};
}

/* ── Who fits ── */

static void test_gender(void **state)
{
    (void)state;
    const struct {
        int64_t a, a_seeks, b, b_seeks;
        bool want;
    } cases[] = {
        {MAN, WOMAN, WOMAN, MAN, true},
        {MAN, WOMAN, WOMAN, WOMAN, false},
        {MAN, MAN, WOMAN, MAN, false},
        {MAN, MAN, MAN, MAN, true},
        {MAN, GENDER_ANY, WOMAN, MAN, true},
        {MAN, GENDER_ANY, WOMAN, WOMAN, false},
        {MAN, GENDER_ANY, OTHER, GENDER_ANY, true},
        {OTHER, WOMAN, WOMAN, GENDER_ANY, true},
        {OTHER, WOMAN, WOMAN, MAN, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct candidate a = person(1, cases[i].a, cases[i].a_seeks, day(1996, 1, 1), 18, 99);
        struct candidate b = person(2, cases[i].b, cases[i].b_seeks, day(1996, 1, 1), 18, 99);
        assert_int_equal(fits(&a, &b, 0), cases[i].want);
        assert_int_equal(fits(&b, &a, 0), cases[i].want);
    }
}

static void test_city(void **state)
{
    (void)state;
    const struct {
        int64_t a, b;
        bool want;
    } cases[] = {{CITY_NONE, CITY_NONE, true},
                 {1, CITY_NONE, true},
                 {CITY_NONE, 1, true},
                 {1, 1, true},
                 {1, 2, false}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct candidate a = person(1, MAN, WOMAN, day(1996, 1, 1), 18, 99);
        struct candidate b = person(2, WOMAN, MAN, day(1996, 1, 1), 18, 99);
        a.city = cases[i].a;
        b.city = cases[i].b;
        assert_int_equal(fits(&a, &b, 0), cases[i].want);
    }
}

static void test_nobody_fits_themselves(void **state)
{
    (void)state;
    struct candidate a = person(1, MAN, MAN, day(1996, 1, 1), 18, 99);
    assert_false(fits(&a, &a, 0));
}

/* By date of birth: on the birthday itself, the day before, and with bounds that stretch. */
static void test_age(void **state)
{
    (void)state;
    const struct {
        int64_t dob, min, max, stretch;
        bool want;
    } cases[] = {
        {day(2001, 1, 15), 25, 35, 0, true},  /* 25 today */
        {day(2001, 1, 16), 25, 35, 0, false}, /* tomorrow */
        {day(1990, 1, 16), 25, 35, 0, true},  /* 36 tomorrow */
        {day(1990, 1, 15), 25, 35, 0, false}, /* 36 today */
        {day(2001, 1, 16), 25, 35, 1, true},  {day(1990, 1, 15), 25, 35, 1, true},
        {day(1989, 1, 15), 25, 35, 1, false}, {day(2002, 1, 16), 25, 35, 1, false},
        {day(2008, 1, 15), 18, 20, 2, true},  /* 18 today */
        {day(2008, 1, 16), 18, 20, 2, false}, /* never below 18 */
        {day(2008, 1, 16), 19, 20, 2, false}, {day(1966, 1, 15), 60, 60, 0, true},
        {day(1926, 1, 15), 60, 120, 0, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t age = age_on(cases[i].dob, TODAY);
        struct candidate a = person(1, MAN, WOMAN, day(1996, 1, 1), cases[i].min, cases[i].max);
        struct candidate b = person(2, WOMAN, MAN, cases[i].dob, 18, 120);
        if (age < 18)
            assert_false(cases[i].want);
        assert_int_equal(fits(&a, &b, cases[i].stretch), cases[i].want);
        assert_int_equal(fits(&b, &a, cases[i].stretch), cases[i].want);
    }
}

/* The query's bounds say the same as the rule, for every birthday of a century and on a leap day.
 */
static void test_accepted_births(void **state)
{
    (void)state;
    const int64_t todays[] = {day(2026, 1, 15), day(2028, 2, 28), day(2028, 2, 29), day(2027, 3, 1),
                              day(2027, 2, 28)};
    const int64_t bounds[][3] = {{18, 18, 0}, {18, 25, 2}, {25, 35, 0}, {25, 35, 3}, {60, 120, 2}};
    for (size_t t = 0; t < COUNT(todays); t++) {
        for (size_t b = 0; b < COUNT(bounds); b++) {
            struct candidate by =
                person(1, MAN, WOMAN, day(1990, 6, 1), bounds[b][0], bounds[b][1]);
            int64_t first, last;
            accepted_births(bounds[b][0], bounds[b][1], todays[t], bounds[b][2], &first, &last);
            for (int64_t dob = day(1900, 1, 1); dob <= day(2010, 1, 1); dob++) {
                struct candidate who = person(2, WOMAN, MAN, dob, 18, 120);
                candidate_age(&who, todays[t]);
                bool want = fits(&by, &who, bounds[b][2]);
                if (want != (dob >= first && dob <= last))
                    fail_msg("bounds %zu, dob %lld", b, (long long)dob);
            }
        }
    }
}

/* ── Layout ── */

/* A band of age is found from whoever falls inside the bounds; a birth's band from any day in the
 * range. */
static void test_bands(void **state)
{
    (void)state;
    for (int64_t min = AGE_LEAST; min <= AGE_MOST; min++)
        for (int64_t age = min; age <= AGE_MOST; age++)
            assert_true(age_band(min) <= age_band(age));
    assert_int_equal(age_band(29) + 1, age_band(30));
    assert_int_equal(age_band(70), age_band(120));
    assert_int_equal(age_band(18), age_band(15));

    int64_t before = birth_band(day(1900, 1, 1));
    for (int64_t dob = day(1900, 1, 1); dob <= day(2020, 1, 1); dob++) {
        int64_t band = birth_band(dob);
        assert_true(band == before || band == before + 1);
        before = band;
    }
    assert_int_equal(birth_band(day(1969, 12, 31)), birth_band(day(1965, 1, 1)));
    assert_int_equal(birth_band(day(1970, 1, 1)), birth_band(day(1969, 12, 31)) + 1);
    assert_int_equal(birth_band(day(1900, 1, 1)), birth_band(day(1949, 12, 31)));
}

static void test_kinds(void **state)
{
    (void)state;
    for (int64_t g = 1; g < 40; g++) {
        for (int64_t s = 0; s < 40; s++) {
            int64_t kind = kind_of(gender_slot(g), gender_slot(s));
            assert_int_equal(kind_gender(kind), g < 16 ? g : 16);
            assert_int_equal(kind_seeking(kind), s < 16 ? s : 16);
        }
    }
}

/* ── Order ── */

static void test_order(void **state)
{
    (void)state;
    const int64_t now = INT64_C(1768471200000000);
    const struct {
        int64_t rank_a, a, rank_b, b;
        bool want;
    } cases[] = {
        {rank_waiting(now), 2, rank_active(now), 1, true}, /* waiters first */
        {rank_active(now), 1, rank_waiting(now), 2, false},
        {rank_waiting(now - 1), 2, rank_waiting(now), 1, true}, /* the longest waiter */
        {rank_waiting(now), 1, rank_waiting(now), 2, true},
        {rank_waiting(now), 2, rank_waiting(now), 1, false},
        {rank_active(now), 2, rank_active(now - US_PER_HOUR), 1,
         true},                                               /* the most recently active */
        {rank_active(now), 1, rank_active(now + 1), 2, true}, /* by the hour */
        {rank_active(0), 1, rank_active(now), 2, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(ranks_before(cases[i].rank_a, cases[i].a, cases[i].rank_b, cases[i].b),
                         cases[i].want);
    assert_true(rank_waits(rank_waiting(now)));
    assert_false(rank_waits(rank_active(now)));
}

/* ── How well ── */

static const struct interest MINE[] = {{3, 10.0}, {7, 1.0}, {20, 4.0}};

static double compare(struct str theirs, int64_t dob)
{
    struct candidate a = person(1, MAN, WOMAN, day(1996, 1, 15), 25, 35);
    struct candidate b = person(2, WOMAN, MAN, dob, 25, 35);
    a.interest_keys = STR("3 7 20");
    b.interest_keys = theirs;
    return compatibility(&a, &b, MINE, COUNT(MINE));
}

static void test_compatibility(void **state)
{
    (void)state;
    const int64_t same = day(1996, 1, 15);
    double none = compare(STR(""), same);
    double common = compare(STR("7"), same);
    double rare = compare(STR("3"), same);
    double all = compare(STR("3 7 20"), same);

    assert_true(none > 0 && none < common && common < rare && rare < all && all < 1);
    assert_true(compare(STR("1 2 4 21 22"), same) == none);
    assert_true(compare(STR("1 3 4"), same) == rare);
    assert_true(compare(STR(""), day(1991, 1, 15)) < none); /* 35: at the bound */
    assert_true(fabs(compare(STR("3 7 20"), same) - (0.7 * 15 / 23 + 0.3)) < 1e-12);
}

static void test_compatibility_is_symmetric(void **state)
{
    (void)state;
    struct candidate a = person(1, MAN, WOMAN, day(1996, 1, 15), 20, 35);
    struct candidate b = person(2, WOMAN, MAN, day(1985, 1, 15), 28, 50);
    const struct interest a_has[] = {{3, 10.0}, {7, 1.0}, {20, 4.0}};
    const struct interest b_has[] = {{2, 3.0}, {3, 10.0}, {20, 4.0}, {900, 7.0}};
    a.interest_keys = STR("3 7 20");
    b.interest_keys = STR("2 3 20 900");
    double ab = compatibility(&a, &b, a_has, COUNT(a_has));
    double ba = compatibility(&b, &a, b_has, COUNT(b_has));
    assert_true(ab == ba && ab > 0 && ab < 1);
}

static void test_interest_bits(void **state)
{
    (void)state;
    assert_true(interest_bits(1000, 1000) == 1.0);
    assert_true(interest_bits(1000, 1) > interest_bits(1000, 2));
    assert_true(interest_bits(0, 0) == 1.0);
    assert_true(interest_bits(1, 5) == 1.0); /* counts may be ahead of the population's estimate */
    assert_true(compatibility_shown(0.12345) == 0.123);
}

static void test_numbers_next(void **state)
{
    (void)state;
    struct str rest = STR("3 17 9000000000");
    int64_t key = 0;
    assert_true(numbers_next(&rest, &key) && key == 3);
    assert_true(numbers_next(&rest, &key) && key == 17);
    assert_true(numbers_next(&rest, &key) && key == INT64_C(9000000000));
    assert_false(numbers_next(&rest, &key));
    rest = STR("");
    assert_false(numbers_next(&rest, &key));
}

/* ── Transitions ── */

#define NOW INT64_C(5000)
#define SAME "same"

/* What becomes of a match in `status` with approvals u1, u2. want: the next status, SAME, or the
 * reason of refusal. */
static const char *expected(enum match_status s, bool u1, bool u2, enum match_event event,
                            enum match_actor actor, enum err *ret_err)
{
    bool one = actor == ACTOR_USER_1 || actor == ACTOR_USER_2;
    bool system = event == MATCH_COMPLETE || event == MATCH_EXPIRE;
    static const char *const OVER[] = {[MATCH_REJECTED] = "Match was rejected",
                                       [MATCH_EXPIRED] = "Match has expired",
                                       [MATCH_ENDED] = "Match has ended"};
    *ret_err = ERR_FORBIDDEN;
    if (system ? actor != ACTOR_SYSTEM : !one)
        return "User not part of this match";
    *ret_err = OK;
    if (event == MATCH_COMPLETE)
        return s == MATCH_MATCHED ? "ended" : SAME;
    if (event == MATCH_EXPIRE)
        return s == MATCH_PENDING ? "expired" : SAME;
    if (event == MATCH_APPROVE && s == MATCH_MATCHED)
        return SAME;
    if (event == MATCH_APPROVE && s == MATCH_PENDING)
        return (actor == ACTOR_USER_1 ? u2 : u1) ? "matched" : "pending";
    if (event == MATCH_REJECT && s == MATCH_PENDING)
        return "rejected";
    if (event == MATCH_END && s == MATCH_MATCHED)
        return "ended";
    *ret_err = ERR_CONFLICT;
    if (s == MATCH_MATCHED)
        return "Match is already approved by both; end it instead";
    if (s == MATCH_PENDING)
        return "Match is not approved by both yet; reject it instead";
    return OVER[s];
}

static void check_outcome(const struct match_state *m, const struct match_state *next,
                          enum match_event event, enum match_actor actor, const char *want)
{
    if (strcmp(want, SAME) == 0) {
        assert_true(match_state_eq(m, next));
        return;
    }
    assert_string_equal(match_status_name(next->status), want);
    bool u1 = m->user_1_approved || (event == MATCH_APPROVE && actor == ACTOR_USER_1);
    bool u2 = m->user_2_approved || (event == MATCH_APPROVE && actor == ACTOR_USER_2);
    if (event == MATCH_REJECT) {
        u1 = u1 && actor != ACTOR_USER_1;
        u2 = u2 && actor != ACTOR_USER_2;
    }
    assert_int_equal(next->user_1_approved, u1);
    assert_int_equal(next->user_2_approved, u2);
    bool now_matched = next->status == MATCH_MATCHED && m->status == MATCH_PENDING;
    assert_true(next->matched_at == (now_matched ? NOW : m->matched_at));
}

static void check_transition(struct match_state m, enum match_event event, enum match_actor actor)
{
    struct match_state untouched = {.matched_at = -77}, next = untouched;
    enum err want_err;
    const char *want =
        expected(m.status, m.user_1_approved, m.user_2_approved, event, actor, &want_err);
    struct verdict v = match_apply(&m, event, actor, NOW, &next);

    if (v.err != want_err)
        fail_msg("status %d event %d actor %d: %s", (int)m.status, event, actor, err_name(v.err));
    if (v.err == OK) {
        check_outcome(&m, &next, event, actor, want);
        return;
    }
    assert_string_equal(v.why, want);
    assert_true(match_state_eq(&next, &untouched));
}

static void test_every_transition(void **state)
{
    (void)state;
    for (int s = 0; s < MATCH_STATUS_COUNT; s++)
        for (int approvals = 0; approvals < 4; approvals++)
            for (int event = 0; event < MATCH_EVENT_COUNT; event++)
                for (int actor = 0; actor < MATCH_ACTOR_COUNT; actor++) {
                    struct match_state m = {
                        (enum match_status)s, (approvals & 1) != 0, (approvals & 2) != 0,
                        s == MATCH_MATCHED || s == MATCH_ENDED ? 4000 : I64_NULL};
                    check_transition(m, (enum match_event)event, (enum match_actor)actor);
                }
}

static void test_status_names(void **state)
{
    (void)state;
    enum match_status s = MATCH_ENDED;
    for (int i = 0; i < MATCH_STATUS_COUNT; i++) {
        assert_true(match_status_parse(str_of(match_status_name((enum match_status)i)), &s));
        assert_int_equal(s, i);
        assert_int_equal(match_live(s), i == MATCH_PENDING || i == MATCH_MATCHED);
    }
    assert_false(match_status_parse(STR("waiting"), &s));
    assert_false(match_status_parse(STR_NULL, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gender),
        cmocka_unit_test(test_city),
        cmocka_unit_test(test_nobody_fits_themselves),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_accepted_births),
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_compatibility),
        cmocka_unit_test(test_compatibility_is_symmetric),
        cmocka_unit_test(test_interest_bits),
        cmocka_unit_test(test_numbers_next),
        cmocka_unit_test(test_every_transition),
        cmocka_unit_test(test_status_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
