/* The threads around the store: the compute pool's transactions, bounded queues, tasks in order,
 * and that stopping loses nothing that was accepted. */
#include "work_fixture.h"

#include <sys/resource.h>

static struct engine en;

/* ── The compute pool ─────────────────────────────────────────────────────────────────────────────
 */

struct sum {
    struct work work;
    enum err kept, refused, nested;
    int64_t seen;
    int priority;
    uv_sem_t done;
};

static enum err add_kept(struct db *db, void *arg)
{
    struct sum *s = arg;
    int64_t unused;

    s->nested = work_transaction(en.workers, add_kept, arg);
    assert_int_equal(db_int(db, SQL_TEST_COUNT, DB_NO_ARGS, &unused), OK);
    return fixture_add(db, "kept", 1);
}

static enum err add_refused(struct db *db, void *arg)
{
    (void)arg;
    assert_int_equal(fixture_add(db, "refused", 1), OK);
    return ERR_FORBIDDEN;
}

static void compute_run(struct work *w, struct db *db)
{
    struct sum *s = (struct sum *)w;

    s->kept = work_transaction(en.workers, add_kept, s);
    s->refused = work_transaction(en.workers, add_refused, s);
    s->priority = getpriority(PRIO_PROCESS, (id_t)gettid());
    assert_int_equal(db_int(db, SQL_TEST_COUNT, DB_NO_ARGS, &s->seen), OK);
}

static void compute_done(struct work *w)
{
    uv_sem_post(&((struct sum *)w)->done);
}

static void submit_compute(void *arg)
{
    assert_true(work_submit(en.workers, WORK_COMPUTE, arg));
}

static void compute_may_open_transactions(void **state)
{
    (void)state;
    struct sum s = {.work = {.run = compute_run, .done = compute_done}};

    engine_start(&en, 1, 2, 10);
    uv_sem_init(&s.done, 0);
    on_loop(&en, 0, submit_compute, &s);
    uv_sem_wait(&s.done);
    assert_int_equal(s.kept, OK);
    assert_int_equal(s.refused, ERR_FORBIDDEN);
    assert_int_equal(s.nested, ERR_INTERNAL); /* inside the writer it would wait for itself */
    assert_int_equal(s.seen, 1);
    assert_int_equal(s.priority, 19);
    uv_sem_destroy(&s.done);
    engine_end(&en);
}

/* ── Bounds, and stopping while full ──────────────────────────────────────────────────────────────
 */

#define BOUND 8

struct held {
    struct work work;
    uv_sem_t *started, *gate; /* NULL: does not wait */
    bool ran, done;
};

static void held_run(struct work *w, struct db *db)
{
    struct held *h = (struct held *)w;

    (void)db;
    h->ran = true;
    if (h->gate) {
        uv_sem_post(h->started);
        uv_sem_wait(h->gate);
    }
}

static void held_done(struct work *w)
{
    ((struct held *)w)->done = true;
}

static struct held held[2][BOUND + 2];
static enum work_kind held_kinds[2] = {WORK_WRITE, WORK_COMPUTE};
static uv_sem_t started, gate;

static void submit_held_first(void *arg)
{
    (void)arg;
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < BOUND + 2; i++)
            held[k][i] = (struct held){.work = {.run = held_run, .done = held_done}};
        held[k][0].started = &started;
        held[k][0].gate = &gate;
        assert_true(work_submit(en.workers, held_kinds[k], &held[k][0].work));
    }
}

static void submit_held_rest(void *arg)
{
    (void)arg;
    for (int k = 0; k < 2; k++)
        for (int i = 1; i < BOUND + 2; i++)
            assert_int_equal(work_submit(en.workers, held_kinds[k], &held[k][i].work), i <= BOUND);
}

static void open_gate(void *arg)
{
    (void)arg;
    usleep(50000); /* by now workers_stop waits */
    uv_sem_post(&gate);
    uv_sem_post(&gate);
}

static void queues_are_bounded_and_stop_in_order(void **state)
{
    (void)state;
    uv_thread_t opener;

    engine_start_pool(&en, 1, 1, 1, BOUND);
    uv_sem_init(&started, 0);
    uv_sem_init(&gate, 0);
    on_loop(&en, 0, submit_held_first, NULL);
    uv_sem_wait(&started);
    uv_sem_wait(&started);
    on_loop(&en, 0, submit_held_rest, NULL);
    uv_thread_create(&opener, open_gate, NULL);
    engine_stop(&en);
    uv_thread_join(&opener);
    for (int i = 0; i <= BOUND; i++) {
        assert_true(held[0][i].ran && held[0][i].done && held[0][i].work.stored == OK);
        assert_true(held[1][i].done);
        assert_int_equal(held[1][i].ran, i == 0); /* what had not begun does not begin */
        assert_int_equal(held[1][i].work.stored, i == 0 ? OK : ERR_UNAVAILABLE);
    }
    assert_false(held[0][BOUND + 1].ran || held[0][BOUND + 1].done);
    uv_sem_destroy(&started);
    uv_sem_destroy(&gate);
    engine_end(&en);
}

static void settings_out_of_range(void **state)
{
    (void)state;
    static const int cases[][2] = {{0, 1}, {65, 1}, {1, 0}, {1, 65}};
    struct workers *ws = NULL;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct workers_options o = {
            .loops = cases[i][0], .compute_threads = cases[i][1], .queue_max = 1};
        assert_int_equal(workers_start(&o, &ws), ERR_INVALID);
    }
}

/* ── Tasks ────────────────────────────────────────────────────────────────────────────────────────
 */

#define SENDERS 3
#define TASKS 5000

struct note {
    struct task task;
    int sender, n;
};

static struct note notes[SENDERS][TASKS];
static int next_of[SENDERS]; /* the loop's own */
static int out_of_order;
static uv_sem_t all_done;

static void note_heard(struct task *t)
{
    struct note *n = (struct note *)t;

    out_of_order += next_of[n->sender] != n->n;
    next_of[n->sender] = n->n + 1;
    if (n->n == TASKS - 1)
        uv_sem_post(&all_done);
}

static void send_notes(void *arg)
{
    int sender = *(int *)arg;

    for (int i = 0; i < TASKS; i++) {
        notes[sender][i] = (struct note){{.fn = note_heard}, sender, i};
        loop_post(workers_loop(en.workers, 0), &notes[sender][i].task);
    }
}

static void tasks_keep_their_senders_order(void **state)
{
    (void)state;
    uv_thread_t threads[SENDERS];
    int ids[SENDERS];

    engine_start(&en, 1, 1, 1);
    uv_sem_init(&all_done, 0);
    for (int i = 0; i < SENDERS; i++) {
        ids[i] = i;
        uv_thread_create(&threads[i], send_notes, &ids[i]);
    }
    for (int i = 0; i < SENDERS; i++)
        uv_sem_wait(&all_done);
    for (int i = 0; i < SENDERS; i++)
        uv_thread_join(&threads[i]);
    engine_stop(&en);
    assert_int_equal(out_of_order, 0);
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(next_of[i], TASKS);
    uv_sem_destroy(&all_done);
    engine_end(&en);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compute_may_open_transactions),
        cmocka_unit_test(queues_are_bounded_and_stop_in_order),
        cmocka_unit_test(settings_out_of_range),
        cmocka_unit_test(tasks_keep_their_senders_order),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
