/* What survives: a process killed in the middle of writing has kept every row that it acknowledged
 * and no half of a job; a full disk refuses writes, says so, and heals. SQLite's files only. */
#include "work_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char SQL_TEST_HALF[] = "INSERT INTO pairs (a, b) VALUES ($1, 0)";
static const char SQL_TEST_OTHER_HALF[] = "INSERT INTO pairs (a, b) VALUES ($1, 1)";
static const char SQL_TEST_WHOLE[] =
    "SELECT count(*) FROM pairs p JOIN pairs q ON q.a = p.a AND q.b = 1 WHERE p.b = 0";
static const char SQL_TEST_ROWS[] = "SELECT count(*) FROM pairs";
static const char SQL_TEST_HAS[] = "SELECT count(*) FROM pairs WHERE a = $1";
static const char SQL_TEST_CHECK[] = "PRAGMA integrity_check";

static struct engine en;

/* ── Killed while writing ─────────────────────────────────────────────────────────────────────────
 */

#define WRITERS 32
#define KILLS 12

struct pair {
    struct work work;
    int64_t n;
};

static int acknowledged; /* the pipe's end in the child */
static int64_t next_n;   /* the child's loop alone counts */

static void pair_run(struct work *w, struct db *db)
{
    int64_t n = ((struct pair *)w)->n;

    if (db_run(db, SQL_TEST_HALF, DB_ARGS(DB_I64(n)), NULL) != OK ||
        db_run(db, SQL_TEST_OTHER_HALF, DB_ARGS(DB_I64(n)), NULL) != OK)
        _exit(3);
}

static void pair_submit(struct pair *p);

static void pair_done(struct work *w)
{
    struct pair *p = (struct pair *)w;

    if (w->stored != OK || write(acknowledged, &p->n, sizeof p->n) != sizeof p->n)
        _exit(4);
    pair_submit(p);
}

static void pair_submit(struct pair *p)
{
    *p = (struct pair){.work = {.run = pair_run, .done = pair_done}, .n = next_n++};
    if (!work_submit(en.workers, WORK_WRITE, &p->work))
        _exit(5);
}

static void start_pairs(void *arg)
{
    struct pair *pairs = arg;

    for (int i = 0; i < WRITERS; i++)
        pair_submit(&pairs[i]);
}

/* The child: writes until it is killed, telling the pipe what it would have answered. */
static void write_for_ever(int fd, int64_t first)
{
    static struct pair pairs[WRITERS];
    struct workers_options o = {NULL, 1, 1, 1000};
    const char *why = "";

    acknowledged = fd;
    next_n = first;
    if (fixture_try(&en.fx, FIXTURE_MIGRATIONS, false, &en.fx.store, &why) != OK)
        _exit(6);
    o.store = en.fx.store;
    if (workers_start(&o, &en.workers) != OK)
        _exit(7);
    on_loop(&en, 0, start_pairs, pairs);
    pause();
}

static int64_t kill_one(int64_t first, int64_t *said, size_t cap, size_t *n)
{
    int fds[2], status;

    assert_int_equal(pipe(fds), 0);
    assert_true(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20) > 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        write_for_ever(fds[1], first);
    }
    close(fds[1]);
    int64_t highest = first;
    size_t until = *n + 50 + (size_t)(first * 7919 % 400);
    while (*n < cap && read(fds[0], &said[*n], sizeof *said) == sizeof *said) {
        highest = said[*n] > highest ? said[*n] : highest;
        if (++*n == until)
            kill(pid, SIGKILL);
    }
    kill(pid, SIGKILL);
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return highest;
}

static void what_was_acknowledged_is_there(void **state)
{
    (void)state;
    static int64_t said[1 << 18];
    size_t n = 0;
    int64_t highest = 0, found;
    struct str verdict;

    fixture_dir(&en.fx);
    for (int i = 0; i < KILLS; i++) {
        highest = kill_one(highest + 10 * WRITERS, said, COUNT(said), &n);
        fixture_open(&en.fx);
        struct db *db = fixture_reader(&en.fx);
        for (size_t k = 0; k < n; k++) {
            assert_ok(db, db_int(db, SQL_TEST_HAS, DB_ARGS(DB_I64(said[k])), &found));
            assert_int_equal(found, 2);
        }
        assert_int_equal(fixture_int(db, SQL_TEST_WHOLE) * 2, fixture_int(db, SQL_TEST_ROWS));
        assert_ok(db, db_bytes(db, &en.fx.arena, SQL_TEST_CHECK, DB_NO_ARGS, &verdict));
        assert_str(verdict, "ok");
        store_db_close(db);
        store_close(en.fx.store);
    }
    assert_true(n > 50 * KILLS);
    fixture_remove(&en.fx);
}

/* ── No room ──────────────────────────────────────────────────────────────────────────────────────
 */

static const char SQL_TEST_BIG[] = "INSERT INTO things (name, data) VALUES ($1, $2)";

struct room {
    int64_t kept, refused, hooks;
    int64_t n;
    char big[60000];
};

static void room_hook(void *arg)
{
    ++*(int64_t *)arg;
}

static enum err room_write(struct db *db, void *arg)
{
    struct room *r = arg;
    char name[32];

    int len = snprintf(name, sizeof name, "big %lld", (long long)r->n);
    enum err e = db_run(db, SQL_TEST_BIG,
                        DB_ARGS(DB_TEXT(((struct str){name, (size_t)len})),
                                DB_BLOB(((struct str){r->big, sizeof r->big}))),
                        NULL);
    if (e != OK)
        return e;
    return db_on_commit(db, room_hook, &r->hooks);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void write_some(struct room *r, int times)
{
    for (int i = 0; i < times; i++, r->n++) {
        enum err e = work_transaction(en.workers, room_write, r);
        r->kept += e == OK;
        r->refused += e == ERR_UNAVAILABLE;
        assert_true(e == OK || e == ERR_UNAVAILABLE);
    }
}

/* More than the writer's cache, so that a statement in the middle is the one that fails; a job that
 * does not look still keeps nothing, not even what it wrote afterwards. */
static enum err write_blindly(struct db *db, void *arg)
{
    struct room *r = arg;
    int failed = 0;

    for (int i = 0; i < 1500; i++, r->n++) {
        enum err e = room_write(db, r);
        failed += e != OK;
        assert_true(e == OK || e == ERR_UNAVAILABLE);
        if (failed && i % 100 == 0)
            limit_files(RLIM_INFINITY); /* room again: later statements would succeed */
    }
    assert_true(failed > 0);
    return OK;
}

static void a_full_disk_in_the_middle_of_a_job(void **state)
{
    (void)state;
    static struct room r;

    signal(SIGXFSZ, SIG_IGN);
    engine_start(&en, 1, 1, 100);
    write_some(&r, 5);
    limit_files(1 << 20);
    assert_int_equal(work_transaction(en.workers, write_blindly, &r), ERR_UNAVAILABLE);
    limit_files(RLIM_INFINITY);
    assert_int_equal(engine_count(&en, SQL_TEST_COUNT), 5);
    assert_int_equal(r.hooks, 5);
    write_some(&r, 5);
    assert_int_equal(engine_count(&en, SQL_TEST_COUNT), 10);
    engine_end(&en);
}

static void a_full_disk_refuses_and_heals(void **state)
{
    (void)state;
    static struct room r;

    signal(SIGXFSZ, SIG_IGN);
    engine_start(&en, 1, 1, 100);
    write_some(&r, 20);
    assert_int_equal(r.kept, 20);
    limit_files(1 << 20);
    write_some(&r, 60);
    assert_true(r.refused > 0);
    limit_files(RLIM_INFINITY);
    int64_t refused = r.refused;
    write_some(&r, 20);
    assert_int_equal(r.refused, refused);
    assert_int_equal(r.kept, r.hooks);
    assert_int_equal(engine_count(&en, SQL_TEST_COUNT), r.kept);
    engine_stop(&en);
    store_close(en.fx.store);
    fixture_open(&en.fx);
    assert_int_equal(engine_count(&en, SQL_TEST_COUNT), r.kept);
    engine_end(&en);
}

/* ── Another process holds the lock ───────────────────────────────────────────────────────────────
 */

static void a_second_process_is_refused(void **state)
{
    (void)state;
    int status, fds[2];
    char byte;

    fixture_dir(&en.fx);
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        const char *why = "";
        if (fixture_try(&en.fx, FIXTURE_MIGRATIONS, false, &en.fx.store, &why) != OK)
            _exit(1);
        if (write(fds[1], "x", 1) != 1)
            _exit(2);
        pause();
    }
    assert_int_equal(read(fds[0], &byte, 1), 1);
    const char *why = "";
    char pid_text[32];
    assert_int_equal(fixture_try(&en.fx, FIXTURE_MIGRATIONS, false, &en.fx.store, &why),
                     ERR_CONFLICT);
    snprintf(pid_text, sizeof pid_text, "(process %ld)", (long)pid);
    assert_non_null(strstr(why, pid_text));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    fixture_open(&en.fx); /* a lock dies with its process */
    fixture_close(&en.fx);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_is_there),
        cmocka_unit_test(a_second_process_is_refused),
        cmocka_unit_test(a_full_disk_refuses_and_heals),
        cmocka_unit_test(a_full_disk_in_the_middle_of_a_job),
    };
    if (fixture_postgres()) {
        puts("1..0 # SKIP SQLite's files");
        return 0;
    }
    return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
