/* An exchange without a socket: the engine's own parsing, fed in pieces. */
#ifndef TESTS_FUZZ_EXCHANGE_H
#define TESTS_FUZZ_EXCHANGE_H

#include "fuzz.h"

#include "platform/http/engine.h"

static inline struct exchange *exchange_new(struct conn *c)
{
    struct exchange *ex = calloc(1, sizeof(*ex));

    HOLDS(ex != NULL);
    arena_init(&ex->arena);
    ex->raw = buf_new(&ex->arena, 64);
    ex->q.arena = &ex->arena;
    ex->q.conn = c;
    return ex;
}

static inline void exchange_free(struct exchange *ex)
{
    arena_free(&ex->arena);
    free(ex);
}

/* Feed a head in pieces of `step` bytes and read it when it is whole. Returns the verdict;
 * *ret_used: how many bytes were the head's; *ret_done: it was whole. */
static inline enum err head_take(struct exchange *ex, struct str bytes, size_t step,
                                 size_t *ret_used, bool *ret_done)
{
    struct head_verdict v = {0};
    const char *why = NULL;
    size_t at = 0;

    while (at < bytes.len && !v.done && v.err == OK) {
        size_t n = bytes.len - at < step ? bytes.len - at : step;
        char *piece = fuzz_copy(bytes.ptr + at, n);
        at += head_feed(ex, piece, n, &v);
        free(piece);
    }
    *ret_used = at;
    *ret_done = v.done;
    if (v.err != OK || !v.done)
        return v.err;
    enum err e = head_parse(ex, &why);
    HOLDS((e == OK) == (why == NULL));
    return e;
}

#endif
