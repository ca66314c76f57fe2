/* POST /faceauth/verify (reference 5.1; contract §8): images are decoded, compared and forgotten;
 * the attempt is kept, and marks by which an image is known again. */
#include "services/faceauth/routes.h"

#include "platform/app.h"
#include "platform/clock.h"
#include "platform/http/form.h"
#include "platform/image/req_image.h"
#include "platform/limit/limit.h"
#include "services/faceauth/faceauth.h"
#include "services/faceauth/faces.h"
#include "services/faceauth/judge.h"
#include "services/faceauth/marks.h"
#include "services/faceauth/rules.h"
#include "services/faceauth/store.h"
#include "services/user/user.h"

#include <math.h>

#define IMAGES_MAX CHALLENGE_STEPS

struct check {
    struct req *q;
    struct shots shots;
    struct face_challenge challenge; /* with more than one image */
    struct face_outcome outcome;
    struct face_attempt attempt;
    struct str id;
};

/* ── What came ── */

static void forget_shots(struct check *c)
{
    for (size_t i = 0; i < c->shots.n; i++)
        image_free(&c->shots.v[i].image);
    c->shots.n = 0;
}

/* All parts "image", in their order. */
static enum err read_shots(struct check *c)
{
    const struct image_limits limits = {.max_side = FACE_SIDE};
    struct req *q = c->q;
    const struct form_part *p = form_get(q->form, "image");
    enum err e = OK;

    c->shots.v = ARENA_ARRAY(q->arena, IMAGES_MAX, struct shot);
    if (p == NULL)
        return req_image(q, "image", &limits, &c->shots.v[0].image); /* says what is missing */
    for (; e == OK && p != NULL; p = form_after(p)) {
        if (c->shots.n == IMAGES_MAX)
            return req_fail_field(q, "image", "may come %d times at most", IMAGES_MAX);
        e = req_image_part(q, p, &limits, &c->shots.v[c->shots.n].image);
        c->shots.n += e == OK;
    }
    return e;
}

/* 429 when too many checks failed within the hour, where limits are enforced. */
static enum err check_limit(struct req *q, struct db *db)
{
    struct face_failures failures;
    const struct config *config = q->app->config;

    enum err e =
        face_failures_since(db, q->arena, q->caller.number, q->now_us - FACE_WINDOW_US, &failures);
    if (e != OK || !config->enforce_limits)
        return e;
    int64_t wait_s = face_wait_s(&failures, config->face_failures_per_hour, q->now_us);
    if (wait_s == 0)
        return OK;
    return req_fail_retry(q, ERR_TOO_MANY, wait_s, "Too many failed face checks; try again later");
}

static enum err no_model(struct req *q)
{
    return req_fail_retry(q, ERR_UNAVAILABLE, face_retry_in_s(q->app->faces), FACEAUTH_NO_MODEL);
}

/* ── The challenge ── */

static enum err take_in(struct db *db, void *arg)
{
    const struct check *c = arg;

    return challenge_take(db, &c->challenge, c->q->now_us);
}

static size_t steps_of(struct str steps)
{
    size_t n = 0;

    for (; str_present(steps); n++)
        (void)str_cut(&steps, ',');
    return n;
}

/* One image needs none, where none is asked for. What the images are for is taken away first:
 * whatever comes of them, it serves once. */
static enum err take_challenge(struct check *c)
{
    struct req *q = c->q;

    if (c->shots.n == 1)
        return !q->app->config->require_challenge
                   ? OK
                   : req_fail(q, ERR_CONFLICT, "A challenge is needed here: ask for one first");
    enum err e = challenge_get(q->db, q->arena, uuid_str(&q->caller.jti), &c->challenge);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, ERR_CONFLICT, "There is no challenge for this token: ask for one first");
    if (e != OK)
        return e;
    struct verdict v = challenge_open(&c->challenge, q->caller.number, q->now_us);
    if (v.err != OK)
        return req_fail_verdict(q, v);
    size_t steps = steps_of(c->challenge.steps);
    if (c->shots.n != steps)
        return req_fail_field(q, "image", "must come %zu times, one for each step", steps);
    e = req_transaction(q, take_in, c);
    return e == ERR_NOT_FOUND ? req_fail(q, ERR_CONFLICT, "The challenge has been used") : e;
}

/* ── Comparing ── */

static enum err describe_all(struct check *c)
{
    enum err e = OK;

    for (size_t i = 0; e == OK && i < c->shots.n; i++) {
        struct shot *s = &c->shots.v[i];
        e = face_image_print(&s->image, &s->print);
        if (face_hopeless(s->image.width, s->image.height))
            s->face = (struct face){.reason = FACE_TOO_SMALL, .liveness = NAN};
        else if (e == OK)
            e = face_describe(c->q->app->faces, &s->image, FACE_WANT_EMBEDDING | FACE_WANT_LIVENESS,
                              &s->face);
    }
    return e == ERR_UNAVAILABLE ? no_model(c->q) : e;
}

static void judge(struct check *c, const struct faces_known *known)
{
    struct face_engine *faces = c->q->app->faces;

    if (shots_of_photos(faces, &c->shots, c->challenge.steps, known))
        c->outcome.reason = "image_seen";
    else
        shots_judge(faces, &c->shots, known, &c->outcome);
}

static enum err compare(struct check *c)
{
    const struct tx tx = req_tx(c->q);
    struct face_engine *faces = c->q->app->faces;
    struct user_face_photos shown = {.profile_photo = I64_NULL};
    struct face_known *known;
    size_t n;

    enum err e = describe_all(c);
    if (e != OK)
        return e;
    const char *problem = shots_problem(faces, &c->shots, c->challenge.steps);
    c->outcome = face_not_compared(problem != NULL ? problem : "no_reference_photo");
    c->outcome.liveness = shots_liveness(&c->shots);
    c->outcome.challenged = c->shots.n > 1;
    if (problem != NULL)
        return OK;
    e = user_face_photos(tx.db, tx.arena, c->q->caller.number, &shown);
    if (e == OK)
        e = faces_of_person(&tx, c->q->caller.number, &known, &n);
    if (e == ERR_UNAVAILABLE)
        return no_model(c->q);
    c->outcome.profile_photo = shown.profile_photo;
    if (e == OK && n > 0)
        judge(c, &(struct faces_known){known, n});
    return e;
}

static enum err check_face(struct check *c)
{
    struct req *q = c->q;

    enum err e = read_shots(c);
    if (e == OK)
        e = check_limit(q, q->db);
    if (e == OK && !faceauth_model_ready(q->app, &(struct str){0}))
        e = no_model(q);
    if (e == OK)
        e = take_challenge(c);
    return e == OK ? compare(c) : e;
}

/* ── Keeping ── */

/* Was one of the images sent or uploaded before? */
static enum err seen_before(const struct check *c, struct db *db, bool *ret)
{
    enum err e = OK;

    for (size_t i = 0; e == OK && !*ret && i < c->shots.n; i++)
        e = marks_seen(c->q->app, db, &c->shots.v[i].print, ret);
    return e;
}

static enum err keep_images(const struct check *c, struct db *db)
{
    enum err e = OK;

    for (size_t i = 0; e == OK && i < c->shots.n; i++) {
        struct faceauth_marks marks = marks_of(c->q->app, &c->shots.v[i].print);
        e = image_put(db, c->q->caller.number, I64_NULL, marks.v, c->q->now_us);
    }
    return e;
}

/* With a challenge every image must be new; without one it may be the profile photo itself. */
static enum err judge_images(struct check *c, struct db *db, struct face_outcome *ret)
{
    bool seen = false;

    *ret = c->outcome;
    enum err e = image_gate(db);
    if (e == OK && c->outcome.challenged)
        e = seen_before(c, db, &seen);
    if (seen) {
        *ret = face_not_compared("image_seen");
        ret->liveness = c->outcome.liveness;
        ret->challenged = true;
    }
    return e == OK ? keep_images(c, db) : e;
}

/* What was judged must be what others see: the account is held. */
static enum err profile_stands(struct check *c, struct db *db)
{
    struct user_face_photos now;

    enum err e = user_face_photos(db, c->q->arena, c->q->caller.number, &now);
    if (e == OK && now.profile_photo != c->outcome.profile_photo)
        return req_fail(c->q, ERR_CONFLICT, "The profile photo was changed just now");
    return e;
}

static enum err store_attempt(struct check *c, struct db *db)
{
    const struct face_attempt *t = &c->attempt;
    struct str level = t->challenge == 1 ? STR(FACE_KYC_LEVEL_LIVE) : STR(FACE_KYC_LEVEL);

    enum err e = face_attempt_insert(db, t);
    if (e != OK || t->is_validated != 1)
        return e;
    e = profile_stands(c, db);
    if (e != OK)
        return e;
    e = user_set_verified(db, t->person, t->photo_id, level, t->created_at);
    if (e == ERR_NOT_FOUND)
        return req_fail(c->q, ERR_CONFLICT, "The photo compared with was deleted just now");
    return e;
}

static enum err record_in(struct db *db, void *arg)
{
    struct check *c = arg;
    struct req *q = c->q;
    struct face_outcome outcome;
    struct account held; /* while it is, none of this person's other checks is stored */

    enum err e = user_path_claim(q, db);
    if (e == OK)
        e = user_get_held(db, q->arena, q->caller.number, &held);
    if (e == OK) /* again: checks that ran beside this one may have failed since */
        e = check_limit(q, db);
    if (e == OK)
        e = judge_images(c, db, &outcome);
    if (e != OK)
        return e;
    c->attempt =
        face_attempt_of(&outcome, c->id, q->caller.number, uuid_str(&q->caller.id), q->now_us);
    return store_attempt(c, db);
}

static enum err fail_check(struct req *q, const struct face_attempt *t)
{
    const struct limit_rule rule = {"face_failures", q->app->config->face_failures_per_hour,
                                    FACE_WINDOW_US};
    int64_t wait_s;

    /* The store counts; this one only says in the log when a limit that is not enforced is passed.
     */
    (void)limit_hit(q->app->limiter, &rule, t->user_id, q->now_us, &wait_s);
    q->fail_reason = t->reason;
    return req_fail(q, ERR_UNAUTHORIZED, "Face validation failed");
}

/* POST /faceauth/verify/{user_id}, form part "image", as often as the challenge has steps. 200 the
 * attempt; 401 "Face validation failed" with a reason; 403; 404; 409 no such challenge (any more);
 * 413; 415; 422; 429 too many failures; 503 no model. */
enum err faceauth_verify(struct req *q)
{
    struct check c = {.q = q};
    uint8_t random[UUID_RANDOM_BYTES];

    random_fill(random, sizeof random);
    struct uuid id = uuid_v4(random);
    c.id = arena_str(q->arena, uuid_str(&id));
    enum err e = user_path_check(q);
    if (e == OK)
        e = check_face(&c);
    if (e == OK)
        e = req_transaction(q, record_in, &c);
    forget_shots(&c);
    if (e != OK)
        return e;
    if (c.attempt.is_validated != 1)
        return fail_check(q, &c.attempt);
    return req_reply(q, 200, &FACE_ATTEMPT, &c.attempt);
}
