/* Photos' faces in SQL: which are to be looked at, what was found, sealed. No rules, no pixels. */
#include "services/faceauth/store.h"

const char SQL_FACEAUTH_PHOTO_GET[] =
    "SELECT photo_id, person, name, version, reason, sealed FROM face_photos WHERE photo_id = $1";
const char SQL_FACEAUTH_PHOTO_DUE[] =
    "INSERT INTO face_photos (photo_id, person, name, due_us) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (photo_id) DO UPDATE SET due_us = excluded.due_us, tries = 0";
const char SQL_FACEAUTH_PHOTO_STORE[] =
    "INSERT INTO face_photos (photo_id, person, name, version, reason, sealed) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (photo_id) DO UPDATE SET "
    "version = excluded.version, reason = excluded.reason, sealed = excluded.sealed";
const char SQL_FACEAUTH_PHOTO_WAITING[] =
    "SELECT photo_id, due_us, name FROM face_photos WHERE due_us <= $1 ORDER BY due_us LIMIT $2";
const char SQL_FACEAUTH_PHOTO_TAKE[] =
    "UPDATE face_photos SET tries = tries + 1, due_us = "
    "CASE WHEN tries + 1 >= $4 THEN NULL ELSE CAST($3 AS BIGINT) END "
    "WHERE photo_id = $1 AND due_us = $2 RETURNING person";
const char SQL_FACEAUTH_PHOTO_DONE[] =
    "UPDATE face_photos SET due_us = NULL WHERE photo_id = $1 AND due_us = $2";
const char SQL_FACEAUTH_PHOTO_REMOVE[] = "DELETE FROM face_photos WHERE photo_id = $1";
const char SQL_FACEAUTH_FORGET_PHOTOS[] = "DELETE FROM face_photos WHERE person = $1";
const char SQL_FACEAUTH_FORGET_CHALLENGES[] = "DELETE FROM face_challenges WHERE person = $1";
const char SQL_FACEAUTH_FORGET_IMAGES[] = "DELETE FROM face_images WHERE person = $1";
const char SQL_FACEAUTH_FORGET_ATTEMPTS[] = "DELETE FROM face_attempts WHERE person = $1";

enum err face_photo_get(struct db *db, struct arena *a, int64_t photo_id, struct face_photo *ret)
{
    return db_one(db, a, SQL_FACEAUTH_PHOTO_GET, &FACE_PHOTO, ret, DB_ARGS(DB_I64(photo_id)));
}

enum err face_photo_due(struct db *db, const struct face_photo *p, int64_t due_us)
{
    return db_run(db, SQL_FACEAUTH_PHOTO_DUE,
                  DB_ARGS(DB_I64(p->photo_id), DB_I64(p->person), DB_TEXT(p->name), DB_I64(due_us)),
                  NULL);
}

enum err face_photo_store(struct db *db, const struct face_photo *p)
{
    return db_run(db, SQL_FACEAUTH_PHOTO_STORE,
                  DB_ARGS(DB_I64(p->photo_id), DB_I64(p->person), DB_TEXT(p->name),
                          DB_TEXT(p->version), DB_TEXT(p->reason), DB_BLOB(p->sealed)),
                  NULL);
}

enum err face_photos_waiting(struct db *db, struct arena *a, int64_t now_us, int64_t limit,
                             struct rows *ret)
{
    return db_all(db, a, SQL_FACEAUTH_PHOTO_WAITING, &FACE_PHOTO, ret,
                  DB_ARGS(DB_I64(now_us), DB_I64(limit)));
}

enum err face_photo_take(struct db *db, int64_t photo_id, int64_t due_us, int64_t lease_us,
                         int64_t *ret_person)
{
    return db_int(
        db, SQL_FACEAUTH_PHOTO_TAKE,
        DB_ARGS(DB_I64(photo_id), DB_I64(due_us), DB_I64(lease_us), DB_I64(FACE_PHOTO_TRIES)),
        ret_person);
}

enum err face_photo_done(struct db *db, int64_t photo_id, int64_t lease_us)
{
    return db_run(db, SQL_FACEAUTH_PHOTO_DONE, DB_ARGS(DB_I64(photo_id), DB_I64(lease_us)), NULL);
}

enum err face_photo_remove(struct db *db, int64_t photo_id)
{
    return db_run(db, SQL_FACEAUTH_PHOTO_REMOVE, DB_ARGS(DB_I64(photo_id)), NULL);
}

enum err face_forget(struct db *db, int64_t person)
{
    static const char *const ALL[] = {SQL_FACEAUTH_FORGET_PHOTOS, SQL_FACEAUTH_FORGET_CHALLENGES,
                                      SQL_FACEAUTH_FORGET_IMAGES, SQL_FACEAUTH_FORGET_ATTEMPTS};
    enum err e = OK;

    for (size_t i = 0; e == OK && i < sizeof ALL / sizeof ALL[0]; i++)
        e = db_run(db, ALL[i], DB_ARGS(DB_I64(person)), NULL);
    return e;
}
