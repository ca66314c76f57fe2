/* What other services may ask of the matching service, inside their own transaction. */
#ifndef SERVICES_MATCHING_MATCHING_H
#define SERVICES_MATCHING_MATCHING_H

#include "platform/tx.h"

extern const struct service MATCHING_SERVICE;

/* Status texts: pending, matched, rejected, expired, ended (reference "Match", contract §6). */
struct match {
    int64_t id;
    int64_t person_1; /* account numbers */
    int64_t person_2;
    int64_t
        user_1_id; /* the numbers these two go by in replies (a claimed number, or the account's) */
    int64_t user_2_id;
    struct str status;
    int8_t user_1_approved;
    int8_t user_2_approved;
    int64_t matched_at;
    int64_t created_at;
};

/* ERR_NOT_FOUND. */
enum err match_get(struct db *db, struct arena *a, int64_t match_id, struct match *ret);
/* The same, and it stays so until this transaction ends: who ends the match meanwhile waits, and
 * then sees what the transaction did. */
enum err match_hold(struct db *db, struct arena *a, int64_t match_id, struct match *ret);
/* The live (pending or matched) match of two accounts, either order. ERR_NOT_FOUND: none. */
enum err match_live_between(struct db *db, struct arena *a, int64_t person_a, int64_t person_b,
                            struct match *ret);
/* A matched match ends because its booking was completed: both are free again. No-op when it is not
 * matched. */
enum err match_end_completed(const struct tx *tx, int64_t match_id);

/* The account's date of birth or city changed: the copy that candidates are found by follows. No-op
 * for somebody who never opted in. city may be absent. */
enum err matching_dob_changed(const struct tx *tx, int64_t person, int64_t dob);
enum err matching_city_changed(const struct tx *tx, int64_t person, struct str city);

/* The account is being deleted (the caller holds it): its live match ends, and it is neither found,
 * nor waits, nor has preferences. Rows of matches stay. */
enum err matching_forget(const struct tx *tx, int64_t person);

#endif
