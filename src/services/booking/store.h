/* The booking service's rows, for its own handlers. Other services use booking.h. */
#ifndef SERVICES_BOOKING_STORE_H
#define SERVICES_BOOKING_STORE_H

#include "platform/db/db.h"
#include "services/booking/rules.h"

extern const char *const BOOKING_QUERIES[];

/* A new booking of match_id, user_*_id, person_*, status and created_at. ERR_NOT_FOUND: the match
 * has a live one. */
enum err booking_insert(struct db *db, struct arena *a, const struct booking *b,
                        struct booking *ret);
/* ERR_NOT_FOUND. */
enum err booking_load(struct db *db, struct arena *a, int64_t id, struct booking *ret);
/* Store `next` where the row still has b's version. ERR_NOT_FOUND: somebody else was first. */
enum err booking_save(struct db *db, const struct booking *b, const struct booking *next);
/* A person's bookings, newest first: up to `most` with an id below `below`. */
enum err booking_list(struct db *db, struct arena *a, int64_t person, int64_t below, int64_t most,
                      struct rows *ret);
/* Whether a booking has this confirmation code. */
enum err booking_code_taken(struct db *db, struct str code, bool *ret);
/* Cancel the live booking of a match, in one statement. ERR_NOT_FOUND: it has none. */
enum err booking_cancel_live(struct db *db, struct arena *a, int64_t match_id, struct str reason,
                             struct booking *ret);
/* Of all of the person's cancelled ones. */
enum err booking_reasons_clear(struct db *db, int64_t person);
/* The latest confirmed meeting of two accounts, minutes since 1970 UTC; I64_NULL: none. */
enum err booking_latest_meeting(struct db *db, int64_t person_a, int64_t person_b,
                                int64_t *ret_minutes);

#endif
