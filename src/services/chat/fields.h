/* Wire and row shapes of the chat service: they validate, bind, print and document. No behaviour.
 */
#ifndef SERVICES_CHAT_FIELDS_H
#define SERVICES_CHAT_FIELDS_H

#include "platform/json/fields.h"

/* POST /chat/match (reference 6.1). */
struct chat_match {
    struct user_ref user1_id, user2_id;
    int64_t meeting_time;
    int64_t duration_minutes;
};
extern const struct shape CHAT_MATCH;

struct chat_opened {
    struct str session_id;
    struct str status;
};
extern const struct shape CHAT_OPENED;

/* A session as its row holds it and as GET /chat/sessions/{session_id} shows it (reference 6.2). */
struct chat_session {
    int64_t id; /* the row's; not shown */
    struct str session_id;
    struct str user1_id, user2_id;
    int64_t start_time, end_time; /* [start, end) */
    struct str status;            /* not a column: chat_session_show() */
    int64_t messages_count;
    int64_t person_1, person_2; /* account numbers; not shown */
    int64_t ended_at;           /* ended before its time, or I64_NULL; not shown */
    struct str end_reason;      /* not shown */
};
extern const struct shape CHAT_SESSION;

/* A stored message (reference 6.5, "data"). */
struct chat_message {
    int64_t seq; /* 1, 2, 3 … within the session; not shown */
    struct str id;
    struct str sender_id;
    struct str content;
    int64_t timestamp;
    struct str type;
    int64_t origin; /* the socket it came by; not shown */
};
extern const struct shape CHAT_MESSAGE;

/* Where a session's message lies in the store; never shown. */
struct chat_place {
    int64_t seq, place;
};
extern const struct shape CHAT_PLACE;

/* GET /chat/sessions/{session_id}/messages. */
struct chat_history {
    struct str after; /* a message's id; absent or empty: from the start */
    int64_t limit, cursor;
};
extern const struct shape CHAT_HISTORY;

/* WS /chat/ws/{session_id}/{user_id}. */
struct chat_join {
    struct str after; /* as above; absent: no replay */
    int8_t wait;
};
extern const struct shape CHAT_JOIN;

/* What a client sends over a socket (reference 6.4). */
struct chat_said {
    struct str content;
    struct str type;      /* absent or "text", "typing", "read" */
    struct str client_id; /* the client's own name for a message, for resending it safely */
};
extern const struct shape CHAT_SAID;

/* {"type": "ack", "data": this}. */
struct chat_ack {
    struct str id;
    struct str client_id;
    int64_t timestamp;
};
extern const struct shape CHAT_ACK;

/* "data" of a relayed typing or read. */
struct chat_signal {
    struct str sender_id;
    struct str content;
    int64_t timestamp;
    struct str type;
};
extern const struct shape CHAT_SIGNAL;

#endif
