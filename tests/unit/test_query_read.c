/* Query strings and form values into a shape: decoding, repeated names, flags, lists, and cut-off
 * escapes. */
#include "unit.h"

#include "sample_shape.h"

#include <math.h>

static enum err read_query(struct arena *a, struct str query, struct sample *s,
                           struct field_errors *errors)
{
    const char *why = NULL;
    enum err e = shape_from_query(&SAMPLE, query, a, s, errors, &why);
    assert_int_equal(e == ERR_BAD_REQUEST, why != NULL);
    return e;
}

static void values(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct sample s;
    struct field_errors errors = {0};
    struct str query =
        STR("id=25&n%61me=New+Y%C3%B6rk%20&rating=4&active=YES&dob=2000-02-29&time=19%3A30"
            "&user_id=00000123-9F1C-8b6e-a4d0-5c1e2f3a4b5c&interests=a,+b,c&unknown=1&unknown=2"
            "&created_at=2026-01-15T19:00:00&&dates=2026-01-15,2026-01-16&note=");
    assert_int_equal(read_query(&a, query, &s, &errors), OK);
    assert_int_equal(s.id, 25);
    assert_str(s.name, "New Y\xC3\xB6rk");
    assert_true(s.rating == 4);
    assert_int_equal(s.active, 1);
    assert_int_equal(s.time, 1170);
    assert_int_equal(s.user_id.kind, USER_REF_UUID);
    assert_int_equal(s.interests.n, 3);
    assert_str(s.interests.v[1], "b");
    assert_int_equal(s.dates.n, 2);
    assert_false(str_present(s.note));
    assert_int_equal(s.hidden, I64_NULL);
    arena_free(&a);
}

static void answers(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        enum err err;
        const char *message;
    } cases[] = {
        {"id=20", OK, NULL},
        {"id=%32%30", OK, NULL},
        {"&id=20&", OK, NULL},
        {"id=20&=x&=y&==&x", OK, NULL},
        {"", ERR_INVALID, "is required"},
        {"ID=20", ERR_INVALID, "is required"},
        {"id", ERR_INVALID, "is required"},
        {"id=", ERR_INVALID, "is required"},
        {"id=20&active=&rating=&dob=&time=&created_at=&user_id=", OK, NULL},
        {"id=+20", ERR_INVALID, "must be a whole number"},
        {"id=20=", ERR_INVALID, "must be a whole number"},
        {"id=17", ERR_INVALID, "must be between 18 and 120"},
        {"id=20&active=maybe", ERR_INVALID, "must be true or false"},
        {"id=20&active=0", OK, NULL},
        {"id=20&active=No", OK, NULL},
        {"id=20&active=True", OK, NULL},
        {"id=20&interests=", OK, NULL},
        {"id=20&interests=a,b,c,d", ERR_INVALID, "must have at most 3 items"},
        {"id=20&dates=", OK, NULL},
        {"id=20&name=", OK, NULL},
        {"id=20&name=+", ERR_INVALID, "must have between 1 and 10 characters"},
        {"id=20&id=20", ERR_BAD_REQUEST, NULL},
        {"id=20&i%64=21", ERR_BAD_REQUEST, NULL},
        {"id=20&name=%", ERR_BAD_REQUEST, NULL},
        {"id=20&name=%4", ERR_BAD_REQUEST, NULL},
        {"id=20&name=%4g", ERR_BAD_REQUEST, NULL},
        {"id=20&name=%%41", ERR_BAD_REQUEST, NULL},
        {"id=20&name=%00", ERR_BAD_REQUEST, NULL},
        {"id=20&name=%FF", ERR_BAD_REQUEST, NULL},
        {"id=20&name=%C3", ERR_BAD_REQUEST, NULL},
        {"id=20&unknown=%ED%A0%80", ERR_BAD_REQUEST, NULL},
        {"id=20&%zz=1", ERR_BAD_REQUEST, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a;
        arena_init(&a);
        struct sample s;
        struct field_errors errors = {0};
        enum err e = read_query(&a, str_of(cases[i].query), &s, &errors);
        if (e != cases[i].err)
            fail_msg("%s: %s", cases[i].query, err_name(e));
        if (cases[i].message != NULL)
            assert_str(errors.head->message, cases[i].message);
        arena_free(&a);
    }
}

static void no_query_at_all(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct sample s;
    struct field_errors errors = {0};
    assert_int_equal(read_query(&a, STR_NULL, &s, &errors), ERR_INVALID);
    assert_true(isnan(s.rating));
    arena_free(&a);
}

/* A form's part: the same rules, one value at a time, bytes that may be no text. */
static void form_values(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct sample s;
    struct field_errors errors = {0};
    shape_clear(&SAMPLE, &s);
    const struct field *name = &SAMPLE_FIELDS[3];
    field_from_text(name, STR(" Ana "), &a, &s, &errors);
    assert_null(errors.head);
    assert_str(s.name, "Ana");
    field_from_text(&SAMPLE_FIELDS[0], STR_NULL, &a, &s, &errors);
    assert_str(errors.head->message, "is required");
    errors = (struct field_errors){0};
    field_from_text(name, STR("a\xFF"), &a, &s, &errors);
    assert_str(errors.head->message, "must be well-formed UTF-8 text without NUL");
    errors = (struct field_errors){0};
    field_from_text(&SAMPLE_FIELDS[10], STR("a,\xFF"), &a, &s, &errors);
    assert_str(errors.head->message, "must be well-formed UTF-8 text without NUL");
    arena_free(&a);
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    static const char whole[] =
        "id=20&n%61me=%C3%A9+x&rating=4.5&active=yes&interests=a,b&dob=2000-02-29";
    for (size_t len = 0; len < sizeof(whole); len++) {
        struct arena a;
        arena_init(&a);
        char *copy = arena_alloc(&a, len);
        memcpy(copy, whole, len);
        struct sample s;
        struct field_errors errors = {0};
        enum err e = read_query(&a, (struct str){copy, len}, &s, &errors);
        assert_true(e == OK || e == ERR_INVALID || e == ERR_BAD_REQUEST);
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(answers),
        cmocka_unit_test(no_query_at_all),
        cmocka_unit_test(form_values),
        cmocka_unit_test(cut_at_every_byte),
    };
    return cmocka_run_group_tests_name("query_read", tests, NULL, NULL);
}
