/* The hash map against a plain array that says what must be in it: growth, collisions, deletion,
 * iteration. */
#include "unit.h"

#include "base/map.h"

#include <stdlib.h>

#define MODEL_KEYS 300

static void texts_of_all_lengths(void **state)
{
    (void)state;
    struct map *m = map_new();
    char keys[40][40] = {{0}};
    for (size_t n = 0; n < 40; n++) {
        memset(keys[n], 'k', n);
        assert_null(map_put(m, (struct str){keys[n], n}, &keys[n]));
    }
    memset(keys[5], 'z', 5); /* keys are copied: the caller's may change */
    for (size_t n = 0; n < 40; n++) {
        char again[40];
        memset(again, 'k', n);
        assert_ptr_equal(map_get(m, (struct str){again, n}), &keys[n]);
    }
    assert_null(map_get(m, STR("kkkkkkkz")));
    assert_null(map_get(m, (struct str){"\0", 1}));
    map_free(m);
    map_free(NULL);
}

static void replace_and_delete(void **state)
{
    (void)state;
    struct map *m = map_new();
    int one = 1;
    int two = 2;
    assert_null(map_del(m, STR("booking.confirmed")));
    assert_null(map_put(m, STR("booking.confirmed"), &one));
    assert_ptr_equal(map_put(m, STR("booking.confirmed"), &two), &one);
    assert_int_equal(map_count(m), 1);
    assert_ptr_equal(map_del(m, STR("booking.confirmed")), &two);
    assert_null(map_get(m, STR("booking.confirmed")));
    assert_int_equal(map_count(m), 0);
    map_free(m);
}

static void check_against_model(const struct map *m, void *const *model)
{
    size_t n = 0;
    for (int64_t k = 0; k < MODEL_KEYS; k++) {
        assert_ptr_equal(map_get_i64(m, k - 50), model[k]);
        n += model[k] != NULL;
    }
    assert_int_equal(map_count(m), n);

    size_t at = 0;
    size_t seen = 0;
    struct str key;
    void *value = NULL;
    while (map_next(m, &at, &key, &value)) {
        int64_t k = 0;
        assert_int_equal(key.len, sizeof(k));
        memcpy(&k, key.ptr, sizeof(k));
        assert_ptr_equal(model[k + 50], value);
        seen++;
    }
    assert_int_equal(seen, n);
}

/* Random puts and deletes in a small table: long runs of colliding slots form and are closed again.
 */
static void random_changes_match_a_model(void **state)
{
    (void)state;
    static char values[8];
    void *model[MODEL_KEYS] = {0};
    struct map *m = map_new();
    srand(20261122);
    for (int step = 0; step < 60000; step++) {
        int64_t k = rand() % MODEL_KEYS;
        void *value = rand() % 5 < 2 ? &values[rand() % 8] : NULL;
        void *before = value != NULL ? map_put_i64(m, k - 50, value) : map_del_i64(m, k - 50);
        assert_ptr_equal(before, model[k]);
        model[k] = value;
        if (step % 200 == 0)
            check_against_model(m, model);
    }
    check_against_model(m, model);
    map_free(m);
}

static void many_integers(void **state)
{
    (void)state;
    struct map *m = map_new();
    static char value;
    for (int64_t k = 0; k < 100000; k++)
        map_put_i64(m, k * 4096, &value); /* equal low bits: only the hash keeps them apart */
    assert_int_equal(map_count(m), 100000);
    for (int64_t k = 0; k < 100000; k++)
        assert_non_null(map_get_i64(m, k * 4096));
    assert_null(map_get_i64(m, 1));
    for (int64_t k = 0; k < 100000; k += 2)
        assert_non_null(map_del_i64(m, k * 4096));
    for (int64_t k = 0; k < 100000; k++)
        assert_int_equal(map_get_i64(m, k * 4096) != NULL, k % 2 == 1);
    map_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_all_lengths),
        cmocka_unit_test(replace_and_delete),
        cmocka_unit_test(random_changes_match_a_model),
        cmocka_unit_test(many_integers),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
