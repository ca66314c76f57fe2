/* The chat service's SQL, as calls. Decides nothing; used by this service alone. */
#ifndef SERVICES_CHAT_STORE_H
#define SERVICES_CHAT_STORE_H

#include "platform/db/db.h"
#include "services/chat/fields.h"
#include "services/chat/rules.h"

extern const char *const CHAT_QUERIES[]; /* NULL at the end */

struct chat_session_new {
    struct uuid session_id; /* used if there is none yet */
    int64_t person_1, person_2;
    struct str user1_id, user2_id;
    int64_t meeting_us, duration_minutes;
    struct chat_window window;
    int64_t now_us;
};

/* The session of this pair (either order), time and duration: made, or the one there is. */
enum err chat_session_open(struct db *db, struct arena *a, const struct chat_session_new *in,
                           struct chat_session *ret, bool *ret_created);
/* The same for a confirmed booking: one that had been ended is open again. */
enum err chat_session_open_for_booking(struct db *db, struct arena *a,
                                       const struct chat_session_new *in, int64_t booking_id,
                                       struct chat_session *ret);
/* End a booking's session: rows of struct chat_session, none if there is nothing to end. */
enum err chat_session_end(struct db *db, struct arena *a, int64_t booking_id, struct str why,
                          int64_t now_us, struct rows *ret);
/* End all of a person's sessions that are not over: the same. */
enum err chat_sessions_end(struct db *db, struct arena *a, int64_t person, struct str why,
                           int64_t now_us, struct rows *ret);
/* What a person wrote, anywhere; the messages keep their places. */
enum err chat_messages_blank(struct db *db, int64_t person);
/* ERR_NOT_FOUND. */
enum err chat_session_find(struct db *db, struct arena *a, const struct uuid *session_id,
                           struct chat_session *ret);
enum err chat_session_get(struct db *db, struct arena *a, int64_t id, struct chat_session *ret);
/* What has become of these, of struct chat_session with id, messages_count, ended_at and
 * end_reason; I64_NULL: none. */
#define CHAT_LOOK_MAX 32
enum err chat_sessions_look(struct db *db, struct arena *a, const int64_t ids[CHAT_LOOK_MAX],
                            struct rows *ret);
/* Newest first, ids below `below`. */
enum err chat_sessions_of(struct db *db, struct arena *a, int64_t person, int64_t below,
                          int64_t limit, struct rows *ret);

#define CHAT_MESSAGES_MAX 99999999 /* of a session: what a message's id has room for */

struct chat_message_new {
    int64_t session;
    uint8_t random[UUID_RANDOM_BYTES]; /* for its id */
    int64_t sender;
    struct str client_id; /* or absent */
    int64_t origin;
    struct str content;
    int64_t now_us;
};

/* Store the session's next message. Its id is of version 8 and begins with its seq.
 * ERR_CONFLICT: the session was ended (or is full), nothing is stored. *ret_again: this client_id
 * was stored before, nothing is stored; *ret is that message. *ret has seq, id, timestamp. */
enum err chat_message_put(struct db *db, struct arena *a, const struct chat_message_new *in,
                          struct chat_message *ret, bool *ret_again);
/* Whole messages with seq above `after`, in order. */
enum err chat_messages_after(struct db *db, struct arena *a, int64_t session, int64_t after,
                             int64_t limit, struct rows *ret);
/* A message's seq by its id. ERR_NOT_FOUND. */
enum err chat_message_seq(struct db *db, int64_t session, struct str id, int64_t *ret);
/* This person has read up to seq; a mark never goes back. */
enum err chat_read_put(struct db *db, int64_t session, int64_t person, int64_t seq, int64_t now_us);

#endif
