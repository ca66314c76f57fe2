/* Sealed bytes open with their key and in their place only. */
#include "unit.h"

#include "platform/crypt/seal.h"

#define KEY_A "0123456789abcdef0123456789abcdef"
#define KEY_B "fedcba9876543210fedcba9876543210"

static struct arena a;

static int setup(void **state)
{
    (void)state;
    arena_init(&a);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&a);
    return 0;
}

static struct seal_ring *ring_of(const char *key, const char *older)
{
    struct seal_ring *ring = NULL;
    assert_int_equal(seal_ring_new(str_of(key), str_of(older), &ring), OK);
    return ring;
}

static void opens_what_it_sealed(void **state)
{
    (void)state;
    const struct str PLAIN[] = {STR(""), STR("x"), STR("a face\0 of zeros")};
    struct seal_ring *ring = ring_of(KEY_A, "");
    for (size_t i = 0; i < COUNT(PLAIN); i++) {
        struct str opened;
        struct str sealed = seal(ring, STR("here"), PLAIN[i], &a);
        assert_int_equal(sealed.len, PLAIN[i].len + SEAL_OVERHEAD_BYTES);
        assert_int_equal(seal_open(ring, STR("here"), sealed, &a, &opened), OK);
        assert_true(str_eq(opened, PLAIN[i]));
        assert_false(str_eq(sealed, seal(ring, STR("here"), PLAIN[i], &a)));
        assert_int_equal(seal_open(ring, STR("there"), sealed, &a, &opened), ERR_INVALID);
        assert_int_equal(seal_open(ring, STR(""), sealed, &a, &opened), ERR_INVALID);
    }
    seal_ring_free(ring);
}

/* Every byte counts, and every shorter text is refused. */
static void opens_nothing_altered(void **state)
{
    (void)state;
    struct seal_ring *ring = ring_of(KEY_A, "");
    struct str sealed = seal(ring, STR("here"), STR("sixteen letters!"), &a);
    struct str opened;
    for (size_t i = 0; i < sealed.len; i++) {
        struct str cut = {sealed.ptr, i};
        assert_int_not_equal(seal_open(ring, STR("here"), cut, &a, &opened), OK);
        char *copy = arena_alloc(&a, sealed.len);
        memcpy(copy, sealed.ptr, sealed.len);
        copy[i] ^= 1;
        struct str altered = {copy, sealed.len};
        assert_int_not_equal(seal_open(ring, STR("here"), altered, &a, &opened), OK);
    }
    seal_ring_free(ring);
}

static void keys_change(void **state)
{
    (void)state;
    struct seal_ring *first = ring_of(KEY_A, "");
    struct seal_ring *other = ring_of(KEY_B, "");
    struct seal_ring *both = ring_of(KEY_B, " " KEY_A ", ");
    struct str opened;
    struct str old = seal(first, STR("here"), STR("text"), &a);
    assert_int_equal(seal_open(other, STR("here"), old, &a, &opened), ERR_NOT_FOUND);
    assert_int_equal(seal_open(both, STR("here"), old, &a, &opened), OK);
    struct str new = seal(both, STR("here"), STR("text"), &a);
    assert_int_equal(seal_open(other, STR("here"), new, &a, &opened), OK);
    assert_int_equal(seal_open(first, STR("here"), new, &a, &opened), ERR_NOT_FOUND);
    assert_true(str_eq(seal_key_id(both), seal_key_id(other)));
    assert_false(str_eq(seal_key_id(both), seal_key_id(first)));
    assert_int_equal(seal_key_id(both).len, 16);
    assert_int_equal(seal_keys(both), 2);
    assert_int_equal(seal_mark(both, 1, 7, STR("x")), seal_mark(first, 0, 7, STR("x")));
    seal_ring_free(first);
    seal_ring_free(other);
    seal_ring_free(both);
}

static void marks(void **state)
{
    (void)state;
    struct seal_ring *ring = ring_of(KEY_A, "");
    struct seal_ring *other = ring_of(KEY_B, "");
    int64_t mark = seal_mark(ring, 0, 1, STR("x"));
    assert_true(mark >= 0);
    assert_int_equal(mark, seal_mark(ring, 0, 1, STR("x")));
    assert_int_not_equal(mark, seal_mark(ring, 0, 2, STR("x")));
    assert_int_not_equal(mark, seal_mark(ring, 0, 1, STR("y")));
    assert_int_not_equal(mark, seal_mark(other, 0, 1, STR("x")));
    seal_ring_free(ring);
    seal_ring_free(other);
}

static void keys_that_are_none(void **state)
{
    (void)state;
    struct seal_ring *ring = NULL;
    struct str many = STR(KEY_A "," KEY_A "," KEY_A "," KEY_A "," KEY_A "," KEY_A "," KEY_A);
    assert_int_equal(seal_ring_new(STR("short"), STR_NULL, &ring), ERR_INVALID);
    assert_int_equal(seal_ring_new(STR(KEY_A), STR("short"), &ring), ERR_INVALID);
    assert_null(ring);
    assert_int_equal(seal_ring_new(STR(KEY_A), many, &ring), OK);
    assert_int_equal(seal_keys(ring), SEAL_KEYS_MAX);
    seal_ring_free(ring);
    ring = NULL;
    many = arena_printf(&a, "%s,%s", many.ptr, KEY_B);
    assert_int_equal(seal_ring_new(STR(KEY_A), many, &ring), ERR_INVALID);
    assert_null(ring);
    seal_ring_free(NULL);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(opens_what_it_sealed), CASE(opens_nothing_altered), CASE(keys_change), CASE(marks),
        CASE(keys_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
