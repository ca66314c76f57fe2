/* A service as the program hosts it. One folder each; the table that names them all is services.c.
 */
#ifndef SERVICES_SERVICE_H
#define SERVICES_SERVICE_H

#include "platform/app.h"
#include "platform/http/route.h"

struct service {
    const char *name; /* "booking": as in `bookadate run booking` and in settings */
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
    /* Background work, every second, as one WORK_WRITE on the writer; NULL: none. Bounded: it does
     * a little each time. */
    enum err (*tick)(struct app *app, struct db *db, struct arena *a, int64_t now_us);
};

#endif
