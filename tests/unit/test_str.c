/* Borrowed texts and result codes: comparison, splitting, numbers; every code has a status and a
 * name. */
#include "unit.h"

#include "base/err.h"

static void equality(void **state)
{
    (void)state;
    static const struct {
        struct str a, b;
        bool same, nocase;
    } cases[] = {
        {{NULL, 0}, {NULL, 0}, true, true},       {{NULL, 0}, {"", 0}, false, false},
        {{"", 0}, {NULL, 0}, false, false},       {{"", 0}, {"x", 0}, true, true},
        {{"Host", 4}, {"hOST", 4}, false, true},  {{"ab", 2}, {"abc", 3}, false, false},
        {{"a\0b", 3}, {"a\0c", 3}, false, false}, {{"@", 1}, {"`", 1}, false, false},
        {{"[", 1}, {"{", 1}, false, false},       {{"\xC3\x84", 2}, {"\xC3\xA4", 2}, false, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(str_eq(cases[i].a, cases[i].b), cases[i].same);
        assert_int_equal(str_eq_secret(cases[i].a, cases[i].b), cases[i].same);
        assert_int_equal(str_eq_nocase(cases[i].a, cases[i].b), cases[i].nocase);
    }
}

static void starts_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts(STR("Bearer x"), STR("Bearer ")));
    assert_true(str_starts(STR("x"), STR("")));
    assert_true(str_starts(STR_NULL, STR("")));
    assert_false(str_starts(STR("Bear"), STR("Bearer")));
    assert_true(str_ends(STR("photo.jpg"), STR(".jpg")));
    assert_false(str_ends(STR("jpg"), STR(".jpg")));
    assert_true(str_ends(STR(""), STR("")));
}

static void trim(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},   {" ", ""},      {"\t a b\r\n", "a b"},
        {"a", "a"}, {"\v\fa", "a"}, {"\xC2\xA0", "\xC2\xA0"}, /* not ASCII: stays */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_str(str_trim(str_of(cases[i][0])), cases[i][1]);
    assert_false(str_present(str_trim(STR_NULL)));
}

static void cut(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,");
    assert_str(str_cut(&rest, ','), "a");
    assert_str(str_cut(&rest, ','), "");
    assert_str(str_cut(&rest, ','), "b");
    assert_true(str_present(rest)); /* an empty last piece is still one */
    assert_str(str_cut(&rest, ','), "");
    assert_false(str_present(rest));
    assert_false(str_present(str_cut(&rest, ',')));
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"25", true, 25},
        {"007", true, 7},
        {"-1", true, -1},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775807", true, -INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775808", false, 0}, /* means absent */
        {"9999999999999999999", false, 0},
        {"00000000000000000001", false, 0}, /* 20 digits */
        {"", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x10", false, 0},
        {"1e3", false, 0},
        {"\xD9\xA3", false, 0}, /* an Arabic digit */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t v = -77;
        assert_int_equal(str_to_i64(str_of(cases[i].text), &v), cases[i].good);
        assert_int_equal(v, cases[i].good ? cases[i].value : -77);
    }
    int64_t v = 0;
    assert_false(str_to_i64(STR_NULL, &v));
    assert_false(str_to_i64((struct str){"1\0", 2}, &v));
}

static void codes(void **state)
{
    (void)state;
    for (int e = 0; e < ERR_COUNT; e++) {
        int status = err_status((enum err)e);
        assert_true(status == 200 || (status >= 400 && status < 600));
        assert_true(strlen(err_text((enum err)e)) > 0);
        assert_true(e == OK || strncmp(err_name((enum err)e), "ERR_", 4) == 0);
    }
    assert_int_equal(err_status(ERR_CONFLICT), 409);
    assert_string_equal(err_text(ERR_UNAUTHORIZED), "Missing or invalid authorization header");
    assert_string_equal(err_name(ERR_INVALID), "ERR_INVALID");
    assert_int_equal(err_status(ERR_COUNT), 500); /* a bug of ours, never a crash */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality), cmocka_unit_test(starts_and_ends), cmocka_unit_test(trim),
        cmocka_unit_test(cut),      cmocka_unit_test(numbers),         cmocka_unit_test(codes),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
