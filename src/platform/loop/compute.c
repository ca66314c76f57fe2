/* Threads for work that takes long or blocks (argon2id, images, files), at the lowest priority so
 * that the loops stay quick beside it. */
#include "platform/loop/pool.h"

#include "platform/metrics/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#define NICENESS 19

static _Thread_local struct db *own;

struct db *compute_db(void)
{
    return own;
}

void *compute_main(void *arg)
{
    struct compute *c = arg;
    struct work_queue *queue = c->queue;

    enum metric busy = queue == &c->workers->media_queue ? METRIC_MEDIA_BUSY : METRIC_COMPUTE_BUSY;

    own = c->db;
    pthread_setname_np(pthread_self(), "compute");
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS); /* Linux: of this thread alone */
    for (struct work *w; (w = next_with_store(c->workers, queue, c->db, &c->able));) {
        metric_add(busy, 1);
        if (queue_closed(queue))
            w->stored = ERR_UNAVAILABLE; /* stopping: what has not begun does not begin */
        else
            w->run(w, c->db);
        metric_add(busy, -1);
        work_finished(w);
    }
    return NULL;
}
