/* The venue service's rows, for its own handlers and contract functions. Other services use
 * venue.h. Minutes are of date and time together, since 1970, UTC. */
#ifndef SERVICES_VENUE_STORE_H
#define SERVICES_VENUE_STORE_H

#include "platform/db/db.h"
#include "services/venue/fields.h"
#include "services/venue/venue.h"

extern const char *const VENUE_QUERIES[];

/* ── Venues (store.c) ── */

enum err venue_insert(struct db *db, struct arena *a, int64_t owner, const struct venue_new *in,
                      int64_t now_us, struct venue *ret);
/* ERR_NOT_FOUND: none such, or deleted. */
enum err venue_load(struct db *db, struct arena *a, int64_t id, struct venue *ret);
/* Whose it is; likewise. */
enum err venue_owner(struct db *db, int64_t id, int64_t *ret);
enum err venue_active(struct db *db, int64_t id, bool *ret);
/* What `in` leaves absent stays. ERR_NOT_FOUND. */
enum err venue_update(struct db *db, struct arena *a, int64_t id, const struct venue_change *in,
                      int64_t now_us, struct venue *ret);
/* Mark deleted, holding the row: ask for bookings ahead afterwards, and roll back when there are.
 * ERR_NOT_FOUND. */
enum err venue_delete(struct db *db, int64_t id, int64_t now_us);
/* Venues by id above `above`, at most `most`, as VENUE_ITEM; city absent: everywhere. */
struct venue_page {
    struct str city;
    bool active_only;
    int64_t above;
    int64_t most;
};
enum err venue_list(struct db *db, struct arena *a, const struct venue_page *page,
                    struct rows *ret);
/* Cities with active venues as VENUE_CITY, those with most first: behind the first `before`, at
 * most `most`. */
enum err venue_cities(struct db *db, struct arena *a, int64_t before, int64_t most,
                      struct rows *ret);
/* ERR_NOT_FOUND. */
enum err venue_stats_load(struct db *db, struct arena *a, int64_t id, struct venue_stats *ret);
/* Hold the venue's row until the transaction ends. ERR_NOT_FOUND: none such, or deleted; with
 * `active_only` also when it is not active. */
enum err venue_hold(struct db *db, int64_t id, bool active_only);

/* ── Slots (store_slots.c) ── */

/* ERR_NOT_FOUND: the venue has a slot then already. */
enum err slot_insert(struct db *db, const struct slot_time *when, int64_t now_us, struct slot *ret);
/* ERR_NOT_FOUND. */
enum err slot_load(struct db *db, struct arena *a, int64_t id, struct slot *ret);
/* A venue's slots by date and time. */
struct slot_page {
    int64_t venue_id;
    int64_t date; /* I64_NULL: all */
    bool available_only;
    int64_t above; /* minute; I64_NULL: from the start */
    int64_t most;
};
enum err slot_list(struct db *db, struct arena *a, const struct slot_page *page, struct rows *ret);
/* Unless a booking holds it (booked, not completed, and it begins after the minute `ahead_after`):
 * then ERR_NOT_FOUND. */
enum err slot_delete(struct db *db, int64_t id, int64_t ahead_after);
/* Likewise; and a booked one is never marked available: ERR_NOT_FOUND. */
enum err slot_mark(struct db *db, struct arena *a, int64_t id, bool available, int64_t ahead_after,
                   struct slot *ret);
/* Has the venue a slot that is held so. */
enum err slot_booked_after(struct db *db, int64_t venue_id, int64_t ahead_after, bool *ret);

enum slot_offer {
    SLOT_REFUSED,  /* booked, marked, or the venue has other slots that day, or is not active */
    SLOT_OFFERED,  /* an available slot */
    SLOT_IMPLICIT, /* none, and the venue has no slots of its own that day */
};
enum err slot_offer(struct db *db, const struct slot_time *when, enum slot_offer *ret);
/* Book an available slot. ERR_NOT_FOUND: it is gone. */
enum err slot_claim(struct db *db, const struct slot_time *when, int64_t booking_id);
/* Make a slot that is booked from the start, where the venue has none of its own that day.
 * ERR_NOT_FOUND: it has, or the minute is taken. */
enum err slot_claim_implicit(struct db *db, const struct slot_time *when, int64_t booking_id,
                             int64_t now_us);
/* Free what a booking holds. */
enum err slot_release(struct db *db, int64_t booking_id);
/* The booking holds it no longer, and stays in booked_by. */
enum err slot_complete(struct db *db, int64_t booking_id);
/* Available slots of these days that begin at the minute `from` or later, as AVAILABLE_TIME. */
enum err slot_available(struct db *db, struct arena *a, int64_t venue_id, int64_t first_date,
                        int64_t last_date, int64_t from, struct rows *ret);

/* ── Reviews (store_reviews.c) ── */

/* A review of venue_id, person, user_id, rating and comment in place of the person's earlier one
 * (*ret_replaced); the venue's rating follows in the same transaction. ERR_NOT_FOUND: no venue. */
enum err review_put(struct db *db, struct arena *a, const struct review *in, struct review *ret,
                    bool *ret_replaced);
/* ERR_NOT_FOUND. */
enum err review_load(struct db *db, struct arena *a, int64_t id, struct review *ret);
/* Newest first: up to `most` with an id below `below`. */
enum err review_list(struct db *db, struct arena *a, int64_t venue_id, int64_t below, int64_t most,
                     struct rows *ret);
/* A hundred of the person's, by venue; rows of struct review. */
enum err reviews_of(struct db *db, struct arena *a, int64_t person, struct rows *ret);
/* With the venue's rating. ERR_NOT_FOUND: somebody else deleted it first. */
enum err review_delete(struct db *db, const struct review *r);

#endif
