/* The booking service's other rules: who may open a booking, who is who, texts, names and codes. */
#include "unit.h"

#include "base/datetime.h"
#include "services/booking/rules.h"

#define NOW (INT64_C(1767261600) * US_PER_SECOND) /* 2026-01-01T10:00:00 */
#define DAY_A 20468                               /* 2026-01-15 */
#define SEVEN (19 * 60)

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

static void texts_of_the_reference(void **state)
{
    (void)state;
    struct booking b = fresh();
    struct booking next;
    struct booking_event ev = {.kind = BOOKING_CONFIRM};

    struct verdict v = booking_apply(&b, &ev, BOOKING_USER_1, NOW, &next);
    assert_int_equal(v.err, ERR_BAD_REQUEST);
    assert_str(str_of(v.why), "Both venue and time must be approved first");
    v = booking_apply(&b, &ev, BOOKING_STRANGER, NOW, &next);
    assert_int_equal(v.err, ERR_FORBIDDEN);
    assert_str(str_of(v.why), "User not part of this booking");
}

static void cancelling_keeps_its_reason(void **state)
{
    (void)state;
    struct booking b = fresh();
    struct booking next;
    struct booking_event ev = {.kind = BOOKING_CANCEL, .reason = STR("Schedule conflict")};

    assert_int_equal(booking_apply(&b, &ev, BOOKING_USER_2, NOW, &next).err, OK);
    assert_str(next.cancel_reason, "Schedule conflict");
    ev.reason = STR_NULL;
    assert_int_equal(booking_apply(&b, &ev, BOOKING_USER_2, NOW, &next).err, OK);
    assert_false(str_present(next.cancel_reason));
}

static void who_is_who(void **state)
{
    (void)state;
    struct booking b = fresh();
    assert_int_equal(booking_actor(&b, 11), BOOKING_USER_1);
    assert_int_equal(booking_actor(&b, 12), BOOKING_USER_2);
    assert_int_equal(booking_actor(&b, 13), BOOKING_STRANGER);
    assert_int_equal(booking_actor(&b, 123), BOOKING_STRANGER); /* a shown number is no account */
    assert_int_equal(booking_actor(&b, 0), BOOKING_STRANGER);
}

static void the_other_sides_proposal(void **state)
{
    (void)state;
    struct booking b = fresh();
    struct other_proposal o = booking_other_proposal(&b, BOOKING_USER_1);
    assert_int_equal(o.other_user_id, 456);
    assert_int_equal(o.proposed_venue_id, I64_NULL);
    assert_str(o.venue_status, "not_proposed");
    assert_str(o.time_status, "not_proposed");
    assert_str(o.booking_status, "pending_venue_approval");

    b.user_1_proposed_venue_id = 5;
    o = booking_other_proposal(&b, BOOKING_USER_2);
    assert_int_equal(o.other_user_id, 123);
    assert_int_equal(o.proposed_venue_id, 5);
    assert_str(o.venue_status, "pending");
    assert_str(booking_other_proposal(&b, BOOKING_USER_1).venue_status, "not_proposed");

    b.user_1_venue_approved = b.user_2_venue_approved = 1;
    b.user_1_proposed_date = DAY_A;
    b.user_1_proposed_time = SEVEN;
    b.status = STR("pending_time_approval");
    o = booking_other_proposal(&b, BOOKING_USER_2);
    assert_str(o.venue_status, "approved");
    assert_str(o.time_status, "pending");
    assert_int_equal(o.proposed_date, DAY_A);
    assert_int_equal(o.proposed_time, SEVEN);
    assert_str(o.booking_status, "pending_time_approval");

    b.user_1_time_approved = b.user_2_time_approved = 1;
    assert_str(booking_other_proposal(&b, BOOKING_USER_1).time_status, "approved");
}

#define MATCHED STR("matched")
#define NOT_BOTH "The match is not approved by both"
#define NOT_THE_PAIR                                                                               \
    "must be the other one of the match's two people, beside user_1_id" /* behind user_2_id */

static void who_may_open_a_booking(void **state)
{
    (void)state;
    static const struct {
        struct booking_opening o;
        enum err want;
        const char *why;
    } cases[] = {
        {{{11, 12}, {11, 12}, MATCHED, 11}, OK, ""},
        {{{11, 12}, {12, 11}, MATCHED, 11}, OK, ""},
        {{{11, 12}, {11, 12}, MATCHED, 12}, OK, ""},
        {{{11, 12}, {11, 12}, MATCHED, 13}, ERR_FORBIDDEN, "User not part of this match"},
        {{{11, 12}, {11, 13}, MATCHED, 13}, ERR_FORBIDDEN, "User not part of this match"},
        {{{11, 12}, {11, 12}, STR("ended"), 13}, ERR_FORBIDDEN, "User not part of this match"},
        {{{11, 12}, {11, 13}, MATCHED, 11}, ERR_INVALID, NOT_THE_PAIR},
        {{{11, 12}, {11, 11}, MATCHED, 11}, ERR_INVALID, NOT_THE_PAIR},
        {{{11, 12}, {12, 12}, MATCHED, 11}, ERR_INVALID, NOT_THE_PAIR},
        {{{11, 12}, {13, 14}, STR("ended"), 11}, ERR_INVALID, NOT_THE_PAIR},
        {{{11, 12}, {11, 12}, STR("pending"), 11}, ERR_CONFLICT, NOT_BOTH},
        {{{11, 12}, {12, 11}, STR("pending"), 12}, ERR_CONFLICT, NOT_BOTH},
        {{{11, 12}, {11, 12}, STR("rejected"), 11}, ERR_CONFLICT, "The match was rejected"},
        {{{11, 12}, {11, 12}, STR("expired"), 11}, ERR_CONFLICT, "The match has expired"},
        {{{11, 12}, {12, 11}, STR("ended"), 11}, ERR_CONFLICT, "The match has ended"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct verdict v = booking_may_open(&cases[i].o);
        assert_int_equal(v.err, cases[i].want);
        assert_string_equal(v.why, cases[i].why);
    }
}

static void event_names(void **state)
{
    (void)state;
    struct booking open = fresh();
    struct booking timed = fresh();
    struct booking both = fresh();
    timed.status = STR("pending_time_approval");
    both.status = STR("both_approved");
    const struct {
        enum booking_event_kind kind;
        const struct booking *next;
        const char *want;
    } cases[] = {
        {BOOKING_PROPOSE_VENUE, &open, "booking.venue_proposed"},
        {BOOKING_PROPOSE_VENUE, &timed, "booking.venue_approved"},
        {BOOKING_APPROVE_VENUE, &timed, "booking.venue_approved"},
        {BOOKING_REJECT_VENUE, &open, "booking.venue_rejected"},
        {BOOKING_PROPOSE_TIME, &timed, "booking.time_proposed"},
        {BOOKING_PROPOSE_TIME, &both, "booking.time_approved"},
        {BOOKING_APPROVE_TIME, &both, "booking.time_approved"},
        {BOOKING_REJECT_TIME, &timed, "booking.time_rejected"},
        {BOOKING_CONFIRM, &both, "booking.confirmed"},
        {BOOKING_CANCEL, &open, "booking.cancelled"},
        {BOOKING_COMPLETE, &both, "booking.completed"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct booking_event ev = {.kind = cases[i].kind};
        assert_str(str_of(booking_event_name(&ev, cases[i].next)), cases[i].want);
    }
}

static void meeting_moment(void **state)
{
    (void)state;
    struct booking b = fresh();
    assert_int_equal(booking_meeting_us(&b), I64_NULL);
    b.booking_date = DAY_A;
    b.booking_time = SEVEN;
    assert_int_equal(booking_meeting_us(&b), INT64_C(1768503600) * US_PER_SECOND);
}

static void codes_are_fair_and_readable(void **state)
{
    (void)state;
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789";
    uint8_t random[BOOKING_CODE_RANDOM_BYTES] = {0};
    char code[BOOKING_CODE_LEN + 1];
    int seen[256] = {0};

    for (int byte = 0; byte < 256; byte++) {
        memset(random, byte, sizeof random);
        if (!booking_code(random, code)) {
            assert_true(byte >= 238); /* 7 × 34: the rest would make some letters likelier */
            continue;
        }
        assert_int_equal(strlen(code), BOOKING_CODE_LEN);
        assert_non_null(strchr(ALPHABET, code[0]));
        seen[(unsigned char)code[0]]++;
    }
    for (const char *c = ALPHABET; *c != '\0'; c++)
        assert_int_equal(seen[(unsigned char)*c], 7);

    /* Unusable bytes are skipped, not mapped. */
    memset(random, 255, sizeof random);
    for (size_t i = 0; i < BOOKING_CODE_LEN; i++)
        random[sizeof random - BOOKING_CODE_LEN + i] = (uint8_t)i;
    assert_true(booking_code(random, code));
    assert_str(str_of(code), "ABCDEFGH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_the_reference),
        cmocka_unit_test(cancelling_keeps_its_reason),
        cmocka_unit_test(who_is_who),
        cmocka_unit_test(the_other_sides_proposal),
        cmocka_unit_test(who_may_open_a_booking),
        cmocka_unit_test(event_names),
        cmocka_unit_test(meeting_moment),
        cmocka_unit_test(codes_are_fair_and_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
