/* The gateway's proxy and what a client sends: heads, bodies both ways with back-pressure, early
 * answers, WebSockets. */
#include "proxy_fixture.h"

#define OK200 "HTTP/1.1 200 OK\r\n"
#define OK_EMPTY OK200 "Content-Length: 0\r\n\r\n"
#define GET_THING "GET /thing" H "\r\n"
#define BIG ((int64_t)24 * 1024 * 1024)

/* ── Heads ── */

/* What the service got. */
static struct reply got(const struct fake *f)
{
    return (struct reply){.bytes = strdup(f->head), .len = strlen(f->head)};
}

struct sent {
    const char *request;
    const char *got; /* parts, in order */
};

static const struct sent SENT[] = {
    {"GET /thing?a=b%20c&d" H "Accept: */*\r\nX-Odd: \"q\"\r\n\r\n",
     "GET /thing?a=b%20c&d HTTP/1.1\r\n|Accept: */*\r\n|X-Odd: \"q\"\r\n|Host: localhost\r\n|"
     "X-Request-ID: |X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: "
     "http\r\n\r\n|!Content-Length"},
    {"GET http://elsewhere:99/thing" H "\r\n",
     "GET /thing HTTP/1.1|Host: elsewhere:99\r\n|!localhost"},
    {"GET /thing HTTP/1.0\r\n\r\n", "GET /thing HTTP/1.1\r\n|Host: localhost\r\n"},
    {"HEAD /thing" H "\r\n", "HEAD /thing HTTP/1.1\r\n"},
    {"GET /thing" H
     "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"
     "Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Request-ID: a b\r\n\r\n",
     "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n|!6.6.6.6|!evil|!https|!a b"},
    {"GET /thing" H "Connection: close, X-Secret, Authorization\r\nX-Secret: 1\r\nTE: trailers\r\n"
     "Trailer: x\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\nProxy-Authorization: x\r\n"
     "Upgrade: h2c\r\nHTTP2-Settings: AAA\r\nX-Kept: 1\r\n\r\n",
     "X-Kept: 1|!X-Secret|!TE:|!Trailer|!Keep-Alive|!Proxy-|!Connection|!Upgrade"},
    {"POST /thing" H "Content-Length: 0\r\n\r\n", "POST /thing|Content-Length: 0\r\n\r\n"},
    {"POST /thing" H "\r\n", "POST /thing|\r\n\r\n|!Content-Length|!chunked"},
    {"POST /thing" H "Content-Length: 5\r\n\r\nhello", "Content-Length: 5\r\n\r\nhello|!chunked"},
    {"POST /thing" H "Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
     "Content-Length: 5\r\n\r\nhello|!Expect"},
    {"POST /thing" H
     "Transfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n",
     "Transfer-Encoding: "
     "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n|!ext|!X-T|!Content-Length"},
    {"GET /thing" H "Content-Length: 3\r\n\r\nabc", "GET /thing|Content-Length: 3\r\n\r\nabc"},
};

static void serve_after_body(struct fake *f, int fd, int nth)
{
    (void)nth;
    if (!fake_head_get(f, fd))
        return;
    if (strstr(f->head, "chunked") != NULL)
        fake_body_get(f, fd, "\r\n0\r\n\r\n");
    else if (strstr(f->head, "Content-Length: 5") != NULL)
        fake_body_get(f, fd, "hello");
    else if (strstr(f->head, "Content-Length: 3") != NULL)
        fake_body_get(f, fd, "\r\n\r\nabc");
    fake_say(fd, OK_EMPTY);
}

static void heads_and_bodies_arrive(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(SENT); i++) {
        struct fake *f = both_start(serve_after_body);
        struct reply r = ask(SENT[i].request);
        expect(&r, "200 OK");
        drop(&r);
        both_stop(f);
        r = got(f);
        if (!says(&r, SENT[i].got))
            fail_msg("after the client sent:\n%s", SENT[i].request);
        drop(&r);
    }
}

/* Two readings of one request never reach the service. */
static const struct sent SMUGGLED[] = {
    {"POST /thing" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
     "400"},
    {"POST /thing" H "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400"},
    {"POST /thing" H "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "400"},
    {"POST /thing" H "Transfer-Encoding:\x0b"
     "chunked\r\n\r\n0\r\n\r\n",
     "400"},
    {"GET /thing" H "X: a\r\n b\r\n\r\n", "400"},
    {"GET /thing" H "X : a\r\n\r\n", "400"},
    {"GET /thing HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
    {"GET /thing?a b" H "\r\n", "400"},
    {"GET /nothing" H "\r\n", "401"}, /* no such route, nobody signed in */
    {"PUT /thing" H "\r\n", "405 Method Not Allowed|Allow: GET, POST, HEAD"},
    {"GET /signed" H "\r\n", "401 Unauthorized|WWW-Authenticate: Bearer"},
    {"GET /signed" H "Authorization: Bearer nonsense\r\n\r\n", "401 Unauthorized"},
    {"POST /form" H "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx", "415"},
    {"POST /thing" H "Content-Length: 999999999\r\n\r\n", "413"},
};

static void what_the_gateway_knows_it_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(SMUGGLED); i++) {
        struct fake *f = both_start(serve_after_body);
        struct reply r = ask(SMUGGLED[i].request);
        if (!says(&r, SMUGGLED[i].got))
            fail_msg("after the client sent:\n%s", SMUGGLED[i].request);
        assert_int_equal(occurrences(&r, "HTTP/1."), 1);
        assert_int_equal(atomic_load(&f->accepted), 0);
        drop(&r);
        both_stop(f);
    }
}

static void serve_pipelined(struct fake *f, int fd, int nth)
{
    (void)nth;
    while (fake_head_get(f, fd)) {
        char reply[128];
        int n = atomic_load(&f->heads);
        usleep(n % 2 == 0 ? 1000 : 20000);
        snprintf(reply, sizeof(reply), OK200 "Content-Length: 2\r\n\r\n#%d", n);
        fake_say(fd, reply);
    }
}

static void pipelined_requests_keep_their_order(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_pipelined);
    struct reply r = ask(GET_THING GET_THING "PUT /thing" H "\r\n" GET_THING);
    expect(&r, "#1|#2|405|#3");
    assert_int_equal(atomic_load(&f->accepted), 1);
    drop(&r);
    both_stop(f);
}

/* Whose X-Forwarded-For counts. */
static void proxies_in_front_are_believed_when_trusted(void **state)
{
    static const struct {
        const char *trusted, *sent, *got;
    } CASES[] = {
        {"", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 127.0.0.1\r\n"},
        {"none", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 127.0.0.1\r\n"},
        {"10.0.0.1", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 127.0.0.1\r\n"},
        {"127.0.0.1", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 6.6.6.6\r\n"},
        {"127.0.0.0/8", "X-Forwarded-For: 6.6.6.6, 7.7.7.7", "X-Forwarded-For: 7.7.7.7\r\n"},
        {"127.0.0.1, 7.7.0.0/16", "X-Forwarded-For: 5.5.5.5,6.6.6.6, 7.7.7.7", "For: 6.6.6.6\r\n"},
        {"127.0.0.1", "X-Forwarded-For: 5.5.5.5\r\nX-Forwarded-For: 6.6.6.6", "For: 6.6.6.6\r\n"},
        {"127.0.0.1", "X-Forwarded-For: nonsense", "X-Forwarded-For: 127.0.0.1\r\n"},
        {"127.0.0.1", "X-Forwarded-For: 6.6.6.6, \"x\"", "X-Forwarded-For: 127.0.0.1\r\n"},
        {"127.0.0.1", "X-Forwarded-For:", "X-Forwarded-For: 127.0.0.1\r\n"},
        {"127.0.0.1", "X-Forwarded-For: 2001:db8::1", "X-Forwarded-For: 2001:db8::1\r\n"},
        {"127.0.0.1", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 127.0.0.1\r\n"},
        {"127.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Proto: https\r\n"},
        {"127.0.0.1", "X-Forwarded-Proto: gopher", "X-Forwarded-Proto: http\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char request[256];
        struct fake *f = fake_start(0, serve_after_body);
        gateway_start((struct gateway_options){.trusted = CASES[i].trusted});
        snprintf(request, sizeof(request), "GET /thing" H "%s\r\n\r\n", CASES[i].sent);
        struct reply r = ask(request);
        drop(&r);
        both_stop(f);
        r = got(f);
        if (!says(&r, CASES[i].got))
            fail_msg("case %zu: \"%s\" trusted, \"%s\" sent", i, CASES[i].trusted, CASES[i].sent);
        drop(&r);
    }
}

/* ── Bodies ── */

static void serve_continue(struct fake *f, int fd, int nth)
{
    (void)nth;
    if (!fake_head_get(f, fd))
        return;
    usleep(100000);
    if (strstr(f->head, "hello") != NULL) {
        fake_say(fd, "HTTP/1.1 500 It did not wait\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    fake_say(fd, "HTTP/1.1 100 Continue\r\n\r\n");
    if (fake_body_get(f, fd, "hello"))
        fake_say(fd, OK200 "Content-Length: 4\r\n\r\ndone");
}

static void expectations_are_passed_on(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_continue);
    int fd = dial();
    put_text(fd, "POST /thing" H "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    struct reply r = get_until(fd, 2000, "\r\n\r\n");
    expect(&r, "HTTP/1.1 100 Continue\r\n\r\n");
    drop(&r);
    r = ask_on(fd, "hello");
    expect(&r, "200 OK|done");
    drop(&r);
    close(fd);
    both_stop(f);
    assert_non_null(strstr(f->head, "Expect: 100-continue"));
}

/* The service says no before it has the body. */
static void serve_no(struct fake *f, int fd, int nth)
{
    (void)nth;
    if (!fake_head_get(f, fd))
        return;
    fake_say(fd, "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
    if (f->hold)
        fake_wait_closed(f, fd);
}

static void check_early_no(bool hold, bool chunked)
{
    static char junk[65536];
    struct fake *f = fake_start(0, serve_no);
    f->hold = hold;
    gateway_start((struct gateway_options){0});
    int fd = dial();
    put_text(fd, chunked ? "POST /thing" H "Transfer-Encoding: chunked\r\n\r\n"
                         : "POST /thing" H "Content-Length: 20000000\r\n\r\n");
    for (int i = 0; i < 300; i++) { /* all of it, whatever comes meanwhile */
        if (chunked)
            (void)put_bytes(fd, "10000\r\n", 7);
        (void)put_bytes(fd, junk, sizeof(junk));
        if (chunked)
            (void)put_bytes(fd, "\r\n", 2);
    }
    struct reply r = get(fd, 1000);
    expect(&r, "403 Forbidden|Connection: close|\r\n\r\nno");
    drop(&r);
    close(fd);
    both_stop(f);
}

static void early_answers_arrive(void **state)
{
    (void)state;
    check_early_no(true, false);
    check_early_no(false, false);
    check_early_no(true, true);
}

static void serve_nothing_read(struct fake *f, int fd, int nth)
{
    char byte;

    (void)nth;
    if (!fake_head_get(f, fd))
        return;
    while (!f->hold)
        usleep(10000);
    while (recv(fd, &byte, 1, MSG_PEEK) > 0) {
        char bytes[65536];
        ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
        if (n > 0 && atomic_fetch_add(&f->bytes, n) + n >= BIG - 65536)
            break;
    }
    fake_say(fd, OK_EMPTY);
    fake_wait_closed(f, fd);
}

/* As much as is taken without waiting long. */
static int64_t stuff(int fd, int64_t most)
{
    static char junk[65536];
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int64_t n = 0;

    while (n < most && poll(&p, 1, 400) > 0) {
        size_t len = most - n < (int64_t)sizeof(junk) ? (size_t)(most - n) : sizeof(junk);
        ssize_t sent = send(fd, junk, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent <= 0 && errno != EAGAIN)
            break;
        n += sent > 0 ? sent : 0;
    }
    return n;
}

/* A service that does not read holds its client up; nothing piles up between. */
static void uploads_wait_for_the_service(void **state)
{
    (void)state;
    char head[128];
    int small = 65536;
    struct fake *f = both_start(serve_nothing_read);
    int fd = dial();
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    snprintf(head, sizeof(head), "POST /thing" H "Content-Length: %lld\r\n\r\n", (long long)BIG);
    put_text(fd, head);
    int64_t n = stuff(fd, BIG);
    assert_in_range(n, 1, BIG / 2);
    f->hold = true; /* now it reads */
    while (n < BIG) {
        int64_t more = stuff(fd, BIG - n);
        assert_true(more > 0);
        n += more;
    }
    struct reply r = get_until(fd, 3000, "\r\n\r\n");
    expect(&r, "200 OK");
    drop(&r);
    close(fd);
    both_stop(f);
}

static void serve_big(struct fake *f, int fd, int nth)
{
    static char junk[65536];
    char head[128];

    (void)nth;
    if (!fake_head_get(f, fd))
        return;
    snprintf(head, sizeof(head), OK200 "Content-Length: %lld\r\n\r\n", (long long)BIG);
    fake_say(fd, head);
    memset(junk, 'j', sizeof(junk));
    for (int64_t n = 0; n < BIG; n += (int64_t)sizeof(junk)) {
        if (!put_bytes(fd, junk, sizeof(junk)))
            return;
        atomic_fetch_add(&f->bytes, (int64_t)sizeof(junk));
    }
}

/* A client that does not read holds the service up. */
static void downloads_wait_for_the_client(void **state)
{
    (void)state;
    int small = 32768;
    struct fake *f = both_start(serve_big);
    int fd = dial();
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    put_text(fd, GET_THING);
    usleep(700000);
    assert_in_range(atomic_load(&f->bytes), 1, BIG / 2);
    struct reply r = get(fd, 1000);
    const char *body = strstr(r.bytes, "\r\n\r\n");
    assert_int_equal(r.len - (size_t)(body + 4 - r.bytes), BIG);
    drop(&r);
    r = get(fd, 100);
    assert_false(r.closed);
    drop(&r);
    close(fd);
    both_stop(f);
}

static void clients_that_leave_midway_are_forgotten(void **state)
{
    static const char *const LEFT[] = {
        "POST /thing" H "Content-Length: 100\r\n\r\nhalf",
        "POST /thing" H "Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "POST /thing" H "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(LEFT); i++) {
        struct fake *f = both_start(serve_after_body);
        f->serve = serve_nothing_read;
        f->hold = true;
        int fd = dial();
        put_text(fd, LEFT[i]);
        usleep(50000);
        close(fd);
        wait_connections(0);
        wait_count(&f->closed, 1);
        both_stop(f);
    }
}

static void bad_chunks_are_400(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_nothing_read);
    f->hold = true;
    struct reply r = ask("POST /thing" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");
    expect(&r, "400 Bad Request|Connection: close|malformed");
    wait_count(&f->closed, 1);
    drop(&r);
    both_stop(f);
}

/* ── WebSockets ── */

#define UPGRADE                                                                                    \
    "GET /socket" H "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"                    \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define SWITCH                                                                                     \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"            \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

/* Greets with a frame in the same write as the head, then gives every byte back. */
static void serve_echo(struct fake *f, int fd, int nth)
{
    char bytes[65536];
    ssize_t n;

    (void)nth;
    if (!fake_head_get(f, fd))
        return;
    fake_say(fd, SWITCH "\x81\x02hi");
    while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        if (memmem(bytes, (size_t)n, "die", 3) != NULL)
            return;
        if (memmem(bytes, (size_t)n, "part", 4) != NULL) { /* half a frame, then the end */
            (void)put_bytes(fd, "\x82\x7e\x01\x00only", 8);
            return;
        }
        (void)put_bytes(fd, bytes, (size_t)n);
    }
    atomic_fetch_add(&f->closed, 1);
}

static int open_socket(void)
{
    int fd = dial();
    put_text(fd, UPGRADE);
    struct reply r = get_until(fd, 2000, "\x81\x02hi");
    expect(&r, "101 Switching Protocols|Upgrade: websocket|"
               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=|"
               "Connection: Upgrade\r\n\r\n\x81\x02hi");
    drop(&r);
    return fd;
}

static void sockets_pass_through(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_echo);
    int fd = open_socket();
    struct reply r = ask_on(fd, "any bytes at all");
    expect(&r, "any bytes at all");
    drop(&r);
    shutdown(fd, SHUT_WR);
    wait_count(&f->closed, 1);
    wait_connections(0);
    close(fd);
    both_stop(f);
    r = got(f);
    expect(&r,
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==|Connection: Upgrade\r\nUpgrade: websocket");
    assert_int_equal(occurrences(&r, "Upgrade: websocket"), 1);
    drop(&r);
}

/* Between two frames a service's end is told as 1012; within one the connection just ends. */
static void a_dying_service_is_told(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_echo);
    int fd = open_socket();
    struct reply r = ask_on(fd, "die");
    assert_true(r.closed && r.len > 4);
    assert_memory_equal(r.bytes, "\x88\x1b\x03\xf4The service is restarting", r.len);
    drop(&r);
    close(fd);
    fd = open_socket();
    r = ask_on(fd, "part");
    assert_true(r.closed);
    assert_int_equal(r.len, 8);
    drop(&r);
    close(fd);
    both_stop(f);
}

static void a_stopping_gateway_says_goodbye(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_echo);
    int fd = open_socket();
    http_server_stop(APP.server, 0);
    struct reply r = get(fd, 500);
    assert_int_equal(r.len, 28);
    assert_memory_equal(r.bytes, "\x88\x1a\x03\xf4The server is restarting", r.len);
    drop(&r);
    close(fd);
    upstreams_stop(GATEWAY.upstreams);
    GATEWAY.upstreams = NULL;
    workers_stop(APP.workers);
    token_cache_free(GATEWAY.token_caches[0]);
    token_keys_free(GATEWAY.keys);
    limiter_free(GATEWAY.limiter);
    arena_free(&APP.arena);
    fake_stop(f);
}

static void sockets_have_back_pressure(void **state)
{
    (void)state;
    int small = 65536;
    struct fake *f = both_start(serve_echo);
    int fd = open_socket();
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    int64_t n = stuff(fd, BIG); /* nobody reads the echo: all of it comes to a stop */
    assert_in_range(n, 1, BIG * 3 / 4);
    struct reply r = get(fd, 500);
    assert_int_equal(r.len, n);
    drop(&r);
    close(fd);
    both_stop(f);
}

static void sockets_refused_are_plain_answers(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_say);
    f->say = "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno";
    struct reply r = ask(UPGRADE);
    expect(&r, "426 Upgrade Required|no");
    drop(&r);
    both_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_and_bodies_arrive),
        cmocka_unit_test(what_the_gateway_knows_it_answers),
        cmocka_unit_test(pipelined_requests_keep_their_order),
        cmocka_unit_test(proxies_in_front_are_believed_when_trusted),
        cmocka_unit_test(expectations_are_passed_on),
        cmocka_unit_test(early_answers_arrive),
        cmocka_unit_test(uploads_wait_for_the_service),
        cmocka_unit_test(downloads_wait_for_the_client),
        cmocka_unit_test(clients_that_leave_midway_are_forgotten),
        cmocka_unit_test(bad_chunks_are_400),
        cmocka_unit_test(sockets_pass_through),
        cmocka_unit_test(a_dying_service_is_told),
        cmocka_unit_test(a_stopping_gateway_says_goodbye),
        cmocka_unit_test(sockets_have_back_pressure),
        cmocka_unit_test(sockets_refused_are_plain_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
