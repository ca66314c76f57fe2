/* What other services may ask of the booking service, inside their own transaction. */
#ifndef SERVICES_BOOKING_BOOKING_H
#define SERVICES_BOOKING_BOOKING_H

#include "platform/tx.h"

extern const struct service BOOKING_SERVICE;

#define BOOKING_DURATION_MINUTES 120

/* The match ended: its live booking, if any, is cancelled (slot freed, chat ended), with this
 * reason. */
enum err booking_cancel_for_match(const struct tx *tx, int64_t match_id, const char *reason);
/* When two accounts (either order) have a confirmed booking: its meeting time, µs UTC, the latest
 * one. ERR_NOT_FOUND: none. */
enum err booking_confirmed_between(struct db *db, int64_t person_a, int64_t person_b,
                                   int64_t *ret_meeting_us);

/* The account is being deleted: what was written as a reason in its cancelled bookings is not kept.
 * The rows stay, for the other person. */
enum err booking_forget(const struct tx *tx, int64_t person);

#endif
