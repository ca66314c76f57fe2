/* Services elsewhere asked at once, for a request that runs when all have answered. Knows
 * no question. */
#ifndef PLATFORM_HTTP_ASK_FIRST_H
#define PLATFORM_HTTP_ASK_FIRST_H

#include "platform/http/req.h"
#include "platform/http/upstream.h"

/* What a request of a route with `ask_first` waits for: in its arena, all of it on its loop. */
struct ask_first {
    struct req *q;
    size_t due;
};

void ask_first_begin(struct ask_first *all, struct req *q);
/* Ask one, which has 900 ms whatever the question says: take(to, answer) before the request runs.
 */
void ask_first_ask(struct ask_first *all, struct upstream *u,
                   const struct upstream_question *question,
                   void (*take)(void *to, const struct upstream_answer *answer), void *to);
/* All have been asked. */
void ask_first_end(struct ask_first *all);

#endif
