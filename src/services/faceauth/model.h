/* The face model: from pixels to "the same person, or not". Knows no accounts, keeps nothing.
 * Compute threads only. Until a model is built in, model_none.c says that there is none; no result
 * is ever made up. */
#ifndef SERVICES_FACEAUTH_MODEL_H
#define SERVICES_FACEAUTH_MODEL_H

#include "base/arena.h"
#include "base/err.h"
#include "platform/image/image.h"

/* A photo of the person to compare with: a JPEG of ours. */
struct face_reference {
    int64_t photo_id;
    struct str jpeg;
};

struct face_outcome {
    bool passed;
    double
        confidence; /* calibrated probability of the same person, [0,1]; NaN: no faces to compare */
    double liveness; /* passive, [0,1]; NaN: not measured. Decides nothing */
    const char *
        reason; /* static, why it did not pass: "no_face", "different_person" …; NULL when it did */
    int64_t photo_id; /* the reference that it passed against; else I64_NULL */
};

bool face_model_loaded(void);
/* Why it is not: one sentence; NULL when it is. Static. */
const char *face_model_problem(void);
/* Find the one face in `image` and compare it with those in the references (at least one).
 * ERR_UNAVAILABLE: no model. */
enum err face_model_check(const struct image *image, const struct face_reference *references,
                          size_t n, struct arena *a, struct face_outcome *ret);

#endif
