/* What happens to one person who opted in: joining, being taken by a match, waiting, leaving,
 * becoming free. Keeps the person's row, their place among those who can be found, the queue and
 * the counts in step. */
#ifndef SERVICES_MATCHING_PEOPLE_H
#define SERVICES_MATCHING_PEOPLE_H

#include "services/matching/store.h"

/* Save preferences. `wanted` has the texts and bounds as validated, user_id, and the account's dob;
 * city is the account's (may be absent). The place in the queue is kept. *ret_new: did not opt in
 * before. */
enum err person_save(const struct tx *tx, const struct seeker *wanted, struct str city,
                     struct seeker *ret, bool *ret_new);
/* The account's date of birth or city changed. No-op for somebody who never opted in. */
enum err person_set_dob(const struct tx *tx, int64_t person, int64_t dob);
enum err person_set_city(const struct tx *tx, int64_t person, struct str city);

/* Taken by a match: no longer found, no longer waiting. `shown`: the number under which they asked
 * for it themselves, I64_NULL when somebody else did. *ret_was: as they stood until now, and nobody
 * changes them before this transaction ends. ERR_NOT_FOUND: never opted in. */
enum err person_take(const struct tx *tx, int64_t person, int64_t shown, struct tallies *t,
                     struct seeker *ret_was);
/* Free again after a match, whose claims are gone. `active`: it was they who acted. */
enum err person_free(const struct tx *tx, int64_t person, bool active, struct tallies *t);

/* Nobody fits: into the queue, as `shown`. ERR_CONFLICT: was taken by a match just now. */
enum err person_wait(const struct tx *tx, int64_t person, int64_t shown, struct waiter *ret);
/* Out of the queue, and no candidate until the next find. ERR_NOT_FOUND: was not waiting. */
enum err person_leave(const struct tx *tx, int64_t person);

/* The account is deleted: as if they had never opted in. The row is locked and in no live match. */
enum err person_forget(const struct tx *tx, const struct seeker *was);

#endif
