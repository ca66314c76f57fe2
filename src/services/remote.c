/* The services that this process does not host: where they are, and how the gateway's front reaches
 * them. Calls nobody. */
#include "services/remote.h"

#include "platform/http/upstream.h"
#include "services/services.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *service;
    size_t offset; /* of the setting, in struct config */
} SETTINGS_OF[] = {
    {"user", offsetof(struct config, upstream_user)},
    {"matching", offsetof(struct config, upstream_matching)},
    {"booking", offsetof(struct config, upstream_booking)},
    {"venue", offsetof(struct config, upstream_venue)},
    {"faceauth", offsetof(struct config, upstream_faceauth)},
    {"chat", offsetof(struct config, upstream_chat)},
};

static const char *setting_of(const struct config *c, const char *service)
{
    for (size_t i = 0; i < sizeof(SETTINGS_OF) / sizeof(SETTINGS_OF[0]); i++)
        if (strcmp(SETTINGS_OF[i].service, service) == 0)
            return *(const char *const *)(const void *)((const char *)c + SETTINGS_OF[i].offset);
    return "";
}

static size_t routes_count(const struct route *routes)
{
    size_t n = 0;

    while (routes[n].path != NULL)
        n++;
    return n;
}

static enum err add_remote(const struct app *app, const struct service *s, struct arena *a,
                           struct front_remote *ret, const char **ret_why)
{
    const char *addresses = setting_of(app->config, s->name);

    if (addresses[0] == '\0')
        addresses =
            arena_printf(a, "http://127.0.0.1:%d", (int)app->config->port_base + s->port_offset)
                .ptr;
    ret->routes = s->routes;
    ret->n = routes_count(s->routes);
    ret->service = s->name;
    return upstreams_add(app->upstreams, a, s->name, addresses, &ret->upstream, ret_why);
}

enum err services_remotes(const struct app *app, struct arena *a, const struct front_remote **ret,
                          const char **ret_why)
{
    size_t n = 0;
    size_t most = 1;

    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        most++;
    struct front_remote *list = ARENA_ARRAY(a, most, struct front_remote);
    for (const struct service *const *s = SERVICES; *s != NULL; s++) {
        if (service_hosted(app, *s))
            continue;
        enum err e = add_remote(app, *s, a, &list[n++], ret_why);
        if (e != OK)
            return e;
    }
    *ret = list;
    return OK;
}
