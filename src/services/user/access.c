/* Who may do what with whose account, for the user service's handlers; and the one place where
 * passwords are tried. */
#include "services/user/routes.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/auth/password.h"
#include "platform/http/trusted.h"
#include "platform/limit/limit.h"
#include "services/matching/matching.h"

#define LOGIN_WINDOW_US (15 * US_PER_MINUTE)

enum err users_view(struct req *q, int64_t number, enum view *ret)
{
    struct match m;

    if (number == q->caller.number || q->caller.role == ROLE_ADMIN) {
        *ret = VIEW_ALL;
        return OK;
    }
    enum err e = match_live_between(q->db, q->arena, q->caller.number, number, &m);
    if (e != OK && e != ERR_NOT_FOUND)
        return e;
    *ret = profile_view(e == OK ? m.status : STR_NULL);
    return OK;
}

static enum err locked_out(struct req *q, int64_t wait_s)
{
    return req_fail_retry(q, ERR_TOO_MANY, wait_s, "Too many failed attempts; try again later");
}

enum err users_check_password(struct req *q, struct str email, struct str password, struct str hash)
{
    const struct limit_rule rule = {"login_failures", q->app->config->login_failures,
                                    LOGIN_WINDOW_US, .personal = true};
    struct str network = trusted_network(q->arena, q->address);
    struct str key = arena_printf(q->arena, "%.*s %.*s", STR_ARG(email), STR_ARG(network));
    int64_t wait_s = 1;

    if (!limit_check(q->app->limiter, &rule, key, q->now_us, &wait_s))
        return locked_out(q, wait_s);
    bool good = password_verify(password, hash);
    /* Guesses that ran beside this one may have used the rest up: then neither is told. */
    bool told = good ? limit_check(q->app->limiter, &rule, key, q->now_us, &wait_s)
                     : limit_hit(q->app->limiter, &rule, key, q->now_us, &wait_s);
    if (!told)
        return locked_out(q, wait_s);
    if (good)
        limit_clear(q->app->limiter, &rule, key);
    return good ? OK : ERR_UNAUTHORIZED;
}

enum err users_check_new_password(struct req *q, const char *field, struct str password,
                                  struct str email)
{
    const char *problem = password_weakness(password, email);
    return problem != NULL ? req_fail_field(q, field, "%s", problem) : OK;
}
