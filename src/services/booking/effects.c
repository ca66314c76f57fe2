/* Carries a change of a booking to the venue, the chat and the outbox; decides nothing, names no
 * table. */
#include "services/booking/effects.h"

#include "platform/outbox/outbox.h"
#include "services/booking/booking.h"
#include "services/chat/chat.h"
#include "services/venue/venue.h"

#include <inttypes.h>

enum err effects_tell(const struct tx *tx, const char *event, const struct booking *b)
{
    struct buf json = buf_new(tx->arena, 192);
    buf_printf(&json, "{\"booking_id\":%" PRId64 ",\"match_id\":%" PRId64, b->id, b->match_id);
    buf_printf(&json, ",\"person_1\":%" PRId64 ",\"person_2\":%" PRId64, b->person_1, b->person_2);
    if (b->venue_id != I64_NULL)
        buf_printf(&json, ",\"venue_id\":%" PRId64, b->venue_id);
    buf_printf(&json, ",\"status\":\"%.*s\"}", STR_ARG(b->status));
    return outbox_put(tx->db, event, b->id, buf_view(&json), tx->now_us);
}

enum err effects_cancelled(const struct tx *tx, const struct booking *b)
{
    enum err e = venue_slot_release(tx, b->id);
    if (e != OK)
        return e;
    return chat_end_for_booking(tx, b->id, "Booking was cancelled");
}

enum err effects_of(const struct tx *tx, const struct booking_event *ev,
                    const struct booking *after)
{
    enum err e = OK;
    if (ev->kind == BOOKING_CONFIRM)
        e = chat_open_for_booking(tx, after->id, after->person_1, after->person_2,
                                  booking_meeting_us(after), BOOKING_DURATION_MINUTES);
    if (ev->kind == BOOKING_CANCEL)
        e = effects_cancelled(tx, after);
    if (ev->kind == BOOKING_COMPLETE)
        e = venue_slot_completed(tx, after->id);
    return e == OK ? effects_tell(tx, booking_event_name(ev, after), after) : e;
}
