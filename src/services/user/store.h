/* The user service's tables, read and changed by statements that guard their own races. No rules,
 * no HTTP. Texts come back in the given arena. Where nothing else is said, errors are those of
 * db.h. */
#ifndef SERVICES_USER_STORE_H
#define SERVICES_USER_STORE_H

#include "platform/auth/token.h"
#include "platform/db/db.h"
#include "services/user/fields.h"

extern const char *const USER_QUERIES[];

/* ── Accounts (store.c) ── */

struct user_new {
    struct str name;
    struct str email; /* lower-case */
    struct str phone; /* these four absent: an account made by an operator */
    struct str gender;
    int64_t dob;
    struct str bio;
    struct str password_hash;
    enum role role;
    uint8_t random[UUID_RANDOM_BYTES]; /* for the UUID */
};

/* Takes the next free number. ERR_CONFLICT: the e-mail has an account. */
enum err user_create(struct db *db, struct arena *a, const struct user_new *in, int64_t now_us,
                     struct credentials *ret);
/* ERR_NOT_FOUND. */
enum err user_credentials_by_email(struct db *db, struct arena *a, struct str email,
                                   struct credentials *ret);
enum err user_credentials_of(struct db *db, struct arena *a, int64_t number,
                             struct credentials *ret);
/* Only if the hash is still `old_hash`, else ERR_NOT_FOUND. */
enum err user_set_password(struct db *db, int64_t number, struct str old_hash, struct str new_hash,
                           int64_t now_us);
enum err user_set_role(struct db *db, int64_t number, enum role role, int64_t now_us);

/* ERR_NOT_FOUND: no such account. A UUID is compared whole. */
enum err user_profile_find(struct db *db, struct arena *a, const struct user_ref *ref,
                           struct user_profile *ret);
enum err user_admin_account(struct db *db, struct arena *a, struct str email,
                            struct admin_account *ret);
/* At most `most` accounts with a number under `below`, the newest first, of struct admin_account.
 */
enum err user_admin_accounts(struct db *db, struct arena *a, int64_t below, int64_t most,
                             struct rows *ret);
/* Absent members stay as they are; gender and dob present only where they change. ERR_NOT_FOUND:
 * they may not change any more (verified); ERR_CONFLICT: the e-mail has another account. */
enum err user_profile_update(struct db *db, struct arena *a, int64_t number,
                             const struct profile_change *in, int64_t now_us,
                             struct user_profile *ret);

/* The account and all rows of its own; photos' files are left to photo_trash, and its number to
 * nobody. The caller holds it. ERR_NOT_FOUND: it is gone already. (store_forget.c) */
enum err user_forget(struct db *db, int64_t number, int64_t now_us);

/* ── Numbers ── */

/* Whose number this is. ERR_NOT_FOUND: nobody's. */
enum err user_number_owner(struct db *db, int64_t number, int64_t *ret_owner);
/* Nothing happens when it is somebody's already, or the account has USER_ALIASES_MAX. */
enum err user_number_claim(struct db *db, int64_t number, int64_t owner);

/* ── Preferences ── */

/* All absent before the first PUT. */
enum err user_preferences(struct db *db, struct arena *a, int64_t number, struct preferences *ret);
/* Absent members stay; empty texts clear. *ret: what stands then. ERR_CONFLICT: the age bounds
 * cross. */
enum err user_preferences_put(struct db *db, struct arena *a, int64_t number,
                              const struct preferences *in, int64_t now_us,
                              struct preferences *ret);

/* ── Photos (store_photos.c) ── */

/* ERR_NOT_FOUND. */
enum err photo_get(struct db *db, struct arena *a, struct str name, struct photo *ret);
/* Oldest first, after the photo `after_id` (I64_NULL: from the start); rows of struct photo. */
enum err photo_list(struct db *db, struct arena *a, int64_t owner, int64_t after_id, int64_t limit,
                    struct rows *ret);
/* How many the account has. */
enum err photo_count(struct db *db, int64_t owner, int64_t *ret);
/* A file of this name is about to be written: it goes unless photo_insert follows before until_us.
 */
enum err photo_expect(struct db *db, struct str name, int64_t until_us);
/* ERR_NOT_FOUND: the account has `most` photos, or the file has been waiting too long and is gone.
 */
enum err photo_insert(struct db *db, struct str name, int64_t owner, int64_t bytes, int64_t most,
                      int64_t now_us);
/* Before a statement whose result depends on which photos there are: nobody else adds or removes
 * one until this transaction ends. */
enum err user_hold(struct db *db, int64_t number);
/* Takes the profile photo's and the verified photo's part of the account along, and leaves the file
 * to photo_trash. ERR_NOT_FOUND: the owner has no such photo. */
enum err photo_remove(struct db *db, struct str name, int64_t owner, int64_t now_us);
/* Files whose time has come; rows of struct photo_trash. */
enum err photo_trash(struct db *db, struct arena *a, int64_t now_us, int64_t limit,
                     struct rows *ret);
/* The file is the caller's to delete. ERR_NOT_FOUND: somebody else's, or a photo's by now. */
enum err photo_trash_take(struct db *db, struct str name, int64_t after_us);

#endif
