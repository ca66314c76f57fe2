/* What others may ask of the face check service. */
#ifndef SERVICES_FACEAUTH_FACEAUTH_H
#define SERVICES_FACEAUTH_FACEAUTH_H

#include <stdbool.h>

extern const struct service FACEAUTH_SERVICE;

/* Can faces be compared here? False: *ret_why (may be NULL) is one sentence, static ("Face model is
 * not installed"). */
bool faceauth_model_ready(const char **ret_why);

#endif
