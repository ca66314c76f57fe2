/* The venue service's route table, and the handlers of venues (reference 4.1–4.5, 4.15). */
#include "services/venue/routes.h"

#include "platform/app.h"
#include "platform/audit/audit.h"
#include "services/venue/rules.h"
#include "services/venue/store.h"

#include <inttypes.h>

enum err venues_path(struct req *q, int64_t *ret_id)
{
    enum err e = req_path_i64(q, "venue_id", ret_id);
    return e == OK ? OK : req_fail(q, e, "Venue not found");
}

enum err venues_get(struct req *q, int64_t id, struct venue *ret)
{
    enum err e = venue_load(q->db, q->arena, id, ret);
    return e == ERR_NOT_FOUND ? req_fail(q, e, "Venue not found") : e;
}

enum err venues_changeable(struct req *q, int64_t id)
{
    int64_t owner = 0;
    enum err e = venue_owner(q->db, id, &owner);

    if (e != OK)
        return e == ERR_NOT_FOUND ? req_fail(q, e, "Venue not found") : e;
    struct verdict v = venue_may_change(owner, q->caller.number, q->caller.role == ROLE_ADMIN);
    return v.err == OK ? OK : req_fail_verdict(q, v);
}

/* POST /venues/: the caller owns it from then on. 201 venue; 403 not open to everybody; 422. */
static enum err create_venue(struct req *q)
{
    struct venue_new in;
    struct venue venue = {0};

    bool open = str_eq(str_of(q->app->config->venue_creation), STR("open"));
    bool trusted = q->caller.role == ROLE_ADMIN || q->caller.role == ROLE_PARTNER;
    struct verdict v = venue_may_create(open, trusted);
    if (v.err != OK)
        return req_fail_verdict(q, v);
    enum err e = req_json(q, &VENUE_NEW, &in);
    if (e == OK)
        e = venue_insert(q->db, q->arena, q->caller.number, &in, q->now_us, &venue);
    if (e == OK)
        e = audit_put(q, q->db, "venue.create", "venue %" PRId64, venue.id);
    return e == OK ? req_reply(q, 201, &VENUE, &venue) : e;
}

/* GET /venues/?city&active_only: by id, in pages. */
static enum err list_venues(struct req *q)
{
    struct venue_filter in;
    struct rows rows = {0};
    int64_t limit = 0;
    int64_t cursor = 0;

    enum err e = req_query(q, &VENUE_FILTER, &in);
    if (e == OK)
        e = req_page(q, &limit, &cursor);
    if (e != OK)
        return e;
    const struct venue_page page = {
        .city = in.city.len > 0 ? in.city : STR_NULL,
        .active_only = in.active_only != 0,
        .above = cursor == I64_NULL ? 0 : cursor,
        .most = limit + 1,
    };
    e = venue_list(q->db, q->arena, &page, &rows);
    return e == OK ? req_reply_page(q, &VENUE_ITEM, &rows, limit, "id") : e;
}

/* GET /venues/cities: where there are venues, the most of them first, in pages. */
static enum err list_cities(struct req *q)
{
    struct rows rows = {0};
    int64_t limit = 0;
    int64_t before = 0;

    enum err e = req_page(q, &limit, &before);
    before = before == I64_NULL ? 0 : before;
    if (e == OK)
        e = venue_cities(q->db, q->arena, before, limit + 1, &rows);
    return e == OK ? req_reply_page_at(q, &VENUE_CITY, &rows, limit, before) : e;
}

/* GET /venues/{venue_id}. 404. */
static enum err get_venue(struct req *q)
{
    struct venue venue = {0};
    int64_t id = 0;

    enum err e = venues_path(q, &id);
    if (e == OK)
        e = venues_get(q, id, &venue);
    return e == OK ? req_reply(q, 200, &VENUE, &venue) : e;
}

/* PUT /venues/{venue_id}: what the body names. 200 venue; 403 not yours; 404; 422. */
static enum err update_venue(struct req *q)
{
    struct venue_change in;
    struct venue venue = {0};
    int64_t id = 0;

    enum err e = venues_path(q, &id);
    if (e == OK)
        e = venues_changeable(q, id);
    if (e == OK)
        e = req_json(q, &VENUE_CHANGE, &in);
    if (e != OK)
        return e;
    e = venue_update(q->db, q->arena, id, &in, q->now_us, &venue);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Venue not found");
    if (e == OK)
        e = audit_put(q, q->db, "venue.update", "venue %" PRId64, id);
    return e == OK ? req_reply(q, 200, &VENUE, &venue) : e;
}

/* DELETE /venues/{venue_id}: unlisted from then on, its history kept. 403 not yours; 404; 409 a
 * confirmed booking is ahead. The row is changed before bookings are looked for, so that nobody
 * can claim a slot in between; the error takes the change back. */
static enum err delete_venue(struct req *q)
{
    int64_t id = 0;
    bool booked = false;

    enum err e = venues_path(q, &id);
    if (e == OK)
        e = venues_changeable(q, id);
    if (e != OK)
        return e;
    e = venue_delete(q->db, id, q->now_us);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Venue not found");
    if (e == OK)
        e = slot_booked_after(q->db, id, slot_ahead_after(q->now_us), &booked);
    if (e == OK && booked)
        return req_fail(q, ERR_CONFLICT, "Venue has a confirmed booking ahead");
    if (e == OK)
        e = audit_put(q, q->db, "venue.delete", "venue %" PRId64, id);
    return e == OK ? req_reply_message(q, 200, "Venue deleted") : e;
}

/* GET /venues/{venue_id}/stats. 404. */
static enum err get_stats(struct req *q)
{
    struct venue_stats stats = {0};
    int64_t id = 0;

    enum err e = venues_path(q, &id);
    if (e != OK)
        return e;
    e = venue_stats_load(q->db, q->arena, id, &stats);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Venue not found");
    return e == OK ? req_reply(q, 200, &VENUE_STATS, &stats) : e;
}

/* Room for 2,000 dates and times as JSON. */
#define BULK_BODY_MAX (256u * 1024u)

const struct route VENUE_ROUTES[] = {
    {POST, "/venues", WRITE, ACCESS_USER, create_venue, &VENUE_NEW, &VENUE, "Create a venue",
     .status = 201, .id = "createVenue",
     .answers = ANSWERS({403, "Venues are not created by everybody here"})},
    {GET, "/venues", READ, ACCESS_USER, list_venues, NULL, &VENUE_ITEM, "Venues, by city",
     &VENUE_FILTER, .id = "listVenues", .reply = REPLY_PAGE},
    {GET, "/venues/cities", READ, ACCESS_USER, list_cities, NULL, &VENUE_CITY,
     "Cities with active venues, the most first", .id = "listVenueCities", .reply = REPLY_PAGE},
    {GET, "/venues/{venue_id}", READ, ACCESS_USER, get_venue, NULL, &VENUE, "One venue",
     .id = "getVenue"},
    {PUT, "/venues/{venue_id}", WRITE, ACCESS_USER, update_venue, &VENUE_CHANGE, &VENUE,
     "Change a venue", .id = "updateVenue", .answers = ANSWERS({403, "Another's venue"})},
    {DELETE, "/venues/{venue_id}", WRITE, ACCESS_USER, delete_venue, NULL, NULL, "Delete a venue",
     .id = "deleteVenue", .reply = REPLY_MESSAGE,
     .answers = ANSWERS({403, "Another's venue"}, {409, "A confirmed booking is ahead"})},
    {GET, "/venues/{venue_id}/stats", READ, ACCESS_USER, get_stats, NULL, &VENUE_STATS,
     "Slots, ratings and price of a venue", .id = "getVenueStats"},

    {POST, "/venues/timeslots", WRITE, ACCESS_USER, slots_create, &SLOT_NEW, &SLOT,
     "Create a time slot", .status = 201, .id = "createTimeSlot",
     .answers =
         ANSWERS({400, "The request is malformed, or the time is past where that is refused"},
                 {403, "Another's venue"}, {404, "No such venue"}, {409, "There is such a slot"})},
    {POST, "/venues/timeslots/bulk", WRITE, ACCESS_USER, slots_create_bulk, &SLOTS_BULK, &SLOT,
     "Create a slot for each date and time", .status = 201, .body_max = BULK_BODY_MAX,
     .id = "createTimeSlots", .reply = REPLY_LIST,
     .answers = ANSWERS({400, "The request is malformed, or a time is past where that is refused"},
                        {403, "Another's venue"}, {404, "No such venue"})},
    {GET, "/venues/{venue_id}/timeslots", READ, ACCESS_USER, slots_list, NULL, &SLOT,
     "Slots of a venue, by date and time", &SLOT_FILTER, .id = "listTimeSlots",
     .reply = REPLY_PAGE},
    {DELETE, "/venues/timeslots/{slot_id}", WRITE, ACCESS_USER, slots_delete, NULL, NULL,
     "Delete a time slot", .id = "deleteTimeSlot", .reply = REPLY_MESSAGE,
     .answers = ANSWERS({403, "Another's venue"}, {409, "A booking is ahead"})},
    {PUT, "/venues/timeslots/{slot_id}/mark-unavailable", WRITE, ACCESS_USER,
     slots_mark_unavailable, NULL, &SLOT, "Take a slot out of the offer",
     .id = "markTimeSlotUnavailable",
     .answers = ANSWERS({403, "Another's venue"}, {409, "A booking is ahead"})},
    {PUT, "/venues/timeslots/{slot_id}/mark-available", WRITE, ACCESS_USER, slots_mark_available,
     NULL, &SLOT, "Offer a slot again", .id = "markTimeSlotAvailable",
     .answers = ANSWERS({403, "Another's venue"}, {409, "It is or was booked"})},

    {POST, "/venues/reviews", WRITE, ACCESS_USER, reviews_create, &REVIEW_NEW, &REVIEW,
     "Review a venue; a second review replaces the first", .status = 201, .id = "reviewVenue",
     .answers = ANSWERS({200, "In place of an earlier one"}, {404, "No such venue"})},
    {GET, "/venues/{venue_id}/reviews", READ, ACCESS_USER, reviews_list, NULL, &REVIEW,
     "Reviews of a venue, newest first", .id = "listReviews", .reply = REPLY_PAGE},
    {DELETE, "/venues/reviews/{review_id}", WRITE, ACCESS_USER, reviews_delete, NULL, NULL,
     "Delete a review", .id = "deleteReview", .reply = REPLY_MESSAGE,
     .answers = ANSWERS({403, "Another's review"})},
    {0},
};
