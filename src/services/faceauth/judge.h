/* Whether the images of a check pass, once they are described: inside the face check service. Pure
 * but for the engine's thresholds. */
#ifndef SERVICES_FACEAUTH_JUDGE_H
#define SERVICES_FACEAUTH_JUDGE_H

#include "platform/image/image.h"
#include "services/faceauth/faces.h"
#include "services/faceauth/rules.h"

struct shot {
    struct image image;
    struct face face;
    struct face_print print;
};

/* In the order in which they came. */
struct shots {
    struct shot *v;
    size_t n; /* ≤ CHALLENGE_STEPS */
};

struct faces_known {
    const struct face_known *v;
    size_t n;
};

/* Why these images cannot pass, whoever it is: a static word; NULL: they may. Several are held
 * against the challenge's steps. */
const char *shots_problem(const struct face_engine *faces, const struct shots *c, struct str steps);
/* Is a challenge answered with copies of these photos, however cut or encoded? Asked of the steps
 * in which the head is turned: straight ahead somebody looks much as in a selfie of a minute ago.
 */
bool shots_of_photos(const struct face_engine *faces, const struct shots *c, struct str steps,
                     const struct faces_known *known);
/* The best of all images with all photos (one or more) decides; then the photo that others see
 * first (ret->profile_photo) must clearly show the same person. Sets passed, confidence, reason and
 * photo_id. */
void shots_judge(const struct face_engine *faces, const struct shots *c,
                 const struct faces_known *known, struct face_outcome *ret);
/* The least of them; NaN: none was measured. */
double shots_liveness(const struct shots *c);

#endif
