/* What other services may ask of the user service, inside their own transaction. Nobody else names
 * its tables. */
#ifndef SERVICES_USER_USER_H
#define SERVICES_USER_USER_H

#include "platform/tx.h"

extern const struct service USER_SERVICE;

/* An account as its neighbours may know it. */
struct account {
    int64_t number; /* user_number */
    struct str id;  /* UUID */
    struct str name;
    int64_t dob;     /* days since 1970; absent in accounts made by `admin create` */
    struct str city; /* location_preference, or absent */
    int8_t verified;
    struct str kyc_level;
};

/* ERR_NOT_FOUND: no such account. */
enum err user_get(struct db *db, struct arena *a, int64_t number, struct account *ret);
/* The same, and as it stays until this transaction ends: for who keeps a copy of it. Before any row
 * of the caller's own is locked. */
enum err user_get_held(struct db *db, struct arena *a, int64_t number, struct account *ret);
/* Either spelling, claimed numbers included. ERR_NOT_FOUND; a UUID is compared whole. */
enum err user_find(struct db *db, struct arena *a, const struct user_ref *ref, struct account *ret);

/* "The acting user is the token's" (contract §1): checks that a user id which a request names is
 * one the caller owns. An absent one is fine. *ret_shown: the number to show in replies that spell
 * users as numbers: as the caller named it, else the caller's own. In a WRITE handler
 * with claim_numbers on, a number nobody owns becomes the caller's. ERR_FORBIDDEN "user_id 456 is
 * not yours: yours is 12", the detail is set. */
enum err user_acting(struct req *q, const struct user_ref *named, int64_t *ret_shown);
/* The same for a path's {user_id}; and ERR_NOT_FOUND "User not found" for a UUID that nobody has,
 * or a segment that is no id. */
enum err user_acting_path(struct req *q, int64_t *ret_shown);
/* The same without claiming anything: for route.before_body, and for COMPUTE handlers, which check
 * everything first and claim last. */
enum err user_path_check(struct req *q);
/* The end of that, in the transaction that acts (q->db is a reader there): the path's number
 * becomes the caller's if it is nobody's. ERR_FORBIDDEN: somebody else was faster, or the caller
 * has too many. */
enum err user_path_claim(struct req *q, struct db *writer);
/* For reads of what is an account's own: as user_acting_path, but an admin may name anybody. *ret:
 * the account's number; the caller audits when it is not q->caller.number. */
enum err user_readable_path(struct req *q, int64_t *ret_number);

/* Names of the user's photos in `photos` blobs, oldest first (for face checks): rows of struct
 * user_photo. */
struct user_photo {
    int64_t id;
    struct str name; /* "<uuid>.jpg" */
};
enum err user_photos(struct db *db, struct arena *a, int64_t number, struct rows *ret);
/* The names of all files of photos, thumbnails too, for backups: rows of struct str. */
enum err user_photo_names(struct db *db, struct arena *a, struct rows *ret);
/* Holds the account: none of its photos comes or goes until this transaction ends. ERR_NOT_FOUND:
 * it has no such photo. */
enum err user_photo_held(struct db *db, int64_t number, int64_t photo_id);
/* Which photo the account was verified with, and which one it shows first; absent: none. */
struct user_face_photos {
    int8_t verified;
    int64_t verified_photo;
    struct str verified_name;
    int64_t profile_photo;
    struct str profile_name;
};
/* ERR_NOT_FOUND: no such account. */
enum err user_face_photos(struct db *db, struct arena *a, int64_t number,
                          struct user_face_photos *ret);
/* The profile photo does not clearly show the verified face: verified = false, and a kyc_level
 * that came of a face check is basic again. Nothing happens when either photo has changed since. */
enum err user_clear_verified(struct db *db, int64_t number, const struct user_face_photos *was,
                             int64_t now_us);
/* A face check passed against this photo: verified = true, kyc_level = level unless that would
 * lower it. ERR_NOT_FOUND: the photo has gone meanwhile. */
enum err user_set_verified(struct db *db, int64_t number, int64_t photo_id, struct str level,
                           int64_t now_us);

/* For `bookadate admin create`, inside its transaction: an account that can sign in, without phone,
 * gender and date of birth; or, when the e-mail has an account, that account with this role (name
 * and password stay as they are). */
struct user_admin {
    struct str name;
    struct str email;         /* checked and folded here */
    struct str password_hash; /* of password_hash(); absent is fine for an existing account */
    enum role role;
};
/* *ret_was: the role of an account that stood already, else ROLE_NONE. ERR_NOT_FOUND: there is
 * none, and no password for a new one. ERR_INVALID: the name or e-mail is none; *ret_why is one
 * sentence. */
enum err user_admin_create(struct db *writer, struct arena *a, const struct user_admin *in,
                           int64_t now_us, struct account *ret, enum role *ret_was,
                           const char **ret_why);

#endif
