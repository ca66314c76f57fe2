/* What other services may ask of the venue service, inside their own transaction. */
#ifndef SERVICES_VENUE_VENUE_H
#define SERVICES_VENUE_VENUE_H

#include "platform/tx.h"

extern const struct service VENUE_SERVICE;

/* Exists and is active: may be proposed. ERR_NOT_FOUND; ERR_CONFLICT: not active. */
enum err venue_proposable(struct db *db, int64_t venue_id);

/* Dates that a slot may have. */
#define SLOT_DATE_MIN 10957 /* 2000-01-01 */
#define SLOT_DATE_MAX 47846 /* 2100-12-31 */

/* Date in days since 1970, clock in minutes. */
struct slot_time {
    int64_t venue_id;
    int64_t date;
    int64_t clock;
};

/* May this time be proposed: an available slot, or (setting implicit_slots) a venue without any
 * slot that day. ERR_CONFLICT: no; ERR_BAD_REQUEST: in the past where that is refused. */
enum err venue_slot_offered(const struct tx *tx, const struct slot_time *when);
/* Take the slot for a booking (making it where implicit_slots allows): one statement decides who
 * wins. ERR_CONFLICT: gone; ERR_NOT_FOUND: so is the venue, or it is not active. */
enum err venue_slot_claim(const struct tx *tx, const struct slot_time *when, int64_t booking_id);
/* Give back what a booking holds; no-op when it holds none. */
enum err venue_slot_release(const struct tx *tx, int64_t booking_id);

/* The booking was completed: what it holds may be deleted from now on, and stays booked in the
 * figures; no-op when it holds none. */
enum err venue_slot_completed(const struct tx *tx, int64_t booking_id);

/* The account is being deleted: so are its reviews, and ratings follow. Its venues stay. */
enum err venue_forget(const struct tx *tx, int64_t person);

/* One bookable time, as GET /bookings/available-times shows it. */
struct available_time {
    int64_t id;
    int64_t venue_id;
    int64_t date;
    int64_t time;
    int8_t available;
};
extern const struct shape AVAILABLE_TIME;
/* Available slots on a date by time (date I64_NULL: all from today), at most 1,000. ERR_NOT_FOUND:
 * no such venue. */
enum err venue_available_times(const struct tx *tx, int64_t venue_id, int64_t date,
                               struct rows *ret);

#endif
