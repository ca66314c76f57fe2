/* Threads for a store that is not in this process: each has a connection of its own and does one
 * job at a time, waiting for the store's answers. */
#include "platform/loop/pool.h"

#include "platform/clock.h"
#include "platform/log/log.h"
#include "platform/metrics/metrics.h"

static bool write_once(struct db *db, void *arg)
{
    struct work *w = arg;

    w->rollback = false;
    w->run(w, db);
    return !w->rollback;
}

static void run_write(struct database *d, struct work *w)
{
    int64_t begun_us = clock_monotonic_us();

    w->stored = db_transaction(d->db, write_once, w) == OK ? OK : ERR_UNAVAILABLE;
    commit_observed(1, begun_us);
    if (w->stored != OK)
        lost_log_add(&d->lost, 1, db_error(d->db));
}

static void run_read(struct database *d, struct work *w)
{
    db_snapshot_use(d->db);
    w->run(w, d->db);
    db_snapshot_end(d->db);
}

/* Once for all threads, and once more when it is over. */
static void note_store(struct database *d)
{
    struct workers *ws = d->workers;
    bool missed = !d->able && store_away(ws->store);

    if (atomic_exchange(&ws->store_missed, missed) == missed)
        return;
    if (missed)
        log_event(LOG_ERROR, "store.away", "%s does not answer: %s", store_place(ws->store),
                  db_error(d->db));
    else
        log_event(LOG_INFO, "store.back", "%s answers again", store_place(ws->store));
}

void *database_main(void *arg)
{
    struct database *d = arg;
    struct workers *ws = d->workers;

    pthread_setname_np(pthread_self(), "database");
    for (struct work *w; (w = next_with_store(ws, &ws->database_queue, d->db, &d->able));) {
        note_store(d);
        metric_add(METRIC_DATABASE_BUSY, 1);
        if (w->kind == WORK_WRITE)
            run_write(d, w);
        else
            run_read(d, w);
        metric_add(METRIC_DATABASE_BUSY, -1);
        work_finished(w);
    }
    return NULL;
}
