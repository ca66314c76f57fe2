/* One address that requests come in by, and what answers there: the gateway's front holds every
 * service's routes, a direct port one service's. What req->listener points to. */
#ifndef PLATFORM_HTTP_FRONT_H
#define PLATFORM_HTTP_FRONT_H

#include "platform/http/route.h"

struct upstream;

/* The routes of a service that runs in another process: requests for them are passed on. */
struct front_remote {
    const struct route *routes; /* the service's table */
    size_t n;
    const char *service; /* "booking"; NULL ends the list */
    struct upstream *upstream;
};

struct front {
    const char *name; /* "gateway", or the service whose own port this is: "chat" */
    int port;
    struct router *router;
    const struct front_remote *remotes; /* never NULL */
    int https_port;                     /* not 0: all that is said here is to go there */
};

#endif
