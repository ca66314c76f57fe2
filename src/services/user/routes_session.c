/* Ending sessions: signing out, and changing the password, which ends all others (contract §5). */
#include "services/user/routes.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/auth/password.h"
#include "platform/auth/revocation.h"
#include "platform/clock.h"
#include "services/user/store.h"

/* No token issued until now lives longer than this one or one issued now. */
static int64_t last_expiry(const struct req *q, int64_t now_us)
{
    int64_t fresh = now_us + q->app->config->token_ttl_s * US_PER_SECOND;
    return fresh > q->caller.expires_us ? fresh : q->caller.expires_us;
}

/* POST /auth/logout: this token no longer counts; with {"all": true} none of the account's. 200
 * message. */
enum err auth_logout(struct req *q)
{
    struct logout in;

    enum err e = req_json(q, &LOGOUT, &in);
    if (e != OK)
        return e;
    bool all = in.all == 1;
    int64_t now_us = clock_now_us();
    struct revocation entry = {
        .number = q->caller.number,
        .jti = q->caller.jti,
        .all = all,
        .at_us = now_us,
        .expires_us = all ? last_expiry(q, now_us) : q->caller.expires_us,
    };
    e = revocation_add(q->db, q->arena, q->app->revocations, &entry);
    return e != OK ? e : req_reply_message(q, 200, all ? "Signed out everywhere" : "Signed out");
}

struct change_work {
    struct req *q;
    struct str old_hash;
    struct str new_hash;
};

static enum err change_in(struct db *db, void *arg)
{
    const struct change_work *w = arg;
    struct req *q = w->q;
    int64_t now_us =
        clock_now_us(); /* not the request's: a login since then knew the old password */
    struct revocation others = {
        .number = q->caller.number,
        .jti = q->caller.jti,
        .all = true,
        .spare_jti = true,
        .at_us = now_us,
        .expires_us = last_expiry(q, now_us),
    };

    enum err e = user_set_password(db, q->caller.number, w->old_hash, w->new_hash, now_us);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, ERR_CONFLICT, "The password was changed by another request just now");
    return e != OK ? e : revocation_add(db, q->arena, q->app->revocations, &others);
}

static enum err check_change(struct req *q, const struct password_change *in,
                             const struct credentials *c)
{
    enum err e = users_check_password(q, c->email, in->current_password, c->password_hash);
    if (e == ERR_UNAUTHORIZED)
        return req_fail(q, e, "Wrong password");
    if (e != OK)
        return e;
    if (str_eq_secret(in->current_password, in->new_password))
        return req_fail_field(q, "new_password", "must differ from the current password");
    return users_check_new_password(q, "new_password", in->new_password, c->email);
}

/* POST /auth/change-password: 200 message, and every other token of the account is revoked; 401
 * wrong current password; 409 changed by another request; 422 a new password that is not good
 * enough; 429 too many failures. */
enum err auth_change_password(struct req *q)
{
    struct password_change in;
    struct credentials c;
    struct change_work w = {.q = q};

    enum err e = req_json(q, &PASSWORD_CHANGE, &in);
    if (e == OK)
        e = user_credentials_of(q->db, q->arena, q->caller.number, &c);
    if (e == ERR_NOT_FOUND)
        return ERR_UNAUTHORIZED;
    if (e == OK)
        e = check_change(q, &in, &c);
    if (e == OK)
        e = password_hash(in.new_password, q->arena, &w.new_hash);
    if (e != OK)
        return e;

    w.old_hash = c.password_hash;
    e = req_transaction(q, change_in, &w);
    return e != OK ? e : req_reply_message(q, 200, "Password changed");
}
