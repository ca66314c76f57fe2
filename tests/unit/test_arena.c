/* Arena and buffer: growth, alignment, zeroed memory, reset, and texts that outgrow their room. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    unsigned char *before = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *p = arena_alloc(&a, size);
        assert_non_null(p);
        assert_ptr_not_equal(p, before);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xEE, size);
        before = p;
    }
    arena_free(&a);
}

static void reset_keeps_a_block_and_wipes_it(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    for (int round = 0; round < 50; round++) {
        char *p = arena_alloc(&a, 2000);
        for (size_t i = 0; i < 2000; i++)
            assert_int_equal(p[i], 0);
        memset(p, 'x', 2000);
        if (round % 3 == 0)
            memset(arena_alloc(&a, 200000), 'y', 200000);
        assert_true(a.used_bytes >= 2000);
        arena_reset(&a);
        assert_int_equal(a.used_bytes, 0);
        assert_non_null(a.blocks);
        assert_in_range(arena_held(&a), 2000, 65536);
    }
    arena_free(&a);
    assert_null(a.blocks);
    assert_int_equal(arena_held(&a), 0);
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 1)); /* usable after free and after reset */
    arena_free(&a);
}

static void reset_does_not_hold_on_to_a_large_block(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    arena_alloc(&a, 1000000);
    assert_true(arena_held(&a) > 1000000);
    arena_reset(&a);
    assert_null(a.blocks);
    arena_free(&a);
}

static void grow_keeps_what_was_there(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    int64_t *v = NULL;
    size_t n = 0;
    for (size_t next = 1; next < 20000; next = next * 3 / 2 + 1) {
        v = arena_grow(&a, v, n, next, sizeof(*v));
        for (size_t i = n; i < next; i++) {
            assert_int_equal(v[i], 0);
            v[i] = (int64_t)i;
        }
        n = next;
        if (n % 2 == 0)
            memset(arena_alloc(&a, 10), 0xFF, 10); /* something else is newest: it must move */
        for (size_t i = 0; i < n; i++)
            assert_int_equal(v[i], (int64_t)i);
    }
    arena_free(&a);
}

static void grow_in_place_when_newest(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    char *p = arena_array(&a, 10, 1);
    assert_ptr_equal(arena_grow(&a, p, 10, 500, 1), p);
    assert_ptr_equal(arena_grow(&a, p, 500, 20, 1), p); /* never shrinks */
    arena_alloc(&a, 1);
    assert_ptr_not_equal(arena_grow(&a, p, 500, 600, 1), p);
    arena_free(&a);
}

static void texts(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    assert_false(str_present(arena_str(&a, STR_NULL)));
    struct str empty = arena_str(&a, STR(""));
    assert_true(str_present(empty));
    assert_string_equal(empty.ptr, "");
    assert_string_equal(arena_str(&a, (struct str){"abcdef", 3}).ptr, "abc");
    struct str s = arena_printf(&a, "%s-%d", "match", 7);
    assert_str(s, "match-7");
    assert_string_equal(s.ptr, "match-7");
    arena_free(&a);
}

static void buffer_grows_to_hold_everything(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct buf b = buf_new(&a, 0);
    assert_true(str_present(buf_view(&b))); /* empty, not absent */
    char want[60000];
    size_t len = 0;
    for (int i = 0; i < 4000; i++) {
        buf_printf(&b, "%d,", i);
        len += (size_t)sprintf(want + len, "%d,", i);
        if (i % 5 == 0) {
            buf_char(&b, '\0');
            want[len++] = '\0';
        }
    }
    assert_int_equal(b.len, len);
    assert_memory_equal(b.ptr, want, len);
    buf_put(&b, NULL, 0);
    buf_str(&b, STR_NULL);
    assert_int_equal(b.len, len);
    arena_free(&a);
}

static void buffer_printf_at_the_edge_of_its_room(void **state)
{
    (void)state;
    for (int width = 50; width < 80; width++) { /* around the first 64 bytes */
        struct arena a;
        arena_init(&a);
        struct buf b = buf_new(&a, 0);
        buf_printf(&b, "%*d", width, 7);
        assert_int_equal(b.len, (size_t)width);
        assert_int_equal(b.ptr[width - 1], '7');
        arena_free(&a);
    }
}

static void buffer_integers(void **state)
{
    (void)state;
    const int64_t values[] = {0, 1, -1, 9, 10, 99, -100, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    for (size_t i = 0; i < COUNT(values); i++) {
        struct arena a;
        arena_init(&a);
        struct buf b = buf_new(&a, 0);
        char want[32];
        sprintf(want, "%lld", (long long)values[i]);
        buf_i64(&b, values[i]);
        assert_str(buf_view(&b), want);
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(reset_keeps_a_block_and_wipes_it),
        cmocka_unit_test(reset_does_not_hold_on_to_a_large_block),
        cmocka_unit_test(grow_keeps_what_was_there),
        cmocka_unit_test(grow_in_place_when_newest),
        cmocka_unit_test(texts),
        cmocka_unit_test(buffer_grows_to_hold_everything),
        cmocka_unit_test(buffer_printf_at_the_edge_of_its_room),
        cmocka_unit_test(buffer_integers),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
