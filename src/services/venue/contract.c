/* What other services ask of venues and slots (venue.h), inside their own transactions. */
#include "services/venue/venue.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "services/venue/rules.h"
#include "services/venue/store.h"

enum err venue_proposable(struct db *db, int64_t venue_id)
{
    bool active = false;
    enum err e = venue_active(db, venue_id, &active);
    if (e != OK)
        return e;
    return active ? OK : ERR_CONFLICT;
}

enum err venue_slot_offered(const struct tx *tx, const struct slot_time *when)
{
    enum slot_offer offer = SLOT_REFUSED;
    struct verdict v =
        slot_may_exist(when->date, when->clock, tx->now_us, tx->app->config->allow_past);
    if (v.err != OK)
        return v.err;

    enum err e = slot_offer(tx->db, when, &offer);
    if (e != OK)
        return e;
    if (offer == SLOT_IMPLICIT)
        return tx->app->config->implicit_slots ? OK : ERR_CONFLICT;
    return offer == SLOT_OFFERED ? OK : ERR_CONFLICT;
}

enum err venue_slot_claim(const struct tx *tx, const struct slot_time *when, int64_t booking_id)
{
    const struct config *config = tx->app->config;

    /* The venue is held first, so that it cannot be deleted between the claim and its commit. */
    enum err e = venue_hold(tx->db, when->venue_id, true);
    if (e != OK)
        return e;
    if (slot_may_exist(when->date, when->clock, tx->now_us, config->allow_past).err != OK)
        return ERR_CONFLICT;
    e = slot_claim(tx->db, when, booking_id);
    if (e == ERR_NOT_FOUND && config->implicit_slots)
        e = slot_claim_implicit(tx->db, when, booking_id, tx->now_us);
    return e == ERR_NOT_FOUND ? ERR_CONFLICT : e;
}

enum err venue_slot_release(const struct tx *tx, int64_t booking_id)
{
    return slot_release(tx->db, booking_id);
}

enum err venue_slot_completed(const struct tx *tx, int64_t booking_id)
{
    return slot_complete(tx->db, booking_id);
}

enum err venue_available_times(const struct tx *tx, int64_t venue_id, int64_t date,
                               struct rows *ret)
{
    bool active = false;
    enum err e = venue_active(tx->db, venue_id, &active);
    if (e != OK)
        return e;
    if (!active) {
        *ret = (struct rows){0};
        return OK;
    }
    bool every_day = date == I64_NULL;
    int64_t first = every_day ? date_of_us(tx->now_us) : date;
    int64_t last = every_day ? SLOT_DATE_MAX : date;
    int64_t from = tx->app->config->allow_past ? 0 : slot_first_minute(tx->now_us);
    return slot_available(tx->db, tx->arena, venue_id, first, last, from, ret);
}

enum err venue_forget(const struct tx *tx, int64_t person)
{
    for (;;) {
        struct rows rows;
        enum err e = reviews_of(tx->db, tx->arena, person, &rows);
        const struct review *r = rows.items;
        for (size_t i = 0; e == OK && i < rows.n; i++)
            e = review_delete(tx->db, &r[i]);
        if (e != OK || rows.n == 0)
            return e;
    }
}
