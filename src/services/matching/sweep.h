/* The matching service's background work, a little every second: offers newcomers to waiters, lets
 * old pending matches expire, and once a day looks again for everybody who waits (birthdays change
 * who fits). */
#ifndef SERVICES_MATCHING_SWEEP_H
#define SERVICES_MATCHING_SWEEP_H

#include "services/service.h"

/* A match whose expiry fails is logged and left out for ten minutes, a person for one. */
extern const struct background MATCHING_BACKGROUND[]; /* name NULL at the end */

/* waiting.c: the counts of who waits, and how /metrics tells them. A list without items. */
enum err waiting_list(const struct tx *tx, struct rows *ret);
enum err waiting_none(const struct tx *tx, const struct background_item *item);
void matching_metrics(struct buf *b);

#endif
