/* The one table of services, and the fronts they answer on. A new service is one line here. */
#include "services/services.h"

#include "services/booking/booking.h"
#include "services/chat/chat.h"
#include "services/faceauth/faceauth.h"
#include "services/gateway/gateway.h"
#include "services/health.h"
#include "services/matching/matching.h"
#include "services/remote.h"
#include "services/user/user.h"
#include "services/venue/venue.h"

const struct service *const SERVICES[] = {
    &GATEWAY_SERVICE, &USER_SERVICE,     &MATCHING_SERVICE, &BOOKING_SERVICE,
    &VENUE_SERVICE,   &FACEAUTH_SERVICE, &CHAT_SERVICE,     NULL,
};

const struct service *service_find(struct str name)
{
    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        if (str_eq(str_of((*s)->name), name))
            return *s;
    return NULL;
}

bool service_hosted(const struct app *app, const struct service *s)
{
    for (const struct service *const *h = app->services; *h != NULL; h++)
        if (*h == s)
            return true;
    return false;
}

static enum err gateway_front(const struct app *app, struct arena *a, struct front *f,
                              const char **ret_why)
{
    enum err e = services_remotes(app, a, &f->remotes, ret_why);
    if (e != OK)
        return e;
    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        if (!router_add(f->router, (*s)->routes, "", ret_why))
            return ERR_INTERNAL;
    if (app->config->console && !router_add(f->router, GATEWAY_PAGES, "", ret_why))
        return ERR_INTERNAL;
    return OK;
}

/* A service's own port: its routes, its health, and its routes without their prefix where it says
 * so. */
static enum err direct_front(const struct service *s, struct arena *a, struct front *f,
                             const char **ret_why)
{
    f->remotes = ARENA_NEW(a, struct front_remote);
    if (!router_add(f->router, s->routes, "", ret_why) ||
        !router_add(f->router, SERVICE_HEALTH_ROUTES, "", ret_why))
        return ERR_INTERNAL;
    if (s->strip != NULL && !router_add(f->router, s->routes, s->strip, ret_why))
        return ERR_INTERNAL;
    return OK;
}

struct front *services_doors(const struct app *app, struct arena *a, size_t *ret_n)
{
    struct front *fronts = ARENA_ARRAY(a, sizeof(SERVICES) / sizeof(SERVICES[0]), struct front);
    size_t n = 0;

    for (const struct service *const *s = app->services; *s != NULL; s++) {
        /* Without a gateway in this process its services would be out of reach: their own ports
         * open then. */
        if (*s != &GATEWAY_SERVICE && !app->config->direct_ports &&
            service_hosted(app, &GATEWAY_SERVICE))
            continue;
        fronts[n++] = (struct front){.name = (*s)->name,
                                     .port = (int)app->config->port_base + (*s)->port_offset};
    }
    *ret_n = n;
    return fronts;
}

enum err services_fronts(const struct app *app, struct arena *a, struct front **ret, size_t *ret_n,
                         const char **ret_why)
{
    struct front *fronts = services_doors(app, a, ret_n);

    for (size_t i = 0; i < *ret_n; i++) {
        const struct service *s = service_find(str_of(fronts[i].name));
        fronts[i].router = router_new(a);
        enum err e = s == &GATEWAY_SERVICE ? gateway_front(app, a, &fronts[i], ret_why)
                                           : direct_front(s, a, &fronts[i], ret_why);
        if (e != OK)
            return e;
    }
    *ret = fronts;
    return OK;
}
