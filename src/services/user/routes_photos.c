/* Photos: uploaded, listed and deleted (reference 1.6, 1.7; contract §4). Pixels are worked on
 * outside transactions; a file without its row, whatever became of its request, is removed by the
 * tick. */
#include "services/user/routes.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/audit/audit.h"
#include "platform/blob/blob.h"
#include "platform/clock.h"
#include "platform/http/form.h"
#include "platform/image/req_image.h"
#include "services/faceauth/faceauth.h"
#include "services/user/store.h"
#include "services/user/user.h"

#include <inttypes.h>

#define PHOTO_SIDE 2048
#define PHOTO_QUALITY 88
#define THUMBNAIL_SIDE 320
#define THUMBNAIL_QUALITY 82
#define UPLOAD_WINDOW_US (10 * US_PER_MINUTE)

struct upload {
    struct req *q;
    struct str name;
    struct str thumbnail_name;
    struct str jpeg;
    struct str thumbnail;
    struct faceauth_marks marks;
};

/* ── Pixels ── */

static enum err encode_within(struct req *q, const struct image *img, int side, int quality,
                              struct str *ret)
{
    struct image small;

    enum err e = image_shrink(img, side, &small);
    if (e != OK)
        return e;
    e = image_encode_jpeg(&small, quality, q->arena, ret);
    image_free(&small);
    return e;
}

/* What came beside the first would be lost without a word. */
static enum err one_file(struct req *q)
{
    const struct form_part *first = q->form != NULL ? form_get(q->form, "file") : NULL;

    if (first == NULL || form_after(first) == NULL)
        return OK;
    return req_fail_field(q, "file", "may come once: one photo at a time");
}

static enum err make_jpegs(struct upload *u)
{
    const struct image_limits limits = {.min_side = IMAGE_MIN_SIDE, .max_side = PHOTO_SIDE};
    struct image img;

    enum err e = one_file(u->q);
    if (e == OK)
        e = req_image(u->q, "file", &limits, &img);
    if (e != OK)
        return e;
    e = encode_within(u->q, &img, PHOTO_SIDE, PHOTO_QUALITY, &u->jpeg);
    if (e == OK)
        e = encode_within(u->q, &img, THUMBNAIL_SIDE, THUMBNAIL_QUALITY, &u->thumbnail);
    if (e == OK)
        e = faceauth_marks(u->q->app, &img, &u->marks);
    image_free(&img);
    return e;
}

/* ── Files and rows ── */

static enum err expect_in(struct db *db, void *arg)
{
    const struct upload *u = arg;
    return photo_expect(db, u->name, u->q->now_us + UPLOAD_WINDOW_US);
}

static enum err insert_in(struct db *db, void *arg)
{
    const struct upload *u = arg;

    const struct tx tx = {u->q->app, db, u->q->arena, u->q->now_us};
    struct photo photo = {0};

    enum err e = user_path_claim(u->q, db);
    if (e == OK)
        e = photo_insert(db, u->name, u->q->caller.number, (int64_t)u->jpeg.len,
                         u->q->app->config->photos_per_user, u->q->now_us);
    if (e == OK)
        e = photo_get(db, u->q->arena, u->name, &photo);
    if (e == OK)
        e = faceauth_picture_kept(&tx, photo.owner, photo.id, &u->marks);
    return e == OK ? faceauth_photo_added(&tx, photo.owner, photo.id, photo.name) : e;
}

static enum err too_many(struct req *q)
{
    return req_fail(q, ERR_CONFLICT, "You already have %" PRId64 " photos; delete one first",
                    q->app->config->photos_per_user);
}

/* Announce the name, write the files, then make them a photo. */
static enum err keep(struct upload *u)
{
    struct blob_store *photos = u->q->app->photos;

    enum err e = req_transaction(u->q, expect_in, u);
    if (e == OK)
        e = blob_put(photos, u->name, u->jpeg);
    if (e == OK)
        e = blob_put(photos, u->thumbnail_name, u->thumbnail);
    if (e == OK) {
        e = req_transaction(u->q, insert_in, u);
        /* Nobody knows whether it is a photo: if not, the note stands, and its files go later. */
        if (e == OK || e == ERR_UNAVAILABLE)
            return e;
    }
    (void)blob_delete(photos, u->name);
    (void)blob_delete(photos, u->thumbnail_name);
    return e == ERR_NOT_FOUND ? too_many(u->q) : e;
}

static void choose_name(struct upload *u)
{
    uint8_t random[UUID_RANDOM_BYTES];

    random_fill(random, sizeof random);
    struct uuid id = uuid_v4(random);
    u->name = arena_printf(u->q->arena, "%s.jpg", id.text);
    u->thumbnail_name = photo_thumbnail_name(u->q->arena, u->name);
}

/* POST /users/{user_id}/photos, form part "file". 201 where it is; 403; 404; 409 twelve already;
 * 413; 415; 422. */
enum err photos_upload(struct req *q)
{
    struct upload u = {.q = q};
    int64_t count;

    enum err e = user_path_check(q);
    if (e == OK)
        e = photo_count(q->db, q->caller.number, &count);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "User not found");
    if (e == OK && count >= q->app->config->photos_per_user)
        return too_many(q);
    if (e == OK)
        e = make_jpegs(&u);
    if (e != OK)
        return e;

    choose_name(&u);
    e = keep(&u);
    if (e != OK)
        return e;
    struct photo_uploaded out = {
        arena_printf(q->arena, PHOTO_URL_PREFIX "%.*s", STR_ARG(u.name)),
    };
    return req_reply(q, 201, &PHOTO_UPLOADED, &out);
}

/* ── Listing ── */

static enum err reply_urls(struct req *q, const struct rows *rows)
{
    const struct photo *photos = rows->items;
    struct buf b = buf_new(q->arena, 16 + rows->n * 64);

    buf_char(&b, '[');
    for (size_t i = 0; i < rows->n; i++)
        buf_printf(&b, "%s\"" PHOTO_URL_PREFIX "%.*s\"", i > 0 ? "," : "", STR_ARG(photos[i].name));
    buf_char(&b, ']');
    return req_reply_json(q, 200, buf_view(&b));
}

/* Whose photos the path names, when the caller may see them. */
static enum err visible_owner(struct req *q, int64_t *ret)
{
    struct user_ref ref = {0};
    struct account account;
    enum view view;

    enum err e = req_path_user(q, "user_id", &ref);
    if (e == OK)
        e = user_find(q->db, q->arena, &ref, &account);
    if (e == ERR_NOT_FOUND && ref.kind == USER_REF_NUMBER)
        return req_fail(q, ERR_FORBIDDEN, "You may not see these photos");
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "User not found");
    if (e == OK)
        e = users_view(q, account.number, &view);
    if (e != OK)
        return e;
    if (view != VIEW_ALL && view != VIEW_MATCHED)
        return req_fail(q, ERR_FORBIDDEN, "You may not see these photos");
    *ret = account.number;
    return OK;
}

/* GET /users/{user_id}/photos: paths, oldest first; for the owner, admins and somebody matched with
 * them. 403; 404. */
enum err photos_list(struct req *q)
{
    struct rows rows;
    int64_t owner = 0;
    int64_t limit, cursor;

    enum err e = req_page(q, &limit, &cursor);
    if (e == OK)
        e = visible_owner(q, &owner);
    if (e == OK)
        e = photo_list(q->db, q->arena, owner, cursor, limit + 1, &rows);
    if (e != OK)
        return e;
    if (owner != q->caller.number)
        audit_read(q, "user.photos.read", "user %" PRId64, owner);
    (void)req_reply_page(q, &PHOTO, &rows, limit,
                         "id"); /* the page and its Link; the body is paths */
    return reply_urls(q, &rows);
}

/* ── Deleting ── */

/* The photo, its face, and what the next profile photo shows. */
static enum err remove_photo(struct req *q, struct str name, int64_t owner)
{
    const struct tx tx = req_tx(q);
    struct user_face_photos left = {.profile_photo = I64_NULL};
    struct photo photo = {0};

    enum err e = photo_get(q->db, q->arena, name, &photo);
    if (e == OK)
        e = photo_remove(q->db, name, owner, q->now_us);
    if (e == OK)
        e = faceauth_photo_removed(&tx, photo.id);
    if (e == OK)
        e = user_face_photos(q->db, q->arena, owner, &left);
    if (e != OK || left.verified != 1 || left.profile_photo == I64_NULL)
        return e;
    return faceauth_photo_added(&tx, owner, left.profile_photo, left.profile_name);
}

/* DELETE /users/{user_id}/photos/{name}: by the owner or an admin. 200 message; 403; 404. */
enum err photos_delete(struct req *q)
{
    struct photo_file file;
    int64_t owner;

    enum err e = user_readable_path(q, &owner);
    if (e != OK)
        return e;
    if (!photo_file_parse(req_path_text(q, "name"), &file) || file.thumbnail)
        return req_fail(q, ERR_NOT_FOUND, "Photo not found");
    e = remove_photo(q, str_of(file.name), owner);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Photo not found");
    if (e == OK && owner != q->caller.number)
        e = audit_put(q, q->db, "user.photo.delete", "user %" PRId64, owner);
    return e != OK ? e : req_reply_message(q, 200, "Photo deleted");
}
