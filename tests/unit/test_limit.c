/* Limits: counting, windows, the two modes, what makes room when full, and the same answers as a
 * plain model. */
#include "platform/limit/limit.h"
#include "platform/log/log.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define S INT64_C(1000000)

static const struct limit_rule THREE = {"three", 3, 60 * S};
static const struct limit_rule ONE = {"one", 1, 900 * S};
static const struct limit_rule PERSONAL = {"personal", 1, 900 * S, .personal = true};
static const struct limit_rule UNLIMITED = {"unlimited", 0, 60 * S};

static bool hit(struct limiter *l, const struct limit_rule *r, const char *key, int64_t now_us,
                int64_t want_wait_s)
{
    int64_t wait = -1;
    bool good = limit_hit(l, r, str_of(key), now_us, &wait);
    assert_int_equal(wait, good ? -1 : want_wait_s);
    return good;
}

static bool check(struct limiter *l, const struct limit_rule *r, const char *key, int64_t now_us,
                  int64_t want_wait_s)
{
    int64_t wait = -1;
    bool good = limit_check(l, r, str_of(key), now_us, &wait);
    assert_int_equal(wait, good ? -1 : want_wait_s);
    return good;
}

static void counts_in_windows(void **state)
{
    (void)state;
    struct limiter *l = limiter_new(true, 100);
    for (int i = 0; i < 3; i++)
        assert_true(hit(l, &THREE, "a", 10 * S + i, 0));
    assert_false(hit(l, &THREE, "a", 10 * S + 3, 60));
    assert_false(hit(l, &THREE, "a", 70 * S - 1, 1));
    assert_true(hit(l, &THREE, "a", 70 * S, 0)); /* the window has ended: a new one begins here */
    assert_true(hit(l, &THREE, "a", 129 * S, 0));
    assert_true(hit(l, &THREE, "a", 129 * S, 0));
    assert_false(hit(l, &THREE, "a", 129 * S, 1));
    assert_true(hit(l, &THREE, "b", 129 * S, 0));
    assert_true(hit(l, &ONE, "a", 129 * S, 0)); /* another rule, another count */
    assert_false(hit(l, &ONE, "a", 129 * S, 900));
    limiter_free(l);
}

static void check_counts_nothing(void **state)
{
    (void)state;
    struct limiter *l = limiter_new(true, 100);
    for (int i = 0; i < 10; i++)
        assert_true(check(l, &ONE, "a", i, 0));
    assert_true(hit(l, &ONE, "a", 0, 0));
    for (int i = 0; i < 10; i++)
        assert_false(check(l, &ONE, "a", 0, 900));
    assert_true(check(l, &ONE, "a", 900 * S, 0));
    assert_true(check(l, &ONE, "b", 0, 0));
    limit_clear(l, &ONE, STR("a"));
    limit_clear(l, &ONE, STR("never seen"));
    assert_true(check(l, &ONE, "a", 0, 0));
    assert_true(hit(l, &ONE, "a", 0, 0));
    assert_false(check(l, &ONE, "a", 0, 900));
    limiter_free(l);
}

static void odd_rules_and_keys(void **state)
{
    (void)state;
    struct limiter *l = limiter_new(true, 0);
    int64_t wait = -1;
    for (int i = 0; i < 100; i++)
        assert_true(hit(l, &UNLIMITED, "a", 0, 0) && check(l, &UNLIMITED, "a", 0, 0));
    assert_true(limit_hit(l, &ONE, STR(""), 0, &wait));
    assert_false(limit_hit(l, &ONE, STR(""), 0, &wait));
    char *key = calloc(1, 100000);
    assert_true(limit_hit(l, &ONE, (struct str){key, 100000}, 0, &wait));
    assert_false(limit_hit(l, &ONE, (struct str){key, 100000}, 0, &wait));
    assert_true(limit_hit(l, &ONE, (struct str){key, 99999}, 0, &wait));
    free(key);
    limiter_free(l);
    limiter_free(NULL);
}

/* A clock that is set back must not lock anybody out for longer than a window. */
static void clock_set_back(void **state)
{
    (void)state;
    struct limiter *l = limiter_new(true, 100);
    assert_true(hit(l, &ONE, "a", 100000 * S, 0));
    assert_false(hit(l, &ONE, "a", 100000 * S, 900));
    assert_true(hit(l, &ONE, "a", 5 * S, 0));
    assert_false(hit(l, &ONE, "a", 5 * S, 900));
    limiter_free(l);
}

/* Requests are counted when they are done, with the time of their beginning: one that comes late
 * with an earlier time must not begin the window anew. */
static void overtaken_hits_count(void **state)
{
    (void)state;
    struct limiter *l = limiter_new(true, 100);
    assert_true(hit(l, &THREE, "a", 5000 * S, 0));
    assert_true(hit(l, &THREE, "a", 4999 * S, 0));
    assert_true(hit(l, &THREE, "a", 4000 * S, 0));
    assert_false(hit(l, &THREE, "a", 4980 * S, 80));
    assert_false(check(l, &THREE, "a", 4999 * S, 61));
    assert_false(check(l, &THREE, "a", 5000 * S, 60));
    assert_true(check(l, &THREE, "a", 5060 * S, 0));
    limiter_free(l);
}

static void full_drops_the_window_that_ends_first(void **state)
{
    (void)state;
    struct limiter *l = limiter_new(true, 3);
    assert_true(hit(l, &ONE, "long", 0, 0)); /* to 900 s */
    assert_true(hit(l, &THREE, "later", 2 * S, 0));
    assert_true(hit(l, &THREE, "first", 1 * S, 0));
    assert_true(hit(l, &THREE, "new", 3 * S, 0)); /* "first" goes */
    assert_false(check(l, &ONE, "long", 3 * S, 897));
    for (int i = 0; i < 3; i++)
        assert_int_equal(hit(l, &THREE, "later", 3 * S, 59), i < 2);
    for (int i = 0; i < 3; i++)
        assert_int_equal(hit(l, &THREE, "new", 3 * S, 60), i < 2);
    /* a flood of other keys does not wash the long window away */
    for (int i = 0; i < 1000; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        assert_true(hit(l, &THREE, key, 4 * S + i, 0));
    }
    assert_false(check(l, &ONE, "long", 5 * S, 895));
    limiter_free(l);
}

/* The same, counted the plain way. */
static void agrees_with_a_model(void **state)
{
    (void)state;
    struct {
        int64_t ends, hits;
    } model[200] = {0};
    struct limiter *l = limiter_new(true, 100000); /* many shards */
    int64_t now = 0;
    srandom(5);
    for (int i = 0; i < 200000; i++) {
        int k = (int)(random() % 200);
        char key[16];
        int64_t wait = -1;
        now += random() % (S / 20);
        snprintf(key, sizeof key, "%d", k);
        if (model[k].ends <= now)
            model[k].hits = 0;
        if (random() % 50 == 0) {
            limit_clear(l, &THREE, str_of(key));
            model[k].hits = 0;
            continue;
        }
        if (random() % 3 == 0) {
            assert_int_equal(limit_check(l, &THREE, str_of(key), now, &wait), model[k].hits < 3);
            continue;
        }
        if (model[k].hits++ == 0)
            model[k].ends = now + THREE.window_us;
        assert_int_equal(limit_hit(l, &THREE, str_of(key), now, &wait), model[k].hits <= 3);
    }
    limiter_free(l);
}

/* Not enforced: always true, and one line in the log for a key and a window. */
static void not_enforced_says_so_once(void **state)
{
    (void)state;
    char text[4096] = "";
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int real = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    log_start(LOG_INFO, false);

    struct limiter *l = limiter_new(false, 100);
    for (int i = 0; i < 10; i++)
        assert_true(hit(l, &ONE, "al\"ice", i, 0) && check(l, &ONE, "al\"ice", i, 0));
    for (int i = 0; i < 10; i++)
        assert_true(hit(l, &ONE, "al\"ice", 900 * S + i, 0));
    for (int i = 0; i < 3; i++)
        assert_true(hit(l, &PERSONAL, "bob@example.com 127.0.0.1", i, 0));
    limiter_free(l);

    dup2(real, STDERR_FILENO);
    close(real);
    close(ends[1]);
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    close(ends[0]);
    size_t lines = 0;
    for (const char *p = text; (p = strstr(p, "limit.exceeded")); p++)
        lines++;
    assert_int_equal(lines, 3);
    assert_non_null(strstr(text, "personal: more than 1 in 900 s (not enforced)"));
    assert_null(strstr(text, "bob"));
    assert_non_null(strstr(text, "one: more than 1 in 900 s by al\\\"ice"));
}

static struct limiter *shared;
static _Atomic int allowed;

static void *hit_much(void *arg)
{
    static const struct limit_rule HUNDRED = {"hundred", 100, 60 * S};
    int64_t wait;
    for (int i = 0; i < 20000; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i % 50);
        atomic_fetch_add(&allowed, limit_hit(shared, &HUNDRED, str_of(key), 0, &wait));
    }
    return arg;
}

static void threads_count_together(void **state)
{
    (void)state;
    pthread_t threads[4];
    shared = limiter_new(true, 100000);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, hit_much, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(allowed, 50 * 100);
    limiter_free(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_in_windows),
        cmocka_unit_test(check_counts_nothing),
        cmocka_unit_test(odd_rules_and_keys),
        cmocka_unit_test(clock_set_back),
        cmocka_unit_test(overtaken_hits_count),
        cmocka_unit_test(full_drops_the_window_that_ends_first),
        cmocka_unit_test(agrees_with_a_model),
        cmocka_unit_test(not_enforced_says_so_once),
        cmocka_unit_test(threads_count_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
