/* What admins did: who, what, to what, when, under which request id. Written in the act's own
 * transaction. */
#ifndef PLATFORM_AUDIT_AUDIT_H
#define PLATFORM_AUDIT_AUDIT_H

#include "platform/http/req.h"

/* action: "venue.delete"; target: "venue 5". Does nothing and returns OK unless the caller is an
 * admin. In a WRITE handler; a COMPUTE handler passes the transaction's db. */
enum err audit_put(struct req *q, struct db *db, const char *action, const char *target_fmt,
                   int64_t target);
/* For commands beside a server: the actor is nobody (0), the request "command line". In its
 * transaction. */
enum err audit_put_command(struct db *db, struct arena *a, int64_t now_us, const char *action,
                           const char *target_fmt, int64_t target);
/* For reads by an admin (READ handlers cannot write): queued and written by the writer soon after.
 */
void audit_read(struct req *q, const char *action, const char *target_fmt, int64_t target);

/* An entry as admins read it. */
struct audit_entry {
    int64_t id;
    int64_t at;           /* µs UTC */
    int64_t actor_number; /* 0: the command line */
    struct str action, target, request_id;
};
extern const struct shape AUDIT_ENTRY;

/* At most `most` entries with an id under `below`, the newest first, of struct audit_entry. */
enum err audit_list(struct db *db, struct arena *a, int64_t below, int64_t most, struct rows *ret);

/* Every SQL constant, NULL at the end; for the test that prepares each on each store. */
extern const char *const AUDIT_QUERIES[];

#endif
