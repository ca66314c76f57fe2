/* What happens to two people: a match is made, decided, ended or runs out. Claims, both people's
 * standing, the past and the events change in one transaction. */
#ifndef SERVICES_MATCHING_PAIRS_H
#define SERVICES_MATCHING_PAIRS_H

#include "services/matching/store.h"

/* The caller looks for somebody, going by the number `shown`. *ret: the pending match, theirs
 * already or new, or status "waiting" with id -1 when nobody fits. ERR_NOT_FOUND: no preferences;
 * ERR_BAD_REQUEST: in a matched match; ERR_UNAVAILABLE: others were faster again and again. */
enum err pair_find(const struct tx *tx, int64_t person, int64_t shown, struct match_row *ret);

/* Somebody has become findable: the longest waiter who fits, if any, is matched with them (a waiter
 * whose own wishes changed looks for everybody). OK also when nothing came of it. */
enum err pair_offer(const struct tx *tx, int64_t person);

/* One of the two, or the system (person 0), says what happens next. ERR_NOT_FOUND: no such match;
 * else the rule's verdict; ERR_UNAVAILABLE in it: changed by others again and again. */
struct verdict pair_decide(const struct tx *tx, int64_t match_id, int64_t person,
                           enum match_event event, struct match_row *ret);

#endif
