/* What a contract function works with: the caller's transaction, memory and clock. Passed along,
 * never stored. */
#ifndef PLATFORM_TX_H
#define PLATFORM_TX_H

#include "platform/http/req.h"

struct tx {
    struct app *app;
    struct db *db;
    struct arena *arena;
    int64_t now_us;
};

static inline struct tx req_tx(const struct req *q)
{
    return (struct tx){q->app, q->db, q->arena, q->now_us};
}

#endif
