/* The booking machine, walked completely: from a new booking along every act of everybody, each
 * step compared with a second description of contract §7 that derives the status instead of storing
 * it. */
#include "unit.h"

#include "base/datetime.h"
#include "services/booking/rules.h"

#define NOW (INT64_C(1767261600) * US_PER_SECOND) /* 2026-01-01T10:00:00 */
#define DAY_A 20468                               /* 2026-01-15 */
#define DAY_B 20469
#define SEVEN (19 * 60)
#define EIGHT (20 * 60)

/* ── The second description ── */

/* Something two sides agree on. 0 is nothing; otherwise the number of a venue or of a time below.
 */
struct topic {
    int proposed[2];
    int agreed;
};

enum end { OPEN, CONFIRMED, CANCELLED, COMPLETED };

struct model {
    struct topic venue;
    struct topic time;
    enum end end;
};

static const int64_t VENUES[] = {I64_NULL, 5, 7};
static const struct {
    int64_t date, clock;
} TIMES[] = {{I64_NULL, I64_NULL}, {DAY_A, SEVEN}, {DAY_A, EIGHT}, {DAY_B, SEVEN}};

/* One thing somebody may ask for. `what` is the venue or time that is proposed, or that an approval
 * or rejection names; -1 names only the day of the first time, -2 only seven o'clock. */
struct wish {
    enum booking_event_kind kind;
    int what;
    bool early;
};

static const struct wish WISHES[] = {
    {BOOKING_PROPOSE_VENUE, 1, 0}, {BOOKING_PROPOSE_VENUE, 2, 0}, {BOOKING_APPROVE_VENUE, 0, 0},
    {BOOKING_APPROVE_VENUE, 1, 0}, {BOOKING_APPROVE_VENUE, 2, 0}, {BOOKING_REJECT_VENUE, 0, 0},
    {BOOKING_REJECT_VENUE, 1, 0},  {BOOKING_REJECT_VENUE, 2, 0},  {BOOKING_PROPOSE_TIME, 1, 0},
    {BOOKING_PROPOSE_TIME, 2, 0},  {BOOKING_PROPOSE_TIME, 3, 0},  {BOOKING_APPROVE_TIME, 0, 0},
    {BOOKING_APPROVE_TIME, 1, 0},  {BOOKING_APPROVE_TIME, 2, 0},  {BOOKING_APPROVE_TIME, 3, 0},
    {BOOKING_APPROVE_TIME, -1, 0}, {BOOKING_APPROVE_TIME, -2, 0}, {BOOKING_REJECT_TIME, 0, 0},
    {BOOKING_REJECT_TIME, 1, 0},   {BOOKING_REJECT_TIME, 2, 0},   {BOOKING_REJECT_TIME, 3, 0},
    {BOOKING_REJECT_TIME, -1, 0},  {BOOKING_REJECT_TIME, -2, 0},  {BOOKING_CONFIRM, 0, 0},
    {BOOKING_CANCEL, 0, 0},        {BOOKING_COMPLETE, 0, 0},      {BOOKING_COMPLETE, 0, 1},
};

/* What becomes of an act, by how far the booking is. The six acts on proposals depend on the
 * proposals too: '*'. */
static const struct {
    enum booking_event_kind kind;
    const char *when; /* venue open, time open, both agreed, confirmed, cancelled, completed */
} OUTCOMES[] = {
    {BOOKING_PROPOSE_VENUE, "***CCC"}, {BOOKING_APPROVE_VENUE, "***CCC"},
    {BOOKING_REJECT_VENUE, "***CCC"},  {BOOKING_PROPOSE_TIME, "C**CCC"},
    {BOOKING_APPROVE_TIME, "C**CCC"},  {BOOKING_REJECT_TIME, "C**CCC"},
    {BOOKING_CONFIRM, "BBcsCC"},       {BOOKING_CANCEL, "xxxxCC"},
    {BOOKING_COMPLETE, "CCCeCC"}, /* e: if not too early */
};

static int stage(const struct model *m)
{
    if (m->end != OPEN)
        return 2 + (int)m->end;
    if (m->venue.agreed == 0)
        return 0;
    return m->time.agreed == 0 ? 1 : 2;
}

static bool names(int what, int standing, bool is_time)
{
    if (what == 0)
        return true;
    if (is_time && what == -1)
        return TIMES[standing].date == TIMES[1].date;
    if (is_time && what == -2)
        return TIMES[standing].clock == TIMES[1].clock;
    return what == standing;
}

static void topic_propose(struct topic *t, int side, int what)
{
    t->proposed[side] = what;
    if (t->agreed != what)
        t->agreed = t->proposed[!side] == what ? what : 0;
}

static bool topic_approve(struct topic *t, int side, int what, bool is_time)
{
    int standing = t->agreed != 0 ? t->agreed : t->proposed[!side];
    if (standing == 0 || !names(what, standing, is_time))
        return false;
    t->agreed = standing;
    if (t->proposed[side] != standing)
        t->proposed[side] = 0;
    return true;
}

static bool topic_reject(struct topic *t, int side, int what, bool is_time)
{
    int gone = t->proposed[!side];
    if (gone == 0 || !names(what, gone, is_time))
        return false;
    t->agreed = 0;
    for (int s = 0; s < 2; s++) {
        if (t->proposed[s] == gone)
            t->proposed[s] = 0;
    }
    return true;
}

static bool model_negotiate(struct model *m, const struct wish *w, int side)
{
    bool done = true;
    switch (w->kind) {
    case BOOKING_PROPOSE_VENUE:
        topic_propose(&m->venue, side, w->what);
        break;
    case BOOKING_APPROVE_VENUE:
        done = topic_approve(&m->venue, side, w->what, false);
        break;
    case BOOKING_REJECT_VENUE:
        done = topic_reject(&m->venue, side, w->what, false);
        break;
    case BOOKING_PROPOSE_TIME:
        topic_propose(&m->time, side, w->what);
        break;
    case BOOKING_APPROVE_TIME:
        done = topic_approve(&m->time, side, w->what, true);
        break;
    case BOOKING_REJECT_TIME:
        done = topic_reject(&m->time, side, w->what, true);
        break;
    case BOOKING_CONFIRM:
    case BOOKING_CANCEL:
    case BOOKING_COMPLETE:
    case BOOKING_EVENT_COUNT:
        done = false;
    }
    if (m->venue.agreed == 0)
        m->time = (struct topic){{0, 0}, 0};
    return done;
}

/* The model afterwards (unchanged on failure). */
static enum err model_apply(struct model *m, const struct wish *w, enum booking_actor actor,
                            int64_t now_us)
{
    if (actor == BOOKING_STRANGER)
        return ERR_FORBIDDEN;
    assert_int_equal(OUTCOMES[w->kind].kind, w->kind);

    struct model next = *m;
    switch (OUTCOMES[w->kind].when[stage(m)]) {
    case 'B':
        return ERR_BAD_REQUEST;
    case 'C':
        return ERR_CONFLICT;
    case 's':
        return OK;
    case 'c':
        next.end = CONFIRMED;
        break;
    case 'x':
        next.end = CANCELLED;
        break;
    case 'e':
        if (!w->early &&
            now_us < us_of_date_clock(TIMES[m->time.agreed].date, TIMES[m->time.agreed].clock))
            return ERR_CONFLICT;
        next.end = COMPLETED;
        break;
    default:
        if (!model_negotiate(&next, w, actor == BOOKING_USER_2))
            return ERR_CONFLICT;
    }
    *m = next;
    return OK;
}

/* ── The two beside each other ── */

static const char *const STATUS[] = {"pending_venue_approval",
                                     "pending_time_approval",
                                     "both_approved",
                                     "confirmed",
                                     "cancelled",
                                     "completed"};

static struct booking fresh(void)
{
    return (struct booking){
        .id = 78,
        .match_id = 45,
        .user_1_id = 123,
        .user_2_id = 456,
        .user_1_proposed_venue_id = I64_NULL,
        .user_1_proposed_date = I64_NULL,
        .user_1_proposed_time = I64_NULL,
        .user_2_proposed_venue_id = I64_NULL,
        .user_2_proposed_date = I64_NULL,
        .user_2_proposed_time = I64_NULL,
        .venue_id = I64_NULL,
        .booking_date = I64_NULL,
        .booking_time = I64_NULL,
        .status = STR("pending_venue_approval"),
        .created_at = NOW,
        .person_1 = 11,
        .person_2 = 12,
        .version = 1,
    };
}

/* The booking is exactly what the model says, column by column. */
static void assert_same(const struct booking *b, const struct model *m)
{
    const struct topic *v = &m->venue;
    const struct topic *t = &m->time;
    assert_str(b->status, STATUS[stage(m)]);
    assert_int_equal(b->user_1_proposed_venue_id, VENUES[v->proposed[0]]);
    assert_int_equal(b->user_2_proposed_venue_id, VENUES[v->proposed[1]]);
    assert_int_equal(b->user_1_proposed_date, TIMES[t->proposed[0]].date);
    assert_int_equal(b->user_1_proposed_time, TIMES[t->proposed[0]].clock);
    assert_int_equal(b->user_2_proposed_date, TIMES[t->proposed[1]].date);
    assert_int_equal(b->user_2_proposed_time, TIMES[t->proposed[1]].clock);
    assert_int_equal(b->venue_id, VENUES[v->agreed]);
    assert_int_equal(b->booking_date, TIMES[t->agreed].date);
    assert_int_equal(b->booking_time, TIMES[t->agreed].clock);
    assert_int_equal(b->user_1_venue_approved, v->agreed != 0);
    assert_int_equal(b->user_2_venue_approved, v->agreed != 0);
    assert_int_equal(b->user_1_time_approved, t->agreed != 0);
    assert_int_equal(b->user_2_time_approved, t->agreed != 0);
}

static struct booking_event event_of(const struct wish *w)
{
    struct booking_event ev = {.kind = w->kind,
                               .venue_id = I64_NULL,
                               .date = I64_NULL,
                               .clock = I64_NULL,
                               .complete_early = w->early};
    bool is_venue = w->kind <= BOOKING_REJECT_VENUE;
    if (is_venue) {
        ev.venue_id = VENUES[w->what];
    } else if (w->what == -1) {
        ev.date = TIMES[1].date;
    } else if (w->what == -2) {
        ev.clock = TIMES[1].clock;
    } else {
        ev.date = TIMES[w->what].date;
        ev.clock = TIMES[w->what].clock;
    }
    return ev;
}

struct state {
    struct booking b;
    struct model m;
};

#define STATES_MAX 4096
static struct state states[STATES_MAX];
static size_t n_states;

static void remember(const struct booking *b, const struct model *m)
{
    for (size_t i = 0; i < n_states; i++) {
        if (memcmp(&states[i].m, m, sizeof *m) == 0)
            return;
    }
    assert_true(n_states < STATES_MAX);
    states[n_states++] = (struct state){*b, *m};
}

/* One act from one state; what it leads to is a state to walk on from. */
static void step(const struct state *from, const struct wish *w, enum booking_actor actor,
                 int64_t now_us)
{
    struct model m = from->m;
    struct booking next = {.version = -1};
    const struct booking_event ev = event_of(w);

    enum err want = model_apply(&m, w, actor, now_us);
    struct verdict got = booking_apply(&from->b, &ev, actor, now_us, &next);
    if (got.err != want)
        fail_msg("%s, event %d (%d), actor %d: %s (%s), want %s", STATUS[stage(&from->m)],
                 (int)w->kind, w->what, (int)actor, err_name(got.err), got.why, err_name(want));
    if (got.err != OK) {
        assert_true(str_of(got.why).len > 0);
        assert_int_equal(next.version, -1); /* untouched */
        return;
    }
    assert_same(&next, &m);
    bool changes = memcmp(&m, &from->m, sizeof m) != 0;
    assert_int_equal(next.version, from->b.version + changes);
    assert_int_equal(next.person_1, 11);
    assert_int_equal(next.person_2, 12);
    assert_int_equal(next.user_1_id, 123);
    assert_int_equal(next.user_2_id, 456);
    remember(&next, &m);
}

static void walk(int64_t now_us)
{
    const struct model start = {0};
    const struct booking b = fresh();

    n_states = 0;
    remember(&b, &start);
    for (size_t i = 0; i < n_states; i++) {
        for (size_t w = 0; w < COUNT(WISHES); w++) {
            for (int actor = BOOKING_STRANGER; actor <= BOOKING_USER_2; actor++)
                step(&states[i], &WISHES[w], (enum booking_actor)actor, now_us);
        }
    }
}

static void every_state_event_and_actor(void **state)
{
    (void)state;
    bool seen[COUNT(STATUS)] = {false};

    walk(NOW);
    for (size_t i = 0; i < n_states; i++)
        seen[stage(&states[i].m)] = true;
    for (size_t s = 0; s < COUNT(STATUS); s++)
        assert_true(seen[s]);
    /* Venue open 7 (both alike is agreement); each of 2 agreed venues in 3 ways of having come
     * about, times 13 ways of open time proposals (4 × 4 less 3 alike) and 9 agreed times; then
     * the three ends. */
    assert_int_equal(n_states,
                     7 + 6 * 13 + 6 * 9 + (7 + 6 * 13 + 6 * 9 + 6 * 9) - 6 * 9 + 2 * (6 * 9));
}

static void completing_after_the_meeting_needs_no_leave(void **state)
{
    (void)state;
    walk(us_of_date_clock(DAY_A, SEVEN)); /* to the second: A at seven is over, the others not */
    walk(us_of_date_clock(DAY_B, EIGHT));
}

static void a_lost_slot_opens_the_time_again(void **state)
{
    (void)state;
    walk(NOW);
    for (size_t i = 0; i < n_states; i++) {
        struct booking next;
        if (states[i].m.end != CONFIRMED)
            continue;
        states[i].b.confirmation_code = STR("A7B3C9D2");
        struct model m = states[i].m;
        m.end = OPEN;
        m.time = (struct topic){{0, 0}, 0};
        booking_lose_slot(&states[i].b, &next);
        assert_same(&next, &m);
        assert_false(str_present(next.confirmation_code));
        assert_int_equal(next.version, states[i].b.version + 1);
    }
}

static void a_lost_venue_opens_everything_again(void **state)
{
    (void)state;
    const struct model start = {0};

    walk(NOW);
    for (size_t i = 0; i < n_states; i++) {
        struct booking next;
        if (states[i].m.end != CONFIRMED)
            continue;
        states[i].b.confirmation_code = STR("A7B3C9D2");
        booking_lose_venue(&states[i].b, &next);
        assert_same(&next, &start);
        assert_false(str_present(next.confirmation_code));
        assert_int_equal(next.version, states[i].b.version + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_event_and_actor),
        cmocka_unit_test(completing_after_the_meeting_needs_no_leave),
        cmocka_unit_test(a_lost_slot_opens_the_time_again),
        cmocka_unit_test(a_lost_venue_opens_everything_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
