/* Registrations with a document, inside the user service: their rows, their sealed documents, and
 * the states they go through. No HTTP. Errors are those of db.h where nothing else is said. */
#ifndef SERVICES_USER_REGISTRATIONS_H
#define SERVICES_USER_REGISTRATIONS_H

#include "platform/db/db.h"
#include "services/service.h"
#include "services/user/fields.h"

#define REGISTRATION_KEEP_DAYS 30 /* documents, after the decision */
#define REGISTRATION_TRIES 5      /* comparisons begun; then a reviewer looks without one */

extern const char SQL_USER_REGISTRATION_INSERT[];
extern const char SQL_USER_REGISTRATION_MARK[];
extern const char SQL_USER_REGISTRATION_GET[];
extern const char SQL_USER_REGISTRATION_LIST[];
extern const char SQL_USER_REGISTRATION_DECIDE[];
extern const char SQL_USER_REGISTRATION_DUE[];
extern const char SQL_USER_REGISTRATION_TAKE[];
extern const char SQL_USER_REGISTRATION_COMPARED[];
extern const char SQL_USER_REGISTRATION_OVER[];
extern const char SQL_USER_REGISTRATION_PURGE[];
extern const char SQL_USER_DOCUMENT_INSERT[];
extern const char SQL_USER_DOCUMENT_GET[];
extern const char SQL_USER_DOCUMENT_PURGE[];

/* ── Rows (store_registrations.c) ── */

/* "id_document" and "selfie": their form parts, and their names in paths. */
extern const char *const DOCUMENT_NAMES[2];

/* The account becomes pending, its pictures (JPEG, as DOCUMENT_NAMES) are kept sealed, and their
 * comparison is due. */
enum err registration_create(const struct tx *tx, int64_t person, const struct str pictures[2]);
/* ERR_NOT_FOUND. */
enum err registration_get(struct db *db, struct arena *a, int64_t id, struct registration *ret);
/* Oldest first, after `after_id` (I64_NULL: from the start); status absent: all. Rows of struct
 * registration. */
enum err registration_list(struct db *db, struct arena *a, struct str status, int64_t after_id,
                           int64_t limit, struct rows *ret);
/* A pending one becomes `status` and its account with it; "approved" makes kyc_level "id". Its
 * documents go REGISTRATION_KEEP_DAYS later. ERR_NOT_FOUND: it is not pending (any more). */
enum err registration_decide(const struct tx *tx, const struct registration *r,
                             const struct registration_decision *in);
/* Opened. ERR_NOT_FOUND: no such registration or document, or purged; ERR_INTERNAL: it cannot be
 * opened. */
enum err document_get(const struct tx *tx, int64_t id, const char *name, struct str *ret);

/* ── Comparing and purging (registrations.c) ── */

/* Background work: see struct background. */
enum err registration_compare_list(const struct tx *tx, struct rows *ret);
enum err registration_compare_run(const struct tx *tx, const struct background_item *item);
enum err registration_purge_list(const struct tx *tx, struct rows *ret);
enum err registration_purge_run(const struct tx *tx, const struct background_item *item);

/* What was found on the two pictures, and when the lease that it was found under ends. */
struct registration_compared {
    int64_t id;
    int64_t lease_us;
    struct str problems[2]; /* as DOCUMENT_NAMES; absent: a face was found */
    double similarity;      /* these two NaN, and the flag absent, unless both were found */
    double confidence;
    int8_t same_person;
};
/* Due at now_us; rows of struct registration_due. */
enum err registration_due(struct db *db, struct arena *a, int64_t now_us, int64_t limit,
                          struct rows *ret);
/* The caller's until lease_us. ERR_NOT_FOUND: somebody else's, or gone. */
enum err registration_take(struct db *db, int64_t id, int64_t due_us, int64_t lease_us);
/* Nothing happens when the lease was lost or the registration is gone. */
enum err registration_compared(struct db *db, const struct registration_compared *c,
                               int64_t now_us);
/* Whose documents' time is over; rows of struct registration_due. */
enum err registration_over(struct db *db, struct arena *a, int64_t now_us, int64_t limit,
                           struct rows *ret);
enum err registration_purge(struct db *db, int64_t id, int64_t due_us);

#endif
