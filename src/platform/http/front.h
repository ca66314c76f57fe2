/* One address that requests come in by, and what answers there: the gateway's front holds every
 * service's routes, a direct port one service's. What req->listener points to. */
#ifndef PLATFORM_HTTP_FRONT_H
#define PLATFORM_HTTP_FRONT_H

#include "platform/http/route.h"

/* A prefix whose service does not run in this process. */
struct front_absent {
    struct str prefix;   /* "/bookings" */
    const char *service; /* "booking"; NULL ends the list */
};

struct front {
    const char *name; /* "gateway", or the service whose own port this is: "chat" */
    int port;
    struct router *router;
    const struct front_absent *absent; /* never NULL */
};

#endif
