/* What a venue's fields may hold, who may change it, and which slots may exist. Pure: no I/O, no
 * SQL, no JSON. */
#ifndef SERVICES_VENUE_RULES_H
#define SERVICES_VENUE_RULES_H

#include "base/err.h"
#include "base/str.h"

/* Field checks: NULL when good, else what is wrong. */
const char *venue_email_problem(struct str email);
const char *venue_phone_problem(struct str phone);

/* May an account create venues. `open`: venue_creation says everybody. ERR_FORBIDDEN. */
struct verdict venue_may_create(bool open, bool partner_or_admin);
/* May an account change a venue with this owner, and its slots. ERR_FORBIDDEN. */
struct verdict venue_may_change(int64_t owner, int64_t caller, bool admin);
/* May an account delete a review by this author. ERR_FORBIDDEN. */
struct verdict review_may_delete(int64_t author, int64_t caller, bool admin);

/* May a slot be made for this date and minute. ERR_BAD_REQUEST: it is past and that is refused. */
struct verdict slot_may_exist(int64_t date, int64_t clock, int64_t now_us, bool allow_past);

#define SLOTS_BULK_MAX 2000

/* Which dates and times a bulk request asks for; sorts both lists in place and drops what is there
 * twice. ERR_INVALID: a date outside SLOT_DATE_MIN…SLOT_DATE_MAX (*ret_field "dates"), or more than
 * SLOTS_BULK_MAX slots. ERR_BAD_REQUEST: one of them is past and that is refused. */
struct slot_grid {
    int64_t *dates;
    size_t n_dates;
    int64_t *clocks;
    size_t n_clocks;
};
struct verdict slot_grid_check(struct slot_grid *grid, int64_t now_us, bool allow_past);

/* The moment from which a booked slot no longer holds venue and slot in place: now, less a
 * booking's length, as minutes since 1970. A booking is ahead while its slot begins after this. */
int64_t slot_ahead_after(int64_t now_us);

/* The first minute since 1970 that is not past. */
int64_t slot_first_minute(int64_t now_us);

#endif
