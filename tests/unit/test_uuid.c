/* UUIDs: version and variant bits, the number in front, parsing of every near miss. */
#include "unit.h"

#include "base/uuid.h"

static void versions_and_variants(void **state)
{
    (void)state;
    for (int fill = 0; fill < 256; fill++) {
        uint8_t random[UUID_RANDOM_BYTES];
        memset(random, fill, sizeof(random));
        struct uuid four = uuid_v4(random);
        struct uuid eight = uuid_v8_of_number(123, random);
        assert_int_equal(strlen(four.text), UUID_LEN);
        assert_int_equal(four.text[14], '4');
        assert_int_equal(eight.text[14], '8');
        assert_non_null(strchr("89ab", four.text[19]));
        assert_non_null(strchr("89ab", eight.text[19]));
        assert_int_equal(strspn(four.text, "0123456789abcdef-"), UUID_LEN);
        struct uuid back;
        struct uuid_packed packed = uuid_pack(&eight);
        back = uuid_unpack(&packed);
        assert_string_equal(back.text, eight.text);
        assert_true(uuid_parse(uuid_str(&four), &back));
        assert_string_equal(back.text, four.text);
    }
}

static void known_values(void **state)
{
    (void)state;
    const uint8_t random[UUID_RANDOM_BYTES] = {0x91, 0x91, 0x08, 0xf7, 0x52, 0xd1, 0x43, 0x20,
                                               0x9b, 0xac, 0xf8, 0x47, 0xdb, 0x41, 0x48, 0xa8};
    struct uuid u = uuid_v4(random);
    assert_string_equal(u.text, "919108f7-52d1-4320-9bac-f847db4148a8"); /* RFC 9562, A.3 */
    u = uuid_v8_of_number(123, random);
    assert_string_equal(u.text, "00000123-52d1-8320-9bac-f847db4148a8");
    u = uuid_v8_of_number(99999999, random);
    assert_string_equal(u.text, "99999999-52d1-8320-9bac-f847db4148a8");
}

static void number_in_front(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t number;
    } cases[] = {
        {"00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c", true, 123},
        {"99999999-9f1c-8b6e-84d0-5c1e2f3a4b5c", true, 99999999},
        {"00000000-9f1c-8b6e-a4d0-5c1e2f3a4b5c", false, 0}, /* nobody is number 0 */
        {"0000012a-9f1c-8b6e-a4d0-5c1e2f3a4b5c", false, 0},
        {"00000123-9f1c-4b6e-a4d0-5c1e2f3a4b5c", false, 0}, /* not version 8 */
        {"00000123-9f1c-8b6e-c4d0-5c1e2f3a4b5c", false, 0}, /* not this variant */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct uuid u;
        int64_t number = -7;
        assert_true(uuid_parse(str_of(cases[i].text), &u));
        assert_int_equal(uuid_number(&u, &number), cases[i].good);
        assert_int_equal(number, cases[i].good ? cases[i].number : -7);
    }
    uint8_t random[UUID_RANDOM_BYTES] = {0};
    for (int64_t n = 1; n < 100000000; n = n * 7 + 1) {
        struct uuid u = uuid_v8_of_number(n, random);
        int64_t back = 0;
        assert_true(uuid_number(&u, &back));
        assert_int_equal(back, n);
    }
}

static void parsing(void **state)
{
    (void)state;
    const char good[] = "550E8400-e29b-41D4-A716-446655440000";
    struct uuid u;
    assert_true(uuid_parse(STR("550E8400-e29b-41D4-A716-446655440000"), &u));
    assert_string_equal(u.text, "550e8400-e29b-41d4-a716-446655440000");
    assert_true(uuid_parse(STR("00000000-0000-0000-0000-000000000000"), &u));

    struct uuid untouched = {"unchanged"};
    for (size_t len = 0; len < UUID_LEN; len++)
        assert_false(uuid_parse((struct str){good, len}, &untouched));
    assert_false(uuid_parse(STR_NULL, &untouched));
    assert_false(uuid_parse(STR("550E8400-e29b-41D4-A716-4466554400000"), &untouched));
    assert_false(uuid_parse(STR("{50E8400-e29b-41D4-A716-44665544000}"), &untouched));
    for (size_t i = 0; i < UUID_LEN; i++) { /* any one wrong character */
        static const char bad[] = "gG/:@`- \0";
        for (size_t j = 0; j < sizeof(bad) - 1; j++) {
            char text[UUID_LEN];
            memcpy(text, good, UUID_LEN);
            if (text[i] == '-' && bad[j] == '-')
                continue;
            text[i] = bad[j];
            assert_false(uuid_parse((struct str){text, UUID_LEN}, &untouched));
        }
    }
    assert_string_equal(untouched.text, "unchanged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_and_variants),
        cmocka_unit_test(known_values),
        cmocka_unit_test(number_in_front),
        cmocka_unit_test(parsing),
    };
    return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
