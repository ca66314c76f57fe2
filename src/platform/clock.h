/* The clock and the system's randomness: the two inputs that rules are given and never take. */
#ifndef PLATFORM_CLOCK_H
#define PLATFORM_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* µs since 1970, UTC. */
int64_t clock_now_us(void);
/* µs of a clock that never jumps, for deadlines and durations. */
int64_t clock_monotonic_us(void);
/* Cryptographic randomness (libsodium). */
void random_fill(void *bytes, size_t len);

#endif
