/* What other services may ask of the chat service, inside their own transaction. */
#ifndef SERVICES_CHAT_CHAT_H
#define SERVICES_CHAT_CHAT_H

#include "platform/tx.h"

#include "base/arena.h"

extern const struct service CHAT_SERVICE;

/* A booking was confirmed: its session opens (the same pair, time and duration give the same
 * session). */
enum err chat_open_for_booking(const struct tx *tx, int64_t booking_id, int64_t person_1,
                               int64_t person_2, int64_t meeting_us, int64_t duration_minutes);
/* The booking was cancelled: its session is expired from now on; once that is durable, open sockets
 * get
 * {"error": why} and close 1008. No-op without a session. */
enum err chat_end_for_booking(const struct tx *tx, int64_t booking_id, const char *why);

/* The account is being deleted: its sessions are ended like that, and what it wrote is blank from
 * now on. */
enum err chat_forget(const struct tx *tx, int64_t person, const char *why);

/* The chat's WebSocket as an AsyncAPI 3.0 document of this version. In the arena. */
struct str chat_asyncapi(struct arena *a, const char *version);

#endif
