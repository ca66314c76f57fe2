/* The faces in people's photos, inside the face check service: looked at once, kept sealed. Compute
 * threads only; no HTTP. */
#ifndef SERVICES_FACEAUTH_FACES_H
#define SERVICES_FACEAUTH_FACES_H

#include "platform/face/face.h"
#include "platform/tx.h"

struct background_item;

/* A photo's face. */
struct face_known {
    int64_t photo_id;
    struct str reason; /* why there is none; absent: there is */
    const float *embedding;
    int dimensions;
};

/* From the store when it stands there for this model, else from the photo itself, and stored. The
 * tx's db is a reader. ERR_NOT_FOUND: the photo is gone; ERR_UNAVAILABLE: no model. */
enum err face_of_photo(const struct tx *tx, int64_t person, int64_t photo_id, struct str name,
                       struct face_known *ret);
/* Of all the person's photos those that show a face, in the arena. */
enum err faces_of_person(const struct tx *tx, int64_t person, struct face_known **ret,
                         size_t *ret_n);

/* Background work: photos that were added, and profile photos that were chosen; one that does not
 * clearly show the verified face takes `verified` away. */
enum err faces_list(const struct tx *tx, struct rows *ret);
enum err faces_run(const struct tx *tx, const struct background_item *item);

#endif
