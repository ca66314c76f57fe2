/* Batches in which a job must be taken back, wherever it stands: the same rows, answers and hooks
 * as if each job had run alone, and nobody can make others pay for it again and again. */
#include "work_fixture.h"

#include <stdlib.h>

static struct engine en;

enum kind {
    KEPT,
    ONE_CHANGE,
    CONFLICT_KEPT,
    REFUSED, /* before it changed anything */
    REFUSED_AFTER_CHANGE,
    REFUSED_AFTER_CONFLICT,
    OPEN_KEY, /* a deferred reference to nothing */
    KINDS,
};

#define JOBS_MOST 12
#define ROUNDS 40
#define UNDONE_ROUNDS ((KINDS - REFUSED) * JOBS_MOST)
#define GUARDED_MOST 64 /* at most so many batches after one that was run again have savepoints */

struct job {
    struct work work;
    enum kind kind;
    int round, n, runs;
    int64_t seen;
    bool good; /* its last run went as it should; PostgreSQL ends a first one at its conflict */
};

static struct job jobs[JOBS_MOST];
static int jobs_n, heard[JOBS_MOST], heard_n;
static int64_t rows_before; /* that stand from earlier rounds */
static atomic_int left;
static uv_sem_t gate, all_done;

static const char SQL_TEST_ROW[] = "INSERT INTO pairs (a, b) VALUES ($1, $2)";
static const char SQL_TEST_ROWS[] = "SELECT count(*) FROM pairs";
static const char SQL_TEST_OPEN[] = "INSERT INTO later (id, thing_id) VALUES ($1, 999999)";
static const char SQL_TEST_OPEN_ROWS[] = "SELECT count(*) FROM later";
static const char SQL_TEST_ROWS_OF[] = "SELECT count(*) FROM pairs WHERE a = $1 AND b / 10 = $2";

static void hook(void *arg)
{
    heard[heard_n++] = ((struct job *)arg)->n;
}

static enum err row(const struct job *j, struct db *db, int i)
{
    return db_run(db, SQL_TEST_ROW, DB_ARGS(DB_I64(j->round), DB_I64(j->n * 10 + i)), NULL);
}

static void job_run(struct work *w, struct db *db)
{
    struct job *j = (struct job *)w;

    j->runs++;
    j->good = db_int(db, SQL_TEST_ROWS, DB_NO_ARGS, &j->seen) == OK;
    if (j->kind != REFUSED)
        j->good &= row(j, db, 0) == OK;
    if (j->kind == CONFLICT_KEPT || j->kind == REFUSED_AFTER_CONFLICT)
        j->good &= row(j, db, 0) == ERR_CONFLICT;
    if (j->kind == KEPT || j->kind == CONFLICT_KEPT)
        j->good &= row(j, db, 1) == OK;
    if (j->kind == OPEN_KEY)
        j->good &= db_run(db, SQL_TEST_OPEN, DB_ARGS(DB_I64(j->n)), NULL) == OK;
    j->good &= db_on_commit(db, hook, j) == OK;
    w->rollback =
        j->kind == REFUSED || j->kind == REFUSED_AFTER_CHANGE || j->kind == REFUSED_AFTER_CONFLICT;
}

static void job_done(struct work *w)
{
    (void)w;
    if (atomic_fetch_sub(&left, 1) == 1)
        uv_sem_post(&all_done);
}

static bool gate_passed;

/* Once, though its batch may be run again. */
static void gate_run(struct work *w, struct db *db)
{
    (void)w;
    (void)db;
    if (!gate_passed)
        uv_sem_wait(&gate);
    gate_passed = true;
}

static void submit_all(void *arg)
{
    static struct work first;

    (void)arg;
    gate_passed = false;
    first = (struct work){.run = gate_run, .done = job_done};
    assert_true(work_submit(en.workers, WORK_WRITE, &first));
    for (int i = 0; i < jobs_n; i++) {
        jobs[i].work = (struct work){
            .run = job_run, .done = job_done, .one_change = jobs[i].kind == ONE_CHANGE};
        assert_true(work_submit(en.workers, WORK_WRITE, &jobs[i].work));
    }
}

/* All of them wait before the first begins. */
static void run_jobs(void)
{
    heard_n = 0;
    atomic_store(&left, jobs_n + 1);
    on_loop(&en, 0, submit_all, NULL);
    uv_sem_post(&gate);
    uv_sem_wait(&all_done);
}

static int rows_of(enum kind kind)
{
    return kind == KEPT || kind == CONFLICT_KEPT ? 2 : kind == ONE_CHANGE;
}

/* What each would have seen, kept and said one by one. */
static void check_jobs(void)
{
    struct db *db = fixture_reader(&en.fx);
    int hooks = 0;

    for (int i = 0; i < jobs_n; i++) {
        const struct job *j = &jobs[i];
        int64_t n = -1;
        bool kept = rows_of(j->kind) > 0;
        assert_true(j->good);
        assert_int_equal(j->seen, rows_before);
        assert_int_equal(j->work.stored, j->kind == OPEN_KEY ? ERR_UNAVAILABLE : OK);
        assert_ok(db, db_int(db, SQL_TEST_ROWS_OF, DB_ARGS(DB_I64(j->round), DB_I64(j->n)), &n));
        assert_int_equal(n, rows_of(j->kind));
        if (kept)
            assert_int_equal(heard[hooks], j->n);
        hooks += kept;
        rows_before += n;
    }
    assert_int_equal(heard_n, hooks);
    assert_int_equal(fixture_int(db, SQL_TEST_ROWS), rows_before);
    assert_int_equal(fixture_int(db, SQL_TEST_OPEN_ROWS), 0);
    store_db_close(db);
}

/* So many quiet batches that the next is run without savepoints again. */
static void calm_down(int round)
{
    for (int i = 0; i < GUARDED_MOST && !fixture_postgres(); i++) {
        jobs_n = 1;
        jobs[0] = (struct job){.kind = REFUSED, .round = round};
        run_jobs();
    }
}

static void start(void)
{
    engine_start_pool(&en, 1, 1, 1, 1000); /* PostgreSQL: one after the other, too */
    uv_sem_init(&gate, 0);
    uv_sem_init(&all_done, 0);
    rows_before = 0;
}

static void end(void)
{
    uv_sem_destroy(&gate);
    uv_sem_destroy(&all_done);
    engine_end(&en);
}

static void one_to_take_back_anywhere(void **state)
{
    (void)state;
    start();
    for (int r = 0; r < UNDONE_ROUNDS; r++) {
        calm_down(r);
        jobs_n = JOBS_MOST;
        for (int i = 0; i < jobs_n; i++)
            jobs[i] = (struct job){.kind = (enum kind)(i % REFUSED), .round = r, .n = i};
        jobs[r % JOBS_MOST].kind = (enum kind)(REFUSED + r / JOBS_MOST);
        run_jobs();
        check_jobs();
    }
    end();
}

static void any_mixture(void **state)
{
    (void)state;
    unsigned seed = 1;

    start();
    for (int r = 0; r < ROUNDS; r++) {
        if (r % 4 == 0)
            calm_down(r);
        jobs_n = 1 + rand_r(&seed) % JOBS_MOST;
        for (int i = 0; i < jobs_n; i++)
            jobs[i] = (struct job){.kind = (enum kind)(rand_r(&seed) % KINDS), .round = r, .n = i};
        run_jobs();
        check_jobs();
    }
    end();
}

static void whoever_is_always_taken_back_costs_little(void **state)
{
    (void)state;
    int runs = 0;

    if (fixture_postgres())
        return; /* no batches */
    start();
    for (int i = 0; i < 10 * GUARDED_MOST; i++) {
        jobs_n = 1;
        jobs[0] = (struct job){.kind = REFUSED_AFTER_CHANGE, .n = 1};
        run_jobs();
        check_jobs();
        runs += jobs[0].runs;
    }
    assert_in_range(runs, 10 * GUARDED_MOST + 1, 10 * GUARDED_MOST + 21);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_to_take_back_anywhere),
        cmocka_unit_test(any_mixture),
        cmocka_unit_test(whoever_is_always_taken_back_costs_little),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
