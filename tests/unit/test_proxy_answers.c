/* The gateway's proxy and what a service says: every framing, every kind of nonsense. */
#include "proxy_fixture.h"

#define OK200 "HTTP/1.1 200 OK\r\n"
#define GET_THING "GET /thing" H "\r\n"

/* ── Good answers ── */

struct answer {
    const char *request;
    const char *said;
    const char *seen; /* parts, in order */
};

static const struct answer GOOD[] = {
    {GET_THING, OK200 "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
     "200 OK|Content-Length: 5|Content-Type: text/plain|\r\n\r\nhello|!Transfer-Encoding"},
    {GET_THING, OK200 "Content-Length: 0\r\n\r\n", "200 OK|Content-Length: 0|\r\n\r\n"},
    {GET_THING, OK200 "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
     "200 OK|Transfer-Encoding: "
     "chunked|\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n|!x=y|!Content-Length"},
    {GET_THING,
     OK200 "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n",
     "chunked|1\r\na\r\n0\r\n\r\n|!X-Sum|!Trailer"},
    {GET_THING, OK200 "\r\nuntil the end", "chunked|d\r\nuntil the end\r\n0\r\n\r\n"},
    {GET_THING, "HTTP/1.0 200 OK\r\n\r\nold", "HTTP/1.1 200|chunked|3\r\nold\r\n0\r\n\r\n"},
    {"GET /thing HTTP/1.0\r\n\r\n", OK200 "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
     "200 OK|Connection: close|\r\n\r\nab|!chunked|!0\r\n"},
    {"HEAD /thing" H "\r\n", OK200 "Content-Length: 1234\r\nETag: \"a\"\r\n\r\n",
     "200 OK|Content-Length: 1234|ETag: \"a\"|\r\n\r\n"},
    {"HEAD /thing" H "\r\n", OK200 "Transfer-Encoding: chunked\r\n\r\n", "200 OK|\r\n\r\n|!0\r\n"},
    {GET_THING, "HTTP/1.1 204 No Content\r\n\r\n", "204 No Content|\r\n\r\n|!Content-Length"},
    {GET_THING, "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: \"a\"\r\n\r\n",
     "304 Not Modified|ETag: \"a\"|\r\n\r\n"},
    {GET_THING, "HTTP/1.1 299 \r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 299 |\r\n\r\nx"},
    {GET_THING,
     "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-0/9\r\nContent-Length: 1\r\n\r\nx",
     "206 Partial|Content-Range: bytes 0-0/9|x"},
    {GET_THING, "HTTP/1.1 503 Down\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}",
     "503 Service Unavailable|Retry-After: 7|{}"},
    {GET_THING,
     "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" OK200
     "Content-Length: 2\r\n\r\nok",
     "HTTP/1.1 200 OK|ok|!103|!Continue|!Link"},
};

static void check_answer(const struct answer *a)
{
    struct fake *f = fake_start(0, serve_say);
    f->say = a->said;
    gateway_start((struct gateway_options){0});
    struct reply r = ask(a->request);
    if (!says(&r, a->seen))
        fail_msg("after the service said:\n%s", a->said);
    assert_int_equal(occurrences(&r, "HTTP/1."), 1);
    drop(&r);
    both_stop(f);
}

static void good_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(GOOD); i++)
        check_answer(&GOOD[i]);
}

/* The same, byte by byte. */
static void serve_slowly(struct fake *f, int fd, int nth)
{
    (void)nth;
    if (!fake_head_get(f, fd))
        return;
    for (const char *at = f->say; *at != '\0'; at++) {
        (void)put_bytes(fd, at, 1);
        usleep(500);
    }
}

static void answers_in_drops(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_slowly);
    setsockopt(f->listener, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    f->say = OK200 "X-A: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n";
    struct reply r = ask(GET_THING);
    expect(&r, "200 OK|chunked|X-A: b|h|e|l|l|o|\r\n0\r\n\r\n|!X-T");
    drop(&r);
    both_stop(f);
}

static void headers_of_the_hop_are_dropped(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_say);
    f->say = OK200
        "Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
        "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-Request-ID: theirs\r\n"
        "Access-Control-Allow-Origin: https://evil\r\nX-Content-Type-Options: nosniff\r\n"
        "Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Kept: yes\r\nVary: Accept-Encoding\r\n"
        "Vary: Origin\r\nContent-Length: 2\r\n\r\nok";
    struct reply r = ask(
        "GET /thing" H "Origin: https://a\r\nX-Request-ID: mine\r\nAccept-Encoding: gzip\r\n\r\n");
    expect(&r, "X-Request-ID: mine|Access-Control-Allow-Origin: *|X-Kept: yes|"
               "Vary: Accept-Encoding|ok|!X-Hop|!Keep-Alive|!1970|!theirs|!evil|!Proxy-Auth|!h2c|"
               "!Vary: Origin");
    assert_int_equal(occurrences(&r, "Date: "), 1);
    assert_int_equal(occurrences(&r, "X-Request-ID: "), 1);
    assert_int_equal(occurrences(&r, "nosniff"), 1);
    assert_int_equal(occurrences(&r, "Access-Control-Allow-Origin: "), 1);
    drop(&r);
    both_stop(f);
}

/* ── Nonsense ── */

static const char *const NONSENSE[] = {
    "",
    "\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "HTTP/1.1\r\n\r\n",
    "HTTP/1.1 abc OK\r\n\r\n",
    "HTTP/1.1 999 Much\r\nContent-Length: 0\r\n\r\n",
    "HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/3.7 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "HTTP/1.1 200 OK\nContent-Length: 2\n\nok\r\n\r\n",
    OK200 "Content-Length: 2\r\n folded\r\n\r\nok",
    OK200 "X: a\r\n\tb\r\nContent-Length: 2\r\n\r\nok",
    OK200 "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    OK200 "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    OK200 "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    OK200 "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    OK200 "Transfer-Encoding: gzip\r\n\r\nok",
    OK200 "Transfer-Encoding: gzip, chunked, identity\r\n\r\nok",
    OK200 "Content-Length: -2\r\n\r\nok",
    OK200 "Content-Length: 2x\r\n\r\nok",
    OK200 "Content-Length: 99999999999999999999999\r\n\r\nok",
    OK200 ": no name\r\nContent-Length: 2\r\n\r\nok",
    OK200 "Bad Name: 1\r\nContent-Length: 2\r\n\r\nok",
    OK200 "X: a\rb\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    OK200 "Content-Length: 2\r\n", /* and closed */
};

static void nonsense_is_503(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(NONSENSE); i++) {
        struct fake *f = fake_start(0, serve_say);
        f->say = NONSENSE[i];
        gateway_start((struct gateway_options){0});
        struct reply r = ask(GET_THING GET_THING); /* the client's connection stays */
        if (!says(&r, UNAVAILABLE "|HTTP/1.1 503"))
            fail_msg("after the service said:\n%s", NONSENSE[i]);
        assert_int_equal(occurrences(&r, "HTTP/1."), 2);
        drop(&r);
        both_stop(f);
    }
}

/* `n` lines of `len` bytes each, then an end. */
static char *many_headers(size_t n, size_t len)
{
    char *text = calloc(1, n * (len + 2) + 128);
    char *at = stpcpy(text, OK200);

    for (size_t i = 0; i < n; i++) {
        at += sprintf(at, "X-%zu: ", i % 10);
        for (size_t k = 0; k < len - 5; k++)
            *at++ = 'v';
        at = stpcpy(at, "\r\n");
    }
    strcpy(at, "Content-Length: 2\r\n\r\nok");
    return text;
}

static void check_headers(size_t n, size_t len, const char *seen)
{
    struct fake *f = fake_start(0, serve_say);
    f->say = many_headers(n, len);
    gateway_start((struct gateway_options){0});
    struct reply r = ask(GET_THING);
    expect(&r, seen);
    drop(&r);
    both_stop(f);
    free((char *)(uintptr_t)f->say);
}

static void heads_have_limits(void **state)
{
    (void)state;
    check_headers(100, 100, "200 OK|\r\n\r\nok");
    check_headers(200, 20, UNAVAILABLE);
    check_headers(100, 1000, UNAVAILABLE);
}

static void interim_heads_have_an_end(void **state)
{
    static char many[4096];

    (void)state;
    for (int i = 0; i < 40; i++)
        strcat(many, "HTTP/1.1 102 Processing\r\n\r\n");
    struct fake *f = both_start(serve_say);
    f->say = many;
    struct reply r = ask(GET_THING);
    expect(&r, UNAVAILABLE);
    drop(&r);
    both_stop(f);
}

/* ── Answers that break off ── */

static const struct answer BROKEN[] = {
    {GET_THING, OK200 "Content-Length: 100\r\n\r\nonly this",
     "200 OK|Content-Length: 100|only this"},
    {GET_THING, OK200 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
     "chunked|hello|!\r\n0\r\n"},
    {GET_THING, OK200 "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", "chunked|hel|!\r\n0\r\n"},
    {GET_THING, OK200 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", "hello|!\r\n0\r\n"},
    {GET_THING, OK200 "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
     "hello|!\r\n0\r\n"},
};

static void broken_answers_break_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BROKEN); i++) {
        struct fake *f = fake_start(0, serve_say);
        f->say = BROKEN[i].said;
        gateway_start((struct gateway_options){0});
        struct reply r = ask(BROKEN[i].request);
        if (!says(&r, BROKEN[i].seen) || !(r.closed || r.reset))
            fail_msg("after the service said:\n%s", BROKEN[i].said);
        drop(&r);
        both_stop(f);
    }
}

/* A second answer behind the first is nobody's: not the next request's. */
static void unasked_answers_go_to_nobody(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_say);
    f->say = OK200 "Content-Length: 2\r\n\r\nok" OK200 "Content-Length: 4\r\n\r\nevil";
    f->hold = true;
    int fd = dial();
    for (int i = 0; i < 3; i++) {
        struct reply r = ask_on(fd, GET_THING);
        expect(&r, "200 OK|ok|!evil");
        assert_int_equal(occurrences(&r, "HTTP/1."), 1);
        drop(&r);
    }
    assert_int_equal(atomic_load(&f->accepted), 3);
    close(fd);
    both_stop(f);
}

static void serve_late_extra(struct fake *f, int fd, int nth)
{
    (void)nth;
    while (fake_head_get(f, fd)) {
        fake_say(fd, OK200 "Content-Length: 2\r\n\r\nok");
        usleep(100000);
        fake_say(fd, OK200 "Content-Length: 4\r\n\r\nevil");
    }
}

static void unasked_answers_later_go_to_nobody(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_late_extra);
    int fd = dial();
    for (int i = 0; i < 3; i++) {
        struct reply r = ask_on(fd, GET_THING);
        expect(&r, "200 OK|ok|!evil");
        drop(&r);
    }
    close(fd);
    both_stop(f);
}

/* ── Silence ── */

static void serve_silence(struct fake *f, int fd, int nth)
{
    (void)nth;
    if (!fake_head_get(f, fd))
        return;
    if (f->say != NULL)
        fake_say(fd, f->say);
    fake_wait_closed(f, fd);
}

static void check_silence(const char *said, const char *seen)
{
    struct fake *f = fake_start(0, serve_silence);
    f->say = said;
    gateway_start((struct gateway_options){.response_ms = 300});
    int fd = dial();
    int64_t begin = now_ms();
    put_text(fd, GET_THING);
    struct reply r = get_until(fd, 2000, "try again shortly");
    expect(&r, seen);
    assert_in_range(now_ms() - begin, 250, 900);
    wait_count(&f->closed, 1);
    drop(&r);
    close(fd);
    both_stop(f);
}

static void silence_has_an_end(void **state)
{
    (void)state;
    check_silence(NULL, UNAVAILABLE "took too long");
    check_silence("HTTP/1.1 200 O", UNAVAILABLE "took too long");
    check_silence("HTTP/1.1 100 Continue\r\n\r\n", UNAVAILABLE "took too long");
    check_silence(OK200 "Content-Length: 10\r\n\r\nabc", "200 OK|abc");
}

static void clients_that_leave_are_not_worked_for(void **state)
{
    (void)state;
    struct fake *f = both_start(serve_silence);
    f->say = OK200 "Content-Length: 100000000\r\n\r\nabc";
    int fd = dial();
    put_text(fd, GET_THING);
    struct reply r = get_until(fd, 2000, "abc");
    struct linger hard = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(fd);
    wait_count(&f->closed, 1);
    wait_connections(0);
    drop(&r);
    both_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_answers),
        cmocka_unit_test(answers_in_drops),
        cmocka_unit_test(headers_of_the_hop_are_dropped),
        cmocka_unit_test(nonsense_is_503),
        cmocka_unit_test(heads_have_limits),
        cmocka_unit_test(interim_heads_have_an_end),
        cmocka_unit_test(broken_answers_break_off),
        cmocka_unit_test(unasked_answers_go_to_nobody),
        cmocka_unit_test(unasked_answers_later_go_to_nobody),
        cmocka_unit_test(silence_has_an_end),
        cmocka_unit_test(clients_that_leave_are_not_worked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
