/* The only place that asks the system what time it is and for random bytes; must not format or
 * decide. */
#include "platform/clock.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec t = {0};
    if (clock_gettime(id, &t) != 0)
        abort(); /* both clocks exist on every Linux */
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void random_fill(void *bytes, size_t len)
{
    if (sodium_init() < 0) /* cheap and thread-safe after the first call */
        abort();           /* no source of randomness: nothing that follows would be safe */
    randombytes_buf(bytes, len);
}
