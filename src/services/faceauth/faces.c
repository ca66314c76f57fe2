/* Looking at people's photos and keeping what was found: see faces.h. Decides nothing but whether a
 * new profile photo shows the verified face. */
#include "services/faceauth/faces.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/blob/blob.h"
#include "platform/crypt/seal.h"
#include "platform/loop/work.h"
#include "services/faceauth/marks.h"
#include "services/faceauth/store.h"
#include "services/service.h"
#include "services/user/user.h"

#include <inttypes.h>
#include <string.h>

#define PHOTO_MAX_BYTES ((size_t)16 << 20)
#define LIST_MAX 32
#define LEASE_US (2 * US_PER_MINUTE)

/* ── Kept ── */

/* Where an embedding belongs: it opens nowhere else. */
static struct str place(struct arena *a, int64_t person, int64_t photo_id)
{
    return arena_printf(a, "face of %" PRId64 " in photo %" PRId64, person, photo_id);
}

/* What stands in the store, when it is this model's and opens. */
static bool recall(const struct tx *tx, const struct face_photo *p, struct face_known *ret)
{
    const struct face_model *model = face_model(tx->app->faces);
    struct str floats;

    if (!str_eq(p->version, str_of(model->version)))
        return false;
    *ret = (struct face_known){.photo_id = p->photo_id, .reason = p->reason};
    if (str_present(p->reason))
        return true;
    if (!str_present(p->sealed) ||
        seal_open(tx->app->seals, place(tx->arena, p->person, p->photo_id), p->sealed, tx->arena,
                  &floats) != OK)
        return false;
    ret->embedding = (const float *)(const void *)floats.ptr; /* an arena aligns for any type */
    ret->dimensions = (int)(floats.len / sizeof(float));
    return ret->dimensions == model->dimensions;
}

struct store_work {
    const struct tx *tx;
    struct face_photo row;
    struct faceauth_marks marks;
};

static enum err store_in(struct db *db, void *arg)
{
    const struct store_work *w = arg;

    enum err e = user_photo_held(db, w->row.person, w->row.photo_id);
    if (e == OK)
        e = face_photo_store(db, &w->row);
    if (e == OK) /* anew: they may be of a key that goes */
        e = image_put(db, w->row.person, w->row.photo_id, w->marks.v, w->tx->now_us);
    return e;
}

/* ── Looked at ── */

static enum err describe_photo(const struct tx *tx, struct str name, struct face *ret,
                               struct faceauth_marks *ret_marks)
{
    struct str jpeg;
    struct image img;

    enum err e = blob_read(tx->app->photos, name, PHOTO_MAX_BYTES, tx->arena, &jpeg);
    if (e == OK)
        e = image_decode(jpeg, FACE_SIDE, &img);
    if (e != OK)
        return e;
    e = face_describe(tx->app->faces, &img, FACE_WANT_EMBEDDING, ret);
    if (e == OK)
        e = faceauth_marks(tx->app, &img, ret_marks);
    image_free(&img);
    return e;
}

static enum err look(const struct tx *tx, struct face_photo *p, struct face_known *ret)
{
    struct face *face = ARENA_NEW(tx->arena, struct face);
    struct store_work w = {.tx = tx};

    enum err e = describe_photo(tx, p->name, face, &w.marks);
    if (e != OK)
        return e;
    *ret = (struct face_known){.photo_id = p->photo_id, .dimensions = face->dimensions};
    p->version = str_of(face_model(tx->app->faces)->version);
    p->reason = STR_NULL;
    p->sealed = STR_NULL;
    if (face->reason != FACE_FINE) {
        p->reason = str_of(face_reason_word(face->reason));
        ret->reason = p->reason;
    } else {
        struct str floats = {(const char *)face->embedding,
                             (size_t)face->dimensions * sizeof(float)};
        p->sealed =
            seal(tx->app->seals, place(tx->arena, p->person, p->photo_id), floats, tx->arena);
        ret->embedding = face->embedding;
    }
    w.row = *p;
    return work_transaction(tx->app->workers, store_in, &w);
}

enum err face_of_photo(const struct tx *tx, int64_t person, int64_t photo_id, struct str name,
                       struct face_known *ret)
{
    struct face_photo p;

    enum err e = face_photo_get(tx->db, tx->arena, photo_id, &p);
    if (e == OK && recall(tx, &p, ret))
        return OK;
    if (e != OK && e != ERR_NOT_FOUND)
        return e;
    p = (struct face_photo){.photo_id = photo_id, .person = person, .name = name};
    return look(tx, &p, ret);
}

enum err faces_of_person(const struct tx *tx, int64_t person, struct face_known **ret,
                         size_t *ret_n)
{
    struct rows rows;
    size_t n = 0;

    enum err e = user_photos(tx->db, tx->arena, person, &rows);
    if (e != OK)
        return e;
    const struct user_photo *photos = rows.items;
    struct face_known *found = ARENA_ARRAY(tx->arena, rows.n + 1, struct face_known);
    for (size_t i = 0; i < rows.n; i++) {
        e = face_of_photo(tx, person, photos[i].id, photos[i].name, &found[n]);
        if (e == OK && !str_present(found[n].reason))
            n++;
        else if (e != OK && e != ERR_NOT_FOUND) /* deleted since the rows were read */
            return e;
    }
    *ret = found;
    *ret_n = n;
    return OK;
}

/* ── In the background ── */

enum err faces_list(const struct tx *tx, struct rows *ret)
{
    struct rows rows = {NULL, 0};
    const char *why;
    enum err e = OK;

    if (face_ready(tx->app->faces, &why)) /* else they wait for a model */
        e = face_photos_waiting(tx->db, tx->arena, tx->now_us, LIST_MAX, &rows);
    if (e != OK)
        return e;
    const struct face_photo *photos = rows.items;
    struct background_item *items = ARENA_ARRAY(tx->arena, rows.n + 1, struct background_item);
    for (size_t i = 0; i < rows.n; i++)
        items[i] = (struct background_item){photos[i].photo_id, photos[i].due_us, photos[i].name};
    *ret = (struct rows){items, rows.n};
    return OK;
}

struct look_work {
    const struct tx *tx;
    const struct background_item *item;
    int64_t lease_us;
    int64_t person;
    bool other;                  /* the profile photo does not clearly show the face … */
    struct user_face_photos was; /* … of the verified one of these */
};

static enum err take_in(struct db *db, void *arg)
{
    struct look_work *w = arg;

    return face_photo_take(db, w->item->id, w->item->stamp, w->lease_us, &w->person);
}

static enum err done_in(struct db *db, void *arg)
{
    const struct look_work *w = arg;
    enum err e = OK;

    if (w->other)
        e = user_clear_verified(db, w->person, &w->was, w->tx->now_us);
    return e == OK ? face_photo_done(db, w->item->id, w->lease_us) : e;
}

static enum err compare_profile(struct look_work *w, const struct face_known *profile)
{
    const struct tx *tx = w->tx;
    struct face_known verified;

    enum err e = user_face_photos(tx->db, tx->arena, w->person, &w->was);
    if (e != OK || w->was.verified != 1 || w->was.profile_photo != w->item->id ||
        w->was.verified_photo == w->item->id)
        return e;
    e = face_of_photo(tx, w->person, w->was.verified_photo, w->was.verified_name, &verified);
    if (e != OK)
        return e;
    w->other = str_present(profile->reason) || str_present(verified.reason) ||
               face_similarity(profile->embedding, verified.embedding, profile->dimensions) <
                   face_threshold(tx->app->faces, 1);
    return OK;
}

enum err faces_run(const struct tx *tx, const struct background_item *item)
{
    struct look_work w = {.tx = tx, .item = item, .lease_us = tx->now_us + LEASE_US};
    struct face_known face;

    enum err e = work_transaction(tx->app->workers, take_in, &w);
    if (e != OK)
        return e == ERR_NOT_FOUND ? OK : e;
    e = face_of_photo(tx, w.person, item->id, item->name, &face);
    if (e == OK)
        e = compare_profile(&w, &face);
    if (e != OK && e != ERR_NOT_FOUND) /* a photo that is gone has nothing more to be done */
        return e;
    return work_transaction(tx->app->workers, done_in, &w);
}
