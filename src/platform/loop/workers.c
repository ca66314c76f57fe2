/* Starting and stopping the threads of work.h, and the door through which work reaches them. */
#include "platform/loop/pool.h"

#include "base/cell.h"
#include "platform/clock.h"

#include <signal.h>
#include <stdlib.h>

#define DATABASE_POOL 8

/* ── Submitting ───────────────────────────────────────────────────────────────────────────────────
 */

static void run_here(struct loop *l, struct work *w)
{
    db_snapshot_use(l->reader); /* when it fails, so will the job's own statements, and say why */
    w->run(w, l->reader);
    w->done(w);
}

bool work_submit(struct workers *ws, enum work_kind kind, struct work *w)
{
    w->origin = loop_here();
    w->kind = kind;
    w->rollback = false;
    w->stored = OK;
    if (kind == WORK_COMPUTE)
        return queue_put(&ws->compute_queue, w, false);
    if (kind == WORK_MEDIA)
        return queue_put(&ws->media_queue, w, false);
    if (!ws->embedded)
        return queue_put(&ws->database_queue, w, false);
    if (kind == WORK_WRITE)
        return queue_put(&ws->writer.queue, w, false);
    run_here(w->origin, w);
    return true;
}

struct transaction {
    struct work work;
    enum err (*fn)(struct db *db, void *arg);
    void *arg;
    enum err err;
    uv_sem_t ended;
};

static void transaction_run(struct work *w, struct db *db)
{
    struct transaction *t = (struct transaction *)w;

    t->err = t->fn(db, t->arg);
    w->rollback = t->err != OK;
}

static void transaction_done(struct work *w)
{
    uv_sem_post(&((struct transaction *)w)->ended);
}

static bool transaction_here(struct db *db, void *arg)
{
    struct transaction *t = arg;

    t->err = t->fn(db, t->arg);
    return t->err == OK;
}

enum err work_transaction(struct workers *ws, enum err (*fn)(struct db *db, void *arg), void *arg)
{
    struct transaction t = {
        .work = {.run = transaction_run, .done = transaction_done}, .fn = fn, .arg = arg};

    if (!ws->embedded) {
        struct db *db = compute_db();
        int64_t begun_us = clock_monotonic_us();
        enum err e = db ? db_transaction(db, transaction_here, &t) : ERR_INTERNAL;
        commit_observed(1, begun_us);
        return e != OK ? e : t.err;
    }
    if (pthread_equal(pthread_self(), ws->writer.thread))
        return ERR_INTERNAL; /* a WRITE handler is in a transaction already; waiting here would be
                                for ever */
    if (uv_sem_init(&t.ended, 0) != 0)
        return ERR_UNAVAILABLE;
    /* Past the bound: at most one a compute thread, and its work is done already. */
    bool queued = queue_put(&ws->writer.queue, &t.work, true);
    if (queued)
        uv_sem_wait(&t.ended);
    uv_sem_destroy(&t.ended);
    if (!queued || t.work.stored != OK)
        return t.err != OK ? t.err : ERR_UNAVAILABLE;
    return t.err;
}

void workers_load(struct workers *ws, struct work_load ret[WORK_QUEUES])
{
    ret[WORK_QUEUE_WRITE] = queue_load(&ws->writer.queue);
    ret[WORK_QUEUE_COMPUTE] = queue_load(&ws->compute_queue);
    ret[WORK_QUEUE_MEDIA] = queue_load(&ws->media_queue);
    ret[WORK_QUEUE_DATABASE] = queue_load(&ws->database_queue);
    for (int i = 0; i < ws->compute_n; i++)
        ret[ws->compute[i].queue == &ws->media_queue ? WORK_QUEUE_MEDIA : WORK_QUEUE_COMPUTE]
            .threads++;
    ret[WORK_QUEUE_WRITE].threads = ws->embedded ? 1 : 0;
    ret[WORK_QUEUE_DATABASE].threads = ws->databases_n;
}

/* ── Starting ─────────────────────────────────────────────────────────────────────────────────────
 */

int workers_loop_count(const struct workers *ws)
{
    return ws->loops_n;
}

struct loop *workers_loop(struct workers *ws, int index)
{
    return &ws->loops[index];
}

static enum err open_embedded(struct workers *ws)
{
    enum err e = store_writer(ws->store, &ws->writer.db);

    for (int i = 0; e == OK && i < ws->loops_n; i++)
        e = store_reader(ws->store, &ws->loops[i].reader);
    for (int i = 0; e == OK && i < ws->compute_n; i++)
        e = store_reader(ws->store, &ws->compute[i].db);
    return e;
}

static enum err open_connections(struct workers *ws)
{
    enum err e = OK;

    if (ws->embedded)
        return open_embedded(ws);
    for (int i = 0; e == OK && i < ws->databases_n; i++)
        e = store_writer(ws->store, &ws->databases[i].db);
    for (int i = 0; e == OK && i < ws->compute_n; i++)
        e = store_writer(ws->store, &ws->compute[i].db);
    return e;
}

static enum err start_store_threads(struct workers *ws)
{
    if (ws->embedded) {
        ws->writer_up = pthread_create(&ws->writer.thread, NULL, writer_main, &ws->writer) == 0;
        return ws->writer_up ? OK : ERR_UNAVAILABLE;
    }
    for (; ws->databases_up < ws->databases_n; ws->databases_up++) {
        struct database *d = &ws->databases[ws->databases_up];
        if (pthread_create(&d->thread, NULL, database_main, d) != 0)
            return ERR_UNAVAILABLE;
    }
    return OK;
}

static enum err start_threads(struct workers *ws)
{
    if (start_store_threads(ws) != OK)
        return ERR_UNAVAILABLE;
    for (; ws->compute_up < ws->compute_n; ws->compute_up++) {
        struct compute *c = &ws->compute[ws->compute_up];
        if (pthread_create(&c->thread, NULL, compute_main, c) != 0)
            return ERR_UNAVAILABLE;
    }
    for (; ws->loops_up < ws->loops_n; ws->loops_up++) {
        struct loop *l = &ws->loops[ws->loops_up];
        if (pthread_create(&l->thread, NULL, loop_main, l) != 0)
            return ERR_UNAVAILABLE;
    }
    return OK;
}

/* Signals are for the main thread. */
static enum err start_threads_quietly(struct workers *ws)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    enum err e = start_threads(ws);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}

static bool options_fit(const struct workers_options *o)
{
    return o->loops >= 1 && o->loops <= LOOPS_MAX && o->compute_threads >= 1 &&
           o->compute_threads <= COMPUTE_MAX && o->database_pool >= 0 &&
           o->database_pool <= DATABASE_MAX;
}

static void *some(size_t n, size_t size)
{
    return cell_must(calloc(n, size));
}

static struct workers *workers_new(const struct workers_options *o)
{
    struct workers *ws = some(1, sizeof *ws);

    ws->store = o->store;
    ws->embedded = store_embedded(o->store);
    ws->loops = some((size_t)o->loops, sizeof *ws->loops);
    int media_n = o->compute_threads > 1 ? o->compute_threads / 2 : 1;
    size_t waiting = (size_t)o->compute_threads * WORK_COMPUTE_WAITING;
    ws->compute_n = o->compute_threads + media_n;
    ws->compute = some((size_t)ws->compute_n, sizeof *ws->compute);
    for (int i = 0; i < ws->compute_n; i++) {
        ws->compute[i].workers = ws;
        ws->compute[i].queue = i < media_n ? &ws->media_queue : &ws->compute_queue;
    }
    ws->databases_n = ws->embedded ? 0 : o->database_pool > 0 ? o->database_pool : DATABASE_POOL;
    ws->databases = some((size_t)ws->databases_n + 1, sizeof *ws->databases);
    for (int i = 0; i < ws->databases_n; i++)
        ws->databases[i].workers = ws;
    queue_init(&ws->writer.queue, o->queue_max);
    queue_init(&ws->database_queue, o->queue_max);
    queue_init(&ws->compute_queue, waiting < o->queue_max ? waiting : o->queue_max);
    queue_init(&ws->media_queue, waiting < o->queue_max ? waiting : o->queue_max);
    return ws;
}

enum err workers_start(const struct workers_options *options, struct workers **ret)
{
    if (!options_fit(options))
        return ERR_INVALID;
    struct workers *ws = workers_new(options);
    enum err e = OK;
    for (; e == OK && ws->loops_n < options->loops; ws->loops_n += e == OK)
        e = loop_init(&ws->loops[ws->loops_n], ws, ws->loops_n);
    if (e == OK)
        e = open_connections(ws);
    if (e == OK)
        e = start_threads_quietly(ws);
    if (e != OK) {
        workers_stop(ws);
        return e;
    }
    *ret = ws;
    return OK;
}

/* ── Stopping ─────────────────────────────────────────────────────────────────────────────────────
 */

/* Loops wait for each other at the end: those that run, which are not all when a start has failed.
 */
static void stop_loops(struct workers *ws)
{
    if (ws->loops_up)
        pthread_barrier_init(&ws->loops_out, NULL, (unsigned)ws->loops_up);
    for (int i = 0; i < ws->loops_up; i++)
        loop_stop(&ws->loops[i]);
    for (int i = 0; i < ws->loops_up; i++)
        pthread_join(ws->loops[i].thread, NULL);
    for (int i = ws->loops_up; i < ws->loops_n; i++)
        loop_destroy(&ws->loops[i]);
    if (ws->loops_up)
        pthread_barrier_destroy(&ws->loops_out);
}

void workers_stop(struct workers *ws)
{
    queue_close(&ws->compute_queue);
    queue_close(&ws->media_queue);
    for (int i = 0; i < ws->compute_up; i++)
        pthread_join(ws->compute[i].thread, NULL);
    queue_close(&ws->writer.queue);
    queue_close(&ws->database_queue);
    if (ws->writer_up)
        pthread_join(ws->writer.thread, NULL);
    for (int i = 0; i < ws->databases_up; i++)
        pthread_join(ws->databases[i].thread, NULL);
    stop_loops(ws);

    for (int i = 0; i < ws->loops_n; i++)
        store_db_close(ws->loops[i].reader);
    for (int i = 0; i < ws->compute_n; i++)
        store_db_close(ws->compute[i].db);
    for (int i = 0; i < ws->databases_n; i++)
        store_db_close(ws->databases[i].db);
    store_db_close(ws->writer.db);
    queue_destroy(&ws->compute_queue);
    queue_destroy(&ws->media_queue);
    queue_destroy(&ws->database_queue);
    queue_destroy(&ws->writer.queue);
    free(ws->loops);
    free(ws->compute);
    free(ws->databases);
    free(ws);
}
