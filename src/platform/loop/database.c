/* Threads for a store that is not in this process: each has a connection of its own and does one
 * job at a time, waiting for the store's answers. */
#include "platform/loop/pool.h"

#include "platform/clock.h"
#include "platform/log/log.h"
#include "platform/metrics/metrics.h"

#define REST_US 250000 /* between two tries of a thread that was refused a connection */

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

static void note_refused(struct database *d)
{
    if (!atomic_exchange(&d->workers->store_short, true))
        log_event(LOG_WARN, "store.short", "%s refuses this process a further connection: %s",
                  store_place(d->workers->store), db_error(d->db));
}

/* Until it has a connection, or must answer without one. */
static void rest(struct database *d)
{
    while (queue_rest(&d->workers->database_queue, REST_US)) {
        if (db_ready(d->db)) {
            atomic_store(&d->workers->store_short, false);
            return;
        }
        note_refused(d);
    }
}

/* The next job, once this thread has a connection. A server that is out of connections refuses some
 * threads and serves the others: those do it then. */
static struct work *next_job(struct database *d)
{
    struct work_queue *q = &d->workers->database_queue;

    for (struct work *w; (w = queue_take(q, true));) {
        queue_able(q, &d->able, true); /* perhaps: no other gives its job up meanwhile */
        if (db_ready(d->db))
            return w;
        queue_able(q, &d->able, false);
        if (!queue_give_back(q, w))
            return w; /* nobody has one: it is refused, and the log hears why */
        rest(d);
    }
    return NULL;
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

    pthread_setname_np(pthread_self(), "database");
    for (struct work *w; (w = next_job(d));) {
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
