/* Signing up (reference 1.1): at once with JSON, or with a form that shows a document. Passwords
 * are hashed and pictures worked on outside the transaction. */
#include "services/user/routes.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/auth/password.h"
#include "platform/clock.h"
#include "platform/http/trusted.h"
#include "platform/image/req_image.h"
#include "platform/limit/limit.h"
#include "platform/outbox/outbox.h"
#include "services/faceauth/faceauth.h"
#include "services/user/registrations.h"
#include "services/user/store.h"

#include <inttypes.h>

#define DOCUMENT_SIDE 1600
#define DOCUMENT_QUALITY 88

struct signup_work {
    struct req *q;
    struct user_new account;
    struct credentials made;
    bool documents; /* a form: the account waits for a reviewer */
    struct str pictures[2];
    struct faceauth_marks marks[2];
};

static enum err signup_in(struct db *db, void *arg)
{
    struct signup_work *w = arg;
    struct arena *a = w->q->arena;

    const struct tx tx = {w->q->app, db, a, w->q->now_us};

    enum err e = user_create(db, a, &w->account, w->q->now_us, &w->made);
    if (e == OK && w->documents)
        e = registration_create(&tx, w->made.number, w->pictures);
    if (e == OK && w->documents)
        w->made.registration_status = STR("pending");
    for (int i = 0; e == OK && w->documents && i < 2; i++)
        e = faceauth_picture_kept(&tx, w->made.number, I64_NULL, &w->marks[i]);
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
    struct str network = trusted_network(q->arena, q->address);
    if (!limit_hit(q->app->limiter, &rule, network, q->now_us, &wait_s))
        return req_fail_retry(q, ERR_TOO_MANY, wait_s,
                              "Too many sign-ups from here; try again later");
    return OK;
}

/* A picture as it will be kept: upright, without metadata, no larger than a reviewer needs. */
static enum err read_picture(struct signup_work *w, int i)
{
    const struct image_limits limits = {.min_side = IMAGE_MIN_SIDE, .max_side = DOCUMENT_SIDE};
    struct image img, small;

    enum err e = req_image(w->q, DOCUMENT_NAMES[i], &limits, &img);
    if (e != OK)
        return e;
    e = image_shrink(&img, DOCUMENT_SIDE, &small);
    image_free(&img);
    if (e != OK)
        return e;
    e = image_encode_jpeg(&small, DOCUMENT_QUALITY, w->q->arena, &w->pictures[i]);
    if (e == OK)
        e = faceauth_marks(w->q->app, &small, &w->marks[i]);
    image_free(&small);
    return e;
}

static enum err read_signup(struct req *q, struct signup_work *w, struct signup *in)
{
    w->documents = q->form != NULL;
    enum err e = w->documents ? req_form(q, &SIGNUP, in) : req_json(q, &SIGNUP, in);
    if (e == OK)
        e = check_signup(q, in);
    for (int i = 0; e == OK && w->documents && i < 2; i++)
        e = read_picture(w, i);
    return e;
}

/* POST /auth/signup: a new account, from JSON, or from a form with the same fields and the files
 * "id_document" and "selfie", which then waits for a reviewer. 201 token; 409 the e-mail has an
 * account; 413, 415 a file; 422 bad field; 429 too many from here. */
enum err auth_signup(struct req *q)
{
    struct signup in;
    struct signup_work w = {.q = q};

    enum err e = read_signup(q, &w, &in);
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
    return e != OK ? e : users_reply_session(q, 201, &w.made);
}
