/* What a change of a booking sets off elsewhere: the slot, the chat session, the outbox. Part of
 * the same transaction. */
#ifndef SERVICES_BOOKING_EFFECTS_H
#define SERVICES_BOOKING_EFFECTS_H

#include "platform/tx.h"
#include "services/booking/rules.h"

/* An act was stored: the chat session opens with a confirmation (the slot is claimed already), slot
 * and chat session end with a cancellation, the hold on the slot with completion; the outbox is
 * told in any case. */
enum err effects_of(const struct tx *tx, const struct booking_event *ev,
                    const struct booking *after);
/* The slot is free again and the chat session ends. No-op for a booking that never had them. */
enum err effects_cancelled(const struct tx *tx, const struct booking *b);
/* Only say in the outbox what happened. */
enum err effects_tell(const struct tx *tx, const char *event, const struct booking *b);

#endif
