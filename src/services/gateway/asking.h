/* Several services elsewhere asked at once, for a request that runs when all have answered. Knows
 * no question. */
#ifndef SERVICES_GATEWAY_ASKING_H
#define SERVICES_GATEWAY_ASKING_H

#include "platform/http/req.h"
#include "platform/http/upstream.h"

#define ASKING_WITHIN_US (INT64_C(900) * 1000) /* who does not answer by then has not answered */

/* What a request of a route with `ask_first` waits for: in its arena, all of it on its loop. */
struct asking {
    struct req *q;
    size_t due;
};

void asking_begin(struct asking *all, struct req *q);
/* Ask one: take(to, answer) before the request runs. */
void asking_ask(struct asking *all, struct upstream *u, const struct upstream_question *question,
                void (*take)(void *to, const struct upstream_answer *answer), void *to);
/* All have been asked. */
void asking_end(struct asking *all);

#endif
