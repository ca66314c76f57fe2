/* Takes an act on a booking from the request to the stored row; what it means is decided in
 * rules.c. */
#include "services/booking/act.h"

#include "platform/app.h"
#include "services/booking/effects.h"
#include "services/booking/fields.h"
#include "services/booking/store.h"
#include "services/user/user.h"

struct act act_of(enum booking_event_kind kind)
{
    return (struct act){
        .event = {.kind = kind, .venue_id = I64_NULL, .date = I64_NULL, .clock = I64_NULL}};
}

enum err act_as(struct req *q, const struct user_ref *in_query, const struct user_ref *in_body)
{
    int64_t shown = 0;
    enum err e = user_acting(q, in_query, &shown);
    return e == OK ? user_acting(q, in_body, &shown) : e;
}

enum err act_decide(struct req *q, int64_t booking_id, struct act *act)
{
    enum err e = booking_load(q->db, q->arena, booking_id, &act->before);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Booking not found");
    if (e != OK)
        return e;

    enum booking_actor actor = booking_actor(&act->before, q->caller.number);
    act->event.complete_early = q->app->config->complete_early;
    struct verdict v = booking_apply(&act->before, &act->event, actor, q->now_us, &act->after);
    return v.err == OK ? OK : req_fail_verdict(q, v);
}

bool act_changes(const struct act *act)
{
    return act->after.version != act->before.version;
}

enum err act_overtaken(struct req *q)
{
    return req_fail(q, db_read_again(q->db), "Booking was changed at the same moment; try again");
}

enum err act_store(struct req *q, const struct act *act)
{
    enum err e = booking_save(q->db, &act->before, &act->after);
    return e == ERR_NOT_FOUND ? act_overtaken(q) : e;
}

enum err act_finish(struct req *q, const struct act *act)
{
    if (!act_changes(act))
        return req_reply(q, 200, &BOOKING, &act->after);

    enum err e = act_store(q, act);
    if (e != OK)
        return e;
    const struct tx tx = req_tx(q);
    e = effects_of(&tx, &act->event, &act->after);
    if (e != OK)
        return e;
    return req_reply(q, 200, &BOOKING, &act->after);
}
