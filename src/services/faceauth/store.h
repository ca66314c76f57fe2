/* Face attempts, photos' faces, challenges and the marks of images in SQL. No rules, no HTTP.
 * Errors are those of db.h. */
#ifndef SERVICES_FACEAUTH_STORE_H
#define SERVICES_FACEAUTH_STORE_H

#include "platform/db/db.h"
#include "platform/face/face.h"
#include "services/faceauth/fields.h"

extern const char *const FACEAUTH_QUERIES[];

enum err face_attempt_insert(struct db *db, const struct face_attempt *attempt);
/* The latest success, else the latest attempt. ERR_NOT_FOUND: there is none. */
enum err face_attempt_latest(struct db *db, struct arena *a, int64_t person,
                             struct face_attempt *ret);
/* Failures after since_us. */
enum err face_failures_since(struct db *db, struct arena *a, int64_t person, int64_t since_us,
                             struct face_failures *ret);

/* ── Photos' faces (store_faces.c) ── */

#define FACE_SIDE 1600     /* larger images are decoded smaller: enough for any face */
#define FACE_PHOTO_TRIES 5 /* looks begun in the background; then only a check looks */

enum err face_photo_get(struct db *db, struct arena *a, int64_t photo_id, struct face_photo *ret);
/* It is to be looked at (again) from due_us on. */
enum err face_photo_due(struct db *db, const struct face_photo *p, int64_t due_us);
/* What was found; the caller holds the photo. */
enum err face_photo_store(struct db *db, const struct face_photo *p);
/* Rows of struct face_photo. */
enum err face_photos_waiting(struct db *db, struct arena *a, int64_t now_us, int64_t limit,
                             struct rows *ret);
/* The caller's until lease_us. ERR_NOT_FOUND: somebody else's, or gone. */
enum err face_photo_take(struct db *db, int64_t photo_id, int64_t due_us, int64_t lease_us,
                         int64_t *ret_person);
/* Nothing more to do, unless it has become due again since. */
enum err face_photo_done(struct db *db, int64_t photo_id, int64_t lease_us);
enum err face_photo_remove(struct db *db, int64_t photo_id);
/* All of the person's rows, in all tables of this service. */
enum err face_forget(struct db *db, int64_t person);

/* ── Challenges, images (store_challenges.c) ── */

/* In place of the token's earlier one. */
enum err challenge_put(struct db *db, const struct face_challenge *c);
enum err challenge_get(struct db *db, struct arena *a, struct str jti, struct face_challenge *ret);
/* It has served. ERR_NOT_FOUND: it has served before, another took its place, or it is over. */
enum err challenge_take(struct db *db, const struct face_challenge *c, int64_t now_us);
/* Is any over? 0 or 1. */
enum err challenges_over(struct db *db, int64_t now_us, int64_t *ret);
enum err challenges_purge(struct db *db, int64_t now_us);
/* Until this transaction ends nobody else looks for images or adds one. */
enum err image_gate(struct db *db);
/* Do FACE_PRINT_ALIKE of these marks belong to one image? */
enum err image_seen(struct db *db, const int64_t marks[FACE_PRINT_PARTS], bool *ret);
/* photo_id: of a photo that stands, in place of what was kept of it before; I64_NULL: of none. */
enum err image_put(struct db *db, int64_t person, int64_t photo_id,
                   const int64_t marks[FACE_PRINT_PARTS], int64_t now_us);
/* The photo is gone: its time begins. */
enum err image_let_go(struct db *db, int64_t photo_id, int64_t now_us);
/* Of no photo, and from before_us or earlier: rows of struct face_image. */
enum err images_over(struct db *db, struct arena *a, int64_t before_us, int64_t limit,
                     struct rows *ret);
enum err image_purge(struct db *db, int64_t id);

extern const char SQL_FACEAUTH_PHOTO_GET[];
extern const char SQL_FACEAUTH_PHOTO_DUE[];
extern const char SQL_FACEAUTH_PHOTO_STORE[];
extern const char SQL_FACEAUTH_PHOTO_WAITING[];
extern const char SQL_FACEAUTH_PHOTO_TAKE[];
extern const char SQL_FACEAUTH_PHOTO_DONE[];
extern const char SQL_FACEAUTH_PHOTO_REMOVE[];
extern const char SQL_FACEAUTH_FORGET_PHOTOS[];
extern const char SQL_FACEAUTH_FORGET_CHALLENGES[];
extern const char SQL_FACEAUTH_FORGET_IMAGES[];
extern const char SQL_FACEAUTH_FORGET_ATTEMPTS[];
extern const char SQL_FACEAUTH_CHALLENGE_PUT[];
extern const char SQL_FACEAUTH_CHALLENGE_GET[];
extern const char SQL_FACEAUTH_CHALLENGE_TAKE[];
extern const char SQL_FACEAUTH_CHALLENGE_OVER[];
extern const char SQL_FACEAUTH_CHALLENGE_PURGE[];
extern const char SQL_FACEAUTH_IMAGE_GATE[];
extern const char SQL_FACEAUTH_IMAGE_SEEN[];
extern const char SQL_FACEAUTH_IMAGE_PUT[];
extern const char SQL_FACEAUTH_IMAGE_MARK[];
extern const char SQL_FACEAUTH_IMAGE_ANEW[];
extern const char SQL_FACEAUTH_IMAGE_LET_GO[];
extern const char SQL_FACEAUTH_IMAGE_OVER[];
extern const char SQL_FACEAUTH_IMAGE_PURGE[];

#endif
