/* What happened between the people of the demo: who found whom, how far their dates have come. */
#include "commands/demo/demo.h"

#include "base/datetime.h"

#include <inttypes.h>

#define BATCH 25
#define SEEKERS_OF_TEN 6

/* How a match ends up, in turn. */
enum story {
    STORY_COMPLETED,
    STORY_PENDING,
    STORY_CONFIRMED,
    STORY_ONE_SAID_YES,
    STORY_MATCHED,
    STORY_REJECTED,
    STORY_VENUE_PROPOSED,
    STORY_COMPLETED_TOO,
    STORY_TIME_PROPOSED,
    STORY_CANCELLED,
    STORY_CONFIRMED_TOO,
    STORIES,
};

/* Two people and what they are about; `us` moves on with every step. */
struct pair {
    struct demo *d;
    struct arena *a;
    int64_t match, people[2], booking, us;
    struct demo_venue *venue;
    char date[DATE_LEN + 1], time[8];
};

static enum err ask(struct pair *p, int side, struct str target, struct str json, struct str *ret)
{
    p->us += 20 * US_PER_MINUTE;
    return demo_call(p->d, p->a, p->people[side], p->us, POST, ret, target, json);
}

static enum err decide(struct pair *p, int side, bool yes)
{
    struct str reply;

    return ask(p, side, arena_printf(p->a, "/matches/approve?user_id=%" PRId64, p->people[side]),
               arena_printf(p->a, "{\"match_id\":%" PRId64 ",\"approved\":%s}", p->match,
                            yes ? "true" : "false"),
               &reply);
}

static enum err open_booking(struct pair *p)
{
    struct str reply;

    enum err e = ask(p, 0, STR("/bookings/create"),
                     arena_printf(p->a,
                                  "{\"match_id\":%" PRId64 ",\"user_1_id\":%" PRId64
                                  ",\"user_2_id\":%" PRId64 "}",
                                  p->match, p->people[0], p->people[1]),
                     &reply);
    if (e == OK) {
        p->booking = demo_number(reply, "id");
        p->d->bookings++;
    }
    return e;
}

static enum err propose(struct pair *p, const char *what, struct str values)
{
    struct str reply;

    return ask(p, 0,
               arena_printf(p->a,
                            "/bookings/propose-%s?booking_id=%" PRId64 "&%.*s&user_id=%" PRId64,
                            what, p->booking, STR_ARG(values), p->people[0]),
               STR("{}"), &reply);
}

static enum err agree(struct pair *p, const char *what)
{
    struct str reply;

    return ask(
        p, 1, arena_printf(p->a, "/bookings/approve-%s?user_id=%" PRId64, what, p->people[1]),
        arena_printf(p->a, "{\"booking_id\":%" PRId64 ",\"approved\":true}", p->booking), &reply);
}

static enum err propose_venue(struct pair *p)
{
    return propose(p, "venue", arena_printf(p->a, "venue_id=%" PRId64, p->venue->id));
}

static enum err propose_time(struct pair *p)
{
    return propose(p, "time", arena_printf(p->a, "date=%s&time=%s", p->date, p->time));
}

static enum err act(struct pair *p, struct str target, const char *more)
{
    struct str reply;

    return ask(p, 0, target, arena_printf(p->a, "{\"booking_id\":%" PRId64 "%s}", p->booking, more),
               &reply);
}

/* Until both have said yes to venue and time, and the slot is theirs. */
static enum err confirm(struct pair *p)
{
    enum err e = open_booking(p);

    if (e == OK)
        e = propose_venue(p);
    if (e == OK)
        e = agree(p, "venue");
    if (e == OK)
        e = propose_time(p);
    if (e == OK)
        e = agree(p, "time");
    return e == OK ? act(p, STR("/bookings/confirm"), "") : e;
}

static enum err review(struct pair *p, int side)
{
    static const char *const COMMENTS[] = {"Quiet enough to talk, and the staff left us alone.",
                                           "Nice place, a little loud after eight.",
                                           "We stayed until they closed."};
    uint32_t r = demo_random((uint32_t)p->booking + (uint32_t)side);
    struct str reply;

    enum err e = ask(p, side, STR("/venues/reviews"),
                     arena_printf(p->a,
                                  "{\"venue_id\":%" PRId64 ",\"user_id\":%" PRId64
                                  ",\"rating\":%u,\"comment\":\"%s\"}",
                                  p->venue->id, p->people[side], 3 + r % 3, COMMENTS[r % 3]),
                     &reply);
    p->d->reviews += e == OK;
    return e;
}

static enum err complete(struct pair *p)
{
    enum err e = confirm(p);

    p->us = p->d->now_us - US_PER_DAY; /* the date is over */
    if (e == OK)
        e = act(p, arena_printf(p->a, "/bookings/complete/%" PRId64, p->booking), "");
    if (e == OK)
        e = review(p, 0);
    return e == OK && p->booking % 2 == 0 ? review(p, 1) : e;
}

static enum err begin_booking(struct pair *p, bool and_time)
{
    enum err e = open_booking(p);

    if (e == OK)
        e = propose_venue(p);
    if (e == OK && and_time)
        e = agree(p, "venue");
    return e == OK && and_time ? propose_time(p) : e;
}

static enum err cancel(struct pair *p)
{
    enum err e = confirm(p);

    return e == OK ? act(p, STR("/bookings/cancel"), ",\"reason\":\"Something came up\"") : e;
}

/* ── When and where ── */

/* The next free place in a venue's calendar; false: it is full. */
static bool take_slot(struct pair *p, bool past)
{
    size_t at = p->venue->slots_used;
    int64_t day = date_of_us(p->d->now_us);

    if (at >= DEMO_SLOT_DAYS * DEMO_SLOT_TIMES)
        return false;
    p->venue->slots_used++;
    date_format(past ? day - 2 - (int64_t)(at / DEMO_SLOT_TIMES) % 8
                     : day + 1 + (int64_t)(at * 5 % DEMO_SLOT_DAYS),
                p->date);
    size_t hour = past ? at % DEMO_SLOT_TIMES : at / DEMO_SLOT_DAYS;
    struct str time = arena_printf(p->a, "%02d:%02d", (int)(16 + hour), past ? (int)(at / 48) : 0);
    for (size_t i = 0; i < time.len; i++)
        p->time[i] = time.ptr[i];
    return true;
}

static enum err tell(struct pair *p, enum story story)
{
    bool past = story == STORY_COMPLETED || story == STORY_COMPLETED_TOO;

    if (story == STORY_PENDING)
        return OK;
    enum err e = decide(p, 0, true);
    if (e != OK || story == STORY_ONE_SAID_YES)
        return e;
    e = decide(p, 1, story != STORY_REJECTED);
    if (e != OK || story == STORY_REJECTED || story == STORY_MATCHED || !take_slot(p, past))
        return e;
    if (past)
        return complete(p);
    if (story == STORY_CONFIRMED || story == STORY_CONFIRMED_TOO)
        return confirm(p);
    if (story == STORY_CANCELLED)
        return cancel(p);
    return begin_booking(p, story == STORY_TIME_PROPOSED);
}

/* Dates that are over began some two weeks ago, the others in the last days. */
static int64_t begins_us(const struct demo *d, enum story story, size_t person)
{
    bool past = story == STORY_COMPLETED || story == STORY_COMPLETED_TOO;
    int64_t hours = (int64_t)(demo_random((uint32_t)person + 5) % 48);

    return d->now_us - (past ? 12 * US_PER_DAY : 3 * US_PER_DAY) - hours * US_PER_HOUR;
}

static enum err seek(struct demo *d, struct arena *a, size_t person)
{
    enum story story = (enum story)(d->matches % STORIES);
    struct pair p = {.d = d, .a = a, .us = begins_us(d, story, person)};
    struct str reply;

    enum err e = demo_call(d, a, d->numbers[person], p.us, POST, &reply, STR("/matches/find"),
                           arena_printf(a, "{\"user_id\":%" PRId64 "}", d->numbers[person]));
    if (e != OK)
        return e;
    p.match = demo_number(reply, "id");
    p.people[0] = d->numbers[person];
    p.people[1] = demo_number(reply, "user_1_id") == p.people[0] ? demo_number(reply, "user_2_id")
                                                                 : demo_number(reply, "user_1_id");
    if (p.match == 0 || p.people[1] == 0) {
        d->waiting++;
        return OK;
    }
    d->matches++;
    size_t k = demo_random((uint32_t)person + 3) % DEMO_VENUES_A_CITY;
    p.venue = &d->venues[demo_city_of(d, person) * DEMO_VENUES_A_CITY + k];
    return tell(&p, story);
}

/* ── All of them ── */

/* Is the person in no live match yet? */
static enum err is_free(struct demo *d, struct arena *a, size_t person, bool *ret)
{
    struct str reply;

    enum err e = demo_call(d, a, d->numbers[person], d->now_us, GET, &reply,
                           arena_printf(a, "/matches/user/%" PRId64, d->numbers[person]), STR_NULL);
    if (e == OK)
        *ret = reply.len <= 2; /* an empty list */
    return e;
}

static enum err tell_some(struct demo *d, size_t first, size_t n)
{
    enum err e = OK;

    for (size_t i = first; i < first + n && e == OK; i++) {
        bool unmatched = false;
        if (demo_random((uint32_t)i + 11) % 10 < SEEKERS_OF_TEN || i < 2 || demo_waits(i))
            e = is_free(d, &d->batch, i, &unmatched);
        if (e == OK && unmatched)
            e = seek(d, &d->batch, i);
    }
    return e;
}

enum err demo_stories(struct demo *d)
{
    for (size_t i = 0; i < d->n_people; i += BATCH) {
        size_t n = d->n_people - i < BATCH ? d->n_people - i : BATCH;
        enum err e = demo_transaction(d, tell_some, i, n);
        if (e != OK)
            return e;
        progress_show(&d->progress, "stories", (int64_t)(i + n), (int64_t)d->n_people);
    }
    progress_end(&d->progress, "stories", (int64_t)d->matches);
    return OK;
}
