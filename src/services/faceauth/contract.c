/* What faceauth.h promises to the other services. No HTTP, no pixels. */
#include "services/faceauth/faceauth.h"

#include "platform/app.h"
#include "services/faceauth/marks.h"
#include "services/faceauth/store.h"

bool faceauth_model_ready(const struct app *app, struct str *ret_why)
{
    bool ready = face_ready(app->faces, NULL);

    *ret_why = ready ? STR_NULL : str_of(face_missing(app->faces));
    return ready;
}

enum err faceauth_marks(const struct app *app, const struct image *img, struct faceauth_marks *ret)
{
    struct face_print print;

    enum err e = face_image_print(img, &print);
    if (e == OK)
        *ret = marks_of(app, &print);
    return e;
}

enum err faceauth_picture_kept(const struct tx *tx, int64_t person, int64_t photo_id,
                               const struct faceauth_marks *marks)
{
    return image_put(tx->db, person, photo_id, marks->v, tx->now_us);
}

enum err faceauth_photo_added(const struct tx *tx, int64_t person, int64_t photo_id,
                              struct str name)
{
    const struct face_photo p = {.photo_id = photo_id, .person = person, .name = name};

    return face_photo_due(tx->db, &p, tx->now_us);
}

enum err faceauth_photo_removed(const struct tx *tx, int64_t photo_id)
{
    enum err e = face_photo_remove(tx->db, photo_id);
    return e == OK ? image_let_go(tx->db, photo_id, tx->now_us) : e;
}

enum err faceauth_forget(const struct tx *tx, int64_t person)
{
    return face_forget(tx->db, person);
}
