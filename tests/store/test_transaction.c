/* The writer's transaction and the readers' snapshots: savepoints a job, hooks, deferred keys, what
 * a guest process wrote, cursors that somebody forgot. */
#include "store_fixture.h"

static struct fixture fx;
static struct db *db;

static int setup(void **state)
{
    (void)state;
    fixture_dir(&fx);
    fixture_open(&fx);
    db = fixture_writer(&fx);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_db_close(db);
    fixture_close(&fx);
    return 0;
}

static char heard[64];

static void hear(void *arg)
{
    strcat(heard, arg);
}

static void job(const char *name, bool keep)
{
    assert_ok(db, db_savepoint(db));
    assert_ok(db, fixture_add(db, name, 1));
    assert_ok(db, db_on_commit(db, hear, (void *)(uintptr_t)name));
    assert_ok(db, keep ? db_release(db) : db_rollback_to(db));
}

static void a_job_rolls_back_alone(void **state)
{
    (void)state;
    heard[0] = '\0';
    assert_ok(db, db_begin(db));
    job("a", true);
    job("b", false);
    job("c", true);
    job("d", false);
    assert_string_equal(heard, "");
    assert_ok(db, db_commit(db));
    assert_string_equal(heard, "ac");
    static const char SQL_TEST_KEPT[] = "SELECT count(*) FROM things WHERE name IN ('a', 'c')";
    assert_int_equal(fixture_int(db, SQL_TEST_KEPT), 2);
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 2);

    assert_ok(db, db_begin(db));
    job("e", true);
    db_rollback(db);
    assert_string_equal(heard, "ac");
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 2);
    assert_ok(db, db_begin(db));
    assert_ok(db, db_commit(db));
    assert_string_equal(heard, "ac");
}

static void a_failed_statement_leaves_the_rest_of_its_job(void **state)
{
    (void)state;
    assert_ok(db, db_begin(db));
    assert_ok(db, db_savepoint(db));
    assert_ok(db, fixture_add(db, "a", 1));
    assert_int_equal(fixture_add(db, "a", 1), ERR_CONFLICT);
    assert_ok(db, fixture_add(db, "b", 1));
    assert_ok(db, db_release(db));
    assert_ok(db, db_commit(db));
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 2);
}

/* Without a savepoint; where there would have been something to take back it says so. */
static void a_job_of_one_change_makes_one(void **state)
{
    (void)state;
    assert_ok(db, db_begin(db));
    assert_ok(db, db_one_change(db));
    assert_ok(db, fixture_add(db, "a", 1));
    assert_ok(db, db_release(db));
    assert_ok(db, db_one_change(db));
    assert_int_equal(fixture_add(db, "a", 1), ERR_CONFLICT);
    if (db_alone(db)) { /* PostgreSQL's transaction has failed with its statement */
        assert_ok(db, db_rollback_to(db));
        assert_ok(db, db_one_change(db));
        assert_ok(db, fixture_add(db, "b", 1));
        assert_int_equal(fixture_add(db, "c", 1), ERR_INTERNAL);
        assert_ok(db, db_release(db));
        job("d", false); /* the next job has its savepoint again */
        assert_ok(db, db_commit(db));
        assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 2);
    }
    db_rollback(db);
    assert_ok(db, db_begin(db));
    assert_ok(db, db_one_change(db));
    assert_ok(db, fixture_add(db, "e", 1));
    assert_int_equal(db_rollback_to(db), ERR_INTERNAL);
    db_rollback(db);
}

static const char SQL_TEST_LATER[] = "INSERT INTO later (id, thing_id) VALUES ($1, $2)";
static const char SQL_TEST_LATER_COUNT[] = "SELECT count(*) FROM later";

static void an_open_deferred_key_fails_its_job_only(void **state)
{
    (void)state;
    assert_ok(db, db_begin(db));
    job("a", true);
    assert_ok(db, db_savepoint(db));
    assert_ok(db, db_run(db, SQL_TEST_LATER, DB_ARGS(DB_I64(1), DB_I64(999)), NULL));
    assert_int_equal(db_release(db), ERR_CONFLICT);
    assert_ok(db, db_savepoint(db));
    assert_ok(db, db_run(db, SQL_TEST_LATER, DB_ARGS(DB_I64(2), DB_I64(2)), NULL));
    assert_ok(db, fixture_add(db, "made after its reference", 1));
    assert_ok(db, db_release(db));
    assert_ok(db, db_commit(db));
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 2);
    assert_int_equal(fixture_int(db, SQL_TEST_LATER_COUNT), 1);
}

static void begin_and_commit_pair_up(void **state)
{
    (void)state;
    assert_int_equal(db_savepoint(db), ERR_INTERNAL);
    assert_int_equal(db_release(db), ERR_INTERNAL);
    assert_int_equal(db_commit(db), ERR_INTERNAL);
    assert_int_equal(db_on_commit(db, hear, (void *)(uintptr_t) ""), ERR_INTERNAL);
    assert_ok(db, db_begin(db));
    assert_int_equal(db_begin(db), ERR_INTERNAL);
    assert_ok(db, db_commit(db));
    db_rollback(db);
}

static void add_one(struct db *writer, const char *name)
{
    assert_ok(writer, db_begin(writer));
    assert_ok(writer, fixture_add(writer, name, 1));
    assert_ok(writer, db_commit(writer));
}

static void a_snapshot_stands_until_a_commit(void **state)
{
    (void)state;
    if (fixture_postgres())
        return; /* each statement sees what is committed */
    struct db *reader = fixture_reader(&fx);

    assert_ok(reader, db_snapshot_use(reader));
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 0);
    assert_ok(db, db_begin(db));
    assert_ok(db, fixture_add(db, "a", 1));
    assert_ok(reader, db_snapshot_use(reader));
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 0);
    assert_ok(db, db_commit(db));
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 0);
    assert_ok(reader, db_snapshot_use(reader));
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 1);
    db_snapshot_end(reader);
    db_snapshot_end(reader);
    add_one(db, "b");
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 2);
    store_db_close(reader);
}

static void a_write_outside_a_transaction_is_seen_too(void **state)
{
    (void)state;
    struct db *reader = fixture_reader(&fx);

    assert_ok(reader, db_snapshot_use(reader));
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 0);
    assert_ok(db, fixture_add(db, "a", 1));
    assert_ok(reader, db_snapshot_use(reader));
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 1);
    store_db_close(reader);
}

static void a_guest_writes_beside_the_server(void **state)
{
    (void)state;
    if (fixture_postgres())
        return; /* any number of processes */
    struct store *second = NULL;
    const char *why = "";
    char pid[32];

    assert_int_equal(fixture_try(&fx, FIXTURE_MIGRATIONS, false, &second, &why), ERR_CONFLICT);
    snprintf(pid, sizeof pid, "(process %ld)", (long)getpid());
    assert_non_null(strstr(why, pid));
    assert_non_null(strstr(why, fx.dir));

    struct db *reader = fixture_reader(&fx), *guest = NULL;
    assert_ok(reader, db_snapshot_use(reader));
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 0);
    assert_int_equal(fixture_try(&fx, FIXTURE_MIGRATIONS, true, &second, &why), OK);
    assert_int_equal(store_writer(second, &guest), OK);
    add_one(guest, "from outside");
    assert_ok(reader, db_snapshot_use(reader));
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 1);
    store_db_close(guest);
    store_close(second);
    add_one(db, "still the server's");
    store_db_close(reader);
    /* The guest's leaving has not taken the server's lock along. */
    assert_int_equal(fixture_try(&fx, FIXTURE_MIGRATIONS, false, &second, &why), ERR_CONFLICT);
}

static void a_guest_alone_is_the_server(void **state)
{
    (void)state;
    if (fixture_postgres())
        return;
    struct store *second = NULL;
    const char *why = "";

    store_db_close(db);
    store_close(fx.store);
    assert_int_equal(fixture_try(&fx, FIXTURE_MIGRATIONS, true, &fx.store, &why), OK);
    assert_int_equal(fixture_try(&fx, FIXTURE_MIGRATIONS, false, &second, &why), ERR_CONFLICT);
    db = fixture_writer(&fx);
}

struct thing {
    int64_t qty;
};
static const struct field THING_FIELDS[] = {F_INT(thing, qty, 0, 0, 0), F_END};
static const struct shape THING = SHAPE(thing, THING_FIELDS);
static const char SQL_TEST_ALL[] = "SELECT qty FROM things";

static void a_forgotten_cursor_pins_nothing(void **state)
{
    (void)state;
    struct db *reader = fixture_reader(&fx);
    struct db_cursor *c;
    struct thing t;

    add_one(db, "a");
    add_one(db, "b");
    assert_ok(reader, db_snapshot_use(reader));
    assert_ok(reader, db_cursor_open(reader, &fx.arena, SQL_TEST_ALL, DB_NO_ARGS, &c));
    assert_ok(reader, db_cursor_next(c, &fx.arena, &THING, &t));
    db_snapshot_end(reader);
    add_one(db, "c");
    assert_ok(reader, db_snapshot_use(reader));
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 3);
    store_db_close(reader);

    assert_ok(db, db_begin(db));
    assert_ok(db, db_savepoint(db));
    assert_ok(db, fixture_add(db, "d", 1));
    assert_ok(db, db_cursor_open(db, &fx.arena, SQL_TEST_ALL, DB_NO_ARGS, &c));
    assert_ok(db, db_cursor_next(c, &fx.arena, &THING, &t));
    assert_ok(db, db_rollback_to(db));
    assert_ok(db, db_commit(db));
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 3);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_job_rolls_back_alone),
        T(a_failed_statement_leaves_the_rest_of_its_job),
        T(a_job_of_one_change_makes_one),
        T(an_open_deferred_key_fails_its_job_only),
        T(begin_and_commit_pair_up),
        T(a_snapshot_stands_until_a_commit),
        T(a_write_outside_a_transaction_is_seen_too),
        T(a_guest_writes_beside_the_server),
        T(a_guest_alone_is_the_server),
        T(a_forgotten_cursor_pins_nothing),
    };
    return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
