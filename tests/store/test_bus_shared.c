/* The bus between processes, played by two engines on one PostgreSQL: each hears the other once and
 * in order, and after anything that may have lost a message it hears that too. */
#include "work_fixture.h"

#include "platform/bus/bus.h"

#include <time.h>

#define MESSAGES 3000
#define PATIENCE_MS 20000

struct side {
    struct workers *workers;
    struct bus *bus;
    struct bus_subscription *ear;
    atomic_int heard, wrong, missed;
    size_t longest;
};

static struct fixture fx;
static struct side sides[2];

static void hear(void *ctx, struct str topic, struct str bytes)
{
    struct side *s = ctx;
    struct str rest = bytes;
    int64_t n = -1;

    if (!str_eq(topic, STR("room")))
        s->wrong++;
    if (bytes.len == 0) {
        s->missed++;
        return;
    }
    if (bytes.len > s->longest)
        s->longest = bytes.len;
    if (!str_to_i64(str_cut(&rest, ' '), &n) || n != s->heard)
        s->wrong++;
    s->heard++;
}

static void subscribe(void *arg)
{
    struct side *s = arg;

    s->ear = bus_subscribe(s->bus, STR("room"), hear, s);
}

static void side_start(struct side *s)
{
    struct workers_options o = {fx.store, .loops = 2, .compute_threads = 1, .queue_max = 10};
    struct engine on = {0};

    *s = (struct side){0};
    assert_int_equal(workers_start(&o, &s->workers), OK);
    s->bus = bus_new(s->workers);
    on.workers = s->workers;
    on_loop(&on, 1, subscribe, s);
    assert_int_equal(bus_share(s->bus, fx.url), OK);
}

static void side_stop(struct side *s)
{
    bus_unshare(s->bus);
    workers_stop(s->workers);
    bus_free(s->bus);
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void wait_for(atomic_int *n, int want)
{
    for (int ms = 0; *n < want && ms < PATIENCE_MS; ms++)
        nap();
    assert_true(*n >= want);
}

static void say(struct side *s, int from, int to)
{
    char text[16];

    for (int i = from; i < to; i++) {
        int n = snprintf(text, sizeof text, "%d x", i);
        bus_publish(s->bus, STR("room"), (struct str){text, (size_t)n});
    }
}

static int setup(void **state)
{
    (void)state;
    memset(&fx, 0, sizeof fx);
    fixture_dir(&fx);
    fixture_open(&fx);
    if (!fx.url[0])
        return 0;
    for (int i = 0; i < 2; i++) {
        side_start(&sides[i]);
        wait_for(&sides[i].missed, 1); /* connected: listen from now on */
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; fx.url[0] && i < 2; i++)
        side_stop(&sides[i]);
    fixture_close(&fx);
    return 0;
}

static void each_hears_all_once_in_order(void **state)
{
    (void)state;
    say(&sides[0], 0, MESSAGES);
    wait_for(&sides[1].heard, MESSAGES);
    wait_for(&sides[0].heard, MESSAGES);
    for (int i = 0; i < 100; i++)
        nap();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sides[i].heard, MESSAGES);
        assert_int_equal(sides[i].wrong, 0);
        assert_int_equal(sides[i].missed, 1);
    }
}

/* The longest that goes, one more, and far more. */
static void what_is_too_long_is_only_named(void **state)
{
    (void)state;
    static char text[100000];
    const size_t sizes[] = {5900, 6100, sizeof text};

    for (size_t i = 0; i < 3; i++) {
        memset(text, 'x', sizeof text);
        text[0] = (char)('0' + i);
        text[1] = ' ';
        bus_publish(sides[0].bus, STR("room"), (struct str){text, sizes[i]});
    }
    wait_for(&sides[0].heard, 3);
    wait_for(&sides[1].missed, 3);
    assert_int_equal(sides[0].longest, sizeof text);
    assert_int_equal(sides[1].heard, 1);
    assert_int_equal(sides[1].longest, 5900);
    assert_int_equal(sides[0].wrong + sides[1].wrong, 0);
}

static void any_bytes_arrive(void **state)
{
    (void)state;
    bus_publish(sides[1].bus, STR("room"),
                (struct str){"0 \0\xff{},\"'\\", sizeof "0 \0\xff{},\"'\\" - 1});
    bus_publish(sides[1].bus, STR("{\"room\\',}"), STR("nobody hears this"));
    wait_for(&sides[0].heard, 1);
    assert_int_equal(sides[0].wrong, 0);
    assert_int_equal(sides[0].longest, sizeof "0 \0\xff{},\"'\\" - 1);
}

static void within_the_process_only(void **state)
{
    (void)state;
    bus_publish_here(sides[0].bus, STR("room"), STR("0 here"));
    say(&sides[0], 1, 2);
    wait_for(&sides[0].heard, 2);
    wait_for(&sides[1].heard, 1);
    assert_int_equal(sides[1].wrong, 1); /* it heard "1", and "0" never */
}

/* Both connections go while messages are under way: whatever was lost, both look in the store, and
 * what is said later arrives. */
static void a_lost_connection_is_told(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        int missed[2] = {sides[0].missed, sides[1].missed};
        say(&sides[0], 0, 200);
        fixture_server("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       "WHERE application_name = 'bookadate bus'");
        say(&sides[1], 0, 200);
        for (int i = 0; i < 2; i++)
            wait_for(&sides[i].missed, missed[i] + 1);
    }
    for (int i = 0; i < 500; i++)
        nap();
    int before = sides[1].heard;
    say(&sides[0], 0, 10);
    wait_for(&sides[1].heard, before + 10);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(each_hears_all_once_in_order), T(what_is_too_long_is_only_named), T(any_bytes_arrive),
        T(within_the_process_only),      T(a_lost_connection_is_told),
    };

    if (!fixture_postgres()) {
        puts("1..0 # SKIP no PostgreSQL (tools/with_postgres.sh)");
        return 0;
    }
    return cmocka_run_group_tests_name("bus_shared", tests, NULL, NULL);
}
