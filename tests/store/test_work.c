/* The writer under many loops: writes share transactions without sharing failures, and a loop reads
 * what it has written, whatever snapshot it had open. */
#include "work_fixture.h"

#include "platform/clock.h"

#include <sys/stat.h>

static struct engine en;

/* ── Many writes at once ──────────────────────────────────────────────────────────────────────────
 */

#define JOBS 3000
#define LOOPS 2

static const char SQL_TEST_PAIR[] = "INSERT INTO pairs (a, b) VALUES ($1, $2)";
static const char SQL_TEST_PAIRS[] = "SELECT count(*) FROM pairs";
static const char SQL_TEST_BAD_PAIRS[] = "SELECT count(*) FROM pairs WHERE b % 3 = 1";

struct job {
    struct work work;
    int loop, n;
    bool hooked, done_after_hook, on_origin;
};

static struct job jobs[LOOPS][JOBS];
static uv_sem_t all_done;
static atomic_int hooks_run, dones_left;

static void job_hook(void *arg)
{
    ((struct job *)arg)->hooked = true;
    atomic_fetch_add(&hooks_run, 1);
}

/* Every third changes something and then fails; every seventh meets a constraint first. */
static void job_run(struct work *w, struct db *db)
{
    struct job *j = (struct job *)w;

    if (j->n % 7 == 0) {
        int64_t heard_at_once;
        struct db_args twice = DB_ARGS(DB_I64(j->loop + 10), DB_I64(j->n));
        assert_int_equal(db_run(db, SQL_TEST_PAIR, twice, NULL), OK);
        assert_int_equal(db_run(db, SQL_TEST_PAIR, twice, &heard_at_once), ERR_CONFLICT);
        w->rollback = true;
        return;
    }
    assert_int_equal(db_run(db, SQL_TEST_PAIR, DB_ARGS(DB_I64(j->loop), DB_I64(j->n)), NULL), OK);
    assert_int_equal(db_on_commit(db, job_hook, j), OK);
    w->rollback = j->n % 3 == 1;
}

static void job_done(struct work *w)
{
    struct job *j = (struct job *)w;

    j->on_origin = loop_here() == w->origin && loop_index(w->origin) == j->loop;
    j->done_after_hook = j->hooked;
    if (atomic_fetch_sub(&dones_left, 1) == 1)
        uv_sem_post(&all_done);
}

static void submit_jobs(void *arg)
{
    int loop = *(int *)arg;

    for (int i = 0; i < JOBS; i++) {
        struct job *j = &jobs[loop][i];
        *j = (struct job){.work = {.run = job_run, .done = job_done}, .loop = loop, .n = i};
        assert_true(work_submit(en.workers, WORK_WRITE, &j->work));
    }
}

static void writes_share_a_transaction_and_no_failure(void **state)
{
    (void)state;
    int expected = 0;

    engine_start(&en, LOOPS, 1, LOOPS * JOBS);
    uv_sem_init(&all_done, 0);
    atomic_store(&dones_left, LOOPS * JOBS);
    atomic_store(&hooks_run, 0);
    for (int i = 0; i < LOOPS; i++)
        on_loop(&en, i, submit_jobs, &i);
    uv_sem_wait(&all_done);
    engine_stop(&en);
    for (int l = 0; l < LOOPS; l++)
        for (int i = 0; i < JOBS; i++) {
            struct job *j = &jobs[l][i];
            bool kept = i % 7 != 0 && i % 3 != 1;
            expected += kept;
            assert_true(j->on_origin && j->work.stored == OK);
            assert_int_equal(j->hooked, kept);
            assert_int_equal(j->done_after_hook, kept);
        }
    assert_int_equal(atomic_load(&hooks_run), expected);
    assert_int_equal(engine_count(&en, SQL_TEST_PAIRS), expected);
    assert_int_equal(engine_count(&en, SQL_TEST_BAD_PAIRS), 0);
    uv_sem_destroy(&all_done);
    engine_end(&en);
}

/* ── A loop reads its own writes, whatever snapshot it had ────────────────────────────────────────
 */

#define CHAINS 8

static int rounds(void)
{
    const char *n = getenv("BOOKADATE_TEST_ROUNDS");

    return n ? atoi(n) : 150;
}

static const char SQL_TEST_UPSERT[] =
    "INSERT INTO pairs (a, b) VALUES ($1, $2) ON CONFLICT (a, b) DO NOTHING";
static const char SQL_TEST_MAX[] = "SELECT max(b) FROM pairs WHERE a = $1";

struct chain {
    struct work write, read;
    int key;
    int64_t n, seen, missed;
};

static void chain_write(struct work *w, struct db *db)
{
    struct chain *c = (struct chain *)w;

    assert_int_equal(db_run(db, SQL_TEST_UPSERT, DB_ARGS(DB_I64(c->key), DB_I64(c->n)), NULL), OK);
}

static void chain_read(struct work *w, struct db *db)
{
    struct chain *c = (struct chain *)((char *)w - offsetof(struct chain, read));

    assert_int_equal(db_int(db, SQL_TEST_MAX, DB_ARGS(DB_I64(c->key)), &c->seen), OK);
}

static void chain_ask(struct chain *c, void (*done)(struct work *w))
{
    c->read = (struct work){.run = chain_read, .done = done};
    assert_true(work_submit(en.workers, WORK_READ, &c->read));
}

static void chain_next(struct chain *c);

static void chain_checked(struct work *w)
{
    struct chain *c = (struct chain *)((char *)w - offsetof(struct chain, read));

    c->missed += c->seen != c->n;
    if (c->n < rounds())
        chain_next(c);
    else if (atomic_fetch_sub(&dones_left, 1) == 1)
        uv_sem_post(&all_done);
}

static void chain_written(struct work *w)
{
    chain_ask((struct chain *)w, chain_checked);
}

static void chain_looked(struct work *w)
{
    struct chain *c = (struct chain *)((char *)w - offsetof(struct chain, read));

    c->n++;
    c->write = (struct work){.run = chain_write, .done = chain_written};
    assert_true(work_submit(en.workers, WORK_WRITE, &c->write));
}

/* Reads before it writes, so that a snapshot from before the write is open. */
static void chain_next(struct chain *c)
{
    chain_ask(c, chain_looked);
}

static void start_chain(void *arg)
{
    chain_next(arg);
}

/* Opens a snapshot and then keeps the loop busy: what the writer commits meanwhile is handed over
 * in the same turn of the loop, before anything else has ended that snapshot. */
static void noise_read(struct work *w)
{
    (void)w;
}

struct noise {
    struct task task;
    struct chain chain;
};

static void noise_run(struct task *t)
{
    struct noise *n = (struct noise *)t;
    int64_t until_us = clock_monotonic_us() + 100;

    chain_ask(&n->chain, noise_read);
    while (clock_monotonic_us() < until_us)
        ;
    if (atomic_load(&dones_left) > 0)
        loop_post(loop_here(), t);
}

/* Far less than all these writes fill: the log starts anew although somebody always reads. */
#define LOG_PAGES 50

static int64_t log_bytes(void)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof path, "%s/bookadate.db-wal", en.fx.dir);
    return stat(path, &st) == 0 ? st.st_size : 0;
}

static void a_loop_reads_its_own_writes(void **state)
{
    (void)state;
    static struct chain chains[LOOPS * CHAINS];
    static struct noise noises[LOOPS];

    en.fx.log_pages = LOG_PAGES;
    engine_start(&en, LOOPS, 1, 1000);
    uv_sem_init(&all_done, 0);
    atomic_store(&dones_left, LOOPS * CHAINS);
    for (int i = 0; i < LOOPS * CHAINS; i++) {
        chains[i] = (struct chain){.key = i};
        on_loop(&en, i % LOOPS, start_chain, &chains[i]);
    }
    for (int i = 0; i < LOOPS && !fixture_postgres(); i++) {
        noises[i] = (struct noise){.task = {.fn = noise_run}};
        loop_post(workers_loop(en.workers, i), &noises[i].task);
    }
    uv_sem_wait(&all_done);
    assert_in_range(log_bytes(), 0, 10 * LOG_PAGES * 4096);
    engine_stop(&en);
    for (int i = 0; i < LOOPS * CHAINS; i++)
        assert_int_equal(chains[i].missed, 0);
    assert_int_equal(engine_count(&en, SQL_TEST_PAIRS), LOOPS * CHAINS * rounds());
    uv_sem_destroy(&all_done);
    engine_end(&en);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_share_a_transaction_and_no_failure),
        cmocka_unit_test(a_loop_reads_its_own_writes),
    };
    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
