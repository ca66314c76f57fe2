/* Face attempts in SQL. No rules, no HTTP. Errors are those of db.h. */
#ifndef SERVICES_FACEAUTH_STORE_H
#define SERVICES_FACEAUTH_STORE_H

#include "platform/db/db.h"
#include "services/faceauth/fields.h"

extern const char *const FACEAUTH_QUERIES[];

enum err face_attempt_insert(struct db *db, const struct face_attempt *attempt);
/* The latest success, else the latest attempt. ERR_NOT_FOUND: there is none. */
enum err face_attempt_latest(struct db *db, struct arena *a, int64_t person,
                             struct face_attempt *ret);
/* Failures after since_us. */
enum err face_failures_since(struct db *db, struct arena *a, int64_t person, int64_t since_us,
                             struct face_failures *ret);

#endif
