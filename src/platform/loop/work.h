/* Where straight-line code runs: event loops, the one writer, the compute pool. A handler never
 * knows. See ARCHITECTURE "where a handler runs". */
#ifndef PLATFORM_LOOP_WORK_H
#define PLATFORM_LOOP_WORK_H

#include "base/err.h"
#include "platform/db/db.h"

#include <uv.h>

struct store;
struct loop;
struct workers;

enum work_kind {
    WORK_READ,  /* embedded store: at once, on the caller's loop, inside its snapshot; PostgreSQL: a
                   database thread */
    WORK_WRITE, /* embedded store: the writer thread, one of a batch's transaction; PostgreSQL: a
                   database thread, in a transaction of its own */
    WORK_COMPUTE, /* the compute pool at low priority; may block, may call work_transaction */
    WORK_MEDIA,   /* the same for images, on threads of their own: what people upload never keeps
                     others from signing in */
};

/* Jobs that wait for one compute thread before the next is refused: at some 25 ms a password nobody
 * waits longer than a browser would. */
#define WORK_COMPUTE_WAITING 256

/* One piece of work. Embedded in what it belongs to (a request, a chat message, a sweep). */
struct work {
    /* Runs on the thread of its kind; db is that thread's connection (WORK_COMPUTE: a reader). Sets
     * rollback when a WORK_WRITE's changes must not stay. Once, but a WORK_WRITE again when its
     * transaction had to give way to another (PostgreSQL) or another job of its batch had to be
     * taken back (embedded): it begins by forgetting what it did, and does nothing outside the
     * store that must not be done twice.
     */
    void (*run)(struct work *w, struct db *db);
    /* Runs once on the origin loop, after `run` and, for WORK_WRITE, after its commit is durable.
     */
    void (*done)(struct work *w);
    struct loop *origin;
    bool one_change; /* WORK_WRITE: run makes one change at most, by one statement, which the store
                        keeps or drops whole: it needs no savepoint (measured: 2 µs) */
    bool rollback;
    enum err stored; /* set before `done`: OK, or ERR_UNAVAILABLE when nothing was kept, whatever
                        run said:   the batch could not be committed. Then run may never have been
                        called at all   (the store cannot be written, the process stops) */
    enum work_kind kind;
    struct work *next; /* the queue's own */
};

#define LOOPS_MAX 64

struct workers_options {
    struct store *store;
    int loops;           /* 1–LOOPS_MAX */
    int compute_threads; /* 1–64 for passwords; half as many, at least one, are added for images */
    size_t queue_max;    /* waiting jobs a queue takes before work_submit refuses */
    int database_pool;   /* 1–256 threads for a store that is not embedded; 0: 8 */
};

/* Start writer, compute pool and loops (idle until they are given listeners). Process lifetime. */
enum err workers_start(const struct workers_options *options, struct workers **ret);
int workers_loop_count(const struct workers *ws);
struct loop *workers_loop(struct workers *ws, int index);
/* Stop in order: loops' own users first (the caller's duty), then compute, then the writer after
 * its queue is empty, then the loops; joins every thread. */
void workers_stop(struct workers *ws);

/* From the origin loop's thread. WORK_READ on the embedded store runs and is done before this
 * returns, and is never refused. False: the queue is full and nothing will happen (answer 503). */
bool work_submit(struct workers *ws, enum work_kind kind, struct work *w);
/* From a compute thread: fn(db, arg) as a write transaction, blocking until it is durable. fn's own
 * error rolls it back and is returned; ERR_UNAVAILABLE when it could not be committed. */
enum err work_transaction(struct workers *ws, enum err (*fn)(struct db *db, void *arg), void *arg);

/* How full the queues are. */
enum work_queue_name {
    WORK_QUEUE_WRITE, /* the embedded store's */
    WORK_QUEUE_COMPUTE,
    WORK_QUEUE_MEDIA,
    WORK_QUEUE_DATABASE, /* PostgreSQL's */
    WORK_QUEUES,
};
struct work_load {
    size_t waiting, max;
    int64_t taken, refused; /* since the start */
    int threads;            /* that take from it */
};
/* From any thread; holds up nobody longer than it takes to copy this. */
void workers_load(struct workers *ws, struct work_load ret[WORK_QUEUES]);

/* The loop whose thread this is; NULL elsewhere. */
struct loop *loop_here(void);
uv_loop_t *loop_uv(struct loop *l);
int loop_index(const struct loop *l);
/* NULL: the store is not embedded. */
struct db *loop_reader(struct loop *l);
struct workers *loop_workers(struct loop *l);

/* Run fn(task) on a loop's thread, soon, from any thread; in order for one sender. The task is the
 * sender's until then. */
struct task {
    void (*fn)(struct task *t);
    struct task *next;
};
void loop_post(struct loop *l, struct task *t);

#endif
