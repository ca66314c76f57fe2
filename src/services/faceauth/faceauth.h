/* What others may ask of the face check service, inside their own transaction. Nobody else names
 * its tables. */
#ifndef SERVICES_FACEAUTH_FACEAUTH_H
#define SERVICES_FACEAUTH_FACEAUTH_H

#include "platform/tx.h"

#include <stdbool.h>

#define FACEAUTH_NO_MODEL "Face model is not installed"

extern const struct service FACEAUTH_SERVICE;

/* Can faces be compared here? False: *ret_why is one sentence that begins with FACEAUTH_NO_MODEL
 * and names files without their folders, in the arena; else absent. Quick, any thread. */
bool faceauth_model_ready(const struct app *app, struct arena *a, struct str *ret_why);

/* A photo was added, or made the profile photo: its face is looked at soon after this transaction.
 * The caller holds the account. */
enum err faceauth_photo_added(const struct tx *tx, int64_t person, int64_t photo_id,
                              struct str name);
/* It was deleted: what was kept of its face goes with it. */
enum err faceauth_photo_removed(const struct tx *tx, int64_t photo_id);
/* The account is being deleted (the caller holds it): so is all that this service keeps of it. */
enum err faceauth_forget(const struct tx *tx, int64_t person);

#endif
