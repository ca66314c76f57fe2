/* Marks of pictures, made and looked up: see marks.h. */
#include "services/faceauth/marks.h"

#include "platform/app.h"
#include "platform/crypt/seal.h"
#include "services/faceauth/store.h"

static struct faceauth_marks marks_under(const struct app *app, size_t key,
                                         const struct face_print *print)
{
    struct faceauth_marks m;

    for (uint64_t i = 0; i < FACE_PRINT_PARTS; i++) {
        struct str part = {(const char *)&print->parts[i], sizeof print->parts[i]};
        m.v[i] = seal_mark(app->seals, key, i, part);
    }
    return m;
}

struct faceauth_marks marks_of(const struct app *app, const struct face_print *print)
{
    return marks_under(app, 0, print);
}

enum err marks_seen(const struct app *app, struct db *db, const struct face_print *print, bool *ret)
{
    const struct face_print ways[] = {*print, face_print_mirrored(print)};
    bool seen = false;
    enum err e = OK;

    for (size_t i = 0; e == OK && !seen && i < 2 * seal_keys(app->seals); i++) {
        struct faceauth_marks m = marks_under(app, i / 2, &ways[i % 2]);
        e = image_seen(db, m.v, &seen);
    }
    if (e == OK)
        *ret = seen;
    return e;
}
