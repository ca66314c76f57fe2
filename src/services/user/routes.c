/* The user service's route table: what is answered, for whom, and where it runs. */
#include "services/user/routes.h"

/* Room for the form around a photo of the largest size that the setting upload_max_bytes allows. */
#define PHOTO_BODY_MAX ((10u << 20) + 65536u)

const struct route USER_ROUTES[] = {
    {POST, "/auth/signup", COMPUTE, ACCESS_PUBLIC, auth_signup, &SIGNUP, &SESSION,
     "Open an account and sign in", .status = 201},
    {POST, "/auth/login", COMPUTE, ACCESS_PUBLIC, auth_login, &LOGIN, &SESSION, "Sign in"},
    {POST, "/auth/verify-token", READ, ACCESS_USER, auth_verify_token, NULL, &TOKEN_CHECK,
     "Whose token this is"},
    {GET, "/users/{user_id}", READ, ACCESS_USER, users_get, NULL, &PROFILE, "A profile"},
    {0},
};
