/* Signing in and asking what a token is worth (reference 1.2, 1.3). Passwords are hashed
 * and compared on the compute pool, never inside a transaction. */
#include "services/user/routes.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/auth/password.h"
#include "platform/clock.h"
#include "services/user/store.h"

#include <string.h>

enum err users_reply_session(struct req *q, int status, const struct credentials *c)
{
    struct identity who = {
        .number = c->number,
        .issued_us = q->now_us,
        .expires_us = q->now_us + q->app->config->token_ttl_s * US_PER_SECOND,
    };
    uint8_t random[UUID_RANDOM_BYTES];

    if (!uuid_parse(c->id, &who.id) || !role_parse(c->role, &who.role) ||
        c->email.len > TOKEN_EMAIL_MAX)
        return ERR_INTERNAL;
    random_fill(random, sizeof random);
    who.jti = uuid_v4(random);

    struct session s = {
        .access_token = token_issue(q->app->keys, &who, c->email, q->arena),
        .token_type = STR("bearer"),
        .user_id = c->id,
        .email = c->email,
        .user_number = c->number,
        .registration_status = c->registration_status,
    };
    return req_reply(q, status, &SESSION, &s);
}

struct rehash_work {
    struct req *q;
    const struct credentials *account;
    struct str hash;
};

static enum err rehash_in(struct db *db, void *arg)
{
    const struct rehash_work *w = arg;
    return user_set_password(db, w->account->number, w->account->password_hash, w->hash,
                             w->q->now_us);
}

/* Costs were raised since this hash was made. Signing in does not depend on it: the next one tries
 * again. */
static void rehash(struct req *q, const struct credentials *c, struct str password)
{
    struct rehash_work w = {.q = q, .account = c};

    if (password_needs_rehash(c->password_hash) && password_hash(password, q->arena, &w.hash) == OK)
        (void)req_transaction(q, rehash_in, &w);
}

#define COMPARISONS_MAX 3

/* Comparing takes long enough for the password to be changed meanwhile, which revokes the tokens
 * issued until then: what was compared with must be what stands afterwards. A parallel sign-in that
 * hashes anew also changes it, so it is compared again. */
static enum err compare_password(struct req *q, const struct login *in, struct credentials *c)
{
    for (int i = 0; i < COMPARISONS_MAX; i++) {
        struct str compared = c->password_hash;

        enum err e = users_check_password(q, in->email, in->password, compared);
        if (e == OK)
            e = user_credentials_of(q->db, q->arena, c->number, c);
        if (e == ERR_NOT_FOUND)
            return ERR_UNAUTHORIZED;
        if (e != OK || str_eq(c->password_hash, compared))
            return e;
    }
    return ERR_UNAUTHORIZED;
}

/* POST /auth/login: 200 token; 401 wrong e-mail or password, after the same time; 429 too many
 * failures. */
enum err auth_login(struct req *q)
{
    struct login in;
    struct credentials c = {0};

    enum err e = req_json(q, &LOGIN, &in);
    if (e != OK)
        return e;
    in.email = email_lower(q->arena, in.email);
    e = user_credentials_by_email(q->db, q->arena, in.email, &c);
    if (e != OK && e != ERR_NOT_FOUND)
        return e;

    e = compare_password(q, &in, &c);
    if (e == ERR_UNAUTHORIZED)
        return req_fail(q, e, "Wrong e-mail or password");
    if (e != OK)
        return e;
    rehash(q, &c, in.password);
    return users_reply_session(q, 200, &c);
}

/* POST /auth/verify-token: whose token this is, with the e-mail as it is now. 401 the account is
 * gone. */
enum err auth_verify_token(struct req *q)
{
    struct credentials c;

    enum err e = user_credentials_of(q->db, q->arena, q->caller.number, &c);
    if (e == ERR_NOT_FOUND || (e == OK && !str_eq(c.id, uuid_str(&q->caller.id))))
        return ERR_UNAUTHORIZED;
    if (e != OK)
        return e;
    struct token_check out = {
        .user_id = c.id,
        .email = c.email,
        .token_valid = 1,
        .user_number = c.number,
    };
    return req_reply(q, 200, &TOKEN_CHECK, &out);
}
