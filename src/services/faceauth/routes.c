/* Face checks (reference 5.1, 5.2; contract §8). The image is decoded, compared and forgotten; the
 * attempt is kept. */
#include "services/faceauth/routes.h"

#include "platform/app.h"
#include "platform/audit/audit.h"
#include "platform/blob/blob.h"
#include "platform/clock.h"
#include "platform/image/req_image.h"
#include "platform/limit/limit.h"
#include "platform/metrics/metrics.h"
#include "services/faceauth/fields.h"
#include "services/faceauth/rules.h"
#include "services/faceauth/store.h"
#include "services/user/user.h"

#include <inttypes.h>

#define FACE_SIDE 1600 /* larger images are decoded smaller: enough for any face */
#define REFERENCE_MAX_BYTES (16u << 20)
#define MODEL_RETRY_S 3600

/* ── One check ── */

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

static enum err read_references(struct req *q, struct face_reference **ret, size_t *ret_n)
{
    struct rows rows;

    enum err e = user_photos(q->db, q->arena, q->caller.number, &rows);
    if (e != OK)
        return e;
    const struct user_photo *photos = rows.items;
    struct face_reference *refs = ARENA_ARRAY(q->arena, rows.n + 1, struct face_reference);
    size_t n = 0;
    for (size_t i = 0; i < rows.n; i++) {
        e = blob_read(q->app->photos, photos[i].name, REFERENCE_MAX_BYTES, q->arena, &refs[n].jpeg);
        if (e == ERR_NOT_FOUND) /* deleted since the rows were read */
            continue;
        if (e != OK)
            return e;
        refs[n++].photo_id = photos[i].id;
    }
    *ret = refs;
    *ret_n = n;
    return OK;
}

static enum err compare(struct req *q, const struct image *image, struct face_outcome *ret)
{
    struct face_reference *refs;
    size_t n;

    if (!face_model_loaded())
        return req_fail_retry(q, ERR_UNAVAILABLE, MODEL_RETRY_S, "%s", face_model_problem());
    if (face_hopeless(image->width, image->height)) {
        *ret = face_too_small();
        return OK;
    }
    enum err e = read_references(q, &refs, &n);
    if (e != OK)
        return e;
    if (n == 0) {
        *ret = face_without_photos();
        return OK;
    }
    int64_t begun_us = clock_monotonic_us();
    e = face_model_check(image, refs, n, q->arena, ret);
    metric_observe(METRIC_FACE_SECONDS, clock_monotonic_us() - begun_us);
    return e;
}

struct record_work {
    struct req *q;
    struct face_attempt attempt;
};

static enum err record_in(struct db *db, void *arg)
{
    const struct record_work *w = arg;
    const struct face_attempt *t = &w->attempt;
    struct account held; /* while it is, none of this person's other checks is stored */

    enum err e = user_path_claim(w->q, db);
    if (e == OK)
        e = user_get_held(db, w->q->arena, t->person, &held);
    if (e == OK) /* again: checks that ran beside this one may have failed since */
        e = check_limit(w->q, db);
    if (e == OK)
        e = face_attempt_insert(db, t);
    if (e != OK || t->is_validated != 1)
        return e;
    e = user_set_verified(db, t->person, t->photo_id, STR(FACE_KYC_LEVEL), t->created_at);
    if (e == ERR_NOT_FOUND)
        return req_fail(w->q, ERR_CONFLICT, "The photo compared with was deleted just now");
    return e;
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

static enum err check_face(struct req *q, struct face_attempt *ret)
{
    const struct image_limits limits = {.max_side = FACE_SIDE};
    struct image image;
    struct face_outcome outcome;

    enum err e = req_image(q, "image", &limits, &image);
    if (e != OK)
        return e;
    e = check_limit(q, q->db);
    if (e == OK)
        e = compare(q, &image, &outcome);
    image_free(&image);
    if (e != OK)
        return e;

    uint8_t random[UUID_RANDOM_BYTES];
    random_fill(random, sizeof random);
    struct uuid id = uuid_v4(random);
    *ret = face_attempt_of(&outcome, arena_str(q->arena, uuid_str(&id)), q->caller.number,
                           uuid_str(&q->caller.id), q->now_us);
    return OK;
}

/* POST /faceauth/verify/{user_id}, form part "image". 200 the attempt; 401 "Face validation failed"
 * with a reason; 403; 404; 413; 415; 422; 429 too many failures; 503 no model. */
static enum err faceauth_verify(struct req *q)
{
    struct record_work w = {.q = q};

    enum err e = user_path_check(q);
    if (e == OK)
        e = check_face(q, &w.attempt);
    if (e == OK)
        e = req_transaction(q, record_in, &w);
    if (e != OK)
        return e;
    if (w.attempt.is_validated != 1)
        return fail_check(q, &w.attempt);
    return req_reply(q, 200, &FACE_ATTEMPT, &w.attempt);
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
    struct face_model_state state = {
        .installed = face_model_loaded(),
        .reason = str_of(face_model_problem()),
    };
    return req_reply(q, 200, &FACE_MODEL_STATE, &state);
}

const struct route FACEAUTH_ROUTES[] = {
    {POST, "/faceauth/verify/{user_id}", COMPUTE, ACCESS_USER, faceauth_verify, NULL, &FACE_ATTEMPT,
     "Compare a face with one's own photos", .flags = ROUTE_FORM, .before_body = user_path_check,
     .id = "verifyFace", .part = "image",
     .answers = ANSWERS({401, "No good token, or the face did not pass: `reason` says why",
                         .detail = "Face validation failed"},
                        {409, "The photo compared with was deleted meanwhile"},
                        {503, "The face model is not installed, or too much is waiting"})},
    {GET, "/faceauth/status/{user_id}", READ, ACCESS_USER, faceauth_status, NULL, &FACE_ATTEMPT,
     "The latest success, else the latest attempt", .id = "getFaceStatus",
     .answers = ANSWERS({404, "No attempt yet"})},
    {GET, "/faceauth/model", READ, ACCESS_USER, faceauth_model, NULL, &FACE_MODEL_STATE,
     "Whether the face model is installed", .id = "getFaceModel"},
    {0},
};
