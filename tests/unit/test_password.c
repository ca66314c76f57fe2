/* Passwords: hashing there and back, what is too weak and what must not be called weak. */
#include "platform/auth/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static int64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void hash_and_verify(void **state)
{
    (void)state;
    struct str hash = STR_NULL, again = STR_NULL;
    assert_int_equal(password_hash(STR("securePassword123"), &arena, &hash), OK);
    assert_int_equal(password_hash(STR("securePassword123"), &arena, &again), OK);

    assert_true(str_starts(hash, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_false(str_eq(hash, again)); /* salted */
    assert_true(password_verify(STR("securePassword123"), hash));
    assert_true(password_verify(STR("securePassword123"), again));
    assert_false(password_verify(STR("securePassword124"), hash));
    assert_false(password_verify(STR("securePassword12"), hash));
    assert_false(password_verify(STR(""), hash));
    assert_false(password_needs_rehash(hash));
}

static void bytes_are_bytes(void **state)
{
    (void)state;
    char text[PASSWORD_MAX_BYTES];
    struct str hash;
    memset(text, 'x', sizeof text);
    assert_int_equal(password_hash((struct str){text, sizeof text}, &arena, &hash), OK);
    assert_true(password_verify((struct str){text, sizeof text}, hash));
    text[sizeof text - 1] = 'y';
    assert_false(password_verify((struct str){text, sizeof text}, hash));
}

/* Nobody's account takes as long as somebody's, so that the time does not tell which e-mails have
 * one. */
static void absent_hash_costs_the_same(void **state)
{
    (void)state;
    struct str hash;
    int64_t known = INT64_MAX, unknown = INT64_MAX;
    assert_int_equal(password_hash(STR("correct horse"), &arena, &hash), OK);
    for (int i = 0; i < 5; i++) {
        int64_t start = cpu_us();
        assert_false(password_verify(STR("wrong horse"), hash));
        int64_t middle = cpu_us();
        assert_false(password_verify(STR("wrong horse"), STR_NULL));
        int64_t end = cpu_us();
        known = middle - start < known ? middle - start : known;
        unknown = end - middle < unknown ? end - middle : unknown;
    }
    assert_true(unknown > known / 2);
    assert_true(unknown < known * 2);
}

static void hashes_of_other_costs(void **state)
{
    (void)state;
    assert_true(password_needs_rehash(STR("$argon2id$v=19$m=4096,t=2,p=1$dhUCoexvSHOWvgfuZrP2MQ$"
                                          "mrpdQLJoiRxFVA1RhQlzsI/RQ0mljm9gwPBAOGSoXSE")));
    assert_true(password_needs_rehash(STR_NULL));
    assert_true(password_needs_rehash(STR("no hash")));
    assert_false(password_verify(STR("x"), STR("no hash")));
}

static void weak_and_not(void **state)
{
    (void)state;
    static const struct {
        const char *password;
        bool weak;
    } rows[] = {
        /* the reference's own, and what people do with a little care */
        {"securePassword123", false},
        {"myPassword123", false},
        {"securePass123", false},
        {"testpass123", false},
        {"correcthorsebatterystaple", false},
        {"Tr0ub4dor&3", false},
        {"blåbærgrød", false},
        {"пароль-мой", false},
        {"kR7#pQ2!zz", false},
        {"four words in english", false},
        /* one word, one run, one repeat */
        {"password", true},
        {"PASSWORD", true},
        {"Password", true},
        {"p4ssw0rd", true},
        {"12345678", true},
        {"87654321", true},
        {"abcdefgh", true},
        {"qwertyuiop", true},
        {"zxcvbnm,", true},
        {"1qaz2wsx", true},
        {"iloveyou", true},
        {"sunshine", true},
        {"trustno1", true},
        {"aaaaaaaa", true},
        {"00000000", true},
        {"abcabcabc", true},
        {"passwordpassword", true},
        /* a very common one with next to nothing behind it */
        {"password1", true},
        {"Password1!", true},
        {"password123", true},
        {"letmein1", true},
        {"qwerty123", true},
        {"iloveyou1", true},
        {"iloveyou1x2y", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why = password_weakness(str_of(rows[i].password), STR("someone@example.org"));
        if ((why != NULL) != rows[i].weak)
            fail_msg("\"%s\": %s", rows[i].password, why ? why : "accepted");
    }
}

static void not_the_email(void **state)
{
    (void)state;
    struct str email = STR("Catherine.Parr@example.org");
    assert_string_equal(password_weakness(STR("catherine.parr@example.org"), email),
                        "must not be the e-mail address");
    assert_non_null(password_weakness(STR("CATHERINE.parr"), email));
    assert_null(password_weakness(STR("catherine.parr-1543"), email));
    assert_null(password_weakness(STR("catherine.parr"), STR_NULL));
    assert_null(password_weakness(STR(""), email));
    assert_null(password_weakness(STR(""), STR_NULL));
}

static void long_ones_are_looked_at_briefly(void **state)
{
    (void)state;
    char text[PASSWORD_MAX_BYTES];
    struct str all = {text, sizeof text};
    memset(text, 'a', sizeof text);

    int64_t start = cpu_us();
    assert_non_null(password_weakness(all, STR("a@example.org")));
    assert_true(cpu_us() - start < 200000); /* 1,024 bytes as they stand would take seconds */

    memcpy(text + sizeof text - 20, "Kq8#vT0z", 8);
    assert_null(password_weakness(all, STR("a@example.org")));
    for (size_t len = 60; len < 70; len++)
        assert_non_null(password_weakness((struct str){text, len}, STR("a@example.org")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_and_verify),
        cmocka_unit_test(bytes_are_bytes),
        cmocka_unit_test(absent_hash_costs_the_same),
        cmocka_unit_test(hashes_of_other_costs),
        cmocka_unit_test(weak_and_not),
        cmocka_unit_test(not_the_email),
        cmocka_unit_test(long_ones_are_looked_at_briefly),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
