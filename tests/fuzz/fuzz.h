/* What every fuzz target shares: how it is called, how it says that a promise is broken, and pieces
 * of its input in memory of their own. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's entry: any bytes, each call by itself. Always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))

static inline _Noreturn void fuzz_broken(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

/* A copy in an allocation of exactly that size, so that a read past its end is seen. free(). */
static inline char *fuzz_copy(const void *bytes, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);

    HOLDS(copy != NULL);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

/* Split off everything before the first line feed; all of it when there is none. */
static inline struct str fuzz_line(struct str *rest)
{
    struct str line = str_cut(rest, '\n');

    if (!str_present(*rest))
        *rest = STR("");
    return line;
}

static inline struct str fuzz_str(const uint8_t *data, size_t size)
{
    return size > 0 ? (struct str){(const char *)data, size} : STR("");
}

#endif
