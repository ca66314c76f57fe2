/* Jobs for threads that have a connection each, of a server that may be out of connections: it
 * refuses some threads and serves the others, and those do the work then. Runs no job. */
#include "platform/loop/pool.h"

#include "platform/log/log.h"

#define REST_US 250000 /* between two tries of a thread that was refused a connection */

static void note_refused(struct workers *ws, struct db *db)
{
    if (!atomic_exchange(&ws->store_short, true))
        log_event(LOG_WARN, "store.short", "%s refuses this process a further connection: %s",
                  store_place(ws->store), db_error(db));
}

/* Until it has a connection, or must answer without one. */
static void rest(struct workers *ws, struct work_queue *q, struct db *db)
{
    while (queue_rest(q, REST_US)) {
        if (db_ready(db)) {
            atomic_store(&ws->store_short, false);
            return;
        }
        note_refused(ws, db);
    }
}

struct work *next_with_store(struct workers *ws, struct work_queue *q, struct db *db, bool *able)
{
    for (struct work *w; (w = queue_take(q, true));) {
        queue_able(q, able, true);           /* perhaps: no other gives its job up meanwhile */
        if (queue_closed(q) || db_ready(db)) /* stopping waits for no store */
            return w;
        queue_able(q, able, false);
        if (!queue_give_back(q, w))
            return w; /* nobody has one: it is refused, and the log hears why */
        rest(ws, q, db);
    }
    return NULL;
}
