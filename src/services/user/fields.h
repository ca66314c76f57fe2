/* Wire and row shapes of the user service, described once: they validate bodies, bind and read
 * rows, write replies and document. No rules beyond single fields. */
#ifndef SERVICES_USER_FIELDS_H
#define SERVICES_USER_FIELDS_H

#include "platform/json/fields.h"

/* ── In ── */

struct signup {
    struct str name;
    struct str email;
    struct str phone;
    struct str gender;
    int64_t dob;
    struct str password;
    struct str bio;
};

struct login {
    struct str email;
    struct str password;
};

struct logout {
    int8_t all;
};

struct password_change {
    struct str current_password;
    struct str new_password;
};

struct profile_change {
    struct str name;
    struct str email;
    struct str phone;
    struct str gender;
    int64_t dob;
    struct str bio;
    struct str profile_photo;
    struct str password;
};

struct preferences {
    struct user_ref user_id; /* in a body: must be one's own; never in a reply */
    int64_t age_min;
    int64_t age_max;
    struct str gender_preference;
    struct texts interests;
    struct str location_preference;
};

struct admin_search {
    struct str email;
};

struct registration_search {
    struct str status;
    int64_t limit, cursor;
};

struct registration_rejection {
    struct str reason;
};

/* ── Out ── */

/* What signup and login answer (reference "Getting a Token"). */
struct session {
    struct str access_token;
    struct str token_type;
    struct str user_id;
    struct str email;
    int64_t user_number;
    struct str registration_status;
};

struct token_check {
    struct str user_id;
    struct str email;
    int8_t token_valid;
    int64_t user_number;
};

struct user_profile {
    struct str id;
    int64_t user_number;
    struct str name;
    struct str email;
    struct str phone;
    struct str gender;
    int64_t dob;
    struct str bio;
    struct str profile_photo;
    int8_t verified;
    struct str kyc_level;
    struct str registration_status;
};

/* What a match's other side sees. */
struct partner_profile {
    struct str id;
    int64_t user_number;
    struct str name;
    int64_t age;
    struct str bio;
    int8_t verified;
    struct texts photos;
};

struct photo_uploaded {
    struct str photo_url;
};

struct admin_account {
    struct str id;
    int64_t user_number;
    struct str name;
    struct str email;
    struct str phone;
    struct str gender;
    int64_t dob;
    struct str bio;
    struct str profile_photo;
    int8_t verified;
    struct str kyc_level;
    struct str registration_status;
    struct str role;
    int64_t created_at;
};

/* A registration with documents, for reviewers. */
struct registration {
    int64_t id;
    struct str user_id;
    int64_t user_number;
    struct str name;
    struct str email;
    int64_t dob;
    struct str gender;
    struct str status;      /* pending, approved, rejected */
    struct str id_document; /* paths of the pictures; absent once they are purged */
    struct str selfie;
    int64_t created_at;
    int64_t decided_at;
    int64_t decided_by; /* user_number of the admin */
    struct str reason;  /* of a rejection */
    int64_t compared_at;
    struct str id_document_problem; /* why no face could be read there: "no_face" … */
    struct str selfie_problem;
    double similarity; /* of the two faces */
    double confidence;
    int8_t same_person; /* similar enough to be one person's */
};

/* ── Rows only ── */

/* What signing in needs of an account. */
struct credentials {
    int64_t number;
    struct str id;
    struct str email;
    struct str role;
    struct str password_hash;
    int8_t verified;
    struct str gender;
    int64_t dob;
    struct str registration_status;
};

/* What a reviewer has decided. */
struct registration_decision {
    struct str status;
    struct str reason;
    int64_t by;
};

struct registration_due {
    int64_t id;
    int64_t due_us;
};

struct photo {
    int64_t id;
    int64_t owner;
    struct str name;
};

/* A file to be deleted. */
struct photo_trash {
    struct str name;
    int64_t after_us;
};

extern const struct shape SIGNUP, LOGIN, LOGOUT, PASSWORD_CHANGE, PROFILE_CHANGE, PREFERENCES,
    ADMIN_SEARCH, REGISTRATION_SEARCH, REGISTRATION_REJECTION;
extern const struct shape SESSION, TOKEN_CHECK, PROFILE, PARTNER_PROFILE, PHOTO_UPLOADED,
    ADMIN_ACCOUNT, REGISTRATION;
extern const struct shape CREDENTIALS, PHOTO, PHOTO_TRASH, ACCOUNT, USER_PHOTO, USER_FACE_PHOTOS,
    REGISTRATION_DUE;

#endif
