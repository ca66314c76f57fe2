/* What makes an account, a profile change or a photo name acceptable, and who may see whom. Pure:
 * the clock and the caller are passed in; no I/O, no SQL, no JSON. */
#ifndef SERVICES_USER_RULES_H
#define SERVICES_USER_RULES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/uuid.h"

#define USER_NUMBER_MAX INT64_C(99999999)
#define USER_ALIASES_MAX 8
#define USER_ADULT_AGE 18
#define EMAIL_MAX_BYTES 254      /* RFC 5321 §4.5.3.1.3, without the angle brackets */
#define EMAIL_LOCAL_MAX_BYTES 64 /* RFC 5321 §4.5.3.1.1 */
#define PHOTO_NAME_LEN (UUID_LEN + 4)
#define PHOTO_URL_PREFIX "/uploads/"

/* NULL when good, else what is wrong, as 422's message says it. */

/* A dot-atom local part (RFC 5322 §3.2.3) at a host name of two labels or more (RFC 1123 §2.1);
 * ASCII only. */
const char *email_problem(struct str email);
/* ITU-T E.164: '+', no leading zero, 7–15 digits. */
const char *phone_problem(struct str phone);
/* Any one line; "any" is only something sought. */
const char *gender_problem(struct str gender);
/* pending, approved or rejected. */
const char *registration_problem(struct str status);
/* What becomes of a registration in state `now` that somebody decides to be `wanted`: OK it is to
 * be written; ERR_CONFLICT it has been decided otherwise; *ret_done: it stands so already. */
struct verdict registration_step(struct str now, struct str wanted, bool *ret_done);
const char *dob_problem(int64_t dob_days, int64_t today_days);

/* E-mail addresses are kept and compared in lower case. In the arena. */
struct str email_lower(struct arena *a, struct str email);

/* Trim each (views into them), drop empty ones and those that are an earlier one but for case, in
 * place. How many are left; in the arena: nothing that stays. */
size_t interests_tidy(struct arena *a, struct str *items, size_t n);

/* A photo as the service names it. */
struct photo_file {
    char
        name[PHOTO_NAME_LEN + 1]; /* "<uuid>.jpg": the photo's, also when its thumbnail was named */
    bool thumbnail;
};

/* "<uuid>.jpg" or "<uuid>-thumb.jpg", lower-case; false for anything else. */
bool photo_file_parse(struct str name, struct photo_file *ret);
/* "<uuid>-thumb.jpg" of a photo's name. In the arena. */
struct str photo_thumbnail_name(struct arena *a, struct str photo_name);
/* A profile's profile_photo ("/uploads/<uuid>.jpg" or "<uuid>.jpg") to the photo's name; false for
 * anything else. */
bool photo_url_parse(struct str url, struct photo_file *ret);

/* How much of a profile somebody sees (contract §4). */
enum view {
    VIEW_NONE,
    VIEW_PENDING, /* the limited view */
    VIEW_MATCHED, /* the limited view, and photos */
    VIEW_ALL,     /* the owner, admins */
};

/* match_status: of the live match between the two, or absent. */
enum view profile_view(struct str match_status);

#endif
