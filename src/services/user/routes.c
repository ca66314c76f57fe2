/* The user service's route table: what is answered, for whom, and where it runs. */
#include "services/user/routes.h"

#include "platform/audit/audit.h"
#include "services/user/user.h"

const struct route USER_ROUTES[] = {
    {POST, "/auth/signup", COMPUTE, ACCESS_PUBLIC, auth_signup, &SIGNUP, &SESSION,
     "Open an account and sign in", .status = 201, .id = "signUp",
     .answers = ANSWERS({409, "The e-mail has an account already"})},
    {POST, "/auth/login", COMPUTE, ACCESS_PUBLIC, auth_login, &LOGIN, &SESSION, "Sign in",
     .id = "logIn", .answers = ANSWERS({401, "Wrong e-mail or password"})},
    {POST, "/auth/verify-token", READ, ACCESS_USER, auth_verify_token, NULL, &TOKEN_CHECK,
     "Whose token this is", .id = "verifyToken"},
    {POST, "/auth/logout", WRITE, ACCESS_USER, auth_logout, &LOGOUT, NULL,
     "Sign out: this token, or all of the account's", .id = "logOut", .reply = REPLY_MESSAGE},
    {POST, "/auth/change-password", COMPUTE, ACCESS_USER, auth_change_password, &PASSWORD_CHANGE,
     NULL, "Change the password and sign out everywhere else", .id = "changePassword",
     .reply = REPLY_MESSAGE,
     .answers = ANSWERS({401, "No good token, or a wrong current password"},
                        {409, "Changed by another request meanwhile"})},

    {GET, "/users/{user_id}", READ, ACCESS_USER, users_get, NULL, &PROFILE, "A profile",
     .id = "getUser", .out_else = &PARTNER_PROFILE,
     .answers =
         ANSWERS({403, "Neither oneself nor the other side of a match"}, {404, "No such UUID"})},
    {PUT, "/users/{user_id}", COMPUTE, ACCESS_USER, users_update, &PROFILE_CHANGE, &PROFILE,
     "Change one's own profile", .id = "updateUser",
     .answers = ANSWERS(
         {401, "No good token, or a wrong password beside a new e-mail"},
         {409, "The e-mail is taken, or the gender or date of birth is a verified person's"})},
    {POST, "/users/{user_id}/photos", COMPUTE, ACCESS_USER, photos_upload, NULL, &PHOTO_UPLOADED,
     "Upload a photo as form part \"file\"", .status = 201, .flags = ROUTE_FORM,
     .before_body = user_path_check, .id = "uploadPhoto", .part = "file",
     .answers = ANSWERS({409, "Twelve photos already"})},
    {GET, "/users/{user_id}/photos", READ, ACCESS_USER, photos_list, NULL, NULL,
     "Paths of the photos, oldest first", .query = &PAGE_QUERY, .id = "listPhotos",
     .reply = REPLY_PAGE},
    {DELETE, "/users/{user_id}/photos/{name}", WRITE, ACCESS_USER, photos_delete, NULL, NULL,
     "Delete a photo", .id = "deletePhoto", .reply = REPLY_MESSAGE},
    {GET, "/users/{user_id}/preferences", READ, ACCESS_USER, preferences_get, NULL, &PREFERENCES,
     "What one looks for", .id = "getPreferences"},
    {PUT, "/users/{user_id}/preferences", WRITE, ACCESS_USER, preferences_put, &PREFERENCES,
     &PREFERENCES, "Change what one looks for", .id = "updatePreferences"},

    {GET, "/uploads/{name}", READ, ACCESS_USER, uploads_get, NULL, NULL, "A photo or its thumbnail",
     .flags = ROUTE_QUERY_TOKEN, .id = "getPhoto", .reply = REPLY_FILE, .media = "image/jpeg",
     .answers =
         ANSWERS({206, "The range that was asked for"}, {304, "Not changed since"},
                 {403, "Neither one's own nor a match's"}, {416, "The range is outside the file"})},
    {GET, "/admin/users", READ, ACCESS_ADMIN, admin_users, NULL, &ADMIN_ACCOUNT,
     "Accounts, the newest first; with an e-mail the one that has it", .query = &ADMIN_SEARCH,
     .id = "findAccounts", .reply = REPLY_PAGE},
    {GET, "/admin/audit", READ, ACCESS_ADMIN, admin_audit, NULL, &AUDIT_ENTRY,
     "What admins did, the newest first", .id = "readAudit", .reply = REPLY_PAGE},
    {0},
};
