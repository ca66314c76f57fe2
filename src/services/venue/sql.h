/* Statements outside store.c, so that VENUE_QUERIES can list all of the service's SQL. */
#ifndef SERVICES_VENUE_SQL_H
#define SERVICES_VENUE_SQL_H

#include "base/err.h"

#include <stdint.h>

/* A guarded statement changed its row, or found none: ERR_NOT_FOUND. */
static inline enum err sql_changed(enum err e, int64_t changed)
{
    if (e != OK)
        return e;
    return changed > 0 ? OK : ERR_NOT_FOUND;
}

/* store_slots.c */
extern const char SQL_VENUE_SLOT_INSERT[];
extern const char SQL_VENUE_SLOT_GET[];
extern const char SQL_VENUE_SLOT_LIST[];
extern const char SQL_VENUE_SLOT_DELETE[];
extern const char SQL_VENUE_SLOT_MARK[];
extern const char SQL_VENUE_SLOT_BOOKED_AFTER[];
extern const char SQL_VENUE_SLOT_OFFER[];
extern const char SQL_VENUE_SLOT_CLAIM[];
extern const char SQL_VENUE_SLOT_CLAIM_IMPLICIT[];
extern const char SQL_VENUE_SLOT_RELEASE_IMPLICIT[];
extern const char SQL_VENUE_SLOT_RELEASE[];
extern const char SQL_VENUE_SLOT_COMPLETE[];
extern const char SQL_VENUE_SLOT_AVAILABLE[];

/* store_reviews.c */
extern const char SQL_VENUE_REVIEWS_OF[];
extern const char SQL_VENUE_REVIEW_TAKE[];
extern const char SQL_VENUE_REVIEW_INSERT[];
extern const char SQL_VENUE_REVIEW_GET[];
extern const char SQL_VENUE_REVIEW_LIST[];
extern const char SQL_VENUE_REVIEW_DELETE[];
extern const char SQL_VENUE_REVIEW_HOLD[];
extern const char SQL_VENUE_RATING_ADD[];

#endif
