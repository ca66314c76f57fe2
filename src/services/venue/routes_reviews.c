/* Handlers of reviews (reference 4.12–4.14). */
#include "services/venue/routes.h"

#include "platform/audit/audit.h"
#include "platform/outbox/outbox.h"
#include "services/user/user.h"
#include "services/venue/rules.h"
#include "services/venue/store.h"

#include <inttypes.h>

static enum err tell_reviewed(struct req *q, const struct review *r)
{
    struct str json = arena_printf(q->arena,
                                   "{\"venue_id\":%" PRId64 ",\"review_id\":%" PRId64
                                   ",\"person\":%" PRId64 ",\"rating\":%" PRId64 "}",
                                   r->venue_id, r->id, r->person, r->rating);
    return outbox_put(q->db, "venue.reviewed", r->venue_id, json, q->now_us);
}

/* POST /venues/reviews/: one a person and venue. 201 a new review, 200 in place of an earlier one;
 * 403 another's user_id; 404 no such venue; 422 rating not 1–5. */
enum err reviews_create(struct req *q)
{
    struct review_new in;
    struct review review = {0};
    int64_t shown = 0;
    bool replaced = false;

    enum err e = req_json(q, &REVIEW_NEW, &in);
    if (e == OK)
        e = user_acting(q, &in.user_id, &shown);
    if (e != OK)
        return e;
    const struct review wanted = {
        .venue_id = in.venue_id,
        .person = q->caller.number,
        .user_id = shown,
        .rating = in.rating,
        .comment = in.comment,
        .created_at = q->now_us,
    };
    e = review_put(q->db, q->arena, &wanted, &review, &replaced);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Venue not found");
    if (e == OK)
        e = tell_reviewed(q, &review);
    return e == OK ? req_reply(q, replaced ? 200 : 201, &REVIEW, &review) : e;
}

/* GET /venues/{venue_id}/reviews: newest first, in pages. 404. */
enum err reviews_list(struct req *q)
{
    struct venue venue = {0};
    struct rows rows = {0};
    int64_t id = 0;
    int64_t limit = 0;
    int64_t cursor = 0;

    enum err e = venues_path(q, &id);
    if (e == OK)
        e = req_page(q, &limit, &cursor);
    if (e == OK)
        e = venues_get(q, id, &venue);
    if (e != OK)
        return e;
    int64_t below = cursor == I64_NULL ? INT64_MAX : cursor;
    e = review_list(q->db, q->arena, id, below, limit + 1, &rows);
    return e == OK ? req_reply_page(q, &REVIEW, &rows, limit, "id") : e;
}

/* DELETE /venues/reviews/{review_id}: by its author or an admin. 403; 404. */
enum err reviews_delete(struct req *q)
{
    struct review review = {0};
    int64_t id = 0;

    enum err e = req_path_i64(q, "review_id", &id);
    if (e == OK)
        e = review_load(q->db, q->arena, id, &review);
    if (e == OK) {
        struct verdict v =
            review_may_delete(review.person, q->caller.number, q->caller.role == ROLE_ADMIN);
        if (v.err != OK)
            return req_fail_verdict(q, v);
        e = review_delete(q->db, &review);
    }
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Review not found");
    if (e == OK)
        e = audit_put(q, q->db, "review.delete", "review %" PRId64, id);
    return e == OK ? req_reply_message(q, 200, "Review deleted") : e;
}
