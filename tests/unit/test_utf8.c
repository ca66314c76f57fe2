/* Validity by Unicode's table 3-7, length, trimming, and which texts count as the same word. */
#include "unit.h"

#include "base/utf8.h"

#include <unistr.h>

static void validity(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        bool good;
    } cases[] = {
        {STR(""), true},
        {{NULL, 0}, true},
        {STR("plain"), true},
        {STR("\xC3\xA9"), true},
        {STR("\xE2\x82\xAC"), true},
        {STR("\xF0\x9F\x98\x80"), true},
        {STR("\xEF\xBF\xBF"), true},     /* U+FFFF: a noncharacter is still well-formed */
        {STR("\xF4\x8F\xBF\xBF"), true}, /* U+10FFFF */
        {STR("\xED\x9F\xBF"), true},     /* U+D7FF, before the surrogates */
        {STR("\xEE\x80\x80"), true},     /* U+E000, behind them */
        {STR("a\0b"), false},
        {STR("\0"), false},
        {STR("\x80"), false},
        {STR("\xC0\x80"), false},         /* NUL in two bytes */
        {STR("\xC1\xBF"), false},         /* overlong */
        {STR("\xE0\x9F\xBF"), false},     /* overlong */
        {STR("\xF0\x8F\xBF\xBF"), false}, /* overlong */
        {STR("\xED\xA0\x80"), false},     /* surrogate */
        {STR("\xED\xBF\xBF"), false},     /* surrogate */
        {STR("\xF4\x90\x80\x80"), false}, /* above U+10FFFF */
        {STR("\xF5\x80\x80\x80"), false},
        {STR("\xFF"), false},
        {STR("\xC3"), false}, /* cut off */
        {STR("\xE2\x82"), false},
        {STR("\xF0\x9F\x98"), false},
        {STR("\xC3\x28"), false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(utf8_valid(cases[i].text), cases[i].good);
}

/* Every code point there is: valid unless a surrogate or NUL, one long, and folding twice changes
 * nothing more. */
static void every_code_point(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    for (ucs4_t c = 1; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        uint8_t bytes[6];
        struct str s = {(const char *)bytes, (size_t)u8_uctomb(bytes, c, sizeof(bytes))};
        assert_true(utf8_valid(s));
        assert_int_equal(utf8_length(s), 1);
        for (size_t cut = 1; cut < s.len; cut++)
            assert_false(utf8_valid((struct str){s.ptr, cut}));
        struct str once = utf8_fold(&a, s);
        assert_true(str_eq(utf8_fold(&a, once), once));
        arena_reset(&a);
    }
    arena_free(&a);
}

static void length(void **state)
{
    (void)state;
    assert_int_equal(utf8_length(STR("")), 0);
    assert_int_equal(utf8_length(STR_NULL), 0);
    assert_int_equal(utf8_length(STR("na\xC3\xAFve")), 5);
    assert_int_equal(utf8_length(STR("\xF0\x9F\x98\x80\xE2\x82\xAC")), 2);
}

static void trim(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {" \t\r\n ", ""},
        {"\xC2\xA0"
         "a b"
         "\xE3\x80\x80",
         "a b"}, /* no-break space, ideographic space */
        {"\xE2\x80\x8B"
         "a",
         "\xE2\x80\x8B"
         "a"}, /* a zero-width space is no white space */
        {"\xC3\xA9", "\xC3\xA9"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_str(utf8_trim(str_of(cases[i][0])), cases[i][1]);
}

static void folding(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"  New   York\t", "new york"},
        {"STRASSE", "strasse"},
        {"Stra\xC3\x9F"
         "e",
         "strasse"}, /* ß */
        {"E\xCC\x81"
         "COLE",
         "\xC3\xA9"
         "cole"}, /* combining acute: composed */
        {"\xC3\x89"
         "cole",
         "\xC3\xA9"
         "cole"},
        {"\xCE\xA3\xCE\x8A\xCE\xA3\xCE\xA5\xCE\xA6\xCE\x9F\xCE\xA3",
         "\xCF\x83\xCE\xAF\xCF\x83\xCF\x85\xCF\x86\xCE\xBF\xCF\x83"}, /* final sigma is a sigma */
        {"\xD0\x9C\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0",
         "\xD0\xBC\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0"},
        {"a\xC2\xA0\xE2\x80\x83"
         "b",
         "a b"},
        {"\xE2\x84\xAB", "\xC3\xA5"}, /* ångström sign */
    };
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_str(utf8_fold(&a, str_of(cases[i][0])), cases[i][1]);
    assert_false(str_present(utf8_fold(&a, STR_NULL)));
    assert_true(str_present(utf8_fold(&a, STR("  "))));
    struct str broken = utf8_fold(&a, STR("a\xFFz")); /* no crash, and equal to itself */
    assert_true(str_eq(broken, utf8_fold(&a, STR("a\xFFz"))));
    utf8_fold(&a, STR("\xE2\x82"));
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validity), cmocka_unit_test(every_code_point), cmocka_unit_test(length),
        cmocka_unit_test(trim),     cmocka_unit_test(folding),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
