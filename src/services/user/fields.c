/* The tables behind fields.h: one row a field; nothing else. */
#include "services/user/fields.h"

#include "base/text_checks.h"
#include "platform/auth/password.h"
#include "services/user/rules.h"
#include "services/user/user.h"

#define NAME_MAX_LEN 100
#define BIO_MAX_LEN 2000
#define GENDER_MAX_LEN 32
#define DOB_EARLIEST (-25567) /* 1900-01-01 */
#define DOB_LATEST 2932896 /* 9999-12-31; the age of majority is a rule, because it needs today */
#define PHOTO_URL_MAX_LEN 64
#define INTERESTS_MAX 50
#define INTEREST_MAX_LEN 64
#define CITY_MAX_LEN 100
#define PASSWORD_EXAMPLE "\"securePass123\""
#define AGE_MIN 18
#define AGE_MAX 120

static const struct field SIGNUP_FIELDS[] = {
    F_TEXT(signup, name, 1, NAME_MAX_LEN, FIELD_REQUIRED | FIELD_TRIM, .check = line_problem,
           .example = "\"Jane Smith\""),
    F_TEXT(signup, email, 1, EMAIL_MAX_BYTES, FIELD_REQUIRED | FIELD_TRIM, .check = email_problem,
           .example = "\"jane@example.com\"", .format = "email"),
    F_TEXT(signup, phone, 1, 16, FIELD_REQUIRED | FIELD_TRIM, .check = phone_problem,
           .example = "\"+1234567891\""),
    F_TEXT(signup, gender, 1, GENDER_MAX_LEN, FIELD_REQUIRED | FIELD_TRIM, .check = gender_problem,
           .example = "\"female\""),
    F_ROW(signup, dob, FIELD_DATE, DOB_EARLIEST, DOB_LATEST, FIELD_REQUIRED,
          .example = "\"1992-03-20\""),
    F_TEXT(signup, password, PASSWORD_MIN_BYTES, PASSWORD_MAX_BYTES, FIELD_REQUIRED | FIELD_SECRET,
           .example = PASSWORD_EXAMPLE),
    F_TEXT(signup, bio, 0, BIO_MAX_LEN, FIELD_TRIM, .check = prose_problem,
           .example = "\"Coffee lover and book enthusiast\""),
    F_END,
};
const struct shape SIGNUP = SHAPE(signup, SIGNUP_FIELDS);

/* No rules here but sizes: what is not an account's e-mail or password simply does not sign in. */
static const struct field LOGIN_FIELDS[] = {
    F_TEXT(login, email, 1, EMAIL_MAX_BYTES, FIELD_REQUIRED | FIELD_TRIM,
           .example = "\"jane@example.com\"", .format = "email"),
    F_TEXT(login, password, 1, PASSWORD_MAX_BYTES, FIELD_REQUIRED | FIELD_SECRET,
           .example = PASSWORD_EXAMPLE),
    F_END,
};
const struct shape LOGIN = SHAPE(login, LOGIN_FIELDS);

static const struct field LOGOUT_FIELDS[] = {
    F_FLAG(logout, all, 0, .example = "true"),
    F_END,
};
const struct shape LOGOUT = SHAPE(logout, LOGOUT_FIELDS);

static const struct field PASSWORD_CHANGE_FIELDS[] = {
    F_TEXT(password_change, current_password, 1, PASSWORD_MAX_BYTES, FIELD_REQUIRED | FIELD_SECRET,
           .example = PASSWORD_EXAMPLE),
    F_TEXT(password_change, new_password, PASSWORD_MIN_BYTES, PASSWORD_MAX_BYTES,
           FIELD_REQUIRED | FIELD_SECRET, .example = "\"correct-Horse-7-battery\""),
    F_END,
};
const struct shape PASSWORD_CHANGE = SHAPE(password_change, PASSWORD_CHANGE_FIELDS);

#define CHANGE_FLAGS (FIELD_TRIM | FIELD_EMPTY_ABSENT)
static const struct field PROFILE_CHANGE_FIELDS[] = {
    F_TEXT(profile_change, name, 1, NAME_MAX_LEN, CHANGE_FLAGS, .check = line_problem,
           .example = "\"Jane Doe\""),
    F_TEXT(profile_change, email, 1, EMAIL_MAX_BYTES, CHANGE_FLAGS, .check = email_problem,
           .example = "\"jane.doe@example.com\"", .format = "email"),
    F_TEXT(profile_change, phone, 1, 16, CHANGE_FLAGS, .check = phone_problem,
           .example = "\"+1234567891\""),
    F_TEXT(profile_change, gender, 1, GENDER_MAX_LEN, CHANGE_FLAGS, .check = gender_problem,
           .example = "\"female\""),
    F_ROW(profile_change, dob, FIELD_DATE, DOB_EARLIEST, DOB_LATEST, FIELD_EMPTY_ABSENT,
          .example = "\"1992-03-20\""),
    F_TEXT(profile_change, bio, 1, BIO_MAX_LEN, CHANGE_FLAGS, .check = prose_problem,
           .example = "\"Updated bio\""),
    F_TEXT(profile_change, profile_photo, 1, PHOTO_URL_MAX_LEN, CHANGE_FLAGS,
           .example = "\"/uploads/9f1c8b6e-0000-4000-8000-000000000000.jpg\""),
    F_TEXT(profile_change, password, 1, PASSWORD_MAX_BYTES, FIELD_SECRET | FIELD_EMPTY_ABSENT,
           .example = PASSWORD_EXAMPLE),
    F_END,
};
const struct shape PROFILE_CHANGE = {
    .name = "profile_change",
    .size = sizeof(struct profile_change),
    .fields = PROFILE_CHANGE_FIELDS,
    .strict = true,
};

static const struct field PREFERENCES_FIELDS[] = {
    F_USER(preferences, user_id, FIELD_HIDDEN),
    F_INT(preferences, age_min, AGE_MIN, AGE_MAX, FIELD_NULLABLE, .example = "25"),
    F_INT(preferences, age_max, AGE_MIN, AGE_MAX, FIELD_NULLABLE, .example = "35"),
    F_TEXT(preferences, gender_preference, 0, GENDER_MAX_LEN, FIELD_TRIM | FIELD_NULLABLE,
           .check = line_problem, .example = "\"male\""),
    F_TEXTS(preferences, interests, INTERESTS_MAX, INTEREST_MAX_LEN, FIELD_TRIM | FIELD_NULLABLE,
            .check = line_problem, .example = "[\"hiking\", \"movies\", \"cooking\"]"),
    F_TEXT(preferences, location_preference, 0, CITY_MAX_LEN, FIELD_TRIM | FIELD_NULLABLE,
           .check = line_problem, .example = "\"New York\""),
    F_END,
};
const struct shape PREFERENCES = SHAPE(preferences, PREFERENCES_FIELDS);

static const struct field ADMIN_SEARCH_FIELDS[] = {
    F_TEXT(admin_search, email, 0, EMAIL_MAX_BYTES, FIELD_TRIM, .example = "\"jane@example.com\""),
    F_END,
};
const struct shape ADMIN_SEARCH = SHAPE(admin_search, ADMIN_SEARCH_FIELDS);

#define STATUS_VALUES "pending|approved|rejected"
#define STATUS_ROW(s, fl)                                                                          \
    F_TEXT(s, registration_status, 0, 0, fl, .example = "\"approved\"", .values = STATUS_VALUES)

static const struct field REGISTRATION_SEARCH_FIELDS[] = {
    F_TEXT(registration_search, status, 1, 16, FIELD_EMPTY_ABSENT, .check = registration_problem,
           .values = STATUS_VALUES, .example = "\"pending\""),
    F_INT(registration_search, limit, 1, 1000, 0),
    F_INT(registration_search, cursor, 0, 0, 0),
    F_END,
};
const struct shape REGISTRATION_SEARCH = SHAPE(registration_search, REGISTRATION_SEARCH_FIELDS);

static const struct field REGISTRATION_REJECTION_FIELDS[] = {
    F_TEXT(registration_rejection, reason, 1, 500, FIELD_REQUIRED | FIELD_TRIM,
           .check = prose_problem, .example = "\"The document has expired\""),
    F_END,
};
const struct shape REGISTRATION_REJECTION =
    SHAPE(registration_rejection, REGISTRATION_REJECTION_FIELDS);

static const struct field REGISTRATION_FIELDS[] = {
    F_INT(registration, id, 0, 0, 0),
    F_TEXT(registration, user_id, 0, 0, 0, .format = "uuid"),
    F_INT(registration, user_number, 0, 0, 0),
    F_TEXT(registration, name, 0, 0, 0),
    F_TEXT(registration, email, 0, 0, 0),
    F_DATE(registration, dob, FIELD_NULLABLE),
    F_TEXT(registration, gender, 0, 0, FIELD_NULLABLE),
    F_TEXT(registration, status, 0, 0, 0, .example = "\"pending\"", .values = STATUS_VALUES),
    F_TEXT(registration, id_document, 0, 0, FIELD_NULLABLE,
           .example = "\"/admin/registrations/7/documents/id_document\""),
    F_TEXT(registration, selfie, 0, 0, FIELD_NULLABLE,
           .example = "\"/admin/registrations/7/documents/selfie\""),
    F_TIME(registration, created_at, 0),
    F_TIME(registration, compared_at, FIELD_NULLABLE),
    F_FLAG(registration, same_person, FIELD_NULLABLE),
    F_REAL(registration, confidence, 0, 1, FIELD_NULLABLE),
    F_REAL(registration, similarity, 0, 0, FIELD_NULLABLE),
    F_TEXT(registration, id_document_problem, 0, 0, FIELD_NULLABLE, .example = "\"no_face\""),
    F_TEXT(registration, selfie_problem, 0, 0, FIELD_NULLABLE),
    F_TIME(registration, decided_at, FIELD_NULLABLE),
    F_INT(registration, decided_by, 0, 0, FIELD_NULLABLE),
    F_TEXT(registration, reason, 0, 0, FIELD_NULLABLE),
    F_END,
};
const struct shape REGISTRATION = SHAPE(registration, REGISTRATION_FIELDS);

static const struct field REGISTRATION_DUE_FIELDS[] = {
    F_INT(registration_due, id, 0, 0, 0),
    F_INT(registration_due, due_us, 0, 0, 0),
    F_END,
};
const struct shape REGISTRATION_DUE = SHAPE(registration_due, REGISTRATION_DUE_FIELDS);

static const struct field SESSION_FIELDS[] = {
    F_TEXT(session, access_token, 0, 0, 0,
           .example = "\"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...\""),
    F_TEXT(session, token_type, 0, 0, 0, .example = "\"bearer\"", .values = "bearer"),
    F_TEXT(session, user_id, 0, 0, 0, .example = "\"00000012-9f1c-8b6e-a4d0-5c1e2f3a4b5c\"",
           .format = "uuid"),
    F_TEXT(session, email, 0, 0, 0, .example = "\"jane@example.com\""),
    F_INT(session, user_number, 0, 0, 0, .example = "12"),
    STATUS_ROW(session, 0),
    F_END,
};
const struct shape SESSION = SHAPE(session, SESSION_FIELDS);

static const struct field TOKEN_CHECK_FIELDS[] = {
    F_TEXT(token_check, user_id, 0, 0, 0, .example = "\"00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c\"",
           .format = "uuid"),
    F_TEXT(token_check, email, 0, 0, 0, .example = "\"jane@example.com\""),
    F_FLAG(token_check, token_valid, 0, .example = "true"),
    F_INT(token_check, user_number, 0, 0, 0, .example = "123"),
    F_END,
};
const struct shape TOKEN_CHECK = SHAPE(token_check, TOKEN_CHECK_FIELDS);

#define PROFILE_ROWS(s)                                                                            \
    F_TEXT(s, id, 0, 0, 0, .example = "\"00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c\"",                  \
           .format = "uuid"),                                                                      \
        F_INT(s, user_number, 0, 0, 0, .example = "123"),                                          \
        F_TEXT(s, name, 0, 0, 0, .example = "\"Jane Smith\""),                                     \
        F_TEXT(s, email, 0, 0, 0, .example = "\"jane@example.com\""),                              \
        F_TEXT(s, phone, 0, 0, FIELD_NULLABLE, .example = "\"+1234567891\""),                      \
        F_TEXT(s, gender, 0, 0, FIELD_NULLABLE, .example = "\"female\""),                          \
        F_DATE(s, dob, FIELD_NULLABLE, .example = "\"1992-03-20\""),                               \
        F_TEXT(s, bio, 0, 0, FIELD_NULLABLE, .example = "\"Coffee lover and book enthusiast\""),   \
        F_TEXT(s, profile_photo, 0, 0, FIELD_NULLABLE,                                             \
               .example = "\"/uploads/9f1c8b6e-0000-4000-8000-000000000000.jpg\""),                \
        F_FLAG(s, verified, 0, .example = "false"),                                                \
        F_TEXT(s, kyc_level, 0, 0, 0, .example = "\"basic\"",                                      \
               .values = "basic|face|face_live|id"),                                               \
        STATUS_ROW(s, 0)

static const struct field PROFILE_FIELDS[] = {PROFILE_ROWS(user_profile), F_END};
const struct shape PROFILE = SHAPE(user_profile, PROFILE_FIELDS);

static const struct field PARTNER_PROFILE_FIELDS[] = {
    F_TEXT(partner_profile, id, 0, 0, 0, .example = "\"00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c\"",
           .format = "uuid"),
    F_INT(partner_profile, user_number, 0, 0, 0, .example = "123"),
    F_TEXT(partner_profile, name, 0, 0, 0, .example = "\"Jane Smith\""),
    F_INT(partner_profile, age, 0, 0, 0, .example = "33"),
    F_TEXT(partner_profile, bio, 0, 0, FIELD_NULLABLE,
           .example = "\"Coffee lover and book enthusiast\""),
    F_FLAG(partner_profile, verified, 0, .example = "false"),
    F_TEXTS(partner_profile, photos, 0, 0, FIELD_OMIT_NULL,
            .example = "[\"/uploads/9f1c8b6e-0000-4000-8000-000000000000.jpg\"]"),
    F_END,
};
const struct shape PARTNER_PROFILE = SHAPE(partner_profile, PARTNER_PROFILE_FIELDS);

static const struct field PHOTO_UPLOADED_FIELDS[] = {
    F_TEXT(photo_uploaded, photo_url, 0, 0, 0,
           .example = "\"/uploads/9f1c8b6e-0000-4000-8000-000000000000.jpg\""),
    F_END,
};
const struct shape PHOTO_UPLOADED = SHAPE(photo_uploaded, PHOTO_UPLOADED_FIELDS);

static const struct field ADMIN_ACCOUNT_FIELDS[] = {
    PROFILE_ROWS(admin_account),
    F_TEXT(admin_account, role, 0, 0, 0, .example = "\"user\"", .values = "user|partner|admin"),
    F_TIME(admin_account, created_at, 0, .example = "\"2026-01-07T10:00:00\""),
    F_END,
};
const struct shape ADMIN_ACCOUNT = SHAPE(admin_account, ADMIN_ACCOUNT_FIELDS);

static const struct field CREDENTIALS_FIELDS[] = {
    F_INT(credentials, number, 0, 0, 0),
    F_TEXT(credentials, id, 0, 0, 0),
    F_TEXT(credentials, email, 0, 0, 0),
    F_TEXT(credentials, role, 0, 0, 0),
    F_TEXT(credentials, password_hash, 0, 0, FIELD_HIDDEN | FIELD_SECRET),
    F_FLAG(credentials, verified, 0),
    F_TEXT(credentials, gender, 0, 0, 0),
    F_DATE(credentials, dob, 0),
    STATUS_ROW(credentials, 0),
    F_END,
};
const struct shape CREDENTIALS = SHAPE(credentials, CREDENTIALS_FIELDS);

static const struct field PHOTO_FIELDS[] = {
    F_INT(photo, id, 0, 0, 0),
    F_INT(photo, owner, 0, 0, FIELD_HIDDEN),
    F_TEXT(photo, name, 0, 0, 0),
    F_END,
};
const struct shape PHOTO = SHAPE(photo, PHOTO_FIELDS);

static const struct field PHOTO_TRASH_FIELDS[] = {
    F_TEXT(photo_trash, name, 0, 0, 0),
    F_INT(photo_trash, after_us, 0, 0, 0),
    F_END,
};
const struct shape PHOTO_TRASH = SHAPE(photo_trash, PHOTO_TRASH_FIELDS);

static const struct field ACCOUNT_FIELDS[] = {
    F_INT(account, number, 0, 0, 0),     F_TEXT(account, id, 0, 0, 0),
    F_TEXT(account, name, 0, 0, 0),      F_DATE(account, dob, 0),
    F_TEXT(account, city, 0, 0, 0),      F_FLAG(account, verified, 0),
    F_TEXT(account, kyc_level, 0, 0, 0), F_END,
};
const struct shape ACCOUNT = SHAPE(account, ACCOUNT_FIELDS);

static const struct field USER_PHOTO_FIELDS[] = {
    F_INT(user_photo, id, 0, 0, 0),
    F_TEXT(user_photo, name, 0, 0, 0),
    F_END,
};
const struct shape USER_PHOTO = SHAPE(user_photo, USER_PHOTO_FIELDS);

static const struct field USER_FACE_PHOTOS_FIELDS[] = {
    F_FLAG(user_face_photos, verified, 0),
    F_INT(user_face_photos, verified_photo, 0, 0, 0),
    F_TEXT(user_face_photos, verified_name, 0, 0, 0),
    F_INT(user_face_photos, profile_photo, 0, 0, 0),
    F_TEXT(user_face_photos, profile_name, 0, 0, 0),
    F_END,
};
const struct shape USER_FACE_PHOTOS = SHAPE(user_face_photos, USER_FACE_PHOTOS_FIELDS);
