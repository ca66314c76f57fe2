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
    int64_t person; /* these four stay inside */
    double liveness;
    struct str reason;
    int64_t photo_id;
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

extern const struct shape FACE_ATTEMPT, FACE_FAILURES, FACE_MODEL_STATE;

#endif
