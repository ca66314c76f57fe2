/* Profiles: read by those who may, changed by their owner (reference 1.4, 1.5; contract §4). */
#include "services/user/routes.h"

#include "base/datetime.h"
#include "base/utf8.h"
#include "platform/app.h"
#include "platform/audit/audit.h"
#include "services/faceauth/faceauth.h"
#include "services/matching/matching.h"
#include "services/user/store.h"
#include "services/user/user.h"

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
    struct user_ref ref = {0};
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

/* ── Changing it ── */

struct update_work {
    struct req *q;
    struct profile_change in; /* only what changes */
    struct user_profile out;
};

static enum err check_photo(struct req *q, struct db *db, const struct profile_change *in)
{
    struct photo_file file;
    struct photo photo = {0};
    const struct tx tx = {q->app, db, q->arena, q->now_us};

    if (!str_present(in->profile_photo))
        return OK;
    enum err e = user_hold(db, q->caller.number); /* or it could be deleted meanwhile */
    if (e != OK)
        return e;
    e = ERR_NOT_FOUND;
    if (photo_url_parse(in->profile_photo, &file))
        e = photo_get(db, q->arena, str_of(file.name), &photo);
    if (e == ERR_NOT_FOUND || (e == OK && photo.owner != q->caller.number))
        return req_fail_field(q, "profile_photo", "is not one of your photos");
    return e == OK ? faceauth_photo_added(&tx, photo.owner, photo.id, photo.name) : e;
}

static enum err update_in(struct db *db, void *arg)
{
    struct update_work *w = arg;
    struct req *q = w->q;
    struct tx tx = {q->app, db, q->arena, q->now_us};

    enum err e = user_path_claim(q, db);
    if (e == OK)
        e = check_photo(q, db, &w->in);
    if (e != OK)
        return e;
    e = user_profile_update(db, q->arena, q->caller.number, &w->in, q->now_us, &w->out);
    if (e == ERR_CONFLICT)
        return req_fail(q, e, "An account with this e-mail already exists");
    if (e == ERR_NOT_FOUND)
        return req_fail(q, ERR_CONFLICT, "Gender and date of birth stay once you are verified");
    if (e != OK || w->in.dob == I64_NULL)
        return e;
    return matching_dob_changed(&tx, q->caller.number, w->in.dob);
}

/* A new e-mail signs in from then on, so it takes the password. */
static enum err check_email(struct req *q, const struct profile_change *in,
                            const struct credentials *now)
{
    if (!str_present(in->email))
        return OK;
    if (!str_present(in->password))
        return req_fail_field(q, "password", "is required to change the e-mail");
    enum err e = users_check_password(q, now->email, in->password, now->password_hash);
    return e == ERR_UNAUTHORIZED ? req_fail(q, e, "Wrong password") : e;
}

/* "FEMALE" is what stands as "female". */
static bool same_word(struct arena *a, struct str x, struct str y)
{
    return str_present(x) && str_present(y) && str_eq(utf8_fold(a, x), utf8_fold(a, y));
}

/* Leave out what stands already: sending it again takes no password and is no change of what a
 * verified account may not change. */
static void drop_unchanged(struct arena *a, struct profile_change *in,
                           const struct credentials *now)
{
    struct photo_file file;

    if (str_present(in->email))
        in->email = email_lower(a, in->email);
    if (str_eq(in->email, now->email))
        in->email = STR_NULL;
    if (str_eq(in->gender, now->gender) ||
        (now->verified == 1 && same_word(a, in->gender, now->gender)))
        in->gender = STR_NULL;
    if (in->dob == now->dob)
        in->dob = I64_NULL;
    if (str_present(in->profile_photo) && photo_url_parse(in->profile_photo, &file))
        in->profile_photo = arena_printf(a, PHOTO_URL_PREFIX "%s", file.name);
}

static enum err read_change(struct req *q, struct profile_change *in)
{
    struct credentials now;

    enum err e = req_json(q, &PROFILE_CHANGE, in);
    if (e == OK)
        e = user_credentials_of(q->db, q->arena, q->caller.number, &now);
    if (e == ERR_NOT_FOUND)
        return ERR_UNAUTHORIZED;
    if (e != OK)
        return e;
    drop_unchanged(q->arena, in, &now);
    const char *problem = in->dob != I64_NULL ? dob_problem(in->dob, date_of_us(q->now_us)) : NULL;
    return problem != NULL ? req_fail_field(q, "dob", "%s", problem) : check_email(q, in, &now);
}

/* PUT /users/{user_id}: change one's own profile; absent, null and empty fields stay. COMPUTE,
 * because a new e-mail takes the password. 200 profile; 401 wrong password; 403 another's; 404; 409
 * e-mail taken, or verified; 422 a field is wrong, or none that can be changed. */
enum err users_update(struct req *q)
{
    struct update_work w = {.q = q};

    enum err e = user_path_check(q);
    if (e == OK)
        e = read_change(q, &w.in);
    if (e == OK)
        e = req_transaction(q, update_in, &w);
    return e != OK ? e : req_reply(q, 200, &PROFILE, &w.out);
}
