/* Challenges and the marks of images in SQL: served once, seen before. No rules, no pixels. */
#include "services/faceauth/store.h"

const char SQL_FACEAUTH_CHALLENGE_PUT[] =
    "INSERT INTO face_challenges (jti, id, person, steps, expires_us) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (jti) DO UPDATE SET id = excluded.id, person = excluded.person, "
    "steps = excluded.steps, expires_us = excluded.expires_us";
const char SQL_FACEAUTH_CHALLENGE_GET[] =
    "SELECT id, jti, person, steps, expires_us FROM face_challenges WHERE jti = $1";
const char SQL_FACEAUTH_CHALLENGE_TAKE[] =
    "DELETE FROM face_challenges WHERE jti = $1 AND id = $2 AND expires_us > $3";
const char SQL_FACEAUTH_CHALLENGE_OVER[] =
    "SELECT count(*) FROM (SELECT 1 FROM face_challenges WHERE expires_us <= $1 LIMIT 1) AS over";
const char SQL_FACEAUTH_CHALLENGE_PURGE[] = "DELETE FROM face_challenges WHERE expires_us <= $1";
const char SQL_FACEAUTH_IMAGE_GATE[] =
    "UPDATE face_image_gate SET passed = passed + 1 WHERE id = 1";
const char SQL_FACEAUTH_IMAGE_SEEN[] =
    "SELECT count(*) FROM (SELECT image FROM face_image_marks "
    "WHERE mark IN ($1, $2, $3, $4, $5, $6, $7, $8) GROUP BY image HAVING count(*) >= $9) AS seen";
const char SQL_FACEAUTH_IMAGE_PUT[] =
    "INSERT INTO face_images (person, photo_id, created_at) VALUES ($1, $2, $3) RETURNING id";
const char SQL_FACEAUTH_IMAGE_ANEW[] = "DELETE FROM face_images WHERE photo_id = $1";
const char SQL_FACEAUTH_IMAGE_LET_GO[] =
    "UPDATE face_images SET photo_id = NULL, created_at = $2 WHERE photo_id = $1";
const char SQL_FACEAUTH_IMAGE_MARK[] = "INSERT INTO face_image_marks (mark, image) VALUES ($1, $2) "
                                       "ON CONFLICT (mark, image) DO NOTHING";
const char SQL_FACEAUTH_IMAGE_OVER[] =
    "SELECT id FROM face_images WHERE photo_id IS NULL AND created_at <= $1 "
    "ORDER BY created_at LIMIT $2";
const char SQL_FACEAUTH_IMAGE_PURGE[] = "DELETE FROM face_images WHERE id = $1";

enum err challenge_put(struct db *db, const struct face_challenge *c)
{
    return db_run(db, SQL_FACEAUTH_CHALLENGE_PUT,
                  DB_ARGS(DB_TEXT(c->jti), DB_TEXT(c->id), DB_I64(c->person), DB_TEXT(c->steps),
                          DB_I64(c->expires_us)),
                  NULL);
}

enum err challenge_get(struct db *db, struct arena *a, struct str jti, struct face_challenge *ret)
{
    return db_one(db, a, SQL_FACEAUTH_CHALLENGE_GET, &FACE_CHALLENGE, ret, DB_ARGS(DB_TEXT(jti)));
}

enum err challenge_take(struct db *db, const struct face_challenge *c, int64_t now_us)
{
    int64_t changed = 0;

    enum err e = db_run(db, SQL_FACEAUTH_CHALLENGE_TAKE,
                        DB_ARGS(DB_TEXT(c->jti), DB_TEXT(c->id), DB_I64(now_us)), &changed);
    return e == OK && changed == 0 ? ERR_NOT_FOUND : e;
}

enum err challenges_over(struct db *db, int64_t now_us, int64_t *ret)
{
    return db_int(db, SQL_FACEAUTH_CHALLENGE_OVER, DB_ARGS(DB_I64(now_us)), ret);
}

enum err challenges_purge(struct db *db, int64_t now_us)
{
    return db_run(db, SQL_FACEAUTH_CHALLENGE_PURGE, DB_ARGS(DB_I64(now_us)), NULL);
}

/* ── Images ── */

enum err image_gate(struct db *db)
{
    return db_run(db, SQL_FACEAUTH_IMAGE_GATE, DB_NO_ARGS, NULL);
}

enum err image_seen(struct db *db, const int64_t m[FACE_PRINT_PARTS], bool *ret)
{
    int64_t n = 0;

    enum err e =
        db_int(db, SQL_FACEAUTH_IMAGE_SEEN,
               DB_ARGS(DB_I64(m[0]), DB_I64(m[1]), DB_I64(m[2]), DB_I64(m[3]), DB_I64(m[4]),
                       DB_I64(m[5]), DB_I64(m[6]), DB_I64(m[7]), DB_I64(FACE_PRINT_ALIKE)),
               &n);
    if (e == OK)
        *ret = n > 0;
    return e;
}

enum err image_put(struct db *db, int64_t person, int64_t photo_id,
                   const int64_t marks[FACE_PRINT_PARTS], int64_t now_us)
{
    int64_t id;
    enum err e = OK;

    if (photo_id != I64_NULL)
        e = db_run(db, SQL_FACEAUTH_IMAGE_ANEW, DB_ARGS(DB_I64(photo_id)), NULL);
    if (e == OK)
        e = db_int(db, SQL_FACEAUTH_IMAGE_PUT,
                   DB_ARGS(DB_I64(person), DB_I64(photo_id), DB_I64(now_us)), &id);
    for (int i = 0; e == OK && i < FACE_PRINT_PARTS; i++)
        e = db_run(db, SQL_FACEAUTH_IMAGE_MARK, DB_ARGS(DB_I64(marks[i]), DB_I64(id)), NULL);
    return e;
}

enum err image_let_go(struct db *db, int64_t photo_id, int64_t now_us)
{
    return db_run(db, SQL_FACEAUTH_IMAGE_LET_GO, DB_ARGS(DB_I64(photo_id), DB_I64(now_us)), NULL);
}

enum err images_over(struct db *db, struct arena *a, int64_t before_us, int64_t limit,
                     struct rows *ret)
{
    return db_all(db, a, SQL_FACEAUTH_IMAGE_OVER, &FACE_IMAGE, ret,
                  DB_ARGS(DB_I64(before_us), DB_I64(limit)));
}

enum err image_purge(struct db *db, int64_t id)
{
    return db_run(db, SQL_FACEAUTH_IMAGE_PURGE, DB_ARGS(DB_I64(id)), NULL);
}
