/* Accounts, their numbers and preferences in SQL; photos are store_photos.c. No rules, no HTTP. */
#include "services/user/store.h"

#include "services/user/registrations.h"
#include "services/user/rules.h"
#include "services/user/sql.h"

#define PROFILE_COLUMNS                                                                            \
    "id, number AS user_number, name, email, phone, gender, dob, bio, profile_photo, verified, "   \
    "kyc_level, registration_status"
#define CREDENTIALS_COLUMNS                                                                        \
    "number, id, email, role, password_hash, verified, gender, dob, registration_status"

static const char SQL_USER_NEXT_NUMBER[] = "INSERT INTO user_sequence DEFAULT VALUES RETURNING n";
static const char SQL_USER_FORGET_NUMBER[] = "DELETE FROM user_sequence WHERE n = $1";
static const char SQL_USER_TAKE_NUMBER[] =
    "INSERT INTO user_numbers (number, owner) VALUES ($1, $1) ON CONFLICT (number) DO NOTHING";
static const char SQL_USER_INSERT[] =
    "INSERT INTO users (number, id, name, email, phone, gender, dob, bio, role, password_hash, "
    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) "
    "RETURNING " CREDENTIALS_COLUMNS;
static const char SQL_USER_CREDENTIALS_BY_EMAIL[] =
    "SELECT " CREDENTIALS_COLUMNS " FROM users WHERE email = $1";
static const char SQL_USER_CREDENTIALS[] =
    "SELECT " CREDENTIALS_COLUMNS " FROM users WHERE number = $1";
static const char SQL_USER_SET_PASSWORD[] =
    "UPDATE users SET password_hash = $3, updated_at = $4 WHERE number = $1 AND password_hash = $2";
static const char SQL_USER_SET_ROLE[] =
    "UPDATE users SET role = $2, updated_at = $3 WHERE number = $1";
static const char SQL_USER_PROFILE_BY_ID[] =
    "SELECT " PROFILE_COLUMNS " FROM users WHERE number = $1 AND id = $2";
static const char SQL_USER_PROFILE_BY_NUMBER[] =
    "SELECT " PROFILE_COLUMNS
    " FROM users WHERE number = (SELECT owner FROM user_numbers WHERE number = $1)";
static const char SQL_USER_ADMIN_ACCOUNT[] =
    "SELECT " PROFILE_COLUMNS ", role, created_at FROM users WHERE email = $1";
static const char SQL_USER_ADMIN_ACCOUNTS[] =
    "SELECT " PROFILE_COLUMNS ", role, created_at FROM users WHERE number < $1 "
    "ORDER BY number DESC LIMIT $2";
static const char SQL_USER_UPDATE[] =
    "UPDATE users SET name = COALESCE($2, name), email = COALESCE($3, email), "
    "phone = COALESCE($4, phone), gender = COALESCE($5, gender), dob = COALESCE($6, dob), "
    "bio = COALESCE($7, bio), profile_photo = COALESCE($8, profile_photo), updated_at = $9 "
    "WHERE number = $1 AND (verified = 0 OR "
    "(CAST($5 AS TEXT) IS NULL AND CAST($6 AS BIGINT) IS NULL)) RETURNING " PROFILE_COLUMNS;

static const char SQL_USER_NUMBER_OWNER[] = "SELECT owner FROM user_numbers WHERE number = $1";
static const char SQL_USER_NUMBER_CLAIM[] =
    "INSERT INTO user_numbers (number, owner) SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT) "
    "WHERE (SELECT count(*) FROM user_numbers WHERE owner = $2) <= $3 "
    "AND NOT EXISTS (SELECT 1 FROM user_gone WHERE number = $1) "
    "ON CONFLICT (number) DO NOTHING";

#define PREFERENCES_COLUMNS "age_min, age_max, gender_preference, interests, location_preference"
static const char SQL_USER_PREFERENCES[] =
    "SELECT " PREFERENCES_COLUMNS " FROM user_preferences WHERE number = $1";
static const char SQL_USER_PREFERENCES_PUT[] =
    "INSERT INTO user_preferences (number, " PREFERENCES_COLUMNS ", updated_at) "
    "VALUES ($1, $2, $3, NULLIF($4, ''), $5, NULLIF($6, ''), $7) "
    "ON CONFLICT (number) DO UPDATE SET "
    "age_min = COALESCE(excluded.age_min, user_preferences.age_min), "
    "age_max = COALESCE(excluded.age_max, user_preferences.age_max), "
    "gender_preference = "
    "NULLIF(COALESCE(CAST($4 AS TEXT), user_preferences.gender_preference), ''), "
    "interests = COALESCE(excluded.interests, user_preferences.interests), "
    "location_preference = "
    "NULLIF(COALESCE(CAST($6 AS TEXT), user_preferences.location_preference), ''), "
    "updated_at = excluded.updated_at RETURNING " PREFERENCES_COLUMNS;

const char *const USER_QUERIES[] = {
    SQL_USER_NEXT_NUMBER,
    SQL_USER_FORGET_NUMBER,
    SQL_USER_TAKE_NUMBER,
    SQL_USER_INSERT,
    SQL_USER_CREDENTIALS_BY_EMAIL,
    SQL_USER_CREDENTIALS,
    SQL_USER_SET_PASSWORD,
    SQL_USER_SET_ROLE,
    SQL_USER_PROFILE_BY_ID,
    SQL_USER_PROFILE_BY_NUMBER,
    SQL_USER_ADMIN_ACCOUNT,
    SQL_USER_ADMIN_ACCOUNTS,
    SQL_USER_UPDATE,
    SQL_USER_NUMBER_OWNER,
    SQL_USER_NUMBER_CLAIM,
    SQL_USER_PREFERENCES,
    SQL_USER_PREFERENCES_PUT,
    SQL_USER_PHOTO_GET,
    SQL_USER_PHOTO_LIST,
    SQL_USER_PHOTO_COUNT,
    SQL_USER_PHOTO_EXPECT,
    SQL_USER_PHOTO_ARRIVED,
    SQL_USER_HOLD,
    SQL_USER_PHOTO_COUNT_UP,
    SQL_USER_PHOTO_INSERT,
    SQL_USER_PHOTO_DELETE,
    SQL_USER_PHOTO_COUNT_DOWN,
    SQL_USER_PHOTO_TRASH,
    SQL_USER_PHOTO_TRASH_TAKE,
    SQL_USER_PHOTO_NAMES,
    SQL_USER_ACCOUNT_BY_OWN_NUMBER,
    SQL_USER_ACCOUNT_BY_NUMBER,
    SQL_USER_ACCOUNT_BY_ID,
    SQL_USER_PHOTOS,
    SQL_USER_SET_VERIFIED,
    SQL_USER_PHOTO_IS,
    SQL_USER_FACE_PHOTOS,
    SQL_USER_CLEAR_VERIFIED,
    SQL_USER_REGISTRATION_INSERT,
    SQL_USER_REGISTRATION_MARK,
    SQL_USER_REGISTRATION_GET,
    SQL_USER_REGISTRATION_LIST,
    SQL_USER_REGISTRATION_DECIDE,
    SQL_USER_REGISTRATION_DUE,
    SQL_USER_REGISTRATION_TAKE,
    SQL_USER_REGISTRATION_COMPARED,
    SQL_USER_REGISTRATION_OVER,
    SQL_USER_REGISTRATION_PURGE,
    SQL_USER_DOCUMENT_INSERT,
    SQL_USER_DOCUMENT_GET,
    SQL_USER_DOCUMENT_PURGE,
    SQL_USER_FORGET_FILES,
    SQL_USER_FORGET_PHOTOS,
    SQL_USER_FORGET_DOCUMENTS,
    SQL_USER_FORGET_REGISTRATION,
    SQL_USER_FORGET_PREFERENCES,
    SQL_USER_FORGET_NUMBERS,
    SQL_USER_FORGET_ACCOUNT,
    SQL_USER_GONE,
    NULL,
};

/* A number that somebody claimed before the sequence came there is skipped. */
static enum err next_number(struct db *db, int64_t *ret)
{
    for (;;) {
        int64_t n;
        int64_t taken = 0;
        enum err e = db_int(db, SQL_USER_NEXT_NUMBER, DB_NO_ARGS, &n);
        if (e == OK)
            e = db_run(db, SQL_USER_FORGET_NUMBER, DB_ARGS(DB_I64(n)), NULL);
        if (e == OK && n > USER_NUMBER_MAX)
            e = ERR_UNAVAILABLE;
        if (e == OK)
            e = db_run(db, SQL_USER_TAKE_NUMBER, DB_ARGS(DB_I64(n)), &taken);
        if (e != OK)
            return e;
        if (taken == 1) {
            *ret = n;
            return OK;
        }
    }
}

enum err user_create(struct db *db, struct arena *a, const struct user_new *in, int64_t now_us,
                     struct credentials *ret)
{
    int64_t number;
    enum err e = next_number(db, &number);
    if (e != OK)
        return e;

    struct uuid id = uuid_v8_of_number(number, in->random);
    return db_one(db, a, SQL_USER_INSERT, &CREDENTIALS, ret,
                  DB_ARGS(DB_I64(number), DB_TEXT(uuid_str(&id)), DB_TEXT(in->name),
                          DB_TEXT(in->email), DB_TEXT(in->phone), DB_TEXT(in->gender),
                          DB_I64(in->dob), DB_TEXT(in->bio), DB_TEXT(str_of(role_name(in->role))),
                          DB_TEXT(in->password_hash), DB_I64(now_us)));
}

enum err user_credentials_by_email(struct db *db, struct arena *a, struct str email,
                                   struct credentials *ret)
{
    return db_one(db, a, SQL_USER_CREDENTIALS_BY_EMAIL, &CREDENTIALS, ret, DB_ARGS(DB_TEXT(email)));
}

enum err user_credentials_of(struct db *db, struct arena *a, int64_t number,
                             struct credentials *ret)
{
    return db_one(db, a, SQL_USER_CREDENTIALS, &CREDENTIALS, ret, DB_ARGS(DB_I64(number)));
}

enum err user_set_password(struct db *db, int64_t number, struct str old_hash, struct str new_hash,
                           int64_t now_us)
{
    return db_run_one(
        db, SQL_USER_SET_PASSWORD,
        DB_ARGS(DB_I64(number), DB_TEXT(old_hash), DB_TEXT(new_hash), DB_I64(now_us)));
}

enum err user_set_role(struct db *db, int64_t number, enum role role, int64_t now_us)
{
    return db_run_one(db, SQL_USER_SET_ROLE,
                      DB_ARGS(DB_I64(number), DB_TEXT(str_of(role_name(role))), DB_I64(now_us)));
}

enum err user_profile_find(struct db *db, struct arena *a, const struct user_ref *ref,
                           struct user_profile *ret)
{
    int64_t number;

    if (ref->kind == USER_REF_NUMBER)
        return db_one(db, a, SQL_USER_PROFILE_BY_NUMBER, &PROFILE, ret,
                      DB_ARGS(DB_I64(ref->number)));
    if (ref->kind != USER_REF_UUID || !uuid_number(&ref->uuid, &number))
        return ERR_NOT_FOUND;
    return db_one(db, a, SQL_USER_PROFILE_BY_ID, &PROFILE, ret,
                  DB_ARGS(DB_I64(number), DB_TEXT(uuid_str(&ref->uuid))));
}

enum err user_admin_account(struct db *db, struct arena *a, struct str email,
                            struct admin_account *ret)
{
    return db_one(db, a, SQL_USER_ADMIN_ACCOUNT, &ADMIN_ACCOUNT, ret, DB_ARGS(DB_TEXT(email)));
}

enum err user_admin_accounts(struct db *db, struct arena *a, int64_t below, int64_t most,
                             struct rows *ret)
{
    return db_all(db, a, SQL_USER_ADMIN_ACCOUNTS, &ADMIN_ACCOUNT, ret,
                  DB_ARGS(DB_I64(below), DB_I64(most)));
}

enum err user_profile_update(struct db *db, struct arena *a, int64_t number,
                             const struct profile_change *in, int64_t now_us,
                             struct user_profile *ret)
{
    return db_one(db, a, SQL_USER_UPDATE, &PROFILE, ret,
                  DB_ARGS(DB_I64(number), DB_TEXT(in->name), DB_TEXT(in->email), DB_TEXT(in->phone),
                          DB_TEXT(in->gender), DB_I64(in->dob), DB_TEXT(in->bio),
                          DB_TEXT(in->profile_photo), DB_I64(now_us)));
}

enum err user_number_owner(struct db *db, int64_t number, int64_t *ret_owner)
{
    return db_int(db, SQL_USER_NUMBER_OWNER, DB_ARGS(DB_I64(number)), ret_owner);
}

enum err user_number_claim(struct db *db, int64_t number, int64_t owner)
{
    return db_run(db, SQL_USER_NUMBER_CLAIM,
                  DB_ARGS(DB_I64(number), DB_I64(owner), DB_I64(USER_ALIASES_MAX)), NULL);
}

enum err user_preferences(struct db *db, struct arena *a, int64_t number, struct preferences *ret)
{
    enum err e = db_one(db, a, SQL_USER_PREFERENCES, &PREFERENCES, ret, DB_ARGS(DB_I64(number)));
    if (e != ERR_NOT_FOUND)
        return e;
    shape_clear(&PREFERENCES, ret);
    return OK;
}

enum err user_preferences_put(struct db *db, struct arena *a, int64_t number,
                              const struct preferences *in, int64_t now_us, struct preferences *ret)
{
    return db_one(db, a, SQL_USER_PREFERENCES_PUT, &PREFERENCES, ret,
                  DB_ARGS(DB_I64(number), DB_I64(in->age_min), DB_I64(in->age_max),
                          DB_TEXT(in->gender_preference), db_texts(a, &in->interests),
                          DB_TEXT(in->location_preference), DB_I64(now_us)));
}
