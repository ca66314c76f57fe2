/* The queue of those for whom nobody fits yet (reference 2.8–2.10). Handlers only. */
#include "services/matching/routes.h"

#include "platform/audit/audit.h"
#include "services/matching/people.h"
#include "services/user/user.h"

#include "base/utf8.h"

#include <inttypes.h>

#define GENDER_MAX_CODE_POINTS 32

static enum err queue_place(const struct tx *tx, int64_t person, struct queue_status *ret)
{
    struct waiter w;
    struct seeker s;
    int64_t ahead;

    enum err e = waiter_get(tx, person, &w);
    if (e == OK)
        e = seeker_get(tx, person, &s);
    if (e == OK)
        e = count_ahead(tx, &w, &ahead);
    if (e == OK)
        *ret = (struct queue_status){STR("waiting"), ahead + 1, ahead, w.since, s.seeking_gender};
    return e;
}

/* GET /matches/queue/status/{user_id}: the place among those who seek the same gender, or
 * {"status": "not_in_queue"}. 403 not yours. */
enum err match_queue_status(struct req *q)
{
    struct tx tx = req_tx(q);
    struct queue_status status;
    int64_t person;

    enum err e = user_readable_path(q, &person);
    if (e != OK)
        return e;
    if (person != q->caller.number)
        audit_read(q, "match.queue.read", "user %" PRId64, person);
    shape_clear(&QUEUE_STATUS, &status);
    e = queue_place(&tx, person, &status);
    if (e == ERR_NOT_FOUND) {
        status.status = STR("not_in_queue");
        e = OK;
    }
    return e == OK ? req_reply(q, 200, &QUEUE_STATUS, &status) : e;
}

static enum err availability_of(const struct tx *tx, struct availability *a)
{
    int64_t key;

    enum err e = gender_key_known(tx, a->gender, &key);
    if (e == ERR_NOT_FOUND) /* a word that nobody uses */
        return OK;
    if (e == OK)
        e = count_findable(tx, key, &a->available_matches);
    if (e == OK)
        e = count_waiting(tx, key, &a->waiting_in_queue);
    if (e == OK)
        a->imbalance_ratio = (double)a->waiting_in_queue /
                             (double)(a->available_matches > 1 ? a->available_matches : 1);
    return e;
}

/* GET /matches/queue/available/{gender}: free people of that gender, and waiters who seek it. 422
 * too long. */
enum err match_queue_available(struct req *q)
{
    struct tx tx = req_tx(q);
    struct availability a = {.gender = utf8_trim(req_path_text(q, "gender"))};

    if (!utf8_valid(a.gender) || a.gender.len == 0 ||
        utf8_length(a.gender) > GENDER_MAX_CODE_POINTS)
        return req_fail_field(q, "gender", "must have 1 to %d characters", GENDER_MAX_CODE_POINTS);
    enum err e = availability_of(&tx, &a);
    return e == OK ? req_reply(q, 200, &AVAILABILITY, &a) : e;
}

/* DELETE /matches/queue/{user_id}: leave; found by nobody until the next find. 403 not yours; 404
 * not in it. */
enum err match_queue_leave(struct req *q)
{
    struct tx tx = req_tx(q);
    int64_t shown;

    enum err e = user_acting_path(q, &shown);
    if (e != OK)
        return e;
    e = person_leave(&tx, q->caller.number);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "User not in queue");
    return e == OK ? req_reply_message(q, 200, "Left the queue") : e;
}
