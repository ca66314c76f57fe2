/* Jobs waiting for a thread: a bounded list under a lock, filled by loops and compute threads. */
#include "platform/loop/pool.h"

#include <time.h>

void queue_init(struct work_queue *q, size_t max)
{
    *q = (struct work_queue){.max = max};
    pthread_condattr_t steady;

    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->filled, NULL);
    pthread_cond_init(&q->closing, &steady);
    pthread_condattr_destroy(&steady);
}

void queue_destroy(struct work_queue *q)
{
    pthread_cond_destroy(&q->filled);
    pthread_cond_destroy(&q->closing);
    pthread_mutex_destroy(&q->lock);
}

bool queue_put(struct work_queue *q, struct work *w, bool always)
{
    w->next = NULL;
    pthread_mutex_lock(&q->lock);
    bool taken = !q->closed && (always || q->n < q->max);
    bool was_empty = q->head == NULL;
    if (taken) {
        if (was_empty)
            q->head = w;
        else
            q->tail->next = w;
        q->tail = w;
        q->n++;
        q->taken++;
    } else {
        q->refused++;
    }
    pthread_mutex_unlock(&q->lock);
    if (taken)
        pthread_cond_signal(&q->filled);
    return taken;
}

struct work *queue_take(struct work_queue *q, bool wait)
{
    pthread_mutex_lock(&q->lock);
    while (wait && !q->head && !q->closed)
        pthread_cond_wait(&q->filled, &q->lock);
    struct work *w = q->head;
    if (w) {
        q->head = w->next;
        q->n--;
        w->next = NULL;
    }
    pthread_mutex_unlock(&q->lock);
    return w;
}

void queue_able(struct work_queue *q, bool *able, bool now)
{
    if (*able == now)
        return;
    pthread_mutex_lock(&q->lock);
    *able = now;
    q->able += now ? 1 : -1;
    pthread_mutex_unlock(&q->lock);
}

bool queue_give_back(struct work_queue *q, struct work *w)
{
    pthread_mutex_lock(&q->lock);
    bool back = !q->closed && q->able > 0;
    if (back) {
        w->next = q->head;
        q->head = w;
        if (w->next == NULL)
            q->tail = w;
        q->n++;
    }
    pthread_mutex_unlock(&q->lock);
    if (back)
        pthread_cond_signal(&q->filled);
    return back;
}

bool queue_rest(struct work_queue *q, int64_t us)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    us += until.tv_nsec / 1000;
    until.tv_sec += us / 1000000;
    until.tv_nsec = us % 1000000 * 1000;
    pthread_mutex_lock(&q->lock);
    for (int e = 0; e == 0 && !q->closed;)
        e = pthread_cond_timedwait(&q->closing, &q->lock, &until);
    bool rest = !q->closed && q->able > 0;
    pthread_mutex_unlock(&q->lock);
    return rest;
}

struct work_load queue_load(struct work_queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct work_load load = {q->n, q->max, q->taken, q->refused, 0};
    pthread_mutex_unlock(&q->lock);
    return load;
}

void queue_close(struct work_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_broadcast(&q->filled);
    pthread_cond_broadcast(&q->closing);
}

bool queue_closed(struct work_queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool closed = q->closed;
    pthread_mutex_unlock(&q->lock);
    return closed;
}
