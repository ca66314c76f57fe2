/* Jobs waiting for a thread: a bounded list under a lock, filled by loops and compute threads. */
#include "platform/loop/pool.h"

void queue_init(struct work_queue *q, size_t max)
{
    *q = (struct work_queue){.max = max};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->filled, NULL);
}

void queue_destroy(struct work_queue *q)
{
    pthread_cond_destroy(&q->filled);
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
}

bool queue_closed(struct work_queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool closed = q->closed;
    pthread_mutex_unlock(&q->lock);
    return closed;
}
