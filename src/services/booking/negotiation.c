/* What the two sides' proposals, approvals and rejections do to a booking before it is confirmed;
 * touches nothing. */
#include "services/booking/negotiation.h"

/* One side's standing proposals, inside the booking. */
struct side {
    int64_t *venue_id;
    int64_t *date;
    int64_t *clock;
};

bool negotiation_venue_agreed(const struct booking *b)
{
    return booking_status(b) != BOOKING_PENDING_VENUE;
}

bool negotiation_time_agreed(const struct booking *b)
{
    return negotiation_venue_agreed(b) && booking_status(b) != BOOKING_PENDING_TIME;
}

static void set_status(struct booking *b, enum booking_status s)
{
    b->status = booking_status_text(s);
}

static struct verdict changed(struct booking *b)
{
    b->version++;
    return VERDICT_OK;
}

static struct verdict conflict(const char *why)
{
    return verdict_no(ERR_CONFLICT, why);
}

static struct side side_of(struct booking *b, bool first)
{
    if (first)
        return (struct side){&b->user_1_proposed_venue_id, &b->user_1_proposed_date,
                             &b->user_1_proposed_time};
    return (struct side){&b->user_2_proposed_venue_id, &b->user_2_proposed_date,
                         &b->user_2_proposed_time};
}

static bool same_time(struct side s, int64_t date, int64_t clock)
{
    return *s.date == date && *s.clock == clock;
}

static void withdraw_time(struct side s)
{
    *s.date = I64_NULL;
    *s.clock = I64_NULL;
}

static void reopen_time(struct booking *b)
{
    b->booking_date = I64_NULL;
    b->booking_time = I64_NULL;
    b->user_1_time_approved = 0;
    b->user_2_time_approved = 0;
    set_status(b, BOOKING_PENDING_TIME);
}

/* Times were proposed for the venue's slots: without the venue they mean nothing. */
static void reopen_venue(struct booking *b)
{
    reopen_time(b);
    withdraw_time(side_of(b, true));
    withdraw_time(side_of(b, false));
    b->venue_id = I64_NULL;
    b->user_1_venue_approved = 0;
    b->user_2_venue_approved = 0;
    set_status(b, BOOKING_PENDING_VENUE);
}

static void agree_venue(struct booking *b, int64_t venue_id)
{
    b->venue_id = venue_id;
    b->user_1_venue_approved = 1;
    b->user_2_venue_approved = 1;
    set_status(b, BOOKING_PENDING_TIME);
}

static void agree_time(struct booking *b, int64_t date, int64_t clock)
{
    b->booking_date = date;
    b->booking_time = clock;
    b->user_1_time_approved = 1;
    b->user_2_time_approved = 1;
    set_status(b, BOOKING_BOTH_APPROVED);
}

static struct verdict propose_venue(struct booking *b, struct side mine, struct side theirs,
                                    const struct booking_event *ev)
{
    bool stands = negotiation_venue_agreed(b) && b->venue_id == ev->venue_id;
    if (*mine.venue_id == ev->venue_id)
        return VERDICT_OK;

    *mine.venue_id = ev->venue_id;
    if (stands)
        return changed(b);
    if (negotiation_venue_agreed(b))
        reopen_venue(b);
    if (*theirs.venue_id == ev->venue_id)
        agree_venue(b, ev->venue_id);
    return changed(b);
}

static struct verdict approve_venue(struct booking *b, struct side mine, struct side theirs,
                                    const struct booking_event *ev)
{
    int64_t standing = negotiation_venue_agreed(b) ? b->venue_id : *theirs.venue_id;
    if (standing == I64_NULL)
        return conflict("The other side has proposed no venue");
    if (ev->venue_id != I64_NULL && ev->venue_id != standing)
        return conflict("This is not the venue that the other side proposes");
    if (negotiation_venue_agreed(b))
        return VERDICT_OK;

    if (*mine.venue_id != standing)
        *mine.venue_id = I64_NULL;
    agree_venue(b, standing);
    return changed(b);
}

static struct verdict reject_venue(struct booking *b, struct side mine, struct side theirs,
                                   const struct booking_event *ev)
{
    int64_t rejected = *theirs.venue_id;
    if (rejected == I64_NULL)
        return conflict("The other side has proposed no venue");
    if (ev->venue_id != I64_NULL && ev->venue_id != rejected)
        return conflict("This is not the venue that the other side proposes");

    *theirs.venue_id = I64_NULL;
    if (*mine.venue_id == rejected)
        *mine.venue_id = I64_NULL;
    if (negotiation_venue_agreed(b))
        reopen_venue(b);
    return changed(b);
}

static struct verdict propose_time(struct booking *b, struct side mine, struct side theirs,
                                   const struct booking_event *ev)
{
    if (!negotiation_venue_agreed(b))
        return conflict("The venue must be approved before a time is proposed");
    if (same_time(mine, ev->date, ev->clock))
        return VERDICT_OK;

    bool stands =
        negotiation_time_agreed(b) && b->booking_date == ev->date && b->booking_time == ev->clock;
    *mine.date = ev->date;
    *mine.clock = ev->clock;
    if (stands)
        return changed(b);
    if (negotiation_time_agreed(b))
        reopen_time(b);
    if (same_time(theirs, ev->date, ev->clock))
        agree_time(b, ev->date, ev->clock);
    return changed(b);
}

static bool other_time_meant(const struct booking_event *ev, int64_t date, int64_t clock)
{
    return (ev->date != I64_NULL && ev->date != date) ||
           (ev->clock != I64_NULL && ev->clock != clock);
}

static struct verdict approve_time(struct booking *b, struct side mine, struct side theirs,
                                   const struct booking_event *ev)
{
    int64_t date = negotiation_time_agreed(b) ? b->booking_date : *theirs.date;
    int64_t clock = negotiation_time_agreed(b) ? b->booking_time : *theirs.clock;
    if (!negotiation_venue_agreed(b) || date == I64_NULL)
        return conflict("The other side has proposed no time");
    if (other_time_meant(ev, date, clock))
        return conflict("This is not the time that the other side proposes");
    if (negotiation_time_agreed(b))
        return VERDICT_OK;

    if (!same_time(mine, date, clock))
        withdraw_time(mine);
    agree_time(b, date, clock);
    return changed(b);
}

static struct verdict reject_time(struct booking *b, struct side mine, struct side theirs,
                                  const struct booking_event *ev)
{
    int64_t date = *theirs.date;
    int64_t clock = *theirs.clock;
    if (!negotiation_venue_agreed(b) || date == I64_NULL)
        return conflict("The other side has proposed no time");
    if (other_time_meant(ev, date, clock))
        return conflict("This is not the time that the other side proposes");

    withdraw_time(theirs);
    if (same_time(mine, date, clock))
        withdraw_time(mine);
    if (negotiation_time_agreed(b))
        reopen_time(b);
    return changed(b);
}

struct verdict negotiation_apply(struct booking *b, const struct booking_event *ev, bool first)
{
    struct side mine = side_of(b, first);
    struct side theirs = side_of(b, !first);

    switch (ev->kind) {
    case BOOKING_PROPOSE_VENUE:
        return propose_venue(b, mine, theirs, ev);
    case BOOKING_APPROVE_VENUE:
        return approve_venue(b, mine, theirs, ev);
    case BOOKING_REJECT_VENUE:
        return reject_venue(b, mine, theirs, ev);
    case BOOKING_PROPOSE_TIME:
        return propose_time(b, mine, theirs, ev);
    case BOOKING_APPROVE_TIME:
        return approve_time(b, mine, theirs, ev);
    case BOOKING_REJECT_TIME:
        return reject_time(b, mine, theirs, ev);
    case BOOKING_CONFIRM:
    case BOOKING_CANCEL:
    case BOOKING_COMPLETE:
    case BOOKING_EVENT_COUNT:
        break;
    }
    return verdict_no(ERR_INTERNAL, "");
}

void booking_lose_slot(const struct booking *b, struct booking *ret_next)
{
    struct booking next = *b;
    reopen_time(&next);
    withdraw_time(side_of(&next, true));
    withdraw_time(side_of(&next, false));
    next.confirmation_code = STR_NULL;
    next.version++;
    *ret_next = next;
}

void booking_lose_venue(const struct booking *b, struct booking *ret_next)
{
    struct booking next = *b;
    reopen_venue(&next);
    *side_of(&next, true).venue_id = I64_NULL;
    *side_of(&next, false).venue_id = I64_NULL;
    next.confirmation_code = STR_NULL;
    next.version++;
    *ret_next = next;
}

static struct str proposal_status(bool agreed, bool proposed)
{
    if (agreed)
        return STR("approved");
    return proposed ? STR("pending") : STR("not_proposed");
}

struct other_proposal booking_other_proposal(const struct booking *b, enum booking_actor viewer)
{
    struct booking copy = *b;
    bool viewer_first = viewer == BOOKING_USER_1;
    struct side theirs = side_of(&copy, !viewer_first);
    return (struct other_proposal){
        .other_user_id = viewer_first ? b->user_2_id : b->user_1_id,
        .proposed_venue_id = *theirs.venue_id,
        .proposed_date = *theirs.date,
        .proposed_time = *theirs.clock,
        .venue_status =
            proposal_status(b->user_1_venue_approved == 1, *theirs.venue_id != I64_NULL),
        .time_status = proposal_status(b->user_1_time_approved == 1, *theirs.date != I64_NULL),
        .booking_status = b->status,
    };
}
