/* What faceauth.h promises to the other services. No HTTP, no pixels. */
#include "services/faceauth/faceauth.h"

#include "platform/app.h"
#include "services/faceauth/marks.h"
#include "services/faceauth/store.h"

#include <string.h>

/* Words of the sentence that are paths, without their folders: who may read it need not know them.
 */
static struct str without_folders(struct arena *a, const char *sentence)
{
    struct str rest = str_of(sentence);
    struct buf b = buf_new(a, rest.len + 1);

    while (str_present(rest)) {
        struct str word = str_cut(&rest, ' ');
        const char *slash = memrchr(word.ptr, '/', word.len);
        if (slash != NULL)
            word = (struct str){slash + 1, (size_t)(word.ptr + word.len - slash - 1)};
        if (b.len > 0)
            buf_char(&b, ' ');
        buf_str(&b, word);
    }
    return buf_view(&b);
}

bool faceauth_model_ready(const struct app *app, struct arena *a, struct str *ret_why)
{
    const char *why = NULL;
    bool ready = face_ready(app->faces, &why);

    *ret_why = ready ? STR_NULL : without_folders(a, why);
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
