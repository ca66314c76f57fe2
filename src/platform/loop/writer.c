/* The one thread that writes to an embedded store: all jobs that wait share one transaction and one
 * fsync. A batch is run without savepoints first (measured: one costs 3.8 µs), and when a job of it
 * must be taken back, again with one around each. */
#include "platform/loop/pool.h"

#include "platform/clock.h"
#include "platform/log/log.h"
#include "platform/metrics/metrics.h"

/* A batch ends when nobody waits, or here: the first of it shall not wait for all of a storm. */
#define BATCH_JOBS 256
#define BATCH_US 5000
/* Batches after such a one that have savepoints at once: whoever gets jobs taken back all the time
 * makes others pay for one batch twice among these, no more. */
#define GUARDED_BATCHES 64

struct batch {
    struct work *first, *last; /* jobs that ran, oldest first */
    int n;
    int64_t until_us;
    bool guarded; /* a savepoint a job */
};

static void batch_add(struct batch *b, struct work *w)
{
    w->next = NULL;
    if (b->last)
        b->last->next = w;
    else
        b->first = w;
    b->last = w;
    b->n++;
}

static enum err job_begin(struct db *db, const struct work *w, bool guarded)
{
    if (w->one_change)
        return db_one_change(db);
    return guarded ? db_savepoint(db) : db_unguarded(db);
}

/* ERR_CONFLICT, not guarded: the batch must be run again; else an error means that all of it is
 * lost. */
static enum err run_job(struct db *db, struct work *w, bool guarded)
{
    enum err e = job_begin(db, w, guarded);

    w->rollback = false;
    w->stored = OK;
    if (e != OK)
        return e;
    w->run(w, db);
    if (w->rollback)
        return db_rollback_to(db);
    e = db_release(db);
    if (e != ERR_CONFLICT || !guarded)
        return e;
    w->stored = ERR_UNAVAILABLE; /* alone: its changes would have failed the COMMIT of all */
    return OK;
}

static enum err run_again(struct writer *wr, struct batch *b)
{
    db_rollback(wr->db);
    b->guarded = true;
    wr->guarded = GUARDED_BATCHES;
    enum err e = db_begin(wr->db);
    for (struct work *w = b->first; e == OK && w; w = w->next)
        e = run_job(wr->db, w, true);
    return e;
}

static bool batch_full(const struct batch *b)
{
    return b->n >= BATCH_JOBS || clock_monotonic_us() >= b->until_us;
}

/* Said once a second at most: a full disk shall not be filled further by its own complaint. */
void lost_log_add(struct lost_log *l, int n, const char *why)
{
    int64_t now_us = clock_monotonic_us();

    l->n += n;
    metric_add(METRIC_WRITES_LOST, n);
    if (now_us < l->quiet_until_us)
        return;
    log_event(LOG_ERROR, "store.writes_lost",
              "%lld writes were refused, nothing of them was kept: %s", (long long)l->n, why);
    l->n = 0;
    l->quiet_until_us = now_us + 1000000;
}

static void batch_lost(struct writer *wr, struct batch *b)
{
    for (struct work *w = b->first; w; w = w->next)
        w->stored = ERR_UNAVAILABLE;
    lost_log_add(&wr->lost, b->n, db_error(wr->db));
}

/* The store cannot be written now: whoever waits hears it at once, not each after a time-out of its
 * own. */
static void refuse_waiting(struct writer *wr, struct work *w)
{
    struct batch b = {0};

    for (; w; w = queue_take(&wr->queue, false))
        batch_add(&b, w);
    batch_lost(wr, &b);
    work_finished(b.first);
}

void commit_observed(int n, int64_t begun_us)
{
    metric_observe(METRIC_COMMIT_JOBS, n);
    metric_observe(METRIC_COMMIT_SECONDS, clock_monotonic_us() - begun_us);
}

static void run_batch(struct writer *wr, struct work *w)
{
    int64_t begun_us = clock_monotonic_us();
    struct batch b = {.until_us = begun_us + BATCH_US, .guarded = wr->guarded > 0};
    enum err e = db_begin(wr->db);

    if (e != OK) {
        refuse_waiting(wr, w);
        return;
    }
    wr->guarded -= b.guarded;
    while (w) {
        batch_add(&b, w);
        e = run_job(wr->db, w, b.guarded);
        if (e == ERR_CONFLICT && !b.guarded)
            e = run_again(wr, &b);
        w = e == OK && !batch_full(&b) ? queue_take(&wr->queue, false) : NULL;
    }
    if (e == OK)
        e = db_commit(wr->db);
    else
        db_rollback(wr->db);
    if (e != OK)
        batch_lost(wr, &b);
    commit_observed(b.n, begun_us);
    work_finished(b.first);
    db_tidy(wr->db);
}

void *writer_main(void *arg)
{
    struct writer *wr = arg;

    pthread_setname_np(pthread_self(), "writer");
    for (struct work *w; (w = queue_take(&wr->queue, true));)
        run_batch(wr, w);
    return NULL;
}
