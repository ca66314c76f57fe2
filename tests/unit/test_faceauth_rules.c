/* The face check's rules: when one may try again, and what becomes of the model's outcome. */
#include "unit.h"

#include <math.h>

#include "services/faceauth/rules.h"

#define S INT64_C(1000000)

static void waiting(void **state)
{
    (void)state;
    int64_t now = 10000 * S;
    const struct {
        int64_t count, oldest, most, want;
    } CASES[] = {
        {0, I64_NULL, 5, 0},
        {4, now - 10 * S, 5, 0},
        {5, now - 10 * S, 5, 3590},
        {9, now - 10 * S, 5, 3590},
        {5, now, 5, 3600},
        {5, now - 3599 * S - 1, 5, 1},
        {5, now - 3600 * S, 5, 0},
        {5, now - 10 * S + 1, 5, 3591}, /* rounded up */
        {99, now, 0, 0},                /* no limit */
        {1, now, 1, 3600},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct face_failures f = {CASES[i].count, CASES[i].oldest};
        assert_int_equal(face_wait_s(&f, CASES[i].most, now), CASES[i].want);
    }
}

static struct face_attempt attempt(struct face_outcome o)
{
    return face_attempt_of(&o, STR("id"), 12, STR("user"), 77);
}

static void outcomes(void **state)
{
    (void)state;
    struct face_attempt t = attempt((struct face_outcome){true, 0.95, 0.5, NULL, 3});
    assert_int_equal(t.is_validated, 1);
    assert_true(t.confidence == 0.95 && t.liveness == 0.5);
    assert_int_equal(t.photo_id, 3);
    assert_int_equal(t.person, 12);
    assert_int_equal(t.created_at, 77);
    assert_str(t.id, "id");
    assert_str(t.user_id, "user");
    assert_false(str_present(t.reason));

    t = attempt((struct face_outcome){false, 0.10, NAN, "different_person", 3});
    assert_int_equal(t.is_validated, 0);
    assert_true(t.confidence == 0.10 && isnan(t.liveness));
    assert_int_equal(t.photo_id, I64_NULL);
    assert_str(t.reason, "different_person");
}

/* A pass that lacks what makes it one is none. */
static void passes_that_are_none(void **state)
{
    (void)state;
    const struct face_outcome CASES[] = {
        {true, NAN, 0.5, NULL, 3},
        {true, 1.5, 0.5, NULL, 3},
        {true, -0.1, 0.5, NULL, 3},
        {true, 0.95, 0.5, NULL, I64_NULL},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct face_attempt t = attempt(CASES[i]);
        assert_int_equal(t.is_validated, 0);
        assert_str(t.reason, "not_comparable");
        assert_int_equal(t.photo_id, I64_NULL);
    }
}

static void tiny_images(void **state)
{
    (void)state;
    assert_true(face_hopeless(31, 400));
    assert_true(face_hopeless(400, 31));
    assert_false(face_hopeless(32, 32));
    struct face_attempt t = attempt(face_not_compared("too_small"));
    assert_int_equal(t.is_validated, 0);
    assert_str(t.reason, "too_small");
}

static void not_compared(void **state)
{
    (void)state;
    struct face_attempt t = attempt(face_not_compared("no_reference_photo"));
    assert_int_equal(t.is_validated, 0);
    assert_int_equal(t.challenge, 0);
    assert_true(isnan(t.confidence));
    assert_str(t.reason, "no_reference_photo");
}

/* ── Challenges ── */

static void every_sequence_is_drawn_as_often(void **state)
{
    (void)state;
    enum { SEQUENCES = 24 };
    char seen[SEQUENCES][64];
    size_t n = 0;
    for (uint64_t random = 0; random < SEQUENCES; random++) {
        const char *steps[CHALLENGE_STEPS];
        char text[64];
        challenge_draw(random, steps);
        snprintf(text, sizeof text, "%s,%s,%s", steps[0], steps[1], steps[2]);
        for (size_t i = 0; i < n; i++)
            assert_string_not_equal(seen[i], text);
        strcpy(seen[n++], text);
        assert_ptr_not_equal(steps[0], steps[1]);
        assert_ptr_not_equal(steps[0], steps[2]);
        assert_ptr_not_equal(steps[1], steps[2]);
        challenge_draw(random + SEQUENCES, steps);
        snprintf(text, sizeof text, "%s,%s,%s", steps[0], steps[1], steps[2]);
        assert_string_equal(seen[n - 1], text);
    }
}

static void a_challenge_lives_a_minute(void **state)
{
    (void)state;
    const struct face_challenge c = {.person = 7, .expires_us = 100 * S};
    assert_int_equal(CHALLENGE_LIFE_US, 60 * S);
    assert_int_equal(challenge_open(&c, 7, 100 * S - 1).err, OK);
    assert_int_equal(challenge_open(&c, 7, 100 * S).err, ERR_CONFLICT);
    assert_int_equal(challenge_open(&c, 8, 0).err, ERR_CONFLICT);
}

static void poses(void **state)
{
    (void)state;
    const struct {
        const char *step;
        struct face_posed shown;
        bool want;
    } CASES[] = {
        {"turn_left", {20, 0, 0.3f}, true},     {"turn_left", {19, 0, 0.3f}, false},
        {"turn_left", {-40, 0, 0.3f}, false},   {"turn_right", {-20, 0, 0.3f}, true},
        {"turn_right", {-19, 0, 0.3f}, false},  {"turn_right", {40, 0, 0.3f}, false},
        {"look_up", {0, 10, 0.3f}, true},       {"look_up", {0, 9, 0.3f}, false},
        {"look_up", {0, -30, 0.3f}, false},     {"come_closer", {0, 0, 0.49f}, true},
        {"come_closer", {0, 0, 0.47f}, false},  {"come_closer", {20, 0, 0.9f}, false},
        {"come_closer", {-20, 0, 0.9f}, false}, {"turn_left", {NAN, NAN, NAN}, false},
        {"come_closer", {NAN, 0, 0.9f}, false}, {"stand_still", {0, 0, 0.9f}, false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const struct face_posed shown[3] = {{0, 0, 0.4f}, CASES[i].shown, {0, 0, 0.2f}};
        char steps[64];
        snprintf(steps, sizeof steps, "look_up,%s,turn_left", CASES[i].step);
        if (challenge_shown(str_of(steps), shown, 3, 1) != CASES[i].want)
            fail_msg("row %zu: %s", i, CASES[i].step);
    }
    /* A face that always seems to look down, or up, does so in all of its images. */
    for (int i = -1; i <= 1; i++) {
        float bias = 25.0f * (float)i;
        const struct face_posed up[3] = {
            {-30, bias - 4, 0.3f}, {0, bias + 12, 0.3f}, {30, bias + 4, 0.3f}};
        const struct face_posed level[3] = {
            {-30, bias, 0.3f}, {0, bias + 8, 0.3f}, {30, bias, 0.3f}};
        assert_true(challenge_turned(STR("come_closer,look_up,turn_left"), 1));
        assert_false(challenge_turned(STR("look_up,turn_left,come_closer"), 2));
        assert_true(challenge_shown(STR("turn_right,look_up,turn_left"), up, 3, 1));
        assert_false(challenge_shown(STR("turn_right,look_up,turn_left"), level, 3, 1));
    }
    const struct face_posed all[3] = {{0, 20, 0.3f}, {30, 0, 0.3f}, {0, 0, 0.5f}};
    for (size_t i = 0; i < 3; i++) {
        assert_true(challenge_shown(STR("look_up,turn_left,come_closer"), all, 3, i));
        assert_false(challenge_shown(STR("turn_left,come_closer,look_up"), all, 3, i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting),
        cmocka_unit_test(outcomes),
        cmocka_unit_test(passes_that_are_none),
        cmocka_unit_test(tiny_images),
        cmocka_unit_test(not_compared),
        cmocka_unit_test(every_sequence_is_drawn_as_often),
        cmocka_unit_test(a_challenge_lives_a_minute),
        cmocka_unit_test(poses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
