/* What only PostgreSQL does to its clients: transactions ended for another's sake, connections that
 * go away at any moment, servers that stop; and several programs on one database. */
#include "store_fixture.h"

#include "platform/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

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

static const char SQL_TEST_KILL[] =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND application_name = 'bookadate'"
    " AND datname = current_database()";

/* Every connection of this program but one made for it. */
static void cut_connections(void)
{
    fixture_server(SQL_TEST_KILL);
    usleep(50000);
}

/* ── Transactions that give way ───────────────────────────────────────────────────────────────────
 */

static const char SQL_TEST_BUMP[] = "UPDATE things SET qty = qty + 1 WHERE name = $1";
static const char SQL_TEST_QTY[] = "SELECT sum(qty)::bigint FROM things";

struct bumper {
    const char *first, *second;
    atomic_int *met;
    bool posts; /* hears of the deadlock from its COMMIT */
    int runs;
    enum err err;
};

static bool bump_both(struct db *own, void *arg)
{
    struct bumper *b = arg;
    int64_t n;

    b->runs++;
    if (db_run(own, SQL_TEST_BUMP, DB_ARGS(DB_TEXT(str_of(b->first))), &n) != OK)
        return false;
    atomic_fetch_add(b->met, 1);
    for (int i = 0; i < 1000 && atomic_load(b->met) < 2; i++)
        usleep(1000);
    return db_run(own, SQL_TEST_BUMP, DB_ARGS(DB_TEXT(str_of(b->second))), b->posts ? NULL : &n) ==
           OK;
}

static void *bump(void *arg)
{
    struct bumper *b = arg;
    struct db *own = fixture_writer(&fx);

    b->err = db_transaction(own, bump_both, b);
    store_db_close(own);
    return NULL;
}

static void deadlock(bool posts)
{
    atomic_int met = 0;
    struct bumper b[2] = {{"a", "b", &met, posts, 0, OK}, {"b", "a", &met, posts, 0, OK}};
    pthread_t threads[2];
    int64_t before = fixture_int(db, SQL_TEST_QTY);

    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, bump, &b[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(b[0].err, OK);
    assert_int_equal(b[1].err, OK);
    assert_true(b[0].runs + b[1].runs >= 3);
    assert_int_equal(fixture_int(db, SQL_TEST_QTY), before + 4);
}

static void a_deadlock_is_run_again(void **state)
{
    (void)state;
    assert_ok(db, fixture_add(db, "a", 0));
    assert_ok(db, fixture_add(db, "b", 0));
    deadlock(false);
    deadlock(true);
}

struct job {
    int runs, hooks;
    bool keep;
    bool cut_first; /* the first run loses its connection */
};

static void count_hook(void *arg)
{
    ((struct job *)arg)->hooks++;
}

static bool add_beside_a_conflict(struct db *own, void *arg)
{
    struct job *j = arg;

    j->runs++;
    assert_ok(own, db_on_commit(own, count_hook, j));
    assert_ok(own, fixture_add(own, "a", 1));
    if (fixture_add(own, "a", 1) != ERR_CONFLICT)
        return false;
    return j->keep && fixture_add(own, "b", 1) == OK;
}

static void a_job_may_go_on_after_a_conflict(void **state)
{
    (void)state;
    struct job gives_up = {.keep = false}, goes_on = {.keep = true};

    assert_ok(db, db_transaction(db, add_beside_a_conflict, &gives_up));
    assert_int_equal(gives_up.runs, 2); /* statements posted, then one by one: which one it was */
    assert_int_equal(gives_up.hooks, 0);
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 0);
    assert_ok(db, db_transaction(db, add_beside_a_conflict, &goes_on));
    assert_int_equal(goes_on.runs, 2); /* as above, with savepoints */
    assert_int_equal(goes_on.hooks, 1);
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 2);
}

static bool keep_what_came_before(struct db *own, void *arg)
{
    struct job *j = arg;

    j->runs++;
    if (fixture_add(own, "a", 1) != OK)
        return false;
    return fixture_add(own, "a", 1) == ERR_CONFLICT;
}

static void a_conflict_at_the_end_keeps_what_came_before(void **state)
{
    (void)state;
    struct job j = {0};

    assert_ok(db, db_transaction(db, keep_what_came_before, &j));
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 1);
}

struct many {
    int runs, failing; /* the number that is there already; -1: none */
    enum err heard;    /* what the job was told of it */
};

#define MANY 200 /* more than go out at once */

static bool add_many(struct db *own, void *arg)
{
    struct many *m = arg;
    char name[16];

    m->runs++;
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "n%d", i == m->failing ? 0 : i);
        enum err e = fixture_add(own, name, i);
        if (i == m->failing)
            m->heard = e;
        else if (e != OK)
            return false;
    }
    return true;
}

static void add_many_as(struct db *own, int failing, int runs)
{
    static const char SQL_TEST_CLEAR[] = "DELETE FROM things";
    struct many m = {.failing = failing};

    assert_ok(own, db_transaction(own, add_many, &m));
    assert_int_equal(m.runs, runs);
    assert_int_equal(fixture_int(own, SQL_TEST_COUNT), failing < 0 ? MANY : MANY - 1);
    if (failing >= 0)
        assert_int_equal(m.heard, ERR_CONFLICT);
    assert_ok(own, db_run(own, SQL_TEST_CLEAR, DB_NO_ARGS, NULL));
}

/* Whichever of them fails, its handler hears of it in the end and goes on. */
static void statements_that_go_out_together(void **state)
{
    (void)state;
    struct store_options o = {
        .database_url = fx.url, .migrations = FIXTURE_MIGRATIONS, .unprepared = true};
    struct store *pooled;
    struct db *own;
    const char *why = "";

    add_many_as(db, -1, 1);
    for (int failing = 1; failing < MANY; failing += 33)
        add_many_as(db, failing, 2);
    assert_int_equal(store_open(&o, &fx.arena, &pooled, &why), OK);
    assert_int_equal(store_writer(pooled, &own), OK);
    add_many_as(own, -1, 1);
    add_many_as(own, MANY - 1, 2);
    store_db_close(own);
    store_close(pooled);
}

/* ── Connections that go ──────────────────────────────────────────────────────────────────────────
 */

static void a_stale_connection_is_made_anew_unseen(void **state)
{
    (void)state;
    struct job j = {0};

    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 0);
    cut_connections();
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 0);
    cut_connections();
    assert_ok(db, db_transaction(db, keep_what_came_before, &j));
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 1);
}

static bool add_and_lose(struct db *own, void *arg)
{
    struct job *j = arg;
    char name[16];

    snprintf(name, sizeof name, "run%d", ++j->runs);
    assert_ok(own, db_on_commit(own, count_hook, j));
    if (fixture_add(own, name, 1) != OK)
        return false;
    if (j->cut_first && j->runs == 1)
        cut_connections();
    return fixture_add(own, "last", 1) == OK;
}

static void a_connection_lost_within_a_transaction(void **state)
{
    (void)state;
    struct job j = {.cut_first = true};

    assert_ok(db, db_transaction(db, add_and_lose, &j));
    assert_int_equal(j.runs, 2);
    assert_int_equal(j.hooks, 1);
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 2);
}

static bool bump_behind(struct db *own, void *arg)
{
    ((struct job *)arg)->runs++;
    return db_run(own, SQL_TEST_BUMP, DB_ARGS(DB_TEXT(STR("a"))), NULL) == OK;
}

static void *end_who_waits(void *arg)
{
    static const char SQL_TEST_WAITING[] =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND application_name = 'bookadate'"
        " AND datname = current_database()";
    int64_t ended = 0;
    struct db *holder = arg;

    for (int i = 0; i < 1000 && ended == 0; i++) {
        usleep(5000);
        ended = fixture_int(holder, SQL_TEST_WAITING);
    }
    db_rollback(holder);
    return NULL;
}

/* It waited for a row behind which its COMMIT had been sent already: that was not run, for sure. */
static void a_connection_lost_before_a_commit_that_was_sent(void **state)
{
    (void)state;
    struct job j = {0};
    struct db *holder = fixture_writer(&fx);
    pthread_t thread;
    int64_t n;

    assert_ok(db, fixture_add(db, "a", 0));
    assert_ok(db, db_transaction(db, bump_behind, &j)); /* each statement has a name now */
    assert_int_equal(j.runs, 1);
    assert_ok(holder, db_begin(holder));
    assert_ok(holder, db_run(holder, SQL_TEST_BUMP, DB_ARGS(DB_TEXT(STR("a"))), &n));
    assert_int_equal(pthread_create(&thread, NULL, end_who_waits, holder), 0);
    assert_ok(db, db_transaction(db, bump_behind, &j));
    pthread_join(thread, NULL);
    assert_int_equal(j.runs, 3);
    assert_int_equal(fixture_int(db, SQL_TEST_QTY), 2);
    store_db_close(holder);
}

/* Without db_transaction nobody runs it again: nothing may be written to what comes after. */
static void what_follows_a_lost_connection_is_not_written(void **state)
{
    (void)state;
    assert_ok(db, db_begin(db));
    assert_ok(db, fixture_add(db, "a", 1));
    cut_connections();
    assert_int_equal(fixture_add(db, "b", 1), ERR_UNAVAILABLE);
    assert_int_equal(fixture_add(db, "c", 1), ERR_UNAVAILABLE);
    assert_int_equal(db_commit(db), ERR_UNAVAILABLE);
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 0);
}

/* Nobody knows whether such a transaction was kept: it is not run again. */
static void a_connection_lost_during_commit(void **state)
{
    (void)state;
    char sql[512];
    struct job j = {0};

    snprintf(sql, sizeof sql,
             "SET search_path = %s; CREATE FUNCTION end_it() RETURNS trigger LANGUAGE plpgsql AS"
             " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
             "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED"
             " FOR EACH ROW EXECUTE FUNCTION end_it()",
             fx.schema);
    fixture_server(sql);
    assert_int_equal(db_transaction(db, add_and_lose, &j), ERR_UNAVAILABLE);
    assert_int_equal(j.runs, 1);
    assert_int_equal(j.hooks, 0);
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 0);
}

static void a_statement_that_takes_too_long(void **state)
{
    (void)state;
    static const char SQL_TEST_SLEEP[] = "SELECT count(pg_sleep(20))";
    struct store_options o = {
        .database_url = fx.url, .migrations = FIXTURE_MIGRATIONS, .timeout_us = 300000};
    const char *why = "";
    struct store *hasty;
    struct db *own;
    int64_t n, from_us = clock_monotonic_us();

    assert_int_equal(store_open(&o, &fx.arena, &hasty, &why), OK);
    assert_int_equal(store_writer(hasty, &own), OK);
    assert_int_equal(db_int(own, SQL_TEST_SLEEP, DB_NO_ARGS, &n), ERR_UNAVAILABLE);
    assert_true(clock_monotonic_us() - from_us < 5000000);
    assert_int_equal(fixture_int(own, SQL_TEST_COUNT), 0);
    store_db_close(own);
    store_close(hasty);
}

static void control(const char *word)
{
    char command[256];

    snprintf(command, sizeof command, "\"$PG_CTL\" %s >/dev/null", word);
    assert_int_equal(system(command), 0);
}

static void a_server_that_stops_and_comes_back(void **state)
{
    (void)state;
    int64_t n, from_us;
    enum err e = ERR_UNAVAILABLE;

    if (!getenv("PG_CTL"))
        return;
    assert_ok(db, fixture_add(db, "a", 1));
    control("stop -m fast");
    from_us = clock_monotonic_us();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(db_int(db, SQL_TEST_COUNT, DB_NO_ARGS, &n), ERR_UNAVAILABLE);
    assert_int_equal(fixture_add(db, "b", 1), ERR_UNAVAILABLE);
    assert_true(clock_monotonic_us() - from_us < 1000000);
    assert_true(store_away(fx.store));
    control("start");
    from_us = clock_monotonic_us();
    while (e != OK && clock_monotonic_us() - from_us < 5000000)
        e = db_int(db, SQL_TEST_COUNT, DB_NO_ARGS, &n);
    assert_ok(db, e);
    assert_int_equal(n, 1);
    assert_false(store_away(fx.store));
}

/* ── Cursors ──────────────────────────────────────────────────────────────────────────────────────
 */

struct thing {
    int64_t qty;
};
static const struct field THING_FIELDS[] = {F_INT(thing, qty, 0, 0, 0), F_END};
static const struct shape THING = SHAPE(thing, THING_FIELDS);

#define ROWS 3000
static const char SQL_TEST_FILL[] =
    "INSERT INTO things (name, qty) SELECT 'n' || i, i FROM generate_series(0, 2999) i";
static const char SQL_TEST_ORDERED[] = "SELECT qty FROM things WHERE qty < $1 ORDER BY qty";

static void a_cursor_goes_through_many_pages(void **state)
{
    (void)state;
    struct db_cursor *c;
    struct thing t;

    assert_ok(db, db_run(db, SQL_TEST_FILL, DB_NO_ARGS, NULL));
    for (int64_t most = 0; most <= ROWS; most += most < 165 ? 1 : 567) {
        assert_ok(db, db_cursor_open(db, &fx.arena, SQL_TEST_ORDERED, DB_ARGS(DB_I64(most)), &c));
        for (int64_t i = 0; i < most; i++) {
            assert_ok(db, db_cursor_next(c, &fx.arena, &THING, &t));
            assert_int_equal(t.qty, i);
        }
        assert_int_equal(db_cursor_next(c, &fx.arena, &THING, &t), ERR_NOT_FOUND);
        db_cursor_close(c);
    }
}

struct walk {
    int runs;
    int64_t seen;
    bool ahead; /* the new row comes behind the reader, else before it */
};

static bool walk_on(struct db *own, void *arg)
{
    struct walk *w = arg;
    struct db_cursor *c;
    struct thing t;
    enum err e = db_cursor_open(own, &fx.arena, SQL_TEST_ORDERED, DB_ARGS(DB_I64(ROWS)), &c);

    w->runs++;
    w->seen = 0;
    while (e == OK && (e = db_cursor_next(c, &fx.arena, &THING, &t)) == OK) {
        if (++w->seen == 10 && w->runs == 1)
            assert_ok(db, fixture_add(db, w->ahead ? "ahead" : "behind", w->ahead ? 2000 : -1));
    }
    db_cursor_close(c);
    return e == ERR_NOT_FOUND;
}

/* Nobody is passed over when others insert rows meanwhile. */
static void rows_that_move_under_a_cursor(void **state)
{
    (void)state;
    struct walk behind = {.ahead = false}, ahead = {.ahead = true};
    struct db *own = fixture_writer(&fx);

    assert_ok(db, db_run(db, SQL_TEST_FILL, DB_NO_ARGS, NULL));
    assert_ok(own, db_transaction(own, walk_on, &behind));
    assert_int_equal(behind.runs, 2);
    assert_int_equal(behind.seen, ROWS + 1);
    assert_ok(own, db_transaction(own, walk_on, &ahead));
    assert_int_equal(ahead.runs, 1);
    assert_int_equal(ahead.seen, ROWS + 2);
    store_db_close(own);
}

/* ── Queries that are asked ahead ─────────────────────────────────────────────────────────────────
 */

static const char SQL_TEST_TO_FIVE[] = "DELETE FROM things WHERE qty NOT BETWEEN 1 AND 5";
static const char SQL_TEST_FROM[] = "SELECT qty FROM things WHERE qty >= $1 ORDER BY qty";
static const char SQL_TEST_BAD[] = "SELECT 1 / (qty - $1) AS qty FROM things WHERE qty = $1";

struct asker {
    const char *what;
    bool writes, cut, bad;
    int runs_wanted, runs;
    enum err heard;
};

static bool told_from(struct db_stmt *asked, int64_t first, int64_t last)
{
    struct rows rows;

    if (db_told(asked, &fx.arena, &THING, &rows) != OK)
        return false;
    assert_int_equal(rows.n, last - first + 1);
    for (size_t i = 0; i < rows.n; i++)
        assert_int_equal(((const struct thing *)rows.items)[i].qty, first + (int64_t)i);
    return true;
}

/* Among those numbered 1–5; a sixth is this job's own. */
static bool ask_ahead(struct db *own, void *arg)
{
    struct asker *k = arg;
    struct db_stmt *one, *four, *unwanted, *bad = NULL;
    struct rows rows;

    k->runs++;
    if (k->writes && fixture_add(own, "n6", 6) != OK)
        return false;
    assert_ok(own, db_ask(own, SQL_TEST_FROM, DB_ARGS(DB_I64(1)), &one));
    assert_ok(own, db_ask(own, SQL_TEST_FROM, DB_ARGS(DB_I64(3)), &unwanted));
    if (k->bad)
        assert_ok(own, db_ask(own, SQL_TEST_BAD, DB_ARGS(DB_I64(2)), &bad));
    assert_ok(own, db_ask(own, SQL_TEST_FROM, DB_ARGS(DB_I64(4)), &four));
    if (k->cut && k->runs == 1)
        cut_connections();
    assert_int_equal(db_told(unwanted, NULL, NULL, NULL), OK);
    int64_t last = k->writes ? 6 : 5;
    if (!told_from(four, 4, last) || !told_from(one, 1, last))
        return false;
    if (k->bad)
        k->heard = db_told(bad, &fx.arena, &THING, &rows);
    return true;
}

static void what_is_asked_ahead_is_told(void **state)
{
    (void)state;
    struct asker askers[] = {
        {"nothing happens", false, false, false, 1, 0, OK},
        {"after a write", true, false, false, 1, 0, OK},
        {"the connection goes: read again, unseen", false, true, false, 1, 0, OK},
        {"it goes with a write: the job again", true, true, false, 2, 0, OK},
        {"one fails: the job again, one by one", false, false, true, 2, 0, OK},
        {"one fails after a write", true, false, true, 2, 0, OK},
    };

    assert_ok(db, db_run(db, SQL_TEST_FILL, DB_NO_ARGS, NULL));
    assert_ok(db, db_run(db, SQL_TEST_TO_FIVE, DB_NO_ARGS, NULL));
    for (size_t i = 0; i < sizeof askers / sizeof *askers; i++) {
        print_message("%s\n", askers[i].what);
        assert_ok(db, db_transaction(db, ask_ahead, &askers[i]));
        assert_int_equal(askers[i].runs, askers[i].runs_wanted);
        assert_int_equal(askers[i].heard != OK, askers[i].bad);
        assert_ok(db, db_run(db, SQL_TEST_TO_FIVE, DB_NO_ARGS, NULL));
    }
}

static bool ask_many(struct db *own, void *arg)
{
    struct db_stmt *asked[MANY];

    (void)arg;
    for (int i = 0; i < MANY; i++)
        assert_ok(own, db_ask(own, SQL_TEST_FROM, DB_ARGS(DB_I64(1 + i % 5)), &asked[i]));
    for (int i = MANY; i-- > 0;)
        assert_true(told_from(asked[i], 1 + i % 5, 5));
    return true;
}

static void more_are_asked_than_go_out_at_once(void **state)
{
    (void)state;

    assert_ok(db, db_run(db, SQL_TEST_FILL, DB_NO_ARGS, NULL));
    assert_ok(db, db_run(db, SQL_TEST_TO_FIVE, DB_NO_ARGS, NULL));
    assert_ok(db, db_transaction(db, ask_many, NULL));
}

/* ── Several programs, and opening ────────────────────────────────────────────────────────────────
 */

#define PROGRAMS 8

static int open_alone(void)
{
    struct store *s;
    const char *why = "";

    if (fixture_try(&fx, MIGRATIONS, false, &s, &why) != OK) {
        print_error("%s\n", why);
        _exit(100);
    }
    _exit(store_migrations_applied(s));
}

static void programs_that_migrate_together(void **state)
{
    (void)state;
    pid_t pids[PROGRAMS];
    int n = 0, applied = 0, status;

    fixture_dir(&fx);
    while (MIGRATIONS[n].owner)
        n++;
    for (int i = 0; i < PROGRAMS; i++)
        if ((pids[i] = fork()) == 0)
            open_alone();
    for (int i = 0; i < PROGRAMS; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= n);
        applied += WEXITSTATUS(status);
    }
    assert_int_equal(applied, n);
    fixture_remove(&fx);
}

/* Longer than any statement may: as an index over millions of rows, or another's migration. */
static void a_migration_that_takes_long(void **state)
{
    (void)state;
    static const struct migration slow[] = {
        {"a", 1, "0001_init", "CREATE TABLE slow (n BIGINT); SELECT pg_sleep(3.5)"}, {0}};
    const char *why = "";
    struct store *s;

    fixture_dir(&fx);
    struct store_options o = {.database_url = fx.url, .migrations = slow, .timeout_us = 300000};
    if (store_open(&o, &fx.arena, &s, &why) != OK)
        fail_msg("%s", why);
    assert_int_equal(store_migrations_applied(s), 1);
    store_close(s);
    fixture_remove(&fx);
}

static void opening_says_why_and_no_password(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "postgres://u:hunter2@127.0.0.1:1/x",
        "postgres://u:hunter2@127.0.0.1:1:2/x",
        "postgres://u:hunter2@[::1/x",
        "postgres://u:hunter2@127.0.0.1:1/x?nonsense=hunter2",
        "postgres://u:hunter%ZZ2@127.0.0.1/x",
    };
    struct store_options o = {.migrations = FIXTURE_MIGRATIONS};
    struct arena a;
    struct store *s = NULL;

    arena_init(&a);
    for (size_t i = 0; i < COUNT(urls); i++) {
        const char *why = "";
        o.database_url = urls[i];
        assert_int_not_equal(store_open(&o, &a, &s, &why), OK);
        assert_non_null(strstr(why, "BOOKADATE_DATABASE_URL"));
        if (strstr(why, "hunter") || strchr(why, '\n'))
            fail_msg("%s", why);
    }
    arena_free(&a);
}

static void without_prepared_statements(void **state)
{
    (void)state;
    struct store_options o = {
        .database_url = fx.url, .migrations = FIXTURE_MIGRATIONS, .unprepared = true};
    const char *why = "";
    struct store *plain;
    struct db *own;
    struct job j = {.keep = true};

    assert_int_equal(store_open(&o, &fx.arena, &plain, &why), OK);
    assert_non_null(strstr(store_place(plain), "PostgreSQL at 127.0.0.1/postgres"));
    assert_int_equal(store_writer(plain, &own), OK);
    assert_ok(own, db_transaction(own, add_beside_a_conflict, &j));
    assert_int_equal(fixture_int(own, SQL_TEST_COUNT), 2);
    store_db_close(own);
    store_close(plain);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_deadlock_is_run_again),
        T(a_job_may_go_on_after_a_conflict),
        T(a_conflict_at_the_end_keeps_what_came_before),
        T(statements_that_go_out_together),
        T(a_stale_connection_is_made_anew_unseen),
        T(a_connection_lost_within_a_transaction),
        T(a_connection_lost_before_a_commit_that_was_sent),
        T(what_follows_a_lost_connection_is_not_written),
        T(a_connection_lost_during_commit),
        T(a_statement_that_takes_too_long),
        T(a_server_that_stops_and_comes_back),
        T(a_cursor_goes_through_many_pages),
        T(rows_that_move_under_a_cursor),
        T(what_is_asked_ahead_is_told),
        T(more_are_asked_than_go_out_at_once),
        cmocka_unit_test(programs_that_migrate_together),
        cmocka_unit_test(a_migration_that_takes_long),
        cmocka_unit_test(opening_says_why_and_no_password),
        T(without_prepared_statements),
    };

    if (!fixture_postgres()) {
        puts("1..0 # SKIP no PostgreSQL (tools/with_postgres.sh)");
        return 0;
    }
    return cmocka_run_group_tests_name("postgres", tests, NULL, NULL);
}
