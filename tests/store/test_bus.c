/* The bus: every subscriber on every loop hears each message once and in order, on its own thread,
 * and may leave in the middle of hearing one; topics do not hear each other's. */
#include "work_fixture.h"

#include "platform/bus/link.h"

static struct engine en;
static struct bus *bus;

#define LOOPS 3
#define MESSAGES 2000

struct ear {
    int loop, heard, wrong;
    bool once;
    struct bus_subscription *subscription;
    struct ear *friend; /* joins when this one first hears */
};

static void hear(void *ctx, struct str topic, struct str bytes)
{
    struct ear *e = ctx;
    int64_t n = -1;

    e->wrong += loop_index(loop_here()) != e->loop;
    e->wrong += !str_eq(topic, STR("room/1"));
    e->wrong += !str_to_i64(bytes, &n) || n != e->heard;
    e->heard++;
    if (e->once) {
        bus_unsubscribe(e->subscription);
        e->subscription = NULL;
    }
    if (e->friend && !e->friend->subscription)
        e->friend->subscription = bus_subscribe(bus, STR("room/1"), hear, e->friend);
}

static void subscribe(void *arg)
{
    struct ear *e = arg;

    e->subscription = bus_subscribe(bus, STR("room/1"), hear, e);
}

static void unsubscribe(void *arg)
{
    struct ear *e = arg;

    bus_unsubscribe(e->subscription);
    e->subscription = NULL;
}

static void publish(int from, int to)
{
    char text[16];

    for (int i = from; i < to; i++) {
        int n = snprintf(text, sizeof text, "%d", i);
        bus_publish(bus, STR("room/1"), (struct str){text, (size_t)n});
        bus_publish(bus, STR("room/2"), STR("nobody hears this"));
    }
}

static void publish_all(void *arg)
{
    (void)arg;
    publish(0, MESSAGES);
}

static void nothing(void *arg)
{
    (void)arg;
}

/* A loop runs tasks in order: after this, what was posted before has been heard. */
static void flush(void)
{
    for (int i = 0; i < LOOPS; i++)
        on_loop(&en, i, nothing, NULL);
}

static int setup(void **state)
{
    (void)state;
    engine_start(&en, LOOPS, 1, 10);
    bus = bus_new(en.workers);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (en.workers)
        engine_stop(&en);
    bus_free(bus);
    engine_end(&en);
    return 0;
}

static void all_hear_all_in_order(void **state)
{
    (void)state;
    struct ear ears[2 * LOOPS];

    for (int i = 0; i < 2 * LOOPS; i++) {
        ears[i] = (struct ear){.loop = i % LOOPS};
        on_loop(&en, i % LOOPS, subscribe, &ears[i]);
    }
    on_loop(&en, 1, publish_all, NULL);
    on_loop(&en, 1, nothing, NULL);
    flush();
    for (int i = 0; i < 2 * LOOPS; i++) {
        assert_int_equal(ears[i].heard, MESSAGES);
        assert_int_equal(ears[i].wrong, 0);
    }
}

static void who_has_left_hears_no_more(void **state)
{
    (void)state;
    struct ear stays = {.loop = 0}, leaves = {.loop = 0};

    on_loop(&en, 0, subscribe, &stays);
    on_loop(&en, 0, subscribe, &leaves);
    publish(0, 10);
    on_loop(&en, 0, unsubscribe, &leaves);
    publish(10, 20);
    on_loop(&en, 0, unsubscribe, &stays);
    publish(20, 30);
    flush();
    assert_int_equal(leaves.heard, 10);
    assert_int_equal(stays.heard, 20);
    assert_int_equal(stays.wrong + leaves.wrong, 0);
    on_loop(&en, 0, unsubscribe, &stays); /* already gone: nothing happens */
}

static void joining_and_leaving_while_hearing(void **state)
{
    (void)state;
    struct ear later = {.loop = 0, .heard = 1}; /* it joins during message 0 and first hears 1 */
    struct ear a = {.loop = 0, .once = true}, b = {.loop = 0, .friend = &later},
               c = {.loop = 0, .once = true};

    on_loop(&en, 0, subscribe, &a);
    on_loop(&en, 0, subscribe, &b);
    on_loop(&en, 0, subscribe, &c);
    publish(0, 5);
    flush();
    assert_true(a.heard == 1 && c.heard == 1 && b.heard == 5 && later.heard == 5);
    assert_int_equal(a.wrong + b.wrong + c.wrong + later.wrong, 0);
}

static void the_last_leaves_while_hearing(void **state)
{
    (void)state;
    struct ear only = {.loop = 2, .once = true};

    on_loop(&en, 2, subscribe, &only);
    publish(0, 5);
    flush();
    assert_int_equal(only.heard, 1);
    only = (struct ear){.loop = 2};
    on_loop(&en, 2, subscribe, &only);
    publish(0, 5);
    flush();
    assert_int_equal(only.heard, 5);
}

/* Messages still on their way when all stops are delivered or freed, never lost in memory (the leak
 * checker). */
static void stopping_with_messages_under_way(void **state)
{
    (void)state;
    struct ear e = {.loop = 1};

    on_loop(&en, 1, subscribe, &e);
    publish(0, MESSAGES);
    engine_stop(&en);
    assert_int_equal(e.heard, MESSAGES);
}

/* ── Many topics ── */

#define MANY 10000 /* more than the bus has buckets: several share one */

static struct listener {
    char name[16];
    int heard, wrong;
    bool once;
    struct bus_subscription *subscription;
} many[MANY];

static void hear_own(void *ctx, struct str topic, struct str bytes)
{
    struct listener *l = ctx;

    (void)bytes;
    l->heard++;
    l->wrong += !str_eq(topic, str_of(l->name));
    if (l->once) {
        bus_unsubscribe(l->subscription);
        l->subscription = NULL;
    }
}

static void all_join(void *arg)
{
    (void)arg;
    for (int i = 0; i < MANY; i++)
        if (!many[i].subscription)
            many[i].subscription = bus_subscribe(bus, str_of(many[i].name), hear_own, &many[i]);
}

static void every_third_leaves(void *arg)
{
    (void)arg;
    for (int i = 0; i < MANY; i += 3) {
        bus_unsubscribe(many[i].subscription);
        many[i].subscription = NULL;
    }
}

/* What a publication to each topic adds to those whose number leaves 0, 1, 2 by 3. */
static void check_heard(const int want[3])
{
    for (int i = 0; i < MANY; i++)
        bus_publish(bus, str_of(many[i].name), STR("x"));
    flush();
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(many[i].heard, want[i % 3]);
        assert_int_equal(many[i].wrong, 0);
    }
}

static void topics_that_share_a_bucket(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++) {
        many[i] = (struct listener){.once = false};
        snprintf(many[i].name, sizeof many[i].name, "room/%d", i);
    }
    check_heard((const int[]){0, 0, 0});
    on_loop(&en, 1, all_join, NULL);
    check_heard((const int[]){1, 1, 1});
    on_loop(&en, 1, every_third_leaves, NULL);
    check_heard((const int[]){1, 2, 2});
    for (int i = 1; i < MANY; i += 3)
        many[i].once = true;
    bus_missed(bus); /* all hear it, and of these a half leaves meanwhile */
    flush();
    check_heard((const int[]){1, 3, 4});
    on_loop(&en, 1, all_join, NULL);
    check_heard((const int[]){2, 4, 5});
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(all_hear_all_in_order),
        T(who_has_left_hears_no_more),
        T(joining_and_leaving_while_hearing),
        T(the_last_leaves_while_hearing),
        T(stopping_with_messages_under_way),
        T(topics_that_share_a_bucket),
    };
    return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
