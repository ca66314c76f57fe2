/* Deleting an account: all that any service keeps of the person goes in one transaction. What stays
 * are numbers in the rows of matches, bookings and conversations, which are other people's, too. */
#include "services/user/routes.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/audit/audit.h"
#include "platform/auth/revocation.h"
#include "platform/clock.h"
#include "platform/outbox/outbox.h"
#include "services/booking/booking.h"
#include "services/chat/chat.h"
#include "services/faceauth/faceauth.h"
#include "services/matching/matching.h"
#include "services/user/store.h"
#include "services/user/user.h"
#include "services/venue/venue.h"

#include <inttypes.h>

#define CHAT_ENDED "The other account was deleted"

/* The caller's own account, or for admins anybody's. Nothing is claimed: a number that nobody has
 * is nobody's account. */
static enum err whose(struct req *q, struct account *ret)
{
    struct user_ref named = {0};

    enum err e = q->caller.role == ROLE_ADMIN ? OK : user_path_check(q);
    if (e != OK)
        return e;
    e = req_path_user(q, "user_id", &named);
    if (e == OK)
        e = user_find(q->db, q->arena, &named, ret);
    return e == ERR_NOT_FOUND ? req_fail(q, e, "User not found") : e;
}

/* Also those that a log-in under way will still give: nobody gets this number again. */
static enum err end_sessions(struct req *q, int64_t number)
{
    int64_t life_us = q->app->config->token_ttl_s * US_PER_SECOND;
    int64_t now_us = clock_now_us();
    struct revocation all = {
        .number = number,
        .all = true,
        .at_us = now_us + life_us,
        .expires_us = now_us + 2 * life_us,
    };

    if (number == q->caller.number && q->caller.expires_us > all.expires_us)
        all.expires_us = q->caller.expires_us;
    return revocation_add(q->db, q->arena, q->app->revocations, &all);
}

static enum err forget(struct req *q, int64_t number)
{
    const struct tx tx = req_tx(q);

    enum err e = user_hold(tx.db, number); /* before any other row is locked */
    if (e == OK)
        e = booking_forget(&tx, number);
    if (e == OK)
        e = matching_forget(&tx, number);
    if (e == OK)
        e = chat_forget(&tx, number, CHAT_ENDED);
    if (e == OK)
        e = venue_forget(&tx, number);
    if (e == OK)
        e = faceauth_forget(&tx, number);
    return e == OK ? user_forget(tx.db, number, tx.now_us) : e;
}

static enum err tell(struct req *q, int64_t number)
{
    struct str json = arena_printf(q->arena, "{\"user_number\":%" PRId64 "}", number);

    enum err e = outbox_put(q->db, "user.deleted", number, json, q->now_us);
    return e == OK ? audit_put(q, q->db, "user.delete", "user %" PRId64, number) : e;
}

/* DELETE /users/{user_id}: by the person or an admin. 200 message; 403 another's; 404. */
enum err users_delete(struct req *q)
{
    struct account account = {0};

    enum err e = whose(q, &account);
    if (e == OK)
        e = forget(q, account.number);
    if (e == ERR_NOT_FOUND) /* somebody else was faster */
        return req_fail(q, e, "User not found");
    if (e == OK)
        e = end_sessions(q, account.number);
    if (e == OK)
        e = tell(q, account.number);
    return e != OK ? e : req_reply_message(q, 200, "Account deleted");
}
