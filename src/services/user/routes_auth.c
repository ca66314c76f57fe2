/* Signing up, signing in and asking what a token is worth (reference 1.1–1.3). Passwords are hashed
 * and compared on the compute pool, never inside a transaction. */
#include "services/user/routes.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/auth/password.h"
#include "platform/clock.h"
#include "platform/limit/limit.h"
#include "platform/outbox/outbox.h"
#include "services/user/store.h"

#include <inttypes.h>
#include <string.h>

/* A fresh token for this account, in the reference's reply. */
static enum err reply_session(struct req *q, int status, const struct credentials *c)
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
    };
    return req_reply(q, status, &SESSION, &s);
}

struct signup_work {
    struct req *q;
    struct user_new account;
    struct credentials made;
};

static enum err signup_in(struct db *db, void *arg)
{
    struct signup_work *w = arg;
    struct arena *a = w->q->arena;

    enum err e = user_create(db, a, &w->account, w->q->now_us, &w->made);
    if (e != OK)
        return e;
    return outbox_put(db, "user.created", w->made.number,
                      arena_printf(a, "{\"user_number\":%" PRId64 "}", w->made.number),
                      w->q->now_us);
}

static enum err check_signup(struct req *q, struct signup *in)
{
    const struct limit_rule rule = {"signups_per_hour", q->app->config->signups_per_hour,
                                    US_PER_HOUR};
    int64_t wait_s = 1;

    in->email = email_lower(q->arena, in->email);
    const char *problem = dob_problem(in->dob, date_of_us(q->now_us));
    enum err e = OK;
    if (problem != NULL)
        e = req_fail_field(q, "dob", "%s", problem);
    enum err weak = users_check_new_password(q, "password", in->password, in->email);
    if (e != OK || weak != OK)
        return e != OK ? e : weak;
    if (!limit_hit(q->app->limiter, &rule, q->address, q->now_us, &wait_s))
        return req_fail_retry(q, ERR_TOO_MANY, wait_s,
                              "Too many sign-ups from here; try again later");
    return OK;
}

/* POST /auth/signup: a new account. 201 token; 409 the e-mail has an account; 422 bad field; 429
 * too many from here. */
enum err auth_signup(struct req *q)
{
    struct signup in;
    struct signup_work w = {.q = q};

    enum err e = req_json(q, &SIGNUP, &in);
    if (e == OK)
        e = check_signup(q, &in);
    if (e != OK)
        return e;

    w.account = (struct user_new){.name = in.name,
                                  .email = in.email,
                                  .phone = in.phone,
                                  .gender = in.gender,
                                  .dob = in.dob,
                                  .bio = in.bio,
                                  .role = ROLE_USER};
    random_fill(w.account.random, sizeof w.account.random);
    e = password_hash(in.password, q->arena, &w.account.password_hash);
    if (e == OK)
        e = req_transaction(q, signup_in, &w);
    if (e == ERR_CONFLICT)
        return req_fail(q, e, "An account with this e-mail already exists");
    return e != OK ? e : reply_session(q, 201, &w.made);
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
    return reply_session(q, 200, &c);
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
