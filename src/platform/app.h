/* What the whole process shares, reachable from every request: settings and the parts that outlive
 * requests. Filled once by main before the first listener opens, read-only afterwards. */
#ifndef PLATFORM_APP_H
#define PLATFORM_APP_H

#include "platform/config/config.h"

struct app {
    const struct config *config;
    struct workers *workers;
    struct store *store;
    struct token_keys *keys;
    struct seal_ring *seals;           /* for what lies encrypted at rest */
    struct token_cache **token_caches; /* one a loop */
    struct revocations *revocations;
    struct trusted *trusted;     /* proxies whose X-Forwarded-For counts */
    struct upstreams *upstreams; /* services in other processes; NULL: none */
    struct limiter *limiter;
    struct bus *bus;
    struct blob_store *photos;             /* <data>/photos */
    struct face_engine *faces;             /* with no models it says so */
    const struct service *const *services; /* hosted in this process; NULL at the end */
};

#endif
