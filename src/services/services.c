/* The one table of services, and the fronts they answer on. A new service is one line here. */
#include "services/services.h"

#include "services/booking/booking.h"
#include "services/chat/chat.h"
#include "services/faceauth/faceauth.h"
#include "services/gateway/gateway.h"
#include "services/health.h"
#include "services/matching/matching.h"
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

/* "/bookings" of "/bookings/{booking_id}/…". */
static struct str first_segment(const char *path)
{
    struct str rest = {path + 1, str_of(path).len - 1};

    return (struct str){path, str_cut(&rest, '/').len + 1};
}

static bool absent_listed(const struct front_absent *list, size_t n, struct str prefix)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i].prefix, prefix))
            return true;
    return false;
}

/* The prefixes of services that this process does not host: the gateway answers 503 for them. */
static const struct front_absent *absent_prefixes(const struct app *app, struct arena *a)
{
    size_t n = 0;
    size_t most = 1;

    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        for (const struct route *t = (*s)->routes; t->path != NULL; t++)
            most++;
    struct front_absent *list = ARENA_ARRAY(a, most, struct front_absent);
    for (const struct service *const *s = SERVICES; *s != NULL; s++) {
        if (service_hosted(app, *s) || *s == &GATEWAY_SERVICE)
            continue;
        for (const struct route *t = (*s)->routes; t->path != NULL; t++) {
            struct str prefix = first_segment(t->path);
            if (!absent_listed(list, n, prefix))
                list[n++] = (struct front_absent){prefix, (*s)->name};
        }
    }
    return list;
}

static enum err gateway_front(const struct app *app, struct arena *a, struct front *f,
                              const char **ret_why)
{
    f->absent = absent_prefixes(app, a);
    for (const struct service *const *s = app->services; *s != NULL; s++)
        if (!router_add(f->router, (*s)->routes, "", ret_why))
            return ERR_INTERNAL;
    return OK;
}

/* A service's own port: its routes, its health, and its routes without their prefix where it says
 * so. */
static enum err direct_front(const struct service *s, struct arena *a, struct front *f,
                             const char **ret_why)
{
    f->absent = ARENA_NEW(a, struct front_absent);
    if (!router_add(f->router, s->routes, "", ret_why) ||
        !router_add(f->router, SERVICE_HEALTH_ROUTES, "", ret_why))
        return ERR_INTERNAL;
    if (s->strip != NULL && !router_add(f->router, s->routes, s->strip, ret_why))
        return ERR_INTERNAL;
    return OK;
}

enum err services_fronts(const struct app *app, struct arena *a, struct front **ret, size_t *ret_n,
                         const char **ret_why)
{
    size_t n = 0;
    struct front *fronts = ARENA_ARRAY(a, sizeof(SERVICES) / sizeof(SERVICES[0]), struct front);

    for (const struct service *const *s = app->services; *s != NULL; s++) {
        bool gateway = *s == &GATEWAY_SERVICE;
        /* Without a gateway in this process its services would be out of reach: their own ports
         * open then. */
        if (!gateway && !app->config->direct_ports && service_hosted(app, &GATEWAY_SERVICE))
            continue;
        struct front *f = &fronts[n++];
        f->name = (*s)->name;
        f->port = (int)app->config->port_base + (*s)->port_offset;
        f->router = router_new(a);
        enum err e = gateway ? gateway_front(app, a, f, ret_why) : direct_front(*s, a, f, ret_why);
        if (e != OK)
            return e;
    }
    *ret = fronts;
    *ret_n = n;
    return OK;
}
