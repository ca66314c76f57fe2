/* The system's two inputs: the clocks move forward and agree with time(), and random bytes are not
 * the same twice. */
#include "unit.h"

#include "platform/clock.h"

#include <time.h>

static void wall_clock_is_now(void **state)
{
    (void)state;
    int64_t before = (int64_t)time(NULL) * 1000000;
    int64_t now = clock_now_us();
    assert_true(now >= before - 1000000 && now < before + 60 * INT64_C(1000000));
}

static void monotonic_clock_never_goes_back(void **state)
{
    (void)state;
    int64_t last = clock_monotonic_us();
    for (int i = 0; i < 100000; i++) {
        int64_t now = clock_monotonic_us();
        assert_true(now >= last);
        last = now;
    }
}

static void random_bytes_differ_and_stay_inside(void **state)
{
    (void)state;
    unsigned char a[34] = {0};
    unsigned char b[34] = {0};
    random_fill(a + 1, 32);
    random_fill(b + 1, 32);
    assert_memory_not_equal(a + 1, b + 1, 32);
    assert_true(a[0] == 0 && a[33] == 0 && b[0] == 0 && b[33] == 0);
    random_fill(a, 0);
    assert_int_equal(a[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall_clock_is_now),
        cmocka_unit_test(monotonic_clock_never_goes_back),
        cmocka_unit_test(random_bytes_differ_and_stay_inside),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
