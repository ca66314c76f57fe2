/* The matching service's background work, a little every second. */
#ifndef SERVICES_MATCHING_SWEEP_H
#define SERVICES_MATCHING_SWEEP_H

#include "platform/tx.h"

/* One round, in the caller's write transaction: offers newcomers to waiters, lets old pending
 * matches expire, and once a day looks again for everybody who waits (birthdays change who fits).
 * Whatever is not done stays on its list for the next round. */
enum err matching_sweep(struct app *app, struct db *db, struct arena *a, int64_t now_us);

#endif
