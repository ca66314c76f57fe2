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
    struct face_attempt t = attempt(face_too_small());
    assert_int_equal(t.is_validated, 0);
    assert_str(t.reason, "too_small");
}

static void without_photos_and_without_model(void **state)
{
    (void)state;
    struct face_attempt t = attempt(face_without_photos());
    assert_int_equal(t.is_validated, 0);
    assert_true(isnan(t.confidence));
    assert_str(t.reason, "no_reference_photo");

    struct face_outcome o = face_without_photos();
    assert_false(face_model_loaded());
    assert_string_equal(face_model_problem(), "Face model is not installed");
    assert_int_equal(face_model_check(NULL, NULL, 0, NULL, &o), ERR_UNAVAILABLE);
    assert_string_equal(o.reason, "no_reference_photo"); /* untouched */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting),
        cmocka_unit_test(outcomes),
        cmocka_unit_test(passes_that_are_none),
        cmocka_unit_test(tiny_images),
        cmocka_unit_test(without_photos_and_without_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
