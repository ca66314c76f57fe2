/* The user service's handlers, for its route table; and what several of them share. */
#ifndef SERVICES_USER_ROUTES_H
#define SERVICES_USER_ROUTES_H

#include "platform/http/route.h"
#include "services/user/fields.h"
#include "services/user/rules.h"

extern const struct route USER_ROUTES[];

/* routes_signup.c */
enum err auth_signup(struct req *q);
/* routes_auth.c */
enum err auth_login(struct req *q);
enum err auth_verify_token(struct req *q);
/* routes_session.c */
enum err auth_logout(struct req *q);
enum err auth_change_password(struct req *q);
/* routes_profile.c */
enum err users_get(struct req *q);
enum err users_update(struct req *q);
/* routes_delete.c */
enum err users_delete(struct req *q);
/* routes_admin.c */
enum err admin_users(struct req *q);
enum err admin_audit(struct req *q);
/* routes_preferences.c */
enum err preferences_get(struct req *q);
enum err preferences_put(struct req *q);
/* routes_photos.c */
enum err photos_upload(struct req *q);
enum err photos_list(struct req *q);
enum err photos_delete(struct req *q);
/* routes_registrations.c */
enum err registrations_list(struct req *q);
enum err registrations_get(struct req *q);
enum err registrations_document(struct req *q);
enum err registrations_approve(struct req *q);
enum err registrations_reject(struct req *q);
/* routes_uploads.c */
enum err uploads_get(struct req *q);

/* ── Shared (access.c) ── */

/* A fresh token for this account, in the reference's reply (routes_auth.c). */
enum err users_reply_session(struct req *q, int status, const struct credentials *c);
/* How much of this account the caller sees; asks matching only when it must. */
enum err users_view(struct req *q, int64_t number, enum view *ret);
/* Is this the caller's password? ERR_UNAUTHORIZED when not, ERR_TOO_MANY after too many tries from
 * here. COMPUTE only. */
enum err users_check_password(struct req *q, struct str email, struct str password,
                              struct str hash);
/* password_weakness() as a 422 of that field. */
enum err users_check_new_password(struct req *q, const char *field, struct str password,
                                  struct str email);

#endif
