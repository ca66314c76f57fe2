/* What somebody looks for (reference 2.1–2.3): saving it is opting in. Handlers only. */
#include "services/matching/routes.h"

#include "platform/audit/audit.h"
#include "services/matching/people.h"
#include "services/user/user.h"

#include "base/utf8.h"

#include <inttypes.h>

#define NOT_FOUND_TEXT "Matching preferences not found"

static struct str given(struct str value, struct str otherwise)
{
    return str_present(value) ? value : otherwise;
}

static int64_t given_i64(int64_t value, int64_t otherwise)
{
    return value != I64_NULL ? value : otherwise;
}

/* The rules between fields. */
static enum err check_wanted(struct req *q, const struct seeker *s)
{
    if (s->age_min > s->age_max)
        return req_fail_field(q, "age_min", "must not be above age_max");
    if (str_eq(utf8_fold(q->arena, s->gender), STR("any")))
        return req_fail_field(q, "gender", "cannot be \"any\"; that is only something to seek");
    return OK;
}

/* Save, with what matching takes from the account; who is free again is looked at by the sweep. */
static enum err save(struct req *q, const struct account *account, struct seeker *wanted,
                     struct seeker *ret, bool *ret_new)
{
    struct tx tx = req_tx(q);

    enum err e = check_wanted(q, wanted);
    if (e != OK)
        return e;
    if (account->dob == I64_NULL)
        return req_fail(q, ERR_CONFLICT, "Your account has no date of birth");
    wanted->person = q->caller.number;
    wanted->dob = account->dob;
    return person_save(&tx, wanted, account->city, ret, ret_new);
}

/* POST /matches/preferences: opt in, or replace what one looks for. 201 new, 200 replaced; 403 not
 * your user_id; 422 bad field. */
enum err match_preferences_save(struct req *q)
{
    struct preferences_in in;
    struct seeker saved;
    struct account account;
    int64_t shown;
    bool is_new = false;

    enum err e = req_json(q, &PREFERENCES_NEW, &in);
    if (e == OK)
        e = user_acting(q, &in.user_id, &shown);
    if (e == OK)
        e = user_get_held(q->db, q->arena, q->caller.number, &account);
    if (e != OK)
        return e;
    struct seeker wanted = {
        .user_id = shown,
        .gender = in.gender,
        .seeking_gender = in.seeking_gender,
        .age_min = in.age_min,
        .age_max = in.age_max,
        .interests = in.interests,
        .bio = in.bio,
    };
    e = save(q, &account, &wanted, &saved, &is_new);
    return e == OK ? req_reply(q, is_new ? 201 : 200, &SEEKER, &saved) : e;
}

/* GET /matches/preferences/{user_id}: one's own, and anybody's for admins. 403 not yours; 404 not
 * opted in. */
enum err match_preferences_read(struct req *q)
{
    struct tx tx = req_tx(q);
    struct seeker s;
    int64_t person;

    enum err e = user_readable_path(q, &person);
    if (e != OK)
        return e;
    if (person != q->caller.number)
        audit_read(q, "match.preferences.read", "user %" PRId64, person);
    e = seeker_get(&tx, person, &s);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, NOT_FOUND_TEXT);
    return e == OK ? req_reply(q, 200, &SEEKER, &s) : e;
}

/* What stands, with what the body gives in its place. */
static void change(struct seeker *s, const struct preferences_in *in)
{
    s->gender = given(in->gender, s->gender);
    s->seeking_gender = given(in->seeking_gender, s->seeking_gender);
    s->age_min = given_i64(in->age_min, s->age_min);
    s->age_max = given_i64(in->age_max, s->age_max);
    s->interests = given(in->interests, s->interests);
    s->bio = given(in->bio, s->bio);
}

/* PUT /matches/preferences/{user_id}: change any part of one's own. 200; 403 not yours; 404 not
 * opted in; 422. */
enum err match_preferences_change(struct req *q)
{
    struct tx tx = req_tx(q);
    struct preferences_in in;
    struct seeker s, saved;
    struct account account;
    int64_t shown, body_shown;
    bool is_new;

    enum err e = user_acting_path(q, &shown);
    if (e == OK)
        e = req_json(q, &PREFERENCES_CHANGE, &in);
    if (e == OK)
        e = user_acting(q, &in.user_id, &body_shown);
    if (e == OK)
        e = user_get_held(q->db, q->arena, q->caller.number, &account);
    if (e != OK)
        return e;
    e = seeker_lock(&tx, q->caller.number, &s);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, NOT_FOUND_TEXT);
    if (e != OK)
        return e;
    change(&s, &in);
    e = save(q, &account, &s, &saved, &is_new);
    return e == OK ? req_reply(q, 200, &SEEKER, &saved) : e;
}
