/* The HTTP engine's absolute deadlines: for heads, bodies, idle connections and clients that do not
 * read. */
#include "http_client.h"

#define H " HTTP/1.1\r\nHost: a\r\n"
#define GET_HELLO "GET /hello" H "\r\n"

static int64_t now_ms(void)
{
    return clock_monotonic_us() / 1000;
}

static struct http_server_options hasty_options(void)
{
    struct http_server_options o = default_options();

    o.head_timeout_us = 400 * MS;
    o.body_timeout_us = 400 * MS;
    o.form_timeout_us = 1200 * MS;
    o.keep_alive_us = 800 * MS;
    o.write_timeout_us = 500 * MS;
    o.write_min_rate = 700000;
    return o;
}

static int hasty_start(void **state)
{
    (void)state;
    app_start(hasty_options(), 1);
    return 0;
}

static int quick_stop(void **state)
{
    (void)state;
    app_stop(0);
    return 0;
}

/* ── Deadlines ── */

/* Send the text a byte every 50 ms for as long as the server lets us; how long was that? */
static int64_t drip(int fd, const char *text, struct reply *ret)
{
    int64_t begin = now_ms();

    for (const char *at = text; *at != '\0' && !readable(fd, 0); at++) {
        if (send(fd, at, 1, MSG_NOSIGNAL) != 1)
            break;
        usleep(50000);
    }
    *ret = get(fd, 3000);
    int64_t took = now_ms() - begin;
    close(fd);
    return took;
}

static void drips_are_cut_off(void **state)
{
    static const struct {
        const char *at_once, *drip, *expect;
        int64_t least_ms, most_ms;
    } CASES[] = {
        {"", "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "408 Request Timeout",
         380, 1500},
        {"GET /hello" H, "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "408 Request Timeout", 380, 1500},
        {"POST /x" H "Content-Length: 99\r\n\r\n",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "408 Request Timeout", 380,
         1500},
        {"POST /form" H
         "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99\r\n\r\n",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "408 Request Timeout", 1180,
         2500},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct reply r;
        int fd = dial();
        put_text(fd, CASES[i].at_once);
        int64_t took = drip(fd, CASES[i].drip, &r);
        expect(&r, CASES[i].expect);
        assert_true(r.closed || r.reset);
        assert_in_range(took, CASES[i].least_ms, CASES[i].most_ms);
        drop(&r);
    }
}

static void idle_connections_end(void **state)
{
    static const char *const FIRST[] = {"", GET_HELLO, "\r\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(FIRST); i++) {
        int64_t begin = now_ms();
        int fd = dial();
        put_text(fd, FIRST[i]);
        struct reply r = get(fd, 3000);
        assert_true(r.closed);
        assert_in_range(now_ms() - begin, 780, 2500);
        assert_int_equal(r.len > 0, FIRST[i][0] == 'G');
        drop(&r);
        close(fd);
    }
}

static void busy_connections_do_not(void **state)
{
    int64_t begin = now_ms();
    int fd = dial();

    (void)state;
    while (now_ms() - begin < 1600) {
        put_text(fd, "GET /later?300" H "\r\n");
        struct reply r = get_until(fd, 1000, "later");
        expect(&r, "200 OK|later");
        drop(&r);
    }
    close(fd);
}

static void whoever_never_reads_is_dropped(void **state)
{
    static const char *const ASKS[] = {"GET /file" H "\r\n", "GET /body?9000000" H "\r\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(ASKS); i++) {
        int small = 4096;
        int finished = atomic_load(&APP.finished);
        int fd = dial();
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
        for (int k = 0; k < 4; k++)
            put_text(fd, ASKS[i]);
        wait_count(&APP.finished, finished + 1);
        wait_connections(0);
        close(fd);
    }
}

/* A client that is never silent for long, but whose reply would hardly ever end. */
static void whoever_reads_by_the_spoonful_is_dropped(void **state)
{
    static char some[65536];
    int room = (int)sizeof(some);
    int finished = atomic_load(&APP.finished);
    int64_t begin = now_ms();
    int fd = dial();

    (void)state;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    put_text(fd, "GET /body?9000000" H "\r\n");
    while (atomic_load(&APP.finished) == finished && now_ms() - begin < 8000) {
        (void)!recv(fd, some, sizeof(some), MSG_DONTWAIT);
        usleep(200000);
    }
    assert_in_range(now_ms() - begin, 400, 7900);
    wait_connections(0);
    close(fd);
}

/* Slower than the deadline in all, but never silent for so long. */
static void slow_readers_are_served(void **state)
{
    int64_t got = 0;
    char some[60000];
    int fd = dial();

    (void)state;
    put_text(fd, "GET /body?9000000" H "\r\n");
    while (got < 9000000 && readable(fd, 2000)) {
        ssize_t n = recv(fd, some, sizeof(some), 0);
        if (n <= 0)
            break;
        got += n;
        usleep(10000);
    }
    assert_true(got > 9000000);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drips_are_cut_off),
        cmocka_unit_test(idle_connections_end),
        cmocka_unit_test(busy_connections_do_not),
        cmocka_unit_test(whoever_never_reads_is_dropped),
        cmocka_unit_test(whoever_reads_by_the_spoonful_is_dropped),
        cmocka_unit_test(slow_readers_are_served),
    };

    return cmocka_run_group_tests(tests, hasty_start, quick_stop);
}
