/* Handlers of time slots (reference 4.6–4.11). Which slots may exist is decided in rules.c. */
#include "services/venue/routes.h"

#include "platform/app.h"
#include "platform/audit/audit.h"
#include "services/venue/rules.h"
#include "services/venue/store.h"

#include <inttypes.h>

/* POST /venues/timeslots/. 201 slot; 400 past where that is refused; 403 not your venue; 404; 409
 * exists. */
enum err slots_create(struct req *q)
{
    struct slot_new in;
    struct slot slot = {0};

    enum err e = req_json(q, &SLOT_NEW, &in);
    if (e == OK)
        e = venues_changeable(q, in.venue_id);
    if (e != OK)
        return e;
    struct verdict v = slot_may_exist(in.date, in.time, q->now_us, q->app->config->allow_past);
    if (v.err != OK)
        return req_fail_verdict(q, v);

    const struct slot_time when = {in.venue_id, in.date, in.time};
    e = slot_insert(q->db, &when, q->now_us, &slot);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, ERR_CONFLICT, "Time slot already exists");
    if (e == OK)
        e = audit_put(q, q->db, "slot.create", "slot %" PRId64, slot.id);
    return e == OK ? req_reply_later(q, 201, &SLOT, &slot) : e;
}

/* Every date with every time, by date and time; those that exist are left out. */
static enum err insert_grid(struct req *q, int64_t venue_id, const struct slot_grid *grid,
                            struct rows *ret)
{
    struct slot *made = ARENA_ARRAY(q->arena, grid->n_dates * grid->n_clocks, struct slot);
    size_t n = 0;

    for (size_t i = 0; i < grid->n_dates * grid->n_clocks; i++) {
        const struct slot_time when = {venue_id, grid->dates[i / grid->n_clocks],
                                       grid->clocks[i % grid->n_clocks]};
        enum err e = slot_insert(q->db, &when, q->now_us, &made[n]);
        if (e == OK)
            n++;
        else if (e != ERR_NOT_FOUND)
            return e;
    }
    *ret = (struct rows){made, n};
    return OK;
}

/* POST /venues/timeslots/bulk: all or nothing. 201 the slots that were made; 400 past where that is
 * refused; 403 not your venue; 404; 422 too many, or a date out of range. */
enum err slots_create_bulk(struct req *q)
{
    struct slots_bulk in;
    struct rows rows = {0};

    enum err e = req_json(q, &SLOTS_BULK, &in);
    if (e == OK)
        e = venues_changeable(q, in.venue_id);
    if (e != OK)
        return e;
    struct slot_grid grid = {in.dates.v, in.dates.n, in.times.v, in.times.n};
    struct verdict v = slot_grid_check(&grid, q->now_us, q->app->config->allow_past);
    if (v.err == ERR_INVALID)
        return req_fail_field(q, "dates", "%s", v.why);
    if (v.err != OK)
        return req_fail_verdict(q, v);

    e = insert_grid(q, in.venue_id, &grid, &rows);
    if (e == OK)
        e = audit_put(q, q->db, "slot.bulk", "venue %" PRId64, in.venue_id);
    return e == OK ? req_reply_list(q, 201, &SLOT, &rows) : e;
}

/* GET /venues/{venue_id}/timeslots?date&available_only: by date and time, in pages. 404. */
enum err slots_list(struct req *q)
{
    struct slot_filter in;
    struct venue venue = {0};
    struct rows rows = {0};
    int64_t id = 0;
    int64_t limit = 0;
    int64_t cursor = 0;

    enum err e = venues_path(q, &id);
    if (e == OK)
        e = req_query(q, &SLOT_FILTER, &in);
    if (e == OK)
        e = req_page(q, &limit, &cursor);
    if (e == OK)
        e = venues_get(q, id, &venue);
    if (e != OK)
        return e;
    const struct slot_page page = {id, in.date, in.available_only != 0, cursor, limit + 1};
    e = slot_list(q->db, q->arena, &page, &rows);
    return e == OK ? req_reply_page(q, &SLOT, &rows, limit, "minute") : e;
}

/* The path's slot, of a venue that the caller may change. */
static enum err changeable_slot(struct req *q, struct slot *ret)
{
    int64_t id = 0;

    enum err e = req_path_i64(q, "slot_id", &id);
    if (e == OK)
        e = slot_load(q->db, q->arena, id, ret);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Time slot not found");
    return e == OK ? venues_changeable(q, ret->venue_id) : e;
}

/* DELETE /venues/timeslots/{slot_id}. 403 not your venue; 404; 409 a booking is ahead. */
enum err slots_delete(struct req *q)
{
    struct slot slot = {0};

    enum err e = changeable_slot(q, &slot);
    if (e != OK)
        return e;
    e = slot_delete(q->db, slot.id, slot_ahead_after(q->now_us));
    if (e == ERR_NOT_FOUND)
        return req_fail(q, ERR_CONFLICT, "Time slot is booked");
    if (e == OK)
        e = audit_put(q, q->db, "slot.delete", "slot %" PRId64, slot.id);
    return e == OK ? req_reply_message(q, 200, "Time slot deleted") : e;
}

static enum err mark(struct req *q, bool available)
{
    struct slot slot = {0};

    enum err e = changeable_slot(q, &slot);
    if (e != OK)
        return e;
    e = slot_mark(q->db, q->arena, slot.id, available, slot_ahead_after(q->now_us), &slot);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, ERR_CONFLICT, "Time slot is booked");
    if (e == OK)
        e = audit_put(q, q->db, available ? "slot.mark-available" : "slot.mark-unavailable",
                      "slot %" PRId64, slot.id);
    return e == OK ? req_reply(q, 200, &SLOT, &slot) : e;
}

/* PUT /venues/timeslots/{slot_id}/mark-unavailable. 200 slot; 403; 404; 409 a booking is ahead. */
enum err slots_mark_unavailable(struct req *q)
{
    return mark(q, false);
}

/* PUT /venues/timeslots/{slot_id}/mark-available. 200 slot; 403; 404; 409 it is or was booked. */
enum err slots_mark_available(struct req *q)
{
    return mark(q, true);
}
