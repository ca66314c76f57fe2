/* The chat socket's handshake: who may join which session, and when (contract §2, §9). Whoever may
 * not is let in all the same, told why and shown out. */
#include "services/chat/routes.h"

#include "platform/app.h"
#include "platform/http/front.h"
#include "platform/http/ws.h"
#include "platform/log/log.h"
#include "services/chat/live.h"
#include "services/chat/store.h"
#include "services/user/user.h"

#include <string.h>

#define UNAUTHORIZED_TEXT "Missing or invalid authorization header"

static enum err refuse(struct req *q, struct str why)
{
    q->fail_detail = STR_NULL; /* what failed on the way is told in a frame, not in a reply */
    q->errors = (struct field_errors){0};
    return req_upgrade(q, &CHAT_REFUSAL_EVENTS, chat_refusal_new(why));
}

/* Did the client send a token, be it a bad one? Then it is not a tokenless client. */
static bool sent_a_token(const struct req *q)
{
    struct str protocols = http_header_get(&q->head, "Sec-WebSocket-Protocol");
    struct str rest = q->head.query;

    if (str_present(http_header_get(&q->head, "Authorization")))
        return true;
    if (str_present(protocols) && str_eq_nocase(str_trim(str_cut(&protocols, ',')), STR("bearer")))
        return true;
    while (str_present(rest))
        if (str_starts(str_cut(&rest, '&'), STR("token=")))
            return true;
    return false;
}

/* The reference's own example: no token at all, on the chat service's own port, where the setting
 * allows it. */
static bool tokenless_allowed(const struct req *q)
{
    const struct front *front = q->listener;

    return q->app->config->tokenless_websocket && strcmp(front->name, "chat") == 0 &&
           !q->forwarded && !sent_a_token(q);
}

/* Whose socket this is: the path's user, who is the token's. ERR_UNAUTHORIZED, ERR_FORBIDDEN
 * (detail set). */
static enum err identify(struct req *q, const struct user_ref *named, int64_t *ret_person)
{
    struct account account;
    int64_t shown;

    if (q->caller.number != 0) {
        enum err e = user_acting(q, named, &shown);
        if (e == OK)
            *ret_person = q->caller.number;
        return e;
    }
    if (!tokenless_allowed(q))
        return req_fail(q, ERR_UNAUTHORIZED, UNAUTHORIZED_TEXT);
    enum err e = user_find(q->db, q->arena, named, &account);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, ERR_FORBIDDEN, "User not part of this session");
    if (e != OK)
        return e;
    *ret_person = account.number;
    log_event(LOG_WARN, "chat.tokenless", "A socket without a token was accepted for user %lld",
              (long long)account.number);
    return OK;
}

/* Where the socket starts: behind ?after, from the start when that is empty, else now.
 * ERR_NOT_FOUND. */
static enum err starting_point(struct req *q, const struct chat_join *in,
                               const struct chat_session *s, int64_t *ret)
{
    *ret = str_present(in->after) ? 0 : s->messages_count;
    if (in->after.len == 0)
        return OK;
    enum err e = chat_message_seq(q->db, s->id, in->after, ret);
    return e == ERR_NOT_FOUND ? req_fail(q, e, "Message not found") : e;
}

/* All checks, in the order in which a caller may learn of them. Any error but the store's has its
 * detail set. */
static enum err check(struct req *q, struct chat_entry *entry, struct chat_session *s)
{
    struct chat_join in;
    struct user_ref named;
    struct uuid id;

    if (q->caller.number == 0 && !tokenless_allowed(q))
        return req_fail(q, ERR_UNAUTHORIZED, UNAUTHORIZED_TEXT);
    enum err e = req_query(q, &CHAT_JOIN, &in);
    if (e != OK)
        return e;
    e = req_path_uuid(q, "session_id", &id);
    if (e == OK)
        e = chat_session_find(q->db, q->arena, &id, s);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Chat session not found");
    if (e == OK && req_path_user(q, "user_id", &named) != OK)
        return req_fail(q, ERR_FORBIDDEN, "User not part of this session");
    if (e == OK)
        e = identify(q, &named, &entry->person);
    if (e == OK)
        e = req_fail_verdict(q, chat_may_join(s, entry->person, in.wait == 1, q->now_us, q->arena));
    if (e == OK)
        e = starting_point(q, &in, s, &entry->seq);
    entry->waiting = e == OK && q->now_us < s->start_time;
    return e;
}

enum err chat_join(struct req *q)
{
    struct chat_session s = {0};
    struct chat_entry entry = {.session = &s, .who = &q->caller};
    const char *why = "";

    if (!ws_wants_upgrade(&q->head, &why)) {
        req_header(q, "Sec-WebSocket-Version", STR("13"));
        return q->caller.number == 0 ? ERR_UNAUTHORIZED : req_fail(q, ERR_BAD_REQUEST, "%s", why);
    }
    if (q->origin_refused)
        return refuse(q, STR("This origin may not connect"));
    enum err e = check(q, &entry, &s);
    if (e == ERR_INTERNAL || e == ERR_UNAVAILABLE)
        return e;
    if (e != OK)
        return refuse(q, q->fail_detail);
    q->fail_detail = STR_NULL;
    return req_upgrade(q, &CHAT_SOCKET_EVENTS, chat_socket_new(&entry));
}
