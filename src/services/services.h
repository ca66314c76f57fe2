/* The one table that names all seven services, and what is said of them as a whole. */
#ifndef SERVICES_SERVICES_H
#define SERVICES_SERVICES_H

#include "platform/http/front.h"
#include "services/service.h"

/* All seven, the gateway first; NULL at the end. */
extern const struct service *const SERVICES[];

/* By name, or NULL. */
const struct service *service_find(struct str name);
/* Does this process host it? */
bool service_hosted(const struct app *app, const struct service *s);

/* Their names and ports alone, before anything is open. In the arena. */
struct front *services_doors(const struct app *app, struct arena *a, size_t *ret_n);
/* The fronts of this process: the gateway's with every service's routes (requests for those that
 * are not hosted here are passed on), and a direct port each where direct_ports is on. In the
 * arena. *ret_why: one sentence when two routes collide or one is incomplete. */
enum err services_fronts(const struct app *app, struct arena *a, struct front **ret, size_t *ret_n,
                         const char **ret_why);

/* Every second, each hosted service's tick() as one transaction on the writer; a service whose last
 * tick still runs is left out. Lives on loop 0, in the process's arena. */
struct ticker;
struct ticker *ticker_start(struct app *app, struct arena *a);
void ticker_stop(struct ticker *t);

#endif
