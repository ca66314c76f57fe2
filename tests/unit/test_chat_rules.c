/* The chat's rules at their boundaries: windows to the microsecond, who may join when, what may be
 * said; and the texts that go over sockets and between loops. */
#include "unit.h"

#include "services/chat/rules.h"
#include "services/chat/wire.h"

#include <stdlib.h>

#define MEETING INT64_C(1768503600000000) /* 2026-01-15T19:00:00 */
#define START (MEETING - 30 * US_PER_MINUTE)
#define END (MEETING + 150 * US_PER_MINUTE) /* 120 minutes */

static void test_window(void **state)
{
    char text[DATETIME_LEN];
    struct chat_window w = chat_window_of(MEETING, 120);

    (void)state;
    assert_int_equal(w.start_us, START);
    assert_int_equal(w.end_us, END);
    datetime_format(w.start_us, text);
    assert_memory_equal(text, "2026-01-15T18:30:00", DATETIME_LEN);
    datetime_format(w.end_us, text);
    assert_memory_equal(text, "2026-01-15T21:30:00", DATETIME_LEN);
    w = chat_window_of(0, 1);
    assert_int_equal(w.end_us - w.start_us, 61 * US_PER_MINUTE);
    w = chat_window_of(MEETING, 480);
    assert_int_equal(w.end_us - w.start_us, 540 * US_PER_MINUTE);
}

static void test_meetings_begin_on_a_second(void **state)
{
    static const struct {
        int64_t asked_us, want;
    } cases[] = {
        {MEETING, MEETING},
        {MEETING + 1, MEETING},
        {MEETING + 123456, MEETING},
        {MEETING + 999999, MEETING},
        {MEETING + 1000000, MEETING + 1000000},
        {0, 0},
        {-1, -1000000}, /* not into the next second: 1969 stays 1969 */
        {-1000000, -1000000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(chat_meeting_second(cases[i].asked_us), cases[i].want);
}

static const struct {
    int64_t now_us;
    bool ended;
    const char *want;
} STATUSES[] = {
    {0, false, "pending"},        {START - 1, false, "pending"}, {START, false, "active"},
    {START + 1, false, "active"}, {MEETING, false, "active"},    {END - 1, false, "active"},
    {END, false, "expired"},      {END + 1, false, "expired"},   {INT64_MAX, false, "expired"},
    {START - 1, true, "expired"}, {MEETING, true, "expired"},    {END, true, "expired"},
};

static void test_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(STATUSES); i++) {
        struct chat_window w = {START, END};
        struct chat_session s = {.start_time = START,
                                 .end_time = END,
                                 .ended_at = STATUSES[i].ended ? MEETING - 1 : I64_NULL};
        assert_string_equal(
            chat_status_name(chat_status_at(&w, STATUSES[i].ended, STATUSES[i].now_us)),
            STATUSES[i].want);
        (void)chat_session_show(&s, STATUSES[i].now_us);
        assert_str(s.status, STATUSES[i].want);
    }
}

static const struct {
    int64_t person;
    int64_t now_us;
    bool ended, wait;
    enum err err;
    const char *why;
} JOINS[] = {
    {1, MEETING, false, false, OK, ""},
    {2, MEETING, false, false, OK, ""},
    {1, START, false, false, OK, ""},
    {1, END - 1, false, false, OK, ""},
    {1, END, false, false, ERR_CONFLICT, "Chat session has expired"},
    {1, END, false, true, ERR_CONFLICT, "Chat session has expired"},
    {1, MEETING, true, false, ERR_CONFLICT, "Chat session has expired"},
    {1, START - 1, true, true, ERR_CONFLICT, "Chat session has expired"},
    {1, START - 1, false, false, ERR_CONFLICT, "Chat session opens at 2026-01-15T18:30:00"},
    {1, START - 1, false, true, OK, ""},
    {3, MEETING, false, false, ERR_FORBIDDEN, "User not part of this session"},
    {3, START - 1, false, true, ERR_FORBIDDEN, "User not part of this session"},
    {3, END, true, false, ERR_FORBIDDEN, "User not part of this session"},
    {0, MEETING, false, false, ERR_FORBIDDEN, "User not part of this session"},
};

static void test_joining(void **state)
{
    struct arena a = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(JOINS); i++) {
        struct chat_session s = {.person_1 = 1,
                                 .person_2 = 2,
                                 .start_time = START,
                                 .end_time = END,
                                 .ended_at = JOINS[i].ended ? START - 5 : I64_NULL};
        struct verdict v = chat_may_join(&s, JOINS[i].person, JOINS[i].wait, JOINS[i].now_us, &a);
        assert_int_equal(v.err, JOINS[i].err);
        assert_string_equal(v.why, JOINS[i].why);
        assert_int_equal(chat_side(&s, JOINS[i].person), JOINS[i].person < 3 ? JOINS[i].person : 0);
    }
    arena_free(&a);
}

static const struct {
    int64_t meeting_us;
    bool allow_past;
    int64_t now_us;
    enum err err;
} OPENINGS[] = {
    {MEETING, true, END + 1, OK},
    {MEETING, false, END - 1, OK},
    {MEETING, false, END, ERR_BAD_REQUEST},
    {0, true, MEETING, OK},
    {-1, true, MEETING, ERR_INVALID},
    {INT64_C(4133980799999999), false, MEETING, OK}, /* the end of 2100 */
    {INT64_C(4133980800000000), false, MEETING, ERR_INVALID},
};

static void test_opening(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(OPENINGS); i++) {
        struct chat_window w = chat_window_of(OPENINGS[i].meeting_us, 120);
        assert_int_equal(chat_may_open(&w, OPENINGS[i].allow_past, OPENINGS[i].now_us).err,
                         OPENINGS[i].err);
    }
}

static struct str repeat(struct arena *a, const char *unit, size_t n)
{
    size_t len = strlen(unit);
    char *text = arena_alloc(a, n * len + 1);

    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, unit, len);
    return (struct str){text, n * len};
}

static void test_what_is_said(void **state)
{
    struct arena a = {0};
    struct str most = repeat(&a, "\xf0\x9f\x92\xac", 4096);
    struct str too_long = repeat(&a, "\xf0\x9f\x92\xac", 4097);
    const struct {
        struct str content, type;
        const char *why; /* NULL: fine */
        enum chat_kind kind;
    } cases[] = {
        {STR("Hi"), STR_NULL, NULL, CHAT_TEXT},
        {STR("Hi"), STR("text"), NULL, CHAT_TEXT},
        {most, STR("text"), NULL, CHAT_TEXT},
        {too_long, STR("text"), "Message content is longer than 4096 characters", 0},
        {STR_NULL, STR("text"), "Message content is empty", 0},
        {STR(""), STR_NULL, "Message content is empty", 0},
        {STR(" \t\n\xc2\xa0"), STR_NULL, "Message content is empty", 0},
        {STR_NULL, STR("typing"), NULL, CHAT_TYPING},
        {STR("x"), STR("typing"), NULL, CHAT_TYPING},
        {STR_NULL, STR("read"), NULL, CHAT_READ},
        {too_long, STR("read"), "Message content is longer than 4096 characters", 0},
        {STR("Hi"), STR("Text"), "type must be text, typing or read", 0},
        {STR("Hi"), STR(""), "type must be text, typing or read", 0},
        {STR("Hi"), STR("message"), "type must be text, typing or read", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chat_said in = {cases[i].content, cases[i].type, STR_NULL};
        enum chat_kind kind = CHAT_TEXT;
        struct verdict v = chat_said_check(&in, &kind);
        assert_int_equal(v.err, cases[i].why == NULL ? OK : ERR_INVALID);
        if (cases[i].why != NULL)
            assert_string_equal(v.why, cases[i].why);
        else
            assert_int_equal(kind, cases[i].kind);
    }
    arena_free(&a);
}

static void test_typing_is_bounded(void **state)
{
    int64_t second = 0, n = 0, passed = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        passed += chat_typing_allowed(&second, &n, MEETING + i * 10000); /* 100 a second, 10 s */
    assert_int_equal(passed, 10 * CHAT_TYPING_PER_SECOND);
}

static void test_frames(void **state)
{
    struct arena a = {0};
    const struct chat_message m = {.seq = 7,
                                   .id = STR("m-1"),
                                   .sender_id = STR("u-1"),
                                   .content = STR("a \"b\"\n"),
                                   .timestamp = MEETING + 999999,
                                   .type = STR("text"),
                                   .origin = 9};
    const struct chat_ack ack = {STR("m-1"), STR("c-1"), MEETING};
    const struct chat_signal signal = {STR("u-1"), STR(""), MEETING, STR("typing")};

    (void)state;
    assert_str(wire_message(&a, &m),
               "{\"type\":\"message\",\"data\":{\"id\":\"m-1\",\"sender_id\":\"u-1\",\"content\":"
               "\"a \\\"b\\\"\\n\",\"timestamp\":\"2026-01-15T19:00:00\",\"type\":\"text\"}}");
    assert_str(wire_ack(&a, &ack), "{\"type\":\"ack\",\"data\":{\"id\":\"m-1\",\"client_id\":"
                                   "\"c-1\",\"timestamp\":\"2026-01-15T19:00:00\"}}");
    assert_str(wire_signal(&a, &signal),
               "{\"type\":\"typing\",\"data\":{\"sender_id\":\"u-1\",\"content\":\"\","
               "\"timestamp\":\"2026-01-15T19:00:00\",\"type\":\"typing\"}}");
    assert_str(wire_error(&a, STR("a \"b\"")), "{\"error\":\"a \\\"b\\\"\"}");
    assert_str(wire_pending(&a, START),
               "{\"type\":\"session_pending\",\"starts_at\":\"2026-01-15T18:30:00\"}");
    arena_free(&a);
}

static void test_notes_go_round(void **state)
{
    static const struct note NOTES[] = {
        {NOTE_MESSAGE, 1, INT64_MAX, STR("{}")},
        {NOTE_SIGNAL, 0, 0, STR("")},
        {NOTE_END, 0, 0, STR("two\nlines \n")},
        {NOTE_MESSAGE, INT64_MAX, 1, STR("x")},
    };
    struct arena a = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(NOTES); i++) {
        struct note back = {0};
        assert_true(note_read(note_write(&a, &NOTES[i]), &back));
        assert_int_equal(back.kind, NOTES[i].kind);
        assert_int_equal(back.seq, NOTES[i].seq);
        assert_int_equal(back.origin, NOTES[i].origin);
        assert_true(str_eq(back.frame, NOTES[i].frame));
    }
    arena_free(&a);
}

static void test_what_is_no_note(void **state)
{
    static const char *const BAD[] = {"",         "m",         "m 1",      "m 1 2",     "x 1 2\n{}",
                                      "\n{}",     "m 1\n{}",   "m  2\n{}", "m a 2\n{}", "m 1 b\n{}",
                                      "mm 1 2\n", "m 1 2 3\n", " 1 2\n"};
    struct note n;

    (void)state;
    for (size_t i = 0; i < COUNT(BAD); i++)
        if (note_read(str_of(BAD[i]), &n))
            fail_msg("\"%s\" was read", BAD[i]);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_meetings_begin_on_a_second),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_joining),
        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_what_is_said),
        cmocka_unit_test(test_typing_is_bounded),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_notes_go_round),
        cmocka_unit_test(test_what_is_no_note),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
