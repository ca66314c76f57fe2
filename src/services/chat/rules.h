/* What chat means: when a session is open, who is in it, what may be said. Pure: the clock is
 * passed in (contract §9, reference 6). */
#ifndef SERVICES_CHAT_RULES_H
#define SERVICES_CHAT_RULES_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/err.h"
#include "services/chat/fields.h"

#define CHAT_MARGIN_US (30 * US_PER_MINUTE) /* open so long before and after the meeting */
#define CHAT_DURATION_MAX_MINUTES 480
#define CHAT_CONTENT_MAX 4096 /* code points */
#define CHAT_TYPING_PER_SECOND 20

/* Open in [start, end). */
struct chat_window {
    int64_t start_us;
    int64_t end_us;
};

/* When the meeting is, by the whole second that was asked for or its fraction belongs to. */
int64_t chat_meeting_second(int64_t asked_us);
struct chat_window chat_window_of(int64_t meeting_us, int64_t duration_minutes);

enum chat_status {
    CHAT_PENDING,
    CHAT_ACTIVE,
    CHAT_EXPIRED,
};

/* By the clock; one that was ended before its time is expired. */
enum chat_status chat_status_at(const struct chat_window *w, bool ended, int64_t now_us);
const char *chat_status_name(enum chat_status s);
/* The same of a row, into its status member. */
enum chat_status chat_session_show(struct chat_session *s, int64_t now_us);

/* May a session be made for this time? ERR_INVALID: outside 1970–2100; ERR_BAD_REQUEST: over
 * already, where that is refused. */
struct verdict chat_may_open(const struct chat_window *w, bool allow_past, int64_t now_us);

/* Which of the session's two is this account: 1, 2, or 0 for neither. */
int chat_side(const struct chat_session *s, int64_t number);
/* ERR_FORBIDDEN "User not part of this session". */
struct verdict chat_may_read(const struct chat_session *s, int64_t number);
/* May this account's socket join now (wait: it would sit in the waiting room)? ERR_FORBIDDEN not
 * one of the two; ERR_CONFLICT expired, or not open yet (the sentence, in the arena, says when). */
struct verdict chat_may_join(const struct chat_session *s, int64_t number, bool wait,
                             int64_t now_us, struct arena *a);

enum chat_kind {
    CHAT_TEXT,
    CHAT_TYPING,
    CHAT_READ,
};

/* What was said, and is it acceptable? ERR_INVALID with the sentence for the sender. */
struct verdict chat_said_check(const struct chat_said *in, enum chat_kind *ret_kind);

/* At most CHAT_TYPING_PER_SECOND signals a second from one socket; *second and *n are its memory.
 */
bool chat_typing_allowed(int64_t *second, int64_t *n, int64_t now_us);

#endif
