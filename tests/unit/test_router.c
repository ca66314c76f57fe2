/* The router: literals before parameters, optional trailing slash, decoding, refusal of incomplete
 * tables. */
#include "platform/http/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static enum err handler(struct req *q)
{
    (void)q;
    return OK;
}

#define R(m, p)                                                                                    \
    {                                                                                              \
        m, p, READ, ACCESS_USER, handler, NULL, NULL, p                                            \
    }

static const struct route TABLE[] = {
    R(GET, "/venues/"),
    R(POST, "/venues/"),
    R(GET, "/venues/{venue_id}"),
    R(POST, "/venues/timeslots/"),
    R(PUT, "/venues/timeslots/{slot_id}/mark-available"),
    R(GET, "/venues/{venue_id}/timeslots"),
    R(GET, "/matches/{match_id}"),
    R(GET, "/matches/user/{user_id}"),
    R(DELETE, "/matches/queue/{user_id}"),
    R(GET, "/matches/queue/status/{user_id}"),
    R(GET, "/chat/sessions/{session_id}"),
    {0},
};

struct find_case {
    enum http_method method;
    const char *path;
    const char *pattern; /* NULL: none */
    const char *first_param;
};

static void test_find(void **state)
{
    static const struct find_case CASES[] = {
        {GET, "/venues/", "/venues/", NULL},
        {GET, "/venues", "/venues/", NULL},
        {HEAD, "/venues", "/venues/", NULL},
        {GET, "/venues/5", "/venues/{venue_id}", "5"},
        {GET, "/venues/5/", "/venues/{venue_id}", "5"},
        {POST, "/venues/timeslots", "/venues/timeslots/", NULL},
        {GET, "/venues/timeslots", NULL, NULL},
        {GET, "/venues/5/timeslots", "/venues/{venue_id}/timeslots", "5"},
        {GET, "/venues/timeslots/timeslots", "/venues/{venue_id}/timeslots", "timeslots"},
        {GET, "/venues//", NULL, NULL},
        {GET, "//venues", NULL, NULL},
        {GET, "/venues/5//timeslots", NULL, NULL},
        {GET, "/matches/user", "/matches/{match_id}", "user"},
        {GET, "/matches/queue", "/matches/{match_id}", "queue"},
        {GET, "/matches/queue/status/7", "/matches/queue/status/{user_id}", "7"},
        {DELETE, "/matches/queue/status", "/matches/queue/{user_id}", "status"},
        {GET, "/matches/a%20b", "/matches/{match_id}", "a b"},
        {GET, "/matches/a%2", NULL, NULL},
        {GET, "/matches/a%2g", NULL, NULL},
        {GET, "/matches/a%2Fb", "/matches/{match_id}", "a/b"},
        {GET, "/matches/a%00b", NULL, NULL},
        {GET, "/matches/%ff", NULL, NULL},
        {GET, "/matches/%C3%BC", "/matches/{match_id}", "\xc3\xbc"},
        {GET, "/m%61tches/5", "/matches/{match_id}", "5"},
        {GET, "", NULL, NULL},
        {GET, "*", NULL, NULL},
        {GET, "/", NULL, NULL},
        {GET, "/nothing", NULL, NULL},
        {PATCH, "/venues/5", NULL, NULL},
    };
    struct arena a;
    const char *why = NULL;

    (void)state;
    arena_init(&a);
    struct router *r = router_new(&a);
    assert_true(router_add(r, TABLE, "", &why));
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct router_match m;
        router_find(r, CASES[i].method, str_of(CASES[i].path), &a, &m);
        if (CASES[i].pattern == NULL) {
            assert_null(m.route);
            continue;
        }
        if (m.route == NULL)
            fail_msg("nothing found for %s", CASES[i].path);
        assert_string_equal(m.route->path, CASES[i].pattern);
        if (CASES[i].first_param != NULL)
            assert_true(str_eq(m.params[0], str_of(CASES[i].first_param)));
    }
    arena_free(&a);
}

static void test_allowed(void **state)
{
    struct arena a;
    const char *why = NULL;
    struct router_match m;

    (void)state;
    arena_init(&a);
    struct router *r = router_new(&a);
    assert_true(router_add(r, TABLE, "", &why));
    router_find(r, DELETE, STR("/venues"), &a, &m);
    assert_null(m.route);
    assert_int_equal(m.allowed, 1u << GET | 1u << HEAD | 1u << POST);
    router_find(r, GET, STR("/nothing"), &a, &m);
    assert_int_equal(m.allowed, 0);
    arena_free(&a);
}

static void test_refused_tables(void **state)
{
    static const struct route NO_ACCESS[] = {
        {GET, "/a", READ, ACCESS_UNSET, handler, NULL, NULL, "a"}, {0}};
    static const struct route NO_KIND[] = {
        {GET, "/a", ROUTE_UNSET, ACCESS_USER, handler, NULL, NULL, "a"}, {0}};
    static const struct route NO_HANDLER[] = {{GET, "/a", READ, ACCESS_USER, NULL, NULL, NULL, "a"},
                                              {0}};
    static const struct route TWICE[] = {R(GET, "/a/{x}"), R(GET, "/a/{y}"), {0}};
    static const struct route *const TABLES[] = {NO_ACCESS, NO_KIND, NO_HANDLER, TWICE};
    struct arena a;

    (void)state;
    arena_init(&a);
    for (size_t i = 0; i < sizeof(TABLES) / sizeof(TABLES[0]); i++) {
        const char *why = NULL;
        assert_false(router_add(router_new(&a), TABLES[i], "", &why));
        assert_non_null(why);
    }
    arena_free(&a);
}

static void test_strip(void **state)
{
    struct arena a;
    const char *why = NULL;
    struct router_match m;

    (void)state;
    arena_init(&a);
    struct router *r = router_new(&a);
    assert_true(router_add(r, TABLE, "/chat", &why));
    router_find(r, GET, STR("/sessions/x"), &a, &m);
    assert_non_null(m.route);
    assert_true(str_eq(m.params[0], STR("x")));
    router_find(r, GET, STR("/matches/5"), &a, &m);
    assert_null(m.route);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_refused_tables),
        cmocka_unit_test(test_strip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
