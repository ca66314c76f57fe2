/* Threads for work that takes long or blocks (argon2id, images, files), at the lowest priority so
 * that the loops stay quick beside it. */
#include "platform/loop/pool.h"

#include <sys/resource.h>
#include <unistd.h>

#define NICENESS 19

void *compute_main(void *arg)
{
    struct compute *c = arg;

    pthread_setname_np(pthread_self(), "compute");
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS); /* Linux: of this thread alone */
    for (struct work *w; (w = queue_take(c->queue, true));) {
        if (queue_closed(c->queue))
            w->stored = ERR_UNAVAILABLE; /* stopping: what has not begun does not begin */
        else
            w->run(w, c->reader);
        work_finished(w);
    }
    return NULL;
}
