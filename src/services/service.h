/* A service as the program hosts it. One folder each; the table that names them all is services.c.
 */
#ifndef SERVICES_SERVICE_H
#define SERVICES_SERVICE_H

#include "platform/app.h"
#include "platform/http/route.h"
#include "platform/tx.h"

/* One thing to be done in the background, as its list names it. */
struct background_item {
    int64_t id;
    int64_t stamp; /* the row's own, so that one that was changed meanwhile is another */
    struct str name;
};

/* One kind of background work: once a second its list, and then each item of it, one after the
 * other, each in a write transaction of its own, so that a long row of them keeps nobody waiting.
 * Other processes on the store do the same at the same time: list or run takes an item in the
 * statement that finds it, and whoever comes second finds nothing. */
struct background {
    const char *name;
    /* A bounded number of what there is to do, of struct background_item, in tx's arena. */
    enum err (*list)(const struct tx *tx, struct rows *ret);
    /* An error drops this item's changes. */
    enum err (*run)(const struct tx *tx, const struct background_item *item);
    /* Pixels: run is on a thread for images, outside any transaction (tx->db is a reader), and
     * writes by work_transaction(). */
    bool media;
};

struct service {
    const char *name;  /* "booking": as in `bookadate run booking` and in settings */
    const char *about; /* one sentence for documents */
    const char
        *health_key; /* "booking_service": as in the gateway's /health (reference "Health Check") */
    int port_offset; /* from BOOKADATE_PORT_BASE: 0 gateway, 1 chat, 2 matching … 6 user */
    const struct route *routes;
    const char *strip; /* "/chat": its own port also answers without this prefix; or NULL */
    const char *const *
        queries; /* every SQL constant, NULL at the end: each is prepared on each store by a test */
    /* After the store is open and loops run, before listeners: NULL or OK to go on. */
    enum err (*start)(struct app *app);
    void (*stop)(struct app *app);
    const struct background *background; /* name NULL at the end; NULL: none */
    void (*metrics)(struct buf *b); /* adds families of its own to GET /metrics, on any loop and
                                       without the store; NULL: none */
};

#endif
