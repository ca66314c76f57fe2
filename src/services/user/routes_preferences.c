/* What an account looks for (reference 1.8, 1.9): its own set beside matching's, which only follows
 * its city. */
#include "services/user/routes.h"

#include "platform/audit/audit.h"
#include "services/matching/matching.h"
#include "services/user/store.h"
#include "services/user/user.h"

#include <inttypes.h>

/* GET /users/{user_id}/preferences: the owner's, for the owner and admins; nulls before the first
 * PUT. 403; 404. */
enum err preferences_get(struct req *q)
{
    struct preferences p;
    int64_t number;

    enum err e = user_readable_path(q, &number);
    if (e == OK)
        e = user_preferences(q->db, q->arena, number, &p);
    if (e != OK)
        return e;
    if (number != q->caller.number)
        audit_read(q, "user.preferences.read", "user %" PRId64, number);
    return req_reply(q, 200, &PREFERENCES, &p);
}

static enum err put(struct req *q, const struct preferences *in, struct preferences *ret)
{
    /* The account first, as by whoever copies the city. */
    enum err e = user_hold(q->db, q->caller.number);
    if (e == OK)
        e = user_preferences_put(q->db, q->arena, q->caller.number, in, q->now_us, ret);
    if (e == ERR_CONFLICT)
        return req_fail_field(q, "age_min", "must not be above age_max");
    if (e != OK || !str_present(in->location_preference))
        return e;
    struct tx tx = req_tx(q);
    return matching_city_changed(&tx, q->caller.number, ret->location_preference);
}

/* PUT /users/{user_id}/preferences: absent and null fields stay, empty texts clear. 200 what
 * stands; 403; 404; 422. */
enum err preferences_put(struct req *q)
{
    struct preferences in;
    struct preferences out;
    int64_t shown;

    enum err e = user_acting_path(q, &shown);
    if (e == OK)
        e = req_json(q, &PREFERENCES, &in);
    if (e == OK)
        e = user_acting(q, &in.user_id, &shown);
    if (e == OK) {
        in.interests.n = interests_tidy(q->arena, in.interests.v, in.interests.n);
        e = put(q, &in, &out);
    }
    return e != OK ? e : req_reply(q, 200, &PREFERENCES, &out);
}
