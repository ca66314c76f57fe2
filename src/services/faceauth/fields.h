/* Wire and row shapes of the face check service. */
#ifndef SERVICES_FACEAUTH_FIELDS_H
#define SERVICES_FACEAUTH_FIELDS_H

#include "platform/json/fields.h"

struct face_attempt {
    struct str id;
    struct str user_id;
    int8_t is_validated;
    double confidence;
    int64_t created_at;
    int64_t person; /* these five stay inside */
    double liveness;
    struct str reason;
    int64_t photo_id;
    int8_t challenge; /* it answered one */
};

/* A photo's row. */
struct face_photo {
    int64_t photo_id;
    int64_t person;
    struct str name; /* "<uuid>.jpg" */
    int64_t due_us;
    struct str version; /* of the model; absent: not looked at */
    struct str reason;  /* why there is no face; absent: there is one */
    struct str sealed;  /* its embedding */
};

struct face_challenge {
    struct str id;
    struct str jti;
    int64_t person;
    struct str steps; /* comma-separated */
    int64_t expires_us;
};

/* A challenge as it is answered. */
struct challenge_given {
    struct str challenge_id;
    struct texts steps;
    int64_t expires_at;
    int64_t expires_in; /* seconds */
};

/* An image that was sent to a check. */
struct face_image {
    int64_t id;
};

/* Failures in the last hour. */
struct face_failures {
    int64_t count;
    int64_t oldest_us; /* absent when there is none */
};

struct face_model_state {
    int8_t installed;
    struct str reason; /* why it is not */
};

extern const struct shape FACE_ATTEMPT, FACE_FAILURES, FACE_MODEL_STATE, FACE_PHOTO, FACE_CHALLENGE,
    CHALLENGE_GIVEN, FACE_IMAGE;

#endif
