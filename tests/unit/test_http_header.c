/* What is looked up in headers and addresses: parameters, types, accepted encodings, counts by
 * address. */
#include "unit.h"

#include "platform/http/engine.h"

static void check_text(struct str got, const char *want)
{
    if (want == NULL)
        assert_false(str_present(got));
    else
        assert_str(got, want);
}

/* ── Looking things up ── */

static void finds_parameters(void **state)
{
    static const struct {
        const char *value, *name, *want;
    } CASES[] = {
        {"form-data; name=\"a\"", "name", "a"},
        {"form-data; name=a; filename=b", "filename", "b"},
        {"form-data; NAME=\"a\\\"b\\\\\"; x=y", "name", "a\"b\\"},
        {"form-data; filename=\"; name=evil\"; name=good", "name", "good"},
        {"a;b;c=d", "c", "d"},
        {"a; c = \"d;e\" ; f=g", "f", "g"},
        {"a; c = \"d;e\" ; f=g", "c", "d;e"},
        {"a; c=", "c", ""},
        {"a; c=\"\"", "c", ""},
        {"a; c=\"open", "c", "open"},
        {"a; c=\"x\\", "c", "x\\"},
        {"name=a", "name", NULL},
        {"a", "name", NULL},
        {"", "name", NULL},
        {"a;", "name", NULL},
        {"a; xname=b", "name", NULL},
    };
    struct arena a;

    (void)state;
    arena_init(&a);
    for (size_t i = 0; i < COUNT(CASES); i++)
        check_text(http_param(&a, str_of(CASES[i].value), CASES[i].name), CASES[i].want);
    assert_false(str_present(http_param(&a, STR_NULL, "x")));
    arena_free(&a);
}

static void reads_content_types(void **state)
{
    static const struct {
        const char *value, *want;
    } CASES[] = {
        {"application/json", "application/json"},
        {"application/json; charset=utf-8", "application/json"},
        {" text/html ;x", "text/html"},
        {"", NULL},
        {";x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct http_header h = {STR("content-type"), str_of(CASES[i].value)};
        struct http_head head = {.headers = &h, .n_headers = 1};
        check_text(http_content_type(&head), CASES[i].want);
    }
}

static void weighs_encodings(void **state)
{
    static const struct {
        const char *value;
        bool gzip;
    } CASES[] = {
        {"gzip", true},
        {"GZIP", true},
        {"x-gzip", true},
        {"deflate, gzip;q=0.5, br", true},
        {"gzip; q=0.001", true},
        {"gzip;q=1.000", true},
        {"*", true},
        {"identity, *;q=0.1", false},
        {"gzip, identity", true},
        {"", false},
        {"deflate", false},
        {"identity", false},
        {"gzip;q=0", false},
        {"gzip;q=0.000", false},
        {"gzip;q=0, *", false},
        {"*;q=0", false},
        {"gzip;q=0.1, identity;q=0.2", false},
        {"gzip;q=x", false},
        {"gzip;q=2", false},
        {"gzip;q=0.0001", false},
        {"gzipx", false},
        {",,", false},
    };

    (void)state;
    assert_false(gzip_accepted(STR_NULL));
    for (size_t i = 0; i < COUNT(CASES); i++)
        if (gzip_accepted(str_of(CASES[i].value)) != CASES[i].gzip)
            fail_msg("%s", CASES[i].value);
}

static void writes_addresses(void **state)
{
    static const struct {
        uint8_t address[16];
        const char *want;
    } CASES[] = {
        {{[10] = 255, 255, 127, 0, 0, 1}, "127.0.0.1"},
        {{[10] = 255, 255, 255, 10, 99, 100}, "255.10.99.100"},
        {{[15] = 1}, "::1"},
        {{0x20, 0x01, 0x0d, 0xb8, [15] = 9}, "2001:db8::9"},
    };
    struct arena a;

    (void)state;
    arena_init(&a);
    for (size_t i = 0; i < COUNT(CASES); i++)
        assert_str(address_text(&a, CASES[i].address), CASES[i].want);
    arena_free(&a);
}

static bool enter(struct address_table *t, const uint8_t address[16])
{
    bool over = false;
    bool entered = address_enter(t, address, &over);

    assert_true(entered || over);
    return !over;
}

static void counts_by_address(void **state)
{
    static const uint8_t V4[16] = {[10] = 255, 255, 10, 0, 0, 1};
    static const uint8_t OTHER_V4[16] = {[10] = 255, 255, 10, 0, 0, 2};
    static const uint8_t V6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    static const uint8_t SAME_64[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};
    struct address_table *t = address_table_new(2, false);

    (void)state;
    assert_true(enter(t, V4));
    assert_true(enter(t, V4));
    assert_false(enter(t, V4));
    assert_true(enter(t, OTHER_V4));
    assert_true(enter(t, V6));
    assert_true(enter(t, SAME_64));
    assert_false(enter(t, V6));
    address_leave(t, V4);
    assert_true(enter(t, V4));
    address_leave(t, V6);
    address_leave(t, SAME_64);
    assert_true(enter(t, V6));
    address_table_free(t);
}

static void counts_without_enforcing(void **state)
{
    static const uint8_t V4[16] = {[10] = 255, 255, 10, 0, 0, 1};
    struct address_table *t = address_table_new(1, true);
    bool over = false;

    (void)state;
    assert_true(address_enter(t, V4, &over) && !over);
    assert_true(address_enter(t, V4, &over) && over);
    address_leave(t, V4);
    assert_true(address_enter(t, V4, &over) && over);
    address_leave(t, V4);
    address_leave(t, V4);
    assert_true(address_enter(t, V4, &over) && !over);
    address_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_parameters),  cmocka_unit_test(reads_content_types),
        cmocka_unit_test(weighs_encodings),  cmocka_unit_test(writes_addresses),
        cmocka_unit_test(counts_by_address), cmocka_unit_test(counts_without_enforcing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
