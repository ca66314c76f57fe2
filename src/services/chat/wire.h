/* What goes over a chat socket, and what loops tell each other about a session. Pure text; no
 * sockets, no store. */
#ifndef SERVICES_CHAT_WIRE_H
#define SERVICES_CHAT_WIRE_H

#include "base/arena.h"
#include "services/chat/fields.h"

/* ── Frames to clients (reference 6.5, contract §9); all in the arena ── */

struct str wire_error(struct arena *a, struct str why);
struct str wire_message(struct arena *a, const struct chat_message *m);
struct str wire_ack(struct arena *a, const struct chat_ack *ack);
struct str wire_signal(struct arena *a, const struct chat_signal *s);
struct str wire_pending(struct arena *a, int64_t start_us);
extern const struct str WIRE_ACTIVE;
extern const struct str WIRE_EXPIRED;

/* ── Notes between loops ── */

enum note_kind {
    NOTE_MESSAGE = 'm', /* frame is the session's message number seq */
    NOTE_SIGNAL = 's',  /* frame is typing or read */
    NOTE_END = 'e',     /* the session ended before its time; frame is the sentence that says why */
};

struct note {
    enum note_kind kind;
    int64_t seq;
    int64_t origin; /* the socket that does not get it */
    struct str frame;
};

struct str note_write(struct arena *a, const struct note *n);
/* Views into bytes. False: not a note. */
bool note_read(struct str bytes, struct note *ret);
/* The topic of a session, by its row's id. In the arena. */
struct str note_topic(struct arena *a, int64_t session);

#endif
