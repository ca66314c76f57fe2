/* What other services ask of bookings (booking.h), inside their own transactions. */
#include "services/booking/booking.h"

#include "base/datetime.h"
#include "services/booking/effects.h"
#include "services/booking/store.h"

enum err booking_cancel_for_match(const struct tx *tx, int64_t match_id, const char *reason)
{
    struct booking b = {0};
    enum err e = booking_cancel_live(tx->db, tx->arena, match_id, str_of(reason), &b);
    if (e == ERR_NOT_FOUND)
        return OK;
    if (e == OK)
        e = effects_cancelled(tx, &b);
    if (e == OK)
        e = effects_tell(tx, "booking.cancelled", &b);
    return e;
}

enum err booking_forget(const struct tx *tx, int64_t person)
{
    return booking_reasons_clear(tx->db, person);
}

enum err booking_confirmed_between(struct db *db, int64_t person_a, int64_t person_b,
                                   int64_t *ret_meeting_us)
{
    int64_t minutes = I64_NULL;
    enum err e = booking_latest_meeting(db, person_a, person_b, &minutes);
    if (e != OK)
        return e;
    if (minutes == I64_NULL)
        return ERR_NOT_FOUND;
    *ret_meeting_us = minutes * US_PER_MINUTE;
    return OK;
}
