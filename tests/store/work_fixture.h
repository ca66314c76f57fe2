/* Threads of one test's own over its own store, and a way to run a function on a loop and wait for
 * it. */
#ifndef TESTS_WORK_FIXTURE_H
#define TESTS_WORK_FIXTURE_H

#include "store_fixture.h"

#include "platform/loop/work.h"

#include <stdatomic.h>

struct engine {
    struct fixture fx;
    struct workers *workers;
};

static inline void engine_start_pool(struct engine *e, int loops, int compute, int databases,
                                     size_t queue_max)
{
    fixture_dir(&e->fx);
    fixture_open(&e->fx);
    struct workers_options o = {
        .store = e->fx.store,
        .loops = loops,
        .compute_threads = compute,
        .database_pool = databases,
        .queue_max = queue_max,
    };
    assert_int_equal(workers_start(&o, &e->workers), OK);
}

static inline void engine_start(struct engine *e, int loops, int compute, size_t queue_max)
{
    engine_start_pool(e, loops, compute, 0, queue_max);
}

static inline void engine_stop(struct engine *e)
{
    workers_stop(e->workers);
    e->workers = NULL;
}

static inline void engine_end(struct engine *e)
{
    if (e->workers)
        engine_stop(e);
    fixture_close(&e->fx);
}

/* How many rows there are, asked after the threads have gone or beside them. */
static inline int64_t engine_count(struct engine *e, const char *sql)
{
    struct db *db = fixture_reader(&e->fx);
    int64_t n = fixture_int(db, sql);

    store_db_close(db);
    return n;
}

struct call {
    struct task task;
    void (*fn)(void *arg);
    void *arg;
    uv_sem_t *ended; /* NULL: nobody waits */
};

static inline void call_run(struct task *t)
{
    struct call *c = (struct call *)t;
    uv_sem_t *ended = c->ended;

    c->fn(c->arg);
    if (ended)
        uv_sem_post(ended);
}

static inline void on_loop(struct engine *e, int loop, void (*fn)(void *arg), void *arg)
{
    uv_sem_t ended;
    struct call c = {{.fn = call_run}, fn, arg, &ended};

    uv_sem_init(&ended, 0);
    loop_post(workers_loop(e->workers, loop), &c.task);
    uv_sem_wait(&ended);
    uv_sem_destroy(&ended);
}

#endif
