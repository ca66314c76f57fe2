/* JSON replies: every kind of field, escapes, reals in their shortest form, error bodies. */
#include "unit.h"

#include "sample_shape.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static struct str written(struct arena *a, const struct sample *s)
{
    struct buf b = buf_new(a, 0);
    json_write(&b, &SAMPLE, s);
    return buf_view(&b);
}

static void everything_absent(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct sample s;
    shape_clear(&SAMPLE, &s);
    assert_str(written(&a, &s), "{\"id\":null,\"rating\":null,\"active\":null,\"name\":null,"
                                "\"created_at\":null,\"dob\":null,\"time\":null,\"user_id\":null,"
                                "\"interests\":null,\"dates\":null,\"times\":null}");
    arena_free(&a);
}

static void everything_present(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct str interests[] = {STR("tea"), STR("a \"b\"")};
    int64_t dates[] = {0, 20468};
    int64_t times[] = {0, 1439};
    struct sample s = {
        .id = -5,
        .rating = 75,
        .active = 1,
        .name = STR(""),
        .note = STR("n"),
        .password = STR("secret password"),
        .created_at = 1768503600500000,
        .dob = 11016,
        .time = 1170,
        .user_id = {.kind = USER_REF_NUMBER, .number = 123},
        .interests = {interests, 2},
        .dates = {dates, 2},
        .times = {times, 2},
        .hidden = 1,
    };
    assert_str(written(&a, &s),
               "{\"id\":-5,\"rating\":75.0,\"active\":true,\"name\":\"\",\"note\":\"n\","
               "\"created_at\":\"2026-01-15T19:00:00\",\"dob\":\"2000-02-29\",\"time\":\"19:30\","
               "\"user_id\":123,\"interests\":[\"tea\",\"a \\\"b\\\"\"],\"dates\":[\"1970-01-01\","
               "\"2026-01-15\"],\"times\":[\"00:00\",\"23:59\"]}");
    s.active = 0;
    assert_true(uuid_parse(STR("00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c"), &s.user_id.uuid));
    s.user_id.kind = USER_REF_UUID;
    s.interests.n = 0;
    struct str text = written(&a, &s);
    assert_non_null(
        strstr(arena_str(&a, text).ptr, "\"user_id\":\"00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c\""));
    assert_non_null(strstr(arena_str(&a, text).ptr, "\"active\":false"));
    assert_non_null(strstr(arena_str(&a, text).ptr, "\"interests\":[]"));
    arena_free(&a);
}

static void texts_are_escaped(void **state)
{
    (void)state;
    static const struct {
        struct str in;
        const char *out;
    } cases[] = {
        {STR(""), "\"\""},
        {{NULL, 0}, "null"},
        {STR("a/b</script>"), "\"a/b</script>\""},
        {STR("\"\\\b\f\n\r\t"), "\"\\\"\\\\\\b\\f\\n\\r\\t\""},
        {STR("\x01\x1F\x7F"), "\"\\u0001\\u001f\x7F\""},
        {STR("\0"), "\"\\u0000\""},
        {STR("\xF0\x9F\x98\x80\xE2\x80\xA8"), "\"\xF0\x9F\x98\x80\xE2\x80\xA8\""},
        {STR("end\n"), "\"end\\n\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a;
        arena_init(&a);
        struct buf b = buf_new(&a, 0);
        json_write_text(&b, cases[i].in);
        assert_str(buf_view(&b), cases[i].out);
        arena_free(&a);
    }
}

static void check_real(double v, const char *want)
{
    struct arena a;
    arena_init(&a);
    struct buf b = buf_new(&a, 0);
    json_write_real(&b, v);
    if (want != NULL)
        assert_str(buf_view(&b), want);
    const char *text = arena_str(&a, buf_view(&b)).ptr;
    assert_non_null(strchr(text, '.'));
    assert_true(strtod(text, NULL) == v);
    arena_free(&a);
}

static void put_escaped(struct buf *b, unsigned char c)
{
    static const char SHORT[] = "\b\f\n\r\t\"\\", LETTERS[] = "bfnrt\"\\";
    const char *at = c == '\0' ? NULL : strchr(SHORT, c);

    if (at != NULL)
        buf_printf(b, "\\%c", LETTERS[at - SHORT]);
    else if (c < 0x20)
        buf_printf(b, "\\u%04x", c);
    else
        buf_char(b, (char)c);
}

/* Each byte at each place of a text of three machine words, beside letters and beside others. */
static void every_byte_at_every_place(void **state)
{
    (void)state;
    char text[24];
    struct arena a;

    arena_init(&a);
    for (size_t place = 0; place < sizeof(text); place++)
        for (unsigned c = 0; c < 256; c++)
            for (unsigned beside = 0; beside < 2; beside++) {
                struct buf out = buf_new(&a, 64), wanted = buf_new(&a, 64);
                memset(text, beside ? 0x80 : 'a', sizeof(text));
                text[place] = (char)c;
                buf_char(&wanted, '"');
                for (size_t i = 0; i < sizeof(text); i++)
                    put_escaped(&wanted, (unsigned char)text[i]);
                buf_char(&wanted, '"');
                json_write_text(&out, (struct str){text, sizeof(text)});
                assert_true(str_eq(buf_view(&out), buf_view(&wanted)));
                arena_reset(&a);
            }
    arena_free(&a);
}

static void reals(void **state)
{
    (void)state;
    check_real(0, "0.0");
    check_real(-0.0, "-0.0");
    check_real(75, "75.0");
    check_real(0.95, "0.95");
    check_real(0.1, "0.1");
    check_real(1.0 / 3, "0.3333333333333333");
    check_real(0.1 + 0.2, "0.30000000000000004");
    check_real(4.35, "4.35");
    check_real(-12.5, "-12.5");
    check_real(123456789012345680.0, "1.2345678901234568e+17");
    check_real(1e21, "1.0e+21");
    check_real(1e-7, "1.0e-07");
    check_real(5e-324, "5.0e-324");
    check_real(DBL_MIN, NULL);
    check_real(DBL_MAX, "1.7976931348623157e+308");
    check_real(9007199254740993.0, NULL);
    srand(20261122);
    for (int i = 0; i < 20000; i++) {
        check_real((double)rand() / (rand() + 1.0), NULL);
        check_real(ldexp((double)rand(), rand() % 1900 - 950), NULL);
    }
    const double none[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT(none); i++) {
        struct arena a;
        arena_init(&a);
        struct buf b = buf_new(&a, 0);
        json_write_real(&b, none[i]);
        assert_str(buf_view(&b), "null");
        arena_free(&a);
    }
}

static void errors(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct buf b = buf_new(&a, 0);
    json_write_error(&b, STR("Booking not found"), NULL, STR_NULL);
    assert_str(buf_view(&b), "{\"detail\":\"Booking not found\"}");

    struct field_errors list = {0};
    b = buf_new(&a, 0);
    json_write_error(&b, STR("x"), &list, STR_NULL);
    assert_str(buf_view(&b), "{\"detail\":\"x\"}");

    field_errors_add(&list, &a, "age_min", "must be between %d and %d", 18, 120);
    field_errors_add(&list, &a, "name", "is required");
    b = buf_new(&a, 0);
    json_write_error(&b, STR("A field is wrong"), &list, STR("no_face"));
    assert_str(buf_view(&b),
               "{\"detail\":\"A field is wrong\",\"errors\":[{\"field\":\"age_min\",\"message\":"
               "\"must be between 18 and 120\"},{\"field\":\"name\",\"message\":\"is required\"}],"
               "\"reason\":\"no_face\"}");
    arena_free(&a);
}

static void a_shape_without_fields(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct buf b = buf_new(&a, 0);
    struct sample s;
    shape_clear(&SAMPLE, &s);
    static const struct field none[] = {F_END};
    static const struct shape empty = {.name = "empty", .size = sizeof(s), .fields = none};
    json_write(&b, &empty, &s);
    assert_str(buf_view(&b), "{}");
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_absent),
        cmocka_unit_test(everything_present),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(reals),
        cmocka_unit_test(errors),
        cmocka_unit_test(a_shape_without_fields),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
