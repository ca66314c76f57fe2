/* Face attempts in SQL. No rules, no HTTP. */
#include "services/faceauth/store.h"

static const char SQL_FACEAUTH_INSERT[] =
    "INSERT INTO face_attempts (id, person, user_id, is_validated, confidence, liveness, reason, "
    "photo_id, created_at, challenge) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
static const char SQL_FACEAUTH_LATEST[] =
    "SELECT id, user_id, is_validated, confidence, created_at FROM face_attempts "
    "WHERE person = $1 ORDER BY is_validated DESC, created_at DESC LIMIT 1";
static const char SQL_FACEAUTH_FAILURES[] =
    "SELECT count(*) AS count, min(created_at) AS oldest_us FROM face_attempts "
    "WHERE person = $1 AND is_validated = 0 AND created_at > $2";

const char *const FACEAUTH_QUERIES[] = {
    SQL_FACEAUTH_INSERT,          SQL_FACEAUTH_LATEST,
    SQL_FACEAUTH_FAILURES,        SQL_FACEAUTH_PHOTO_GET,
    SQL_FACEAUTH_PHOTO_DUE,       SQL_FACEAUTH_PHOTO_STORE,
    SQL_FACEAUTH_PHOTO_WAITING,   SQL_FACEAUTH_PHOTO_TAKE,
    SQL_FACEAUTH_PHOTO_DONE,      SQL_FACEAUTH_PHOTO_REMOVE,
    SQL_FACEAUTH_FORGET_PHOTOS,   SQL_FACEAUTH_FORGET_CHALLENGES,
    SQL_FACEAUTH_FORGET_IMAGES,   SQL_FACEAUTH_FORGET_ATTEMPTS,
    SQL_FACEAUTH_CHALLENGE_PUT,   SQL_FACEAUTH_CHALLENGE_GET,
    SQL_FACEAUTH_CHALLENGE_TAKE,  SQL_FACEAUTH_CHALLENGE_OVER,
    SQL_FACEAUTH_CHALLENGE_PURGE, SQL_FACEAUTH_IMAGE_GATE,
    SQL_FACEAUTH_IMAGE_SEEN,      SQL_FACEAUTH_IMAGE_PUT,
    SQL_FACEAUTH_IMAGE_MARK,      SQL_FACEAUTH_IMAGE_OVER,
    SQL_FACEAUTH_IMAGE_PURGE,     SQL_FACEAUTH_IMAGE_ANEW,
    SQL_FACEAUTH_IMAGE_LET_GO,    NULL,
};

enum err face_attempt_insert(struct db *db, const struct face_attempt *t)
{
    return db_run(db, SQL_FACEAUTH_INSERT,
                  DB_ARGS(DB_TEXT(t->id), DB_I64(t->person), DB_TEXT(t->user_id),
                          DB_I64(t->is_validated), DB_REAL(t->confidence), DB_REAL(t->liveness),
                          DB_TEXT(t->reason), DB_I64(t->photo_id), DB_I64(t->created_at),
                          DB_I64(t->challenge)),
                  NULL);
}

enum err face_attempt_latest(struct db *db, struct arena *a, int64_t person,
                             struct face_attempt *ret)
{
    return db_one(db, a, SQL_FACEAUTH_LATEST, &FACE_ATTEMPT, ret, DB_ARGS(DB_I64(person)));
}

enum err face_failures_since(struct db *db, struct arena *a, int64_t person, int64_t since_us,
                             struct face_failures *ret)
{
    return db_one(db, a, SQL_FACEAUTH_FAILURES, &FACE_FAILURES, ret,
                  DB_ARGS(DB_I64(person), DB_I64(since_us)));
}
