/* The matching service's background work, a little every second. */
#ifndef SERVICES_MATCHING_SWEEP_H
#define SERVICES_MATCHING_SWEEP_H

#include "platform/tx.h"

/* One round, in the caller's write transaction: offers newcomers to waiters, lets old pending
 * matches expire, and once a day looks again for everybody who waits (birthdays change who fits).
 * Takes about 20 ms; whatever is not done stays on its list for the next round. An error drops the
 * round's changes; whom or what it came from is logged and left out of the rounds of the next ten
 * minutes. */
enum err matching_sweep(struct app *app, struct db *db, struct arena *a, int64_t now_us);
/* The same with another time than 20 ms. */
enum err matching_sweep_for(const struct tx *tx, int64_t time_us);

#endif
