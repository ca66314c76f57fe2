/* The tables behind fields.h: one row a field; nothing else. */
#include "services/faceauth/fields.h"

static const struct field FACE_ATTEMPT_FIELDS[] = {
    F_TEXT(face_attempt, id, 0, 0, 0, .example = "\"4f9a1c2e-7b3d-4e5f-8a6b-1c2d3e4f5a6b\"",
           .format = "uuid"),
    F_TEXT(face_attempt, user_id, 0, 0, 0, .example = "\"00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c\"",
           .format = "uuid"),
    F_FLAG(face_attempt, is_validated, 0, .example = "true"),
    F_REAL(face_attempt, confidence, 0, 1, FIELD_NULLABLE, .example = "0.95"),
    F_TIME(face_attempt, created_at, 0, .example = "\"2026-01-07T11:15:00\""),
    F_INT(face_attempt, person, 0, 0, FIELD_HIDDEN),
    F_REAL(face_attempt, liveness, 0, 1, FIELD_HIDDEN),
    F_TEXT(face_attempt, reason, 0, 0, FIELD_HIDDEN),
    F_INT(face_attempt, photo_id, 0, 0, FIELD_HIDDEN),
    F_FLAG(face_attempt, challenge, FIELD_HIDDEN),
    F_END,
};
const struct shape FACE_ATTEMPT = SHAPE(face_attempt, FACE_ATTEMPT_FIELDS);

static const struct field FACE_FAILURES_FIELDS[] = {
    F_INT(face_failures, count, 0, 0, 0),
    F_TIME(face_failures, oldest_us, 0),
    F_END,
};
const struct shape FACE_FAILURES = SHAPE(face_failures, FACE_FAILURES_FIELDS);

static const struct field FACE_MODEL_STATE_FIELDS[] = {
    F_FLAG(face_model_state, installed, 0, .example = "true"),
    F_TEXT(face_model_state, reason, 0, 0, FIELD_NULLABLE, .example = "null"),
    F_END,
};
const struct shape FACE_MODEL_STATE = SHAPE(face_model_state, FACE_MODEL_STATE_FIELDS);

static const struct field FACE_PHOTO_FIELDS[] = {
    F_INT(face_photo, photo_id, 0, 0, 0),
    F_INT(face_photo, person, 0, 0, 0),
    F_TEXT(face_photo, name, 0, 0, 0),
    F_INT(face_photo, due_us, 0, 0, 0),
    F_TEXT(face_photo, version, 0, 0, 0),
    F_TEXT(face_photo, reason, 0, 0, 0),
    F_TEXT(face_photo, sealed, 0, 0, FIELD_HIDDEN | FIELD_SECRET),
    F_END,
};
const struct shape FACE_PHOTO = SHAPE(face_photo, FACE_PHOTO_FIELDS);

static const struct field FACE_CHALLENGE_FIELDS[] = {
    F_TEXT(face_challenge, id, 0, 0, 0),        F_TEXT(face_challenge, jti, 0, 0, FIELD_HIDDEN),
    F_INT(face_challenge, person, 0, 0, 0),     F_TEXT(face_challenge, steps, 0, 0, 0),
    F_INT(face_challenge, expires_us, 0, 0, 0), F_END,
};
const struct shape FACE_CHALLENGE = SHAPE(face_challenge, FACE_CHALLENGE_FIELDS);

static const struct field CHALLENGE_GIVEN_FIELDS[] = {
    F_TEXT(challenge_given, challenge_id, 0, 0, 0,
           .example = "\"4f9a1c2e-7b3d-4e5f-8a6b-1c2d3e4f5a6b\"", .format = "uuid"),
    F_TEXTS(challenge_given, steps, 0, 0, 0,
            .example = "[\"look_up\", \"turn_left\", \"come_closer\"]"),
    F_TIME(challenge_given, expires_at, 0, .example = "\"2026-01-07T11:16:00\""),
    F_INT(challenge_given, expires_in, 0, 0, 0, .example = "60"),
    F_END,
};
const struct shape CHALLENGE_GIVEN = SHAPE(challenge_given, CHALLENGE_GIVEN_FIELDS);

static const struct field FACE_IMAGE_FIELDS[] = {
    F_INT(face_image, id, 0, 0, 0),
    F_END,
};
const struct shape FACE_IMAGE = SHAPE(face_image, FACE_IMAGE_FIELDS);
