/* One event loop on one thread, with its reader of the store and two inboxes that any thread may
 * push to: tasks to run and jobs that are finished. */
#include "platform/loop/pool.h"

#include "platform/log/log.h"
#include "platform/metrics/metrics.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local struct loop *here;

struct loop *loop_here(void)
{
    return here;
}

uv_loop_t *loop_uv(struct loop *l)
{
    return &l->uv;
}

int loop_index(const struct loop *l)
{
    return l->index;
}

struct db *loop_reader(struct loop *l)
{
    return l->reader;
}

struct workers *loop_workers(struct loop *l)
{
    return l->workers;
}

/* ── Inboxes: pushed newest first without a lock, taken whole and turned round ────────────────────
 */

void loop_post(struct loop *l, struct task *t)
{
    struct task *newest = atomic_load_explicit(&l->inbox, memory_order_relaxed);

    do
        t->next = newest;
    while (!atomic_compare_exchange_weak_explicit(&l->inbox, &newest, t, memory_order_release,
                                                  memory_order_relaxed));
    if (!newest) /* whoever pushed the first has woken the loop already */
        uv_async_send(&l->wake);
}

/* `first` is the newest of the chain, `last` the oldest. */
static void push_finished(struct loop *l, struct work *first, struct work *last)
{
    struct work *newest = atomic_load_explicit(&l->finished, memory_order_relaxed);

    do
        last->next = newest;
    while (!atomic_compare_exchange_weak_explicit(&l->finished, &newest, first,
                                                  memory_order_release, memory_order_relaxed));
    if (!newest)
        uv_async_send(&l->wake);
}

void work_finished(struct work *first)
{
    struct {
        struct work *newest, *oldest;
    } chains[LOOPS_MAX] = {0};
    struct loop *loops = NULL;
    int n = 0;

    for (struct work *w = first, *next; w; w = next) {
        next = w->next;
        if (!w->origin) {
            w->done(w); /* its sender waits for it, and then it is gone */
            continue;
        }
        int i = w->origin->index;
        loops = w->origin->workers->loops;
        n = w->origin->workers->loops_n;
        w->next = chains[i].newest;
        chains[i].newest = w;
        if (!chains[i].oldest)
            chains[i].oldest = w;
    }
    for (int i = 0; i < n; i++)
        if (chains[i].newest)
            push_finished(&loops[i], chains[i].newest, chains[i].oldest);
}

static void run_tasks(struct loop *l)
{
    struct task *newest = atomic_exchange_explicit(&l->inbox, NULL, memory_order_acquire);
    struct task *oldest = NULL;

    for (struct task *t = newest, *next; t; t = next) {
        next = t->next;
        t->next = oldest;
        oldest = t;
    }
    for (struct task *t = oldest, *next; t; t = next) {
        next = t->next;
        t->fn(t);
    }
}

static void run_finished(struct loop *l)
{
    struct work *newest = atomic_exchange_explicit(&l->finished, NULL, memory_order_acquire);
    struct work *oldest = NULL;

    for (struct work *w = newest, *next; w; w = next) {
        next = w->next;
        w->next = oldest;
        oldest = w;
    }
    for (struct work *w = oldest, *next; w; w = next) {
        next = w->next;
        w->done(w);
    }
}

/* ── The thread ───────────────────────────────────────────────────────────────────────────────────
 */

static void on_wake(uv_async_t *handle)
{
    struct loop *l = handle->data;

    run_tasks(l);
    run_finished(l);
    if (atomic_load(&l->stopping))
        uv_stop(&l->uv);
}

/* Before the loop may sleep: what it read must not stay pinned, what it logged must be seen. */
static void on_idle(uv_prepare_t *handle)
{
    struct loop *l = handle->data;

    if (l->reader)
        db_snapshot_end(l->reader);
    log_flush();
}

enum err loop_init(struct loop *l, struct workers *ws, int index)
{
    *l = (struct loop){.workers = ws, .index = index};
    if (uv_loop_init(&l->uv) != 0)
        return ERR_UNAVAILABLE;
    uv_async_init(&l->uv, &l->wake, on_wake);
    uv_prepare_init(&l->uv, &l->idle);
    uv_prepare_start(&l->idle, on_idle);
    l->wake.data = l->idle.data = l;
    return OK;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_destroy(struct loop *l)
{
    uv_walk(&l->uv, close_handle, NULL);
    while (uv_loop_close(&l->uv) == UV_EBUSY)
        uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
    atomic_store(&l->stopping, true);
    uv_async_send(&l->wake);
}

void *loop_main(void *arg)
{
    struct loop *l = arg;
    char name[16];

    here = l;
    metrics_loop(l->index);
    snprintf(name, sizeof name, "loop-%d", l->index);
    pthread_setname_np(pthread_self(), name);
    uv_run(&l->uv, UV_RUN_DEFAULT);

    /* Loops post to each other: nobody closes before all have stopped, and what was posted still
     * runs. */
    for (int round = 0; round < 2; round++) {
        pthread_barrier_wait(&l->workers->loops_out);
        run_tasks(l);
        run_finished(l);
    }
    pthread_barrier_wait(&l->workers->loops_out);
    if (l->reader)
        db_snapshot_end(l->reader);
    loop_destroy(l);
    log_flush();
    return NULL;
}
