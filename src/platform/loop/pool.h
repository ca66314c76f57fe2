/* What the parts of this folder share: the queue, the loops, the writer, the compute pool. Nothing
 * outside includes it. */
#ifndef PLATFORM_LOOP_POOL_H
#define PLATFORM_LOOP_POOL_H

#include "platform/db/store.h"
#include "platform/loop/work.h"

#include <pthread.h>
#include <stdatomic.h>

#define COMPUTE_MAX 64 /* of either kind */
#define DATABASE_MAX 256

/* ── queue.c: jobs waiting for a thread ───────────────────────────────────────────────────────────
 */

struct work_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled, closing;
    struct work *head, *tail;
    size_t n, max;
    int64_t taken, refused; /* since the start */
    int able;               /* threads that said so: queue_able */
    bool closed;
};

void queue_init(struct work_queue *q, size_t max);
void queue_destroy(struct work_queue *q);
/* False: full (unless `always`) or closed. */
bool queue_put(struct work_queue *q, struct work *w, bool always);
/* The oldest. With `wait`, sleeps until there is one; NULL: none (waiting: closed and empty). */
struct work *queue_take(struct work_queue *q, bool wait);
/* Can this thread do what it takes? *able is the thread's own, false at first. */
void queue_able(struct work_queue *q, bool *able, bool now);
/* Back to the front, for a thread that is able. False: there is none, or the queue is closed. */
bool queue_give_back(struct work_queue *q, struct work *w);
/* Sleep for so long, or until the queue is closed. False: go and take, it is closed or no thread is
 * able. */
bool queue_rest(struct work_queue *q, int64_t us);
/* How it stands; threads 0. */
struct work_load queue_load(struct work_queue *q);
/* Accept no more; wake everybody. */
void queue_close(struct work_queue *q);
bool queue_closed(struct work_queue *q);

/* ── loop.c ───────────────────────────────────────────────────────────────────────────────────────
 */

struct loop {
    struct workers *workers;
    int index;
    uv_loop_t uv;
    uv_async_t wake;
    uv_prepare_t idle;
    pthread_t thread;
    struct db *reader;
    _Atomic(struct task *) inbox;    /* newest first */
    _Atomic(struct work *) finished; /* newest first */
    atomic_bool stopping;
};

enum err loop_init(struct loop *l, struct workers *ws, int index);
/* A loop that never ran. */
void loop_destroy(struct loop *l);
void *loop_main(void *loop);
/* Ask the loop to leave uv_run. */
void loop_stop(struct loop *l);
/* Hand finished jobs back, oldest first in the chain; jobs without an origin are done here and now.
 */
void work_finished(struct work *first);

/* ── refused.c ───────────────────────────────────────────────────────────────────────────────────
 */

/* The next job, once this thread has a connection to the store, or no thread of the queue has one:
 * waits for either. NULL: the queue is closed and empty. *able is the thread's own, false at first.
 */
struct work *next_with_store(struct workers *ws, struct work_queue *q, struct db *db, bool *able);

/* ── writer.c, database.c, compute.c ──────────────────────────────────────────────────────────────
 */

/* Writes that were not kept and are not yet logged; when they may be. */
struct lost_log {
    int64_t n, quiet_until_us;
};

void lost_log_add(struct lost_log *l, int n, const char *why);

/* Counts a transaction of n writes that began then (clock_monotonic_us) and has just ended. */
void commit_observed(int n, int64_t begun_us);

/* The embedded store's one writer. */
struct writer {
    struct work_queue queue;
    struct db *db;
    pthread_t thread;
    struct lost_log lost;
    int guarded; /* so many batches to come have a savepoint a job */
};

void *writer_main(void *writer);

/* One of the threads for a store that is not embedded. */
struct database {
    struct workers *workers;
    struct db *db;
    bool able; /* it had a connection when it was last asked */
    pthread_t thread;
    struct lost_log lost;
};

void *database_main(void *database);

struct compute {
    struct workers *workers;
    struct work_queue *queue; /* workers' compute_queue or media_queue */
    struct db *db;            /* the embedded store's: a reader */
    bool able;                /* it had a connection when it was last asked */
    pthread_t thread;
};

void *compute_main(void *compute);
/* The connection of this compute thread; NULL elsewhere. */
struct db *compute_db(void);

/* ── workers.c ────────────────────────────────────────────────────────────────────────────────────
 */

struct workers {
    struct store *store;
    bool embedded;
    int loops_n, compute_n, databases_n;
    int loops_up, compute_up, databases_up; /* threads that run */
    bool writer_up;
    struct loop *loops;
    struct compute *compute;
    struct database *databases; /* none: embedded */
    struct work_queue compute_queue, media_queue, database_queue;
    struct writer writer;                  /* embedded */
    atomic_bool store_missed, store_short; /* what the log has said of the store */
    pthread_barrier_t loops_out;           /* all loops have left uv_run */
};

#endif
