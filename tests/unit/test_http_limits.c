/* The HTTP engine's limits on connections, starting on a taken port, and stopping in order. */
#include "http_client.h"

#define H " HTTP/1.1\r\nHost: a\r\n"
#define GET_HELLO "GET /hello" H "\r\n"

static int64_t now_ms(void)
{
    return clock_monotonic_us() / 1000;
}

/* ── Limits on connections ── */

static bool served(int fd)
{
    put_bytes(fd, GET_HELLO, sizeof(GET_HELLO) - 1);
    struct reply r = get_until(fd, 1000, "world");
    bool answered = r.len > 0;
    drop(&r);
    return answered;
}

static void check_connection_limit(int limit)
{
    int fds[8];

    for (int i = 0; i < limit; i++) {
        fds[i] = dial();
        assert_true(served(fds[i]));
    }
    int extra = dial();
    assert_false(served(extra));
    close(extra);
    assert_true(served(fds[0]));
    close(fds[0]);
    wait_connections(limit - 1);
    extra = dial();
    assert_true(served(extra));
    close(extra);
    for (int i = 1; i < limit; i++)
        close(fds[i]);
    wait_connections(0);
}

static void connections_per_address(void **state)
{
    struct http_server_options o = default_options();

    (void)state;
    o.connections_per_address = 3;
    app_start(o, 2);
    check_connection_limit(3);
    app_stop(0);
}

static void connections_in_all(void **state)
{
    struct http_server_options o = default_options();

    (void)state;
    o.connections_max = 4;
    app_start(o, 2);
    check_connection_limit(4);
    app_stop(0);
}

/* ── Starting ── */

static enum err try_start(const struct http_listener *listeners, size_t n, const char **ret_why)
{
    struct http_server_options o = default_options();
    struct http_server *s = NULL;

    o.workers = APP.workers;
    o.listeners = listeners;
    o.n_listeners = n;
    enum err e = http_server_start(&o, &APP.arena, &s, ret_why);
    if (e == OK)
        http_server_stop(s, 0);
    return e;
}

/* Whether it shares its port (as another program of this kind would) or not. */
static int other_listener(int port, bool shared)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 1) != 0)
        fail_msg("listen: %s", strerror(errno));
    return fd;
}

static void taken_ports_are_refused(void **state)
{
    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        char want[80];
        const char *why = "";
        int port = free_port("127.0.0.1");
        int fd = other_listener(port, shared == 1);
        struct http_listener l[] = {{"127.0.0.1", free_port("127.0.0.1"), NULL},
                                    {"127.0.0.1", port, NULL}};
        assert_int_equal(try_start(l, 2, &why), ERR_CONFLICT);
        snprintf(want, sizeof(want), "Port %d on 127.0.0.1 is already in use", port);
        assert_string_equal(why, want);
        close(fd);
        assert_int_equal(try_start(l, 2, &why), OK);
        assert_int_equal(try_start(l, 2, &why), OK); /* and again at once */
    }
}

static void bad_addresses_are_refused(void **state)
{
    static const struct {
        const char *address, *why;
    } CASES[] = {
        {"192.0.2.1", "This machine does not have the address 192.0.2.1"},
        {"2001:db8::1", "This machine does not have the address 2001:db8::1"},
        {"localhorst", "localhorst, port 1234 is no address to listen on"},
        {"", ", port 1234 is no address to listen on"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const char *why = "";
        struct http_listener l = {CASES[i].address, 1234, NULL};
        assert_int_not_equal(try_start(&l, 1, &why), OK);
        assert_string_equal(why, CASES[i].why);
    }
}

static void lacking_ipv6_is_no_obstacle(void **state)
{
    const char *why = "";
    int port = free_port("127.0.0.1");
    struct http_listener l[] = {{"127.0.0.1", port, NULL}, {"2001:db8::1", port, NULL}};

    (void)state;
    assert_int_equal(try_start(l, 2, &why), OK);
}

static int quick_stop(void **state)
{
    (void)state;
    app_stop(0);
    return 0;
}

static int workers_only(void **state)
{
    struct http_server_options o = default_options();

    (void)state;
    app_start(o, 2);
    return 0;
}

/* ── Stopping ── */

#define WS_HEADERS                                                                                 \
    H "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                 \
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void stops_in_order(void **state)
{
    (void)state;
    app_start(default_options(), 2);
    int idle = dial();
    assert_true(served(idle));
    int busy = dial();
    put_text(busy, "GET /later?300" H "\r\n" GET_HELLO);
    int socket = dial();
    put_text(socket, "GET /socket" WS_HEADERS);
    struct reply r = get_until(socket, 1000, "\r\n\r\n");
    drop(&r);
    usleep(50000);

    int64_t begin = now_ms();
    int port = APP.port;
    app_stop(3000 * MS);
    /* The busy one sets the pace, not the grace; the WebSocket is waited for at most as long as its
     * own rules say. */
    assert_in_range(now_ms() - begin, 200, 3500);

    r = get(idle, 100);
    assert_true(r.closed && r.len == 0);
    drop(&r);
    r = get(busy, 100);
    expect(&r, "200 OK|Connection: close|later|!world");
    assert_true(r.closed);
    drop(&r);
    r = get(socket, 100);
    assert_true(r.len >= 4 && (uint8_t)r.bytes[0] == 0x88); /* Close … */
    assert_memory_equal(r.bytes + 2, "\x03\xf4", 2);        /* … 1012 */
    drop(&r);
    close(idle);
    close(busy);
    close(socket);
    APP.port = port;
    assert_int_equal(atomic_load(&APP.sockets_closed), 1);
}

static void stops_by_force(void **state)
{
    (void)state;
    app_start(default_options(), 1);
    int slow_head = dial();
    put_text(slow_head, "GET /");
    int slow_body = dial();
    put_text(slow_body, "POST /x" H "Content-Length: 5\r\n\r\n");
    int never_reads = dial();
    for (int i = 0; i < 10; i++)
        put_text(never_reads, "GET /file" H "\r\n");
    int working = dial();
    put_text(working, "GET /later?900" H "\r\n");
    usleep(100000);

    int64_t begin = now_ms();
    app_stop(200 * MS);
    assert_in_range(now_ms() - begin, 180, 4000);
    assert_int_equal(atomic_load(&APP.gone),
                     2); /* the body and the work; the head was no request yet */
    close(slow_head);
    close(slow_body);
    close(never_reads);
    close(working);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_per_address),
        cmocka_unit_test(connections_in_all),
        cmocka_unit_test_setup_teardown(taken_ports_are_refused, workers_only, quick_stop),
        cmocka_unit_test_setup_teardown(bad_addresses_are_refused, workers_only, quick_stop),
        cmocka_unit_test_setup_teardown(lacking_ipv6_is_no_obstacle, workers_only, quick_stop),
        cmocka_unit_test(stops_in_order),
        cmocka_unit_test(stops_by_force),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
