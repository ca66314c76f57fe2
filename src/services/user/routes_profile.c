/* Profiles: read by those who may, changed by their owner (reference 1.4, 1.5; contract §4). */
#include "services/user/routes.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/audit/audit.h"
#include "services/matching/matching.h"
#include "services/user/store.h"

#include <inttypes.h>

/* The paths of someone's photos, oldest first. */
static enum err photo_urls(struct req *q, int64_t owner, struct texts *ret)
{
    struct rows rows;

    enum err e = photo_list(q->db, q->arena, owner, I64_NULL, REQ_PAGE_MAX, &rows);
    if (e != OK)
        return e;
    const struct photo *photos = rows.items;
    struct str *urls = ARENA_ARRAY(q->arena, rows.n + 1, struct str);
    for (size_t i = 0; i < rows.n; i++)
        urls[i] = arena_printf(q->arena, PHOTO_URL_PREFIX "%.*s", STR_ARG(photos[i].name));
    *ret = (struct texts){urls, rows.n};
    return OK;
}

/* What a match's other side sees: contract §4. */
static enum err reply_partner(struct req *q, const struct user_profile *p, enum view view)
{
    struct partner_profile out = {
        .id = p->id,
        .user_number = p->user_number,
        .name = p->name,
        .age = p->dob == I64_NULL ? I64_NULL : age_on(p->dob, date_of_us(q->now_us)),
        .bio = p->bio,
        .verified = p->verified,
    };

    if (view == VIEW_MATCHED) {
        enum err e = photo_urls(q, p->user_number, &out.photos);
        if (e != OK)
            return e;
    }
    return req_reply(q, 200, &PARTNER_PROFILE, &out);
}

/* GET /users/{user_id}: all of it for its owner and admins, the limited view for a match's other
 * side. 403 anyone else, or a number nobody has; 404 no such UUID. */
enum err users_get(struct req *q)
{
    struct user_ref ref;
    struct user_profile p;
    enum view view;

    enum err e = req_path_user(q, "user_id", &ref);
    if (e == OK)
        e = user_profile_find(q->db, q->arena, &ref, &p);
    if (e == ERR_NOT_FOUND && ref.kind == USER_REF_NUMBER)
        return req_fail(q, ERR_FORBIDDEN, "You may not see this profile");
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "User not found");
    if (e == OK)
        e = users_view(q, p.user_number, &view);
    if (e != OK)
        return e;

    if (view == VIEW_NONE)
        return req_fail(q, ERR_FORBIDDEN, "You may not see this profile");
    if (view != VIEW_ALL)
        return reply_partner(q, &p, view);
    if (p.user_number != q->caller.number)
        audit_read(q, "user.read", "user %" PRId64, p.user_number);
    return req_reply(q, 200, &PROFILE, &p);
}
