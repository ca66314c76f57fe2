/* The chat service's routes: sessions and their messages over HTTP (reference 6.1, 6.2, contract
 * §9). */
#include "services/chat/routes.h"

#include "platform/app.h"
#include "platform/clock.h"
#include "platform/outbox/outbox.h"
#include "services/booking/booking.h"
#include "services/chat/fields.h"
#include "services/chat/rules.h"
#include "services/chat/store.h"
#include "services/user/user.h"

#include <inttypes.h>

/* ── Opening ── */

struct pair {
    struct account one, two;
};

static bool is_caller(const struct req *q, enum err found, const struct account *who)
{
    return found == OK && who->number == q->caller.number;
}

/* One of the two is somebody else and the other a number that nobody owns: it may be the caller's
 * from now on. */
static enum err claim(struct req *q, enum err found, const struct user_ref *ref, enum err other,
                      struct account *ret)
{
    int64_t shown;

    if (found != ERR_NOT_FOUND || other != OK || user_acting(q, ref, &shown) != OK)
        return found;
    return user_find(q->db, q->arena, ref, ret);
}

/* Both accounts; the caller is one of them. 403, 404, 422 (the same twice). */
static enum err find_pair(struct req *q, const struct chat_match *in, struct pair *ret)
{
    enum err one = user_find(q->db, q->arena, &in->user1_id, &ret->one);
    enum err two = user_find(q->db, q->arena, &in->user2_id, &ret->two);

    if (!is_caller(q, one, &ret->one) && !is_caller(q, two, &ret->two)) {
        one = claim(q, one, &in->user1_id, two, &ret->one);
        two = claim(q, two, &in->user2_id, one, &ret->two);
        if (!is_caller(q, one, &ret->one) && !is_caller(q, two, &ret->two))
            return req_fail(q, ERR_FORBIDDEN, "User not part of this session");
    }
    if (one == ERR_NOT_FOUND || two == ERR_NOT_FOUND)
        return req_fail(q, ERR_NOT_FOUND, "User not found");
    if (one != OK || two != OK)
        return one != OK ? one : two;
    if (ret->one.number == ret->two.number)
        return req_fail_field(q, "user2_id", "must be somebody else than user1_id");
    return OK;
}

/* Where a match is needed, the session is the booking's: so is its time. */
static enum err settle_time(struct req *q, const struct pair *p, struct chat_match *in)
{
    if (q->app->config->chat_without_match)
        return OK;
    enum err e = booking_confirmed_between(q->db, p->one.number, p->two.number, &in->meeting_time);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, ERR_CONFLICT,
                        "A chat session needs a confirmed booking of these two users");
    in->duration_minutes = BOOKING_DURATION_MINUTES;
    return e;
}

static enum err check_time(struct req *q, const struct chat_window *w)
{
    const struct config *c = q->app->config;
    struct verdict v = chat_may_open(w, c->allow_past || !c->chat_without_match, q->now_us);

    return v.err == ERR_INVALID ? req_fail_field(q, "meeting_time", "%s", v.why)
                                : req_fail_verdict(q, v);
}

static enum err open_pair(struct req *q, const struct pair *pair, const struct chat_match *in,
                          const struct chat_window *w, struct chat_session *ret, bool *ret_created)
{
    uint8_t random[UUID_RANDOM_BYTES];

    random_fill(random, sizeof(random));
    const struct chat_session_new new_session = {
        uuid_v4(random), pair->one.number, pair->two.number,     pair->one.id,
        pair->two.id,    in->meeting_time, in->duration_minutes, *w,
        q->now_us};
    return chat_session_open(q->db, q->arena, &new_session, ret, ret_created);
}

static enum err tell_opened(struct req *q, const struct chat_session *s)
{
    struct str json = arena_printf(
        q->arena, "{\"session_id\":\"%.*s\",\"person_1\":%" PRId64 ",\"person_2\":%" PRId64 "}",
        STR_ARG(s->session_id), s->person_1, s->person_2);

    return outbox_put(q->db, "chat.opened", s->id, json, q->now_us);
}

/* POST /chat/match: the session of two people around a meeting; the caller is one of them. 201, or
 * 200 when there is one; 400 over already; 403 not one of them; 404 no such user; 409 no booking;
 * 422 a field is wrong. */
static enum err open_session(struct req *q)
{
    struct chat_match in;
    struct pair pair;
    struct chat_session s = {0};
    bool created = false;

    enum err e = req_json(q, &CHAT_MATCH, &in);
    if (e != OK)
        return e;
    in.meeting_time = chat_meeting_second(in.meeting_time);
    e = find_pair(q, &in, &pair);
    if (e == OK)
        e = settle_time(q, &pair, &in);
    if (e != OK)
        return e;
    struct chat_window w = chat_window_of(in.meeting_time, in.duration_minutes);
    e = check_time(q, &w);
    if (e == OK)
        e = open_pair(q, &pair, &in, &w, &s, &created);
    if (e == OK && created)
        e = tell_opened(q, &s);
    if (e != OK)
        return e;
    (void)chat_session_show(&s, q->now_us);
    const struct chat_opened out = {s.session_id, s.status};
    return req_reply(q, created ? 201 : 200, &CHAT_OPENED, &out);
}

/* ── Reading ── */

/* GET /chat/sessions: the caller's own, newest first. */
static enum err list_sessions(struct req *q)
{
    int64_t limit, cursor;
    struct rows rows;

    enum err e = req_page(q, &limit, &cursor);
    if (e != OK)
        return e;
    int64_t below = cursor == I64_NULL ? INT64_MAX : cursor;
    e = chat_sessions_of(q->db, q->arena, q->caller.number, below, limit + 1, &rows);
    if (e != OK)
        return e;
    struct chat_session *s = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        (void)chat_session_show(&s[i], q->now_us);
    return req_reply_page(q, &CHAT_SESSION, &rows, limit, "id");
}

/* The path's session, for its two people only. */
static enum err readable_session(struct req *q, struct chat_session *ret)
{
    struct uuid id;
    enum err e = req_path_uuid(q, "session_id", &id);

    if (e == OK)
        e = chat_session_find(q->db, q->arena, &id, ret);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Chat session not found");
    return e == OK ? req_fail_verdict(q, chat_may_read(ret, q->caller.number)) : e;
}

/* GET /chat/sessions/{session_id}. 403 not one of its two; 404. */
static enum err get_session(struct req *q)
{
    struct chat_session s = {0};
    enum err e = readable_session(q, &s);

    if (e != OK)
        return e;
    (void)chat_session_show(&s, q->now_us);
    return req_reply(q, 200, &CHAT_SESSION, &s);
}

/* GET /chat/sessions/{session_id}/messages?after: oldest first. 403, 404 (no such session or
 * message). */
static enum err list_messages(struct req *q)
{
    struct chat_history in = {0};
    struct chat_session s = {0};
    struct rows rows;
    int64_t from = 0;

    enum err e = req_query(q, &CHAT_HISTORY, &in);
    if (e == OK)
        e = readable_session(q, &s);
    if (e != OK)
        return e;
    if (in.after.len > 0)
        e = chat_message_seq(q->db, s.id, in.after, &from);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Message not found");
    if (e != OK)
        return e;
    if (in.cursor != I64_NULL && in.cursor > from)
        from = in.cursor;
    int64_t limit = in.limit == I64_NULL ? REQ_PAGE_MAX : in.limit;
    e = chat_messages_after(q->db, q->arena, s.id, from, limit + 1, &rows);
    return e == OK ? req_reply_page(q, &CHAT_MESSAGE, &rows, limit, "seq") : e;
}

const struct route CHAT_ROUTES[] = {
    {POST, "/chat/match", WRITE, ACCESS_USER, open_session, &CHAT_MATCH, &CHAT_OPENED,
     "The chat session of two people around a meeting", .status = 201, .id = "openChatSession",
     .answers =
         ANSWERS({200, "There was one already"},
                 {400, "The request is malformed, or the meeting is over where that is refused"},
                 {403, "The caller is not one of the two"}, {404, "No such user"},
                 {409, "The two have no booking, where one is needed"})},
    {GET, "/chat/sessions", READ, ACCESS_USER, list_sessions, NULL, &CHAT_SESSION,
     "One's own chat sessions, newest first", .query = &PAGE_QUERY, .id = "listChatSessions",
     .reply = REPLY_PAGE},
    {GET, "/chat/sessions/{session_id}", READ, ACCESS_USER, get_session, NULL, &CHAT_SESSION,
     "One chat session", .id = "getChatSession",
     .answers = ANSWERS({403, "Not part of this session"})},
    {GET, "/chat/sessions/{session_id}/messages", READ, ACCESS_USER, list_messages, NULL,
     &CHAT_MESSAGE, "A session's messages, oldest first", .query = &CHAT_HISTORY,
     .id = "listChatMessages", .reply = REPLY_PAGE,
     .answers = ANSWERS({403, "Not part of this session"}, {404, "No such session or message"})},
    {GET, "/chat/ws/{session_id}/{user_id}", STREAM, ACCESS_SOCKET, chat_join, NULL, NULL,
     "Chat in a session over a WebSocket", .query = &CHAT_JOIN, .status = 101, .id = "joinChat",
     .reply = REPLY_SOCKET},
    {0},
};
