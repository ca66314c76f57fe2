/* What others may ask of the face check service, inside their own transaction. Nobody else names
 * its tables. */
#ifndef SERVICES_FACEAUTH_FACEAUTH_H
#define SERVICES_FACEAUTH_FACEAUTH_H

#include "platform/face/face.h"
#include "platform/tx.h"

#include <stdbool.h>

#define FACEAUTH_NO_MODEL "Face model is not installed"

extern const struct service FACEAUTH_SERVICE;

/* Can faces be compared here? False: *ret_why is one sentence that begins with FACEAUTH_NO_MODEL
 * and names files without their folders, and lives as long as the app; else absent. Quick, any
 * thread. */
bool faceauth_model_ready(const struct app *app, struct str *ret_why);

/* By which a picture is known again; they say nothing of it without the data key. */
struct faceauth_marks {
    int64_t v[FACE_PRINT_PARTS];
};
/* Compute threads only. ERR_UNAVAILABLE: no memory. */
enum err faceauth_marks(const struct app *app, const struct image *img, struct faceauth_marks *ret);
/* The person has uploaded that picture: from now on it answers no challenge. photo_id: the photo
 * that it became, with which the marks stand (once that is gone, or I64_NULL: 90 days). */
enum err faceauth_picture_kept(const struct tx *tx, int64_t person, int64_t photo_id,
                               const struct faceauth_marks *marks);

/* A photo was added, or made the profile photo: its face is looked at soon after this transaction.
 * The caller holds the account. */
enum err faceauth_photo_added(const struct tx *tx, int64_t person, int64_t photo_id,
                              struct str name);
/* It was deleted: what was kept of its face goes with it, its marks 90 days later. */
enum err faceauth_photo_removed(const struct tx *tx, int64_t photo_id);
/* The account is being deleted (the caller holds it): so is all that this service keeps of it. */
enum err faceauth_forget(const struct tx *tx, int64_t person);

#endif
