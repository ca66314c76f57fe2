/* Photos' rows in SQL: which exist, whose they are, which files must go. The files themselves are
 * blob.h's. */
#include "services/user/store.h"

#include "services/user/rules.h"
#include "services/user/sql.h"
#include "services/user/user.h"

#include <stdio.h>

const char SQL_USER_PHOTO_GET[] = "SELECT id, owner, name FROM user_photos WHERE name = $1";
const char SQL_USER_PHOTO_LIST[] =
    "SELECT id, owner, name FROM user_photos WHERE owner = $1 AND id > $2 ORDER BY id LIMIT $3";
const char SQL_USER_PHOTO_COUNT[] = "SELECT photo_count FROM users WHERE number = $1";
const char SQL_USER_PHOTO_EXPECT[] =
    "INSERT INTO user_photo_trash (name, after_us) VALUES ($1, $2)";
const char SQL_USER_PHOTO_ARRIVED[] = "DELETE FROM user_photo_trash WHERE name = $1";
const char SQL_USER_HOLD[] = "UPDATE users SET photo_count = photo_count WHERE number = $1";
const char SQL_USER_PHOTO_COUNT_UP[] =
    "UPDATE users SET photo_count = photo_count + 1, "
    "profile_photo = COALESCE(profile_photo, $2), updated_at = $4 "
    "WHERE number = $1 AND photo_count < $3";
const char SQL_USER_PHOTO_INSERT[] =
    "INSERT INTO user_photos (owner, name, bytes, created_at) VALUES ($1, $2, $3, $4)";
const char SQL_USER_PHOTO_DELETE[] =
    "DELETE FROM user_photos WHERE name = $1 AND owner = $2 RETURNING id";
const char SQL_USER_PHOTO_COUNT_DOWN[] =
    "UPDATE users SET photo_count = photo_count - 1, "
    "profile_photo = CASE WHEN profile_photo = $2 THEN "
    "(SELECT '" PHOTO_URL_PREFIX "' || name FROM user_photos WHERE owner = $1 ORDER BY id LIMIT 1) "
    "ELSE profile_photo END, "
    "verified = CASE WHEN verified_photo = $3 THEN 0 ELSE verified END, "
    "kyc_level = CASE WHEN verified_photo = $3 AND kyc_level IN ('face', 'face_live') THEN 'basic' "
    "ELSE kyc_level END, "
    "verified_photo = NULLIF(verified_photo, $3), updated_at = $4 WHERE number = $1";
const char SQL_USER_PHOTO_TRASH[] =
    "SELECT name, after_us FROM user_photo_trash WHERE after_us <= $1 ORDER BY after_us LIMIT $2";
const char SQL_USER_PHOTO_TRASH_TAKE[] =
    "DELETE FROM user_photo_trash WHERE name = $1 AND after_us = $2";

const char SQL_USER_PHOTO_NAMES[] =
    "SELECT id, owner, name FROM user_photos WHERE id > $1 ORDER BY id LIMIT 1000";

enum err photo_get(struct db *db, struct arena *a, struct str name, struct photo *ret)
{
    return db_one(db, a, SQL_USER_PHOTO_GET, &PHOTO, ret, DB_ARGS(DB_TEXT(name)));
}

enum err photo_list(struct db *db, struct arena *a, int64_t owner, int64_t after_id, int64_t limit,
                    struct rows *ret)
{
    int64_t after = after_id == I64_NULL ? 0 : after_id;
    return db_all(db, a, SQL_USER_PHOTO_LIST, &PHOTO, ret,
                  DB_ARGS(DB_I64(owner), DB_I64(after), DB_I64(limit)));
}

enum err photo_count(struct db *db, int64_t owner, int64_t *ret)
{
    return db_int(db, SQL_USER_PHOTO_COUNT, DB_ARGS(DB_I64(owner)), ret);
}

enum err photo_expect(struct db *db, struct str name, int64_t until_us)
{
    return db_run(db, SQL_USER_PHOTO_EXPECT, DB_ARGS(DB_TEXT(name), DB_I64(until_us)), NULL);
}

static struct str photo_url(char *buf, size_t cap, struct str name)
{
    int n = snprintf(buf, cap, PHOTO_URL_PREFIX "%.*s", STR_ARG(name));
    return (struct str){buf, (size_t)n};
}

enum err photo_insert(struct db *db, struct str name, int64_t owner, int64_t bytes, int64_t most,
                      int64_t now_us)
{
    char buf[sizeof PHOTO_URL_PREFIX + PHOTO_NAME_LEN];
    struct str url = photo_url(buf, sizeof buf, name);
    int64_t changed = 0;

    enum err e = db_run(db, SQL_USER_PHOTO_ARRIVED, DB_ARGS(DB_TEXT(name)), &changed);
    if (e == OK && changed == 1)
        e = db_run(db, SQL_USER_PHOTO_COUNT_UP,
                   DB_ARGS(DB_I64(owner), DB_TEXT(url), DB_I64(most), DB_I64(now_us)), &changed);
    if (e == OK && changed != 1)
        return ERR_NOT_FOUND;
    if (e != OK)
        return e;
    return db_run(db, SQL_USER_PHOTO_INSERT,
                  DB_ARGS(DB_I64(owner), DB_TEXT(name), DB_I64(bytes), DB_I64(now_us)), NULL);
}

enum err user_hold(struct db *db, int64_t number)
{
    return db_run(db, SQL_USER_HOLD, DB_ARGS(DB_I64(number)), NULL);
}

enum err photo_remove(struct db *db, struct str name, int64_t owner, int64_t now_us)
{
    char buf[sizeof PHOTO_URL_PREFIX + PHOTO_NAME_LEN];
    struct str url = photo_url(buf, sizeof buf, name);
    int64_t id;

    enum err e = user_hold(db, owner);
    if (e == OK)
        e = db_int(db, SQL_USER_PHOTO_DELETE, DB_ARGS(DB_TEXT(name), DB_I64(owner)), &id);
    if (e != OK)
        return e;
    e = db_run(db, SQL_USER_PHOTO_COUNT_DOWN,
               DB_ARGS(DB_I64(owner), DB_TEXT(url), DB_I64(id), DB_I64(now_us)), NULL);
    return e != OK ? e : photo_expect(db, name, now_us);
}

enum err photo_trash(struct db *db, struct arena *a, int64_t now_us, int64_t limit,
                     struct rows *ret)
{
    return db_all(db, a, SQL_USER_PHOTO_TRASH, &PHOTO_TRASH, ret,
                  DB_ARGS(DB_I64(now_us), DB_I64(limit)));
}

enum err photo_trash_take(struct db *db, struct str name, int64_t after_us)
{
    return db_run_one(db, SQL_USER_PHOTO_TRASH_TAKE, DB_ARGS(DB_TEXT(name), DB_I64(after_us)));
}

enum err user_photo_names(struct db *db, struct arena *a, struct rows *ret)
{
    struct str *all = NULL;
    size_t n = 0, room = 0;
    int64_t after = 0;

    for (;;) {
        struct rows page;
        enum err e = db_all(db, a, SQL_USER_PHOTO_NAMES, &PHOTO, &page, DB_ARGS(DB_I64(after)));
        if (e != OK)
            return e;
        if (page.n == 0)
            break;
        const struct photo *photos = page.items;
        if (all == NULL || n + 2 * page.n > room) {
            room = 2 * (n + 2 * page.n);
            struct str *more = ARENA_ARRAY(a, room, struct str);
            for (size_t i = 0; i < n; i++)
                more[i] = all[i];
            all = more;
        }
        for (size_t i = 0; i < page.n; i++) {
            all[n++] = photos[i].name;
            all[n++] = photo_thumbnail_name(a, photos[i].name);
        }
        after = photos[page.n - 1].id;
    }
    *ret = (struct rows){all, n};
    return OK;
}
