/* The user service's route table: what is answered, for whom, and where it runs. */
#include "services/user/routes.h"

#include "services/user/user.h"

const struct route USER_ROUTES[] = {
    {POST, "/auth/signup", COMPUTE, ACCESS_PUBLIC, auth_signup, &SIGNUP, &SESSION,
     "Open an account and sign in", .status = 201},
    {POST, "/auth/login", COMPUTE, ACCESS_PUBLIC, auth_login, &LOGIN, &SESSION, "Sign in"},
    {POST, "/auth/verify-token", READ, ACCESS_USER, auth_verify_token, NULL, &TOKEN_CHECK,
     "Whose token this is"},
    {POST, "/auth/logout", WRITE, ACCESS_USER, auth_logout, &LOGOUT, NULL,
     "Sign out: this token, or all of the account's"},
    {POST, "/auth/change-password", COMPUTE, ACCESS_USER, auth_change_password, &PASSWORD_CHANGE,
     NULL, "Change the password and sign out everywhere else"},

    {GET, "/users/{user_id}", READ, ACCESS_USER, users_get, NULL, &PROFILE, "A profile"},
    {PUT, "/users/{user_id}", COMPUTE, ACCESS_USER, users_update, &PROFILE_CHANGE, &PROFILE,
     "Change one's own profile"},
    {POST, "/users/{user_id}/photos", COMPUTE, ACCESS_USER, photos_upload, NULL, &PHOTO_UPLOADED,
     "Upload a photo as form part \"file\"", .status = 201, .flags = ROUTE_FORM,
     .before_body = user_path_check},
    {GET, "/users/{user_id}/photos", READ, ACCESS_USER, photos_list, NULL, NULL,
     "Paths of the photos, oldest first", .query = &PAGE_QUERY},
    {DELETE, "/users/{user_id}/photos/{name}", WRITE, ACCESS_USER, photos_delete, NULL, NULL,
     "Delete a photo"},
    {GET, "/users/{user_id}/preferences", READ, ACCESS_USER, preferences_get, NULL, &PREFERENCES,
     "What one looks for"},
    {PUT, "/users/{user_id}/preferences", WRITE, ACCESS_USER, preferences_put, &PREFERENCES,
     &PREFERENCES, "Change what one looks for"},

    {GET, "/uploads/{name}", READ, ACCESS_USER, uploads_get, NULL, NULL, "A photo or its thumbnail",
     .flags = ROUTE_QUERY_TOKEN},
    {GET, "/admin/users", READ, ACCESS_ADMIN, admin_users, NULL, &ADMIN_ACCOUNT,
     "The account of an e-mail", .query = &ADMIN_SEARCH},
    {0},
};
