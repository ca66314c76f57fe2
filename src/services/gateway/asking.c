/* Counts the answers that a request waits for: see asking.h. Looks into none. */
#include "services/gateway/asking.h"

#include "platform/http/dispatch.h"

struct asked {
    struct asking *all;
    void (*take)(void *to, const struct upstream_answer *answer);
    void *to;
};

void asking_begin(struct asking *all, struct req *q)
{
    all->q = q;
    all->due = 1; /* until all have been asked: an answer may come at once */
}

void asking_end(struct asking *all)
{
    if (--all->due == 0)
        dispatch_asked(all->q);
}

static void on_answer(void *arg, const struct upstream_answer *answer)
{
    const struct asked *one = arg;

    one->take(one->to, answer);
    asking_end(one->all);
}

void asking_ask(struct asking *all, struct upstream *u, const struct upstream_question *question,
                void (*take)(void *to, const struct upstream_answer *answer), void *to)
{
    struct asked *one = ARENA_NEW(all->q->arena, struct asked);

    *one = (struct asked){all, take, to};
    all->due++;
    upstream_ask(u, all->q->arena, question, on_answer, one);
}
