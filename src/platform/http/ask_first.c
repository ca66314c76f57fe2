/* Counts the answers that a request waits for: see ask_first.h. Looks into none. */
#include "platform/http/ask_first.h"

#include "platform/http/dispatch.h"

#define WITHIN_US (INT64_C(900) * 1000) /* who does not answer by then has not answered */

struct asked {
    struct ask_first *all;
    void (*take)(void *to, const struct upstream_answer *answer);
    void *to;
};

void ask_first_begin(struct ask_first *all, struct req *q)
{
    all->q = q;
    all->due = 1; /* until all have been asked: an answer may come at once */
}

void ask_first_end(struct ask_first *all)
{
    if (--all->due == 0)
        dispatch_asked(all->q);
}

static void on_answer(void *arg, const struct upstream_answer *answer)
{
    const struct asked *one = arg;

    one->take(one->to, answer);
    ask_first_end(one->all);
}

void ask_first_ask(struct ask_first *all, struct upstream *u,
                   const struct upstream_question *question,
                   void (*take)(void *to, const struct upstream_answer *answer), void *to)
{
    struct asked *one = ARENA_NEW(all->q->arena, struct asked);
    struct upstream_question soon = *question;

    *one = (struct asked){all, take, to};
    soon.within_us = WITHIN_US;
    all->due++;
    upstream_ask(u, all->q->arena, &soon, on_answer, one);
}
