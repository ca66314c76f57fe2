/* Keeps this process's revocations in step with a store that other processes write to: looks when
 * one of them says so, and every half second in any case. Knows no services. */
#ifndef PLATFORM_AUTH_REVOCATION_WATCH_H
#define PLATFORM_AUTH_REVOCATION_WATCH_H

#include "platform/app.h"

struct revocation_watch;

/* On loop 0, from now on; also tells the others what this process revokes. In the arena. */
struct revocation_watch *revocation_watch_start(struct app *app, struct arena *a);
/* While the loops still run; NULL is fine. */
void revocation_watch_stop(struct revocation_watch *w);

#endif
