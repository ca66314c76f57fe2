/* Matches over HTTP (reference 2.4–2.7), and the service's route table. Handlers only. */
#include "services/matching/routes.h"

#include "platform/audit/audit.h"
#include "services/matching/pairs.h"
#include "services/user/user.h"

#include <inttypes.h>

#define ALREADY_TEXT "User already has a pending or active match" /* verbatim: contract §3 */

/* POST /matches/find: the caller's pending match, or a new one, or a place in the queue. 200; 400
 * in a matched match; 403 not your user_id; 404 no preferences. */
static enum err match_find(struct req *q)
{
    struct tx tx = req_tx(q);
    struct find_in in;
    struct match_row m;
    int64_t shown;

    enum err e = req_json(q, &FIND_IN, &in);
    if (e == OK)
        e = user_acting(q, &in.user_id, &shown);
    if (e != OK)
        return e;
    e = pair_find(&tx, q->caller.number, shown, &m);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Matching preferences not found");
    if (e == ERR_BAD_REQUEST)
        return req_fail(q, e, ALREADY_TEXT);
    return e == OK ? req_reply(q, 200, &MATCH_ROW, &m) : e;
}

/* Everybody acts for themselves: the user_id of the query and that of the body, where they are
 * there, are the caller's own. */
static enum err acting(struct req *q, const struct user_ref *in_query,
                       const struct user_ref *in_body)
{
    int64_t shown;
    enum err e = user_acting(q, in_query, &shown);
    return e == OK ? user_acting(q, in_body, &shown) : e;
}

/* POST /matches/approve?user_id=: yes or no to a match. 200; 403 not in it; 404; 409 over, or
 * decided already. */
static enum err match_decide(struct req *q)
{
    struct tx tx = req_tx(q);
    struct match_acting query;
    struct decision_in in;
    struct match_row m;

    enum err e = req_query(q, &MATCH_ACTING, &query);
    if (e == OK)
        e = req_json(q, &DECISION_IN, &in);
    if (e == OK)
        e = acting(q, &query.user_id, &in.user_id);
    if (e != OK)
        return e;
    enum match_event event = in.approved == 1 ? MATCH_APPROVE : MATCH_REJECT;
    struct verdict v = pair_decide(&tx, in.match_id, q->caller.number, event, &m);
    return v.err == OK ? req_reply(q, 200, &MATCH_ROW, &m) : req_fail_verdict(q, v);
}

/* POST /matches/{match_id}/end: one of the two ends a matched match; its live booking is cancelled.
 * 200; 403; 404; 409 not matched. */
static enum err match_end(struct req *q)
{
    struct tx tx = req_tx(q);
    struct match_acting query, body;
    struct match_row m;
    int64_t id;

    if (req_path_i64(q, "match_id", &id) != OK)
        return req_fail(q, ERR_NOT_FOUND, "Match not found");
    enum err e = req_query(q, &MATCH_ACTING, &query);
    if (e == OK)
        e = req_json(q, &MATCH_ACTING, &body);
    if (e == OK)
        e = acting(q, &query.user_id, &body.user_id);
    if (e != OK)
        return e;
    struct verdict v = pair_decide(&tx, id, q->caller.number, MATCH_END, &m);
    return v.err == OK ? req_reply(q, 200, &MATCH_ROW, &m) : req_fail_verdict(q, v);
}

/* GET /matches/user/{user_id}: all of one's matches, newest first. 403 not yours. */
static enum err match_list(struct req *q)
{
    struct tx tx = req_tx(q);
    struct rows rows;
    int64_t person, limit, cursor;

    enum err e = user_readable_path(q, &person);
    if (e == OK)
        e = req_page(q, &limit, &cursor);
    if (e != OK)
        return e;
    if (person != q->caller.number)
        audit_read(q, "match.list", "user %" PRId64, person);
    e = match_rows_of(&tx, person, cursor == I64_NULL ? INT64_MAX : cursor, limit + 1, &rows);
    return e == OK ? req_reply_page(q, &MATCH_ROW, &rows, limit, "id") : e;
}

/* GET /matches/{match_id}: for the two people, and admins. 403 not in it; 404. */
static enum err match_read(struct req *q)
{
    struct tx tx = req_tx(q);
    struct match_row m;
    int64_t id;

    enum err e = req_path_i64(q, "match_id", &id);
    if (e == OK)
        e = match_row_get(&tx, id, &m);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Match not found");
    if (e != OK)
        return e;
    bool is_one = q->caller.number == m.person_1 || q->caller.number == m.person_2;
    if (!is_one && q->caller.role != ROLE_ADMIN)
        return req_fail(q, ERR_FORBIDDEN, "User not part of this match");
    if (!is_one)
        audit_read(q, "match.read", "match %" PRId64, id);
    return req_reply(q, 200, &MATCH_ROW, &m);
}

const struct route MATCHING_ROUTES[] = {
    {POST, "/matches/preferences", WRITE, ACCESS_USER, match_preferences_save, &PREFERENCES_NEW,
     &SEEKER, "Save what you look for, and opt in", .status = 201, .id = "saveMatchingPreferences",
     .answers =
         ANSWERS({200, "In place of earlier ones"}, {409, "The account has no date of birth"})},
    {GET, "/matches/preferences/{user_id}", READ, ACCESS_USER, match_preferences_read, NULL,
     &SEEKER, "What you look for", .id = "getMatchingPreferences",
     .answers = ANSWERS({404, "Not opted in"})},
    {PUT, "/matches/preferences/{user_id}", WRITE, ACCESS_USER, match_preferences_change,
     &PREFERENCES_CHANGE, &SEEKER, "Change what you look for", .id = "updateMatchingPreferences",
     .answers = ANSWERS({404, "Not opted in"}, {409, "The account has no date of birth"})},
    {POST, "/matches/find", WRITE, ACCESS_USER, match_find, &FIND_IN, &MATCH_ROW,
     "Find a match, or wait for one", .id = "findMatch",
     .answers = ANSWERS(
         {400, "The request is malformed, or \"User already has a pending or active match\"",
          .detail = "User already has a pending or active match"},
         {404, "No matching preferences saved"})},
    {POST, "/matches/approve", WRITE, ACCESS_USER, match_decide, &DECISION_IN, &MATCH_ROW,
     "Approve or reject a match", &MATCH_ACTING, .id = "approveMatch",
     .answers = ANSWERS({403, "Not in this match"}, {404, "No such match"},
                        {409, "It is over, or decided otherwise"})},
    {GET, "/matches/user/{user_id}", READ, ACCESS_USER, match_list, NULL, &MATCH_ROW,
     "Your matches, newest first", .id = "listMatches", .reply = REPLY_PAGE},
    {GET, "/matches/{match_id}", READ, ACCESS_USER, match_read, NULL, &MATCH_ROW, "One match",
     .id = "getMatch", .answers = ANSWERS({403, "Not in this match"})},
    {POST, "/matches/{match_id}/end", WRITE, ACCESS_USER, match_end, &MATCH_ACTING, &MATCH_ROW,
     "End a match", &MATCH_ACTING, .id = "endMatch",
     .answers = ANSWERS({403, "Not in this match"}, {409, "It is not matched"})},
    {GET, "/matches/queue/status/{user_id}", READ, ACCESS_USER, match_queue_status, NULL,
     &QUEUE_STATUS, "Your place in the queue", .id = "getQueueStatus"},
    {GET, "/matches/queue/available/{gender}", READ, ACCESS_USER, match_queue_available, NULL,
     &AVAILABILITY, "How many of a gender are free, and how many wait for them",
     .id = "getQueueAvailability", .answers = ANSWERS({422, "No gender has so many characters"})},
    {DELETE, "/matches/queue/{user_id}", WRITE, ACCESS_USER, match_queue_leave, NULL, NULL,
     "Leave the queue", .id = "leaveQueue", .reply = REPLY_MESSAGE,
     .answers = ANSWERS({404, "Not in the queue"})},
    {0},
};
