/* What an outcome of the model means for an account, and how often one may try. Pure. */
#ifndef SERVICES_FACEAUTH_RULES_H
#define SERVICES_FACEAUTH_RULES_H

#include "services/faceauth/fields.h"
#include "services/faceauth/model.h"

#define FACE_WINDOW_US (INT64_C(3600) * 1000 * 1000)
#define FACE_IMAGE_MIN_SIDE 32
#define FACE_KYC_LEVEL "face"

/* Seconds until the next try, rounded up; 0: now. `failures` are those after now − FACE_WINDOW_US;
 * most 0: no limit. */
int64_t face_wait_s(const struct face_failures *failures, int64_t most, int64_t now_us);

/* The attempt to store for this outcome. A pass needs a photo that it passed against and a
 * confidence; what lacks one is no pass. */
struct face_attempt face_attempt_of(const struct face_outcome *outcome, struct str id,
                                    int64_t person, struct str user_id, int64_t now_us);
/* Too few pixels for any face. */
bool face_hopeless(int width, int height);
/* The outcome then. */
struct face_outcome face_too_small(void);
/* The outcome when there is no photo to compare with. */
struct face_outcome face_without_photos(void);

#endif
