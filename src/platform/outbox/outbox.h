/* Domain events, written in the transaction that makes them true (transactional outbox): whoever
 * delivers them later can trust that an event exists exactly when its change does. */
#ifndef PLATFORM_OUTBOX_OUTBOX_H
#define PLATFORM_OUTBOX_OUTBOX_H

#include "platform/db/db.h"

/* name: "booking.confirmed"; key: what it is about ("78"); json: a flat object, no personal data
 * beyond ids. */
enum err outbox_put(struct db *db, const char *name, int64_t key, struct str json, int64_t now_us);

/* Every SQL constant, NULL at the end; for the test that prepares each on each store. */
extern const char *const OUTBOX_QUERIES[];

#endif
