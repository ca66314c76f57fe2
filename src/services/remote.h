/* The services that this process does not host: where they are, and how the gateway's front reaches
 * them. */
#ifndef SERVICES_REMOTE_H
#define SERVICES_REMOTE_H

#include "platform/http/front.h"
#include "services/service.h"

/* One entry for each service that is not hosted here, in the arena; ends with service NULL. Their
 * addresses are BOOKADATE_UPSTREAM_<SERVICE>, or this machine's conventional port. ERR_INVALID with
 * one sentence for a malformed address. */
enum err services_remotes(const struct app *app, struct arena *a, const struct front_remote **ret,
                          const char **ret_why);

#endif
