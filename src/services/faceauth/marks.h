/* The marks by which a picture is known again, inside the face check service: keyed hashes of its
 * print, never the print itself. No HTTP, no rules. */
#ifndef SERVICES_FACEAUTH_MARKS_H
#define SERVICES_FACEAUTH_MARKS_H

#include "platform/face/face.h"
#include "platform/tx.h"
#include "services/faceauth/faceauth.h"

/* Under the key that seals now. */
struct faceauth_marks marks_of(const struct app *app, const struct face_print *print);
/* Was this picture, or its mirror image, sent to a check or uploaded by anybody, under any key? */
enum err marks_seen(const struct app *app, struct db *db, const struct face_print *print,
                    bool *ret);

#endif
