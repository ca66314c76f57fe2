/* Chat's messages on a store: numbered in order, found by their ids, stored once a client id; and
 * what a store of before the clustered messages brings along. Whatever the place in a session, its
 * messages come in their order. */
#include "store_fixture.h"

#include "platform/db/store.h"
#include "services/chat/store.h"
#include "services/services.h"

#include "base/datetime.h"

#include <string.h>

static struct fixture f;
static struct db *db;

static const char SQL_TEST_OLD_MESSAGE[] =
    "INSERT INTO chat_messages (session, seq, id, sender, client_id, origin, content, created_at) "
    "VALUES ($1, $2, $3, 1, $4, 7, $5, 11)";
static const char SQL_TEST_OLD_COUNT[] =
    "UPDATE chat_sessions SET messages_count = 3 WHERE id = $1";
static const char SQL_TEST_OLD_SESSION[] =
    "INSERT INTO chat_sessions (session_id, person_1, person_2, person_low, person_high, user1_id, "
    "user2_id, meeting_time, duration_minutes, start_time, end_time, created_at) "
    "VALUES ($1, 1, 2, 1, 2, 'u1', 'u2', $2, 120, 5, 6, 1) RETURNING id";
static const char SQL_TEST_END[] = "UPDATE chat_sessions SET ended_at = 1 WHERE id = $1";

static const char *const OLD_IDS[] = {"5b1d1a3e-0000-4000-8000-000000000001",
                                      "00000003-0000-4000-8000-000000000002",
                                      "a2b3c4d5-0000-4000-8000-000000000003"};

static void open_store(const struct migration *list)
{
    const char *why = "";

    if (fixture_try(&f, list, false, &f.store, &why) != OK)
        fail_msg("%s", why);
    db = fixture_writer(&f);
}

static int setup(void **state)
{
    (void)state;
    memset(&f, 0, sizeof f);
    fixture_dir(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    db_rollback(db);
    store_db_close(db);
    fixture_close(&f);
    return 0;
}

/* This program's migrations but chat's from 2 on, and those that only they could follow. */
static const struct migration *migrations_before(void)
{
    static struct migration some[128];
    size_t n = 0;

    for (const struct migration *m = MIGRATIONS; m->owner; m++) {
        assert_true(n < 127);
        if (strcmp(m->owner, "chat") != 0 || m->number < 2)
            some[n++] = *m;
    }
    some[n] = (struct migration){0};
    return some;
}

static int64_t new_session(int64_t meeting_us)
{
    struct chat_session s = {0};
    bool created;
    const struct chat_session_new in = {
        .session_id = uuid_v4((uint8_t[UUID_RANDOM_BYTES]){(uint8_t)(meeting_us / US_PER_MINUTE)}),
        .person_1 = 1,
        .person_2 = 2,
        .user1_id = STR("u1"),
        .user2_id = STR("u2"),
        .meeting_us = meeting_us,
        .duration_minutes = 60,
        .window = {0, US_PER_MINUTE},
        .now_us = 1};

    assert_ok(db, chat_session_open(db, &f.arena, &in, &s, &created));
    assert_true(created);
    assert_int_equal(s.messages_count, 0);
    return s.id;
}

static enum err put_by(int64_t sender, int64_t session, struct str client_id,
                       struct chat_message *ret, bool *again)
{
    const struct chat_message_new in = {.session = session,
                                        .random = {9},
                                        .sender = sender,
                                        .client_id = client_id,
                                        .origin = 7,
                                        .content = STR("Hello"),
                                        .now_us = 12};

    return chat_message_put(db, &f.arena, &in, ret, again);
}

static enum err put(int64_t session, struct str client_id, struct chat_message *ret, bool *again)
{
    return put_by(1, session, client_id, ret, again);
}

static void seq_is(int64_t session, const char *id, int64_t want)
{
    int64_t seq = 0;
    enum err e = chat_message_seq(db, session, str_of(id), &seq);

    if (want == 0) {
        assert_int_equal(e, ERR_NOT_FOUND);
        return;
    }
    assert_ok(db, e);
    assert_int_equal(seq, want);
}

static void counts(int64_t session, int64_t want)
{
    struct chat_session s = {0};

    assert_ok(db, chat_session_get(db, &f.arena, session, &s));
    assert_int_equal(s.messages_count, want);
}

static int64_t old_session(const char *name, int64_t meeting_us)
{
    int64_t session;

    assert_ok(db, db_int(db, SQL_TEST_OLD_SESSION,
                         DB_ARGS(DB_TEXT(str_of(name)), DB_I64(meeting_us)), &session));
    return session;
}

static int64_t fill_old_long(void)
{
    int64_t session = old_session("long", 6);

    for (int i = 70; i >= 1; i--)
        assert_ok(db, db_run(db, SQL_TEST_OLD_MESSAGE,
                             DB_ARGS(DB_I64(session), DB_I64(i),
                                     DB_TEXT(str_of(arena_printf(&f.arena, "old-%d", i).ptr)),
                                     DB_TEXT(STR_NULL), DB_TEXT(STR("-"))),
                             NULL));
    return session;
}

static int64_t fill_old(int64_t *ret_long)
{
    assert_ok(db, db_begin(db));
    int64_t session = old_session("s", 5);
    *ret_long = fill_old_long();
    for (int i = 2; i >= 0; i--) /* in another order than theirs */
        assert_ok(
            db, db_run(db, SQL_TEST_OLD_MESSAGE,
                       DB_ARGS(DB_I64(session), DB_I64(i + 1), DB_TEXT(str_of(OLD_IDS[i])),
                               DB_TEXT(i == 1 ? STR("c-2") : STR_NULL), DB_TEXT(STR("caf\u00e9"))),
                       NULL));
    assert_ok(db, db_run(db, SQL_TEST_OLD_COUNT, DB_ARGS(DB_I64(session)), NULL));
    assert_ok(db, db_commit(db));
    return session;
}

/* Every message from each of these places on, and no other. */
static void pages_are_whole(int64_t session, int64_t n)
{
    static const int64_t AFTER[] = {0, 1, 30, 31, 32, 63, 64, 69, 70, 95, 99, 100, 1000};
    static const int64_t LIMITS[] = {1, 31, 32, 33, 64, 101};
    struct rows rows;

    for (size_t i = 0; i < sizeof AFTER / sizeof AFTER[0]; i++)
        for (size_t k = 0; k < sizeof LIMITS / sizeof LIMITS[0]; k++) {
            int64_t left = n > AFTER[i] ? n - AFTER[i] : 0;
            assert_ok(db, chat_messages_after(db, &f.arena, session, AFTER[i], LIMITS[k], &rows));
            assert_int_equal(rows.n, left < LIMITS[k] ? left : LIMITS[k]);
            const struct chat_message *m = rows.items;
            for (size_t at = 0; at < rows.n; at++) {
                assert_int_equal(m[at].seq, AFTER[i] + 1 + (int64_t)at);
                seq_is(session, m[at].id.ptr, m[at].seq);
            }
        }
}

static void what_was_stored_before_is_carried_over(void **state)
{
    (void)state;
    struct rows rows;
    struct chat_message m;
    bool again;
    int64_t session_long;

    open_store(migrations_before());
    int64_t session = fill_old(&session_long);
    store_db_close(db);
    store_close(f.store);

    open_store(MIGRATIONS);
    counts(session, 3);
    assert_ok(db, chat_messages_after(db, &f.arena, session, 0, 10, &rows));
    assert_int_equal(rows.n, 3);
    const struct chat_message *old = rows.items;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(old[i].seq, i + 1);
        assert_true(str_eq(old[i].id, str_of(OLD_IDS[i])));
        assert_true(str_eq(old[i].content, STR("caf\u00e9")));
        assert_true(str_eq(old[i].sender_id, STR("u1")));
        assert_int_equal(old[i].timestamp, 11);
        assert_int_equal(old[i].origin, 7);
        seq_is(session, OLD_IDS[i], i + 1);
    }
    assert_ok(db, db_begin(db));
    assert_ok(db, put(session, STR("c-2"), &m, &again)); /* stored once, before and after */
    assert_true(again);
    assert_true(str_eq(m.id, str_of(OLD_IDS[1])));
    assert_ok(db, put(session, STR("c-3"), &m, &again));
    assert_false(again);
    assert_int_equal(m.seq, 4);
    assert_ok(db, db_commit(db));
    counts(session, 4);
    pages_are_whole(session_long, 70);
    assert_ok(db, db_begin(db));
    for (int i = 71; i <= 100; i++)
        assert_ok(db, put(session_long, STR_NULL, &m, &again));
    assert_ok(db, db_commit(db));
    pages_are_whole(session_long, 100);
}

static void messages_of_many_sessions_keep_apart(void **state)
{
    (void)state;
    struct chat_message m;
    struct rows rows;
    bool again;
    int64_t sessions[3];

    open_store(MIGRATIONS);
    assert_ok(db, db_begin(db));
    for (int i = 0; i < 3; i++)
        sessions[i] = new_session((i + 1) * US_PER_MINUTE);
    for (int i = 0; i < 300; i++)
        assert_ok(db, put_by(1 + i / 3 % 2, sessions[i % 3], STR_NULL, &m, &again));
    for (int i = 0; i < 3; i++) {
        counts(sessions[i], 100);
        pages_are_whole(sessions[i], 100);
    }
    assert_ok(db, chat_messages_blank(db, 2));
    assert_ok(db, chat_messages_after(db, &f.arena, sessions[1], 0, 100, &rows));
    const struct chat_message *all = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        assert_true(str_eq(all[i].content, i % 2 == 0 ? STR("Hello") : STR("")));
}

static void messages_are_numbered_and_found(void **state)
{
    (void)state;
    struct chat_message m[3];
    bool again;

    open_store(MIGRATIONS);
    assert_ok(db, db_begin(db));
    int64_t session = new_session(US_PER_MINUTE);
    for (int i = 0; i < 3; i++) {
        assert_ok(db, put(session, STR_NULL, &m[i], &again));
        assert_false(again);
        assert_int_equal(m[i].seq, i + 1);
        assert_int_equal(m[i].timestamp, 12);
        seq_is(session, m[i].id.ptr, i + 1);
    }
    counts(session, 3);
    seq_is(session + 1, m[0].id.ptr, 0);
    seq_is(session, "00000002-0000-8000-8000-000000000001", 0); /* its number alone is no id */
    seq_is(session, "not an id", 0);
    assert_ok(db, db_run(db, SQL_TEST_END, DB_ARGS(DB_I64(session)), NULL));
    assert_int_equal(put(session, STR_NULL, &m[0], &again), ERR_CONFLICT);
    assert_int_equal(put(session + 1, STR_NULL, &m[0], &again), ERR_CONFLICT);
    counts(session, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_stored_before_is_carried_over, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_are_numbered_and_found, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_of_many_sessions_keep_apart, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
