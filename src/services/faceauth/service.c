/* The face check service as the program hosts it: its routes and its SQL. */
#include "services/faceauth/faceauth.h"

#include "services/faceauth/model.h"
#include "services/faceauth/routes.h"
#include "services/faceauth/store.h"
#include "services/service.h"

bool faceauth_model_ready(const char **ret_why)
{
    if (ret_why != NULL)
        *ret_why = face_model_problem();
    return face_model_loaded();
}

const struct service FACEAUTH_SERVICE = {
    .name = "faceauth",
    .about = "Is the person the one in the photos",
    .health_key = "faceauth_service",
    .port_offset = 5,
    .routes = FACEAUTH_ROUTES,
    .queries = FACEAUTH_QUERIES,
};
