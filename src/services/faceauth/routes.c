/* Face checks (reference 5.2; contract §8): challenges, what became of checks, whether there is a
 * model. The check itself is routes_verify.c. */
#include "services/faceauth/routes.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/audit/audit.h"
#include "platform/clock.h"
#include "platform/limit/limit.h"
#include "services/faceauth/faceauth.h"
#include "services/faceauth/fields.h"
#include "services/faceauth/rules.h"
#include "services/faceauth/store.h"
#include "services/user/user.h"

#include <inttypes.h>

/* ── Challenges ── */

static enum err give(struct req *q, const struct face_challenge *c)
{
    struct challenge_given out = {.challenge_id = c->id,
                                  .expires_at = c->expires_us,
                                  .expires_in = CHALLENGE_LIFE_US / US_PER_SECOND};
    struct str rest = c->steps;

    out.steps.v = ARENA_ARRAY(q->arena, CHALLENGE_STEPS, struct str);
    while (str_present(rest))
        out.steps.v[out.steps.n++] = str_cut(&rest, ',');
    return req_reply(q, 200, &CHALLENGE_GIVEN, &out);
}

/* Whoever could ask without end would be given, some time, the steps that their pictures fit. */
static enum err limit_challenges(struct req *q)
{
    const struct limit_rule rule = {"face_challenges", q->app->config->face_challenges_per_hour,
                                    US_PER_HOUR};
    int64_t wait_s;

    if (limit_hit(q->app->limiter, &rule, uuid_str(&q->caller.id), q->now_us, &wait_s))
        return OK;
    return req_fail_retry(q, ERR_TOO_MANY, wait_s, "Too many challenges; try again later");
}

/* POST /faceauth/challenge/{user_id}: what to do in front of the camera, for this token, once, for
 * CHALLENGE_LIFE_US. 403; 404; 429. */
static enum err faceauth_challenge(struct req *q)
{
    const char *steps[CHALLENGE_STEPS];
    uint8_t random[UUID_RANDOM_BYTES];
    uint64_t draw;
    int64_t shown;

    enum err e = user_acting_path(q, &shown);
    if (e == OK)
        e = limit_challenges(q);
    if (e != OK)
        return e;
    random_fill(random, sizeof random);
    random_fill(&draw, sizeof draw);
    challenge_draw(draw, steps);
    struct uuid id = uuid_v4(random);
    const struct face_challenge c = {
        .id = arena_str(q->arena, uuid_str(&id)),
        .jti = uuid_str(&q->caller.jti),
        .person = q->caller.number,
        .steps = arena_printf(q->arena, "%s,%s,%s", steps[0], steps[1], steps[2]),
        .expires_us = q->now_us + CHALLENGE_LIFE_US,
    };
    e = challenge_put(q->db, &c);
    return e == OK ? give(q, &c) : e;
}

/* ── Asking ── */

/* GET /faceauth/status/{user_id}: the latest success, else the latest attempt; for the person and
 * admins. 403; 404. */
static enum err faceauth_status(struct req *q)
{
    struct face_attempt t;
    int64_t person;

    enum err e = user_readable_path(q, &person);
    if (e != OK)
        return e;
    if (person != q->caller.number)
        audit_read(q, "faceauth.status.read", "user %" PRId64, person);
    e = face_attempt_latest(q->db, q->arena, person, &t);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "No face validation found");
    return e != OK ? e : req_reply(q, 200, &FACE_ATTEMPT, &t);
}

/* GET /faceauth/model: is there one, and if not, why. */
static enum err faceauth_model(struct req *q)
{
    struct face_model_state state = {.reason = STR_NULL};

    state.installed = faceauth_model_ready(q->app, &state.reason);
    return req_reply(q, 200, &FACE_MODEL_STATE, &state);
}

const struct route FACEAUTH_ROUTES[] = {
    {POST, "/faceauth/verify/{user_id}", COMPUTE, ACCESS_USER, faceauth_verify, NULL, &FACE_ATTEMPT,
     "Compare a face with one's own photos", .flags = ROUTE_FORM, .before_body = user_path_check,
     .id = "verifyFace", .part = "image", .files = CHALLENGE_STEPS,
     .answers = ANSWERS({401, "No good token, or the face did not pass: `reason` says why",
                         .detail = "Face validation failed"},
                        {409, "The photos compared with were changed meanwhile"},
                        {409, "A challenge is needed, has expired or was used"},
                        {503, "The face model is not installed, or too much is waiting"})},
    {POST, "/faceauth/challenge/{user_id}", WRITE, ACCESS_USER, faceauth_challenge, NULL,
     &CHALLENGE_GIVEN,
     "What to do in front of the camera: an image for each step goes to the check; left and right "
     "are the person's own, and images are not mirrored",
     .id = "askFaceChallenge"},
    {GET, "/faceauth/status/{user_id}", READ, ACCESS_USER, faceauth_status, NULL, &FACE_ATTEMPT,
     "The latest success, else the latest attempt", .id = "getFaceStatus",
     .answers = ANSWERS({404, "No attempt yet"})},
    {GET, "/faceauth/model", READ, ACCESS_USER, faceauth_model, NULL, &FACE_MODEL_STATE,
     "Whether the face model is installed", .id = "getFaceModel"},
    {0},
};
