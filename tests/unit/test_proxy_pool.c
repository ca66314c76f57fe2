/* The gateway's connections to services: kept, found stale, spread over addresses, put aside and
 * tried again; and the addresses' spelling. */
#include "proxy_fixture.h"

#define OK2 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
#define GET_THING "GET /thing" H "\r\n"
#define POST_THING "POST /thing" H "Content-Length: 2\r\n\r\nab"

/* ── Kept connections ── */

static void connections_are_kept(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_say);
    f->say = OK2 "ok";
    f->hold = true;
    for (int i = 0; i < 20; i++) { /* of clients that come and go */
        struct reply r = ask(i % 3 == 1 ? POST_THING : GET_THING);
        expect(&r, "200 OK|ok");
        drop(&r);
    }
    assert_int_equal(atomic_load(&f->accepted), 1);
    assert_int_equal(atomic_load(&f->heads), 20);
    both_stop(f);
}

static const char *const NOT_KEPT[] = {
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
};

static void connections_that_end_are_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(NOT_KEPT); i++) {
        struct fake *f = both_start(serve_say);
        f->say = NOT_KEPT[i];
        f->hold = true;
        int fd = dial();
        for (int k = 0; k < 3; k++) {
            struct reply r = ask_on(fd, GET_THING);
            expect(&r, "200 OK|ok|!Connection: close");
            drop(&r);
        }
        assert_int_equal(atomic_load(&f->accepted), 3);
        close(fd);
        both_stop(f);
    }
}

/* The first connection breaks off when its second request comes. */
static void serve_stale(struct fake *f, int fd, int nth)
{
    if (!fake_head_get(f, fd))
        return;
    fake_say(fd, OK2 "ok");
    if (!fake_head_get(f, fd) || nth == 0)
        return;
    fake_say(fd, OK2 "ok");
    fake_wait_closed(f, fd);
}

static void check_stale(const char *request, const char *seen, int heads)
{
    struct fake *f = both_start(serve_stale);
    struct reply r = ask(GET_THING);
    expect(&r, "200 OK|ok");
    drop(&r);
    r = ask(request);
    if (!says(&r, seen))
        fail_msg("after %s", request);
    assert_int_equal(atomic_load(&f->heads), heads);
    drop(&r);
    r = ask(GET_THING);
    expect(&r, "200 OK|ok");
    drop(&r);
    both_stop(f);
}

static void safe_requests_are_sent_again(void **state)
{
    (void)state;
    check_stale(GET_THING, "200 OK|ok", 3);
    check_stale("HEAD /thing" H "\r\n", "200 OK|Content-Length: 2", 3);
    check_stale(POST_THING, UNAVAILABLE "broke off", 2); /* it may have been done */
    check_stale("GET /thing" H "Content-Length: 2\r\n\r\nab", UNAVAILABLE "broke off", 2);
}

/* Never answers from the second request on. */
static void serve_once(struct fake *f, int fd, int nth)
{
    if (nth == 0 && fake_head_get(f, fd))
        fake_say(fd, OK2 "ok");
    (void)fake_head_get(f, fd);
}

static void once_again_is_enough(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_once);
    struct reply r = ask(GET_THING);
    expect(&r, "200 OK|ok");
    drop(&r);
    r = ask(GET_THING);
    expect(&r, UNAVAILABLE "broke off");
    assert_int_equal(atomic_load(&f->accepted), 2);
    drop(&r);
    both_stop(f);
}

/* Closes after each answer without a word: seen before the next request is sent. */
static void closed_connections_are_not_used(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_say);
    f->say = OK2 "ok";
    for (int i = 0; i < 30; i++) {
        struct reply r = {0};
        int fd = dial();
        put_text(fd, POST_THING);
        r = get_until(fd, 2000, "ok");
        expect(&r, "200 OK|ok");
        wait_count(&f->ended, i + 1);
        drop(&r);
        close(fd);
    }
    assert_int_equal(atomic_load(&f->heads), 30);
    both_stop(f);
}

/* ── Several addresses ── */

static const char *addresses_of(const int *ports, size_t n)
{
    static char text[512];
    char *at = text;

    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%shttp://127.0.0.1:%d", i > 0 ? " , " : "", ports[i]);
    return text;
}

static void serve_slow(struct fake *f, int fd, int nth)
{
    (void)nth;
    while (fake_head_get(f, fd)) {
        usleep(300000);
        fake_say(fd, f->say);
    }
}

static void the_least_busy_gets_the_next(void **state)
{
    int fds[12];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        fake_start(i, serve_slow)->say = OK2 "ok";
    gateway_start((struct gateway_options){
        .addresses = addresses_of((int[]){FAKES[0].port, FAKES[1].port, FAKES[2].port}, 3)});
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = dial();
        put_text(fds[i], GET_THING);
    }
    for (size_t i = 0; i < COUNT(fds); i++) {
        struct reply r = get_until(fds[i], 3000, "ok");
        expect(&r, "200 OK");
        drop(&r);
        close(fds[i]);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(atomic_load(&FAKES[i].accepted), 4);
    gateway_stop();
    for (size_t i = 0; i < 3; i++)
        fake_stop(&FAKES[i]);
}

static void one_of_two_may_be_down(void **state)
{
    (void)state;
    struct fake *f = fake_start(0, serve_say);
    f->say = OK2 "ok";
    gateway_start((struct gateway_options){
        .addresses = addresses_of((int[]){free_port("127.0.0.1"), f->port}, 2)});
    for (int i = 0; i < 20; i++) {
        struct reply r = ask(i % 2 == 0 ? GET_THING : POST_THING);
        expect(&r, "200 OK|ok");
        drop(&r);
    }
    both_stop(f);
}

/* A listener that takes no more connections: what connects to it hears nothing. */
static int black_hole(int *ret_port, int fillers[8])
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 0) != 0)
        abort();
    getsockname(fd, (struct sockaddr *)&a, &len);
    for (int i = 0; i < 8; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&a, sizeof(a));
    }
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static void a_silent_address_costs_little(void **state)
{
    int fillers[8];
    int port = 0;

    (void)state;
    int hole = black_hole(&port, fillers);
    struct fake *f = fake_start(0, serve_say);
    f->say = OK2 "ok";
    gateway_start((struct gateway_options){.addresses = addresses_of((int[]){port, f->port}, 2)});
    int64_t begin = now_ms();
    int fd = dial();
    for (int i = 0; i < 10; i++) {
        put_text(fd, GET_THING);
        struct reply r = get_until(fd, 2000, "ok");
        expect(&r, "200 OK|ok");
        drop(&r);
    }
    assert_in_range(now_ms() - begin, 0, 950); /* half the time to connect, once */
    close(fd);
    both_stop(f);
    close(hole);
    for (int i = 0; i < 8; i++)
        close(fillers[i]);
}

/* ── None of them ── */

static void check_down(const char *addresses, int64_t within_ms)
{
    gateway_start((struct gateway_options){.addresses = addresses});
    for (int i = 0; i < 3; i++) {
        int64_t begin = now_ms();
        int fd = dial();
        put_text(fd, i == 1 ? POST_THING : GET_THING);
        struct reply r = get_until(fd, 3000, "shortly");
        expect(&r, UNAVAILABLE "is not available");
        assert_in_range(now_ms() - begin, 0, within_ms);
        drop(&r);
        close(fd);
    }
    gateway_stop();
}

static void a_service_that_is_down_is_503_soon(void **state)
{
    int fillers[8];
    int port = 0;

    (void)state;
    check_down(addresses_of((int[]){free_port("127.0.0.1")}, 1), 300);
    check_down(addresses_of((int[]){free_port("127.0.0.1"), free_port("127.0.0.1")}, 2), 300);
    check_down("http://no-such-host.invalid:80", 1000);
    int hole = black_hole(&port, fillers);
    check_down(addresses_of((int[]){port}, 1), 1000);
    close(hole);
    for (int i = 0; i < 8; i++)
        close(fillers[i]);
}

static void a_service_that_comes_back_is_found_at_once(void **state)
{
    (void)state;
    struct fake *f = fake_start(0, serve_say);
    f->say = OK2 "ok";
    int port = f->port;
    gateway_start((struct gateway_options){0});
    struct reply r = ask(GET_THING);
    expect(&r, "200 OK");
    drop(&r);
    fake_stop(f);
    for (int i = 0; i < 5; i++) {
        r = ask(GET_THING);
        expect(&r, UNAVAILABLE "is not available");
        drop(&r);
    }
    f = fake_start_at(0, serve_say, port);
    f->say = OK2 "ok";
    r = ask(GET_THING);
    expect(&r, "200 OK");
    drop(&r);
    both_stop(f);
}

static void names_are_looked_up(void **state)
{
    char address[64];

    (void)state;
    struct fake *f = fake_start(0, serve_say);
    f->say = OK2 "ok";
    snprintf(address, sizeof(address), "http://localhost:%d/", f->port);
    gateway_start((struct gateway_options){.addresses = address, .connect_ms = 3000});
    int fd = dial();
    put_text(fd, GET_THING);
    struct reply r = get_until(fd, 3000, "\r\n\r\n");
    /* ::1 may be tried, where nobody listens: then the next request finds the other. */
    if (strstr(r.bytes, "200 OK") == NULL) {
        drop(&r);
        put_text(fd, GET_THING);
        r = get_until(fd, 3000, "\r\n\r\n");
    }
    expect(&r, "200 OK");
    drop(&r);
    close(fd);
    both_stop(f);
}

/* ── Addresses ── */

static const char *const GOOD[] = {
    "http://127.0.0.1:1",    "http://[::1]:8006", "http://user.example:65535/",
    "http://a:1,http://b:2", " http://a:1 , ",
};

static const char *const BAD[] = {
    "127.0.0.1:80",   "https://a:1",    "http://a",           "http://:80",   "http://a:",
    "http://a:0",     "http://a:65536", "http://a:x",         "http://a:1/b", "http://a b:1",
    "http://u@a:1",   "http://[::1",    "http://[::g]:1",     "http://a:1;b", "http://a:-1",
    "http://a:1,b:2", "ftp://a:1",      "http://a\r\nX: y:1", "http://a?b:1",
};

static void addresses_have_a_form(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_say);
    for (size_t i = 0; i < COUNT(GOOD) + COUNT(BAD); i++) {
        struct upstream *u = NULL;
        const char *why = "";
        bool good = i < COUNT(GOOD);
        const char *text = good ? GOOD[i] : BAD[i - COUNT(GOOD)];
        enum err e = upstreams_add(GATEWAY.upstreams, &APP.arena, "x", text, &u, &why);
        if (e != (good ? OK : ERR_INVALID))
            fail_msg("\"%s\" is %s", text, good ? "good" : "bad");
    }
    both_stop(f);
}

static void proxies_have_a_form(void **state)
{
    static const char *const RIGHT[] = {
        "", "none", "NONE", "127.0.0.1,::1", "10.0.0.0/8, fd00::/8", "0.0.0.0/0", "::/0"};
    static const char *const WRONG[] = {"localhost", "10.0.0.0/33", "::/129",         "10.0.0/8",
                                        "1.2.3.4/",  "1.2.3.4/-1",  "1.2.3.4 5.6.7.8"};
    struct arena a;

    (void)state;
    arena_init(&a);
    for (size_t i = 0; i < COUNT(RIGHT) + COUNT(WRONG); i++) {
        struct trusted *t = NULL;
        const char *why = "";
        bool right = i < COUNT(RIGHT);
        const char *text = right ? RIGHT[i] : WRONG[i - COUNT(RIGHT)];
        if (trusted_parse(str_of(text), &a, &t, &why) != (right ? OK : ERR_INVALID))
            fail_msg("\"%s\" is %s", text, right ? "right" : "wrong");
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(connections_that_end_are_not),
        cmocka_unit_test(safe_requests_are_sent_again),
        cmocka_unit_test(once_again_is_enough),
        cmocka_unit_test(closed_connections_are_not_used),
        cmocka_unit_test(the_least_busy_gets_the_next),
        cmocka_unit_test(one_of_two_may_be_down),
        cmocka_unit_test(a_silent_address_costs_little),
        cmocka_unit_test(a_service_that_is_down_is_503_soon),
        cmocka_unit_test(a_service_that_comes_back_is_found_at_once),
        cmocka_unit_test(names_are_looked_up),
        cmocka_unit_test(addresses_have_a_form),
        cmocka_unit_test(proxies_have_a_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
