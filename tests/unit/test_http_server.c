/* The HTTP engine over real sockets: conversations, bodies, pipelining, files, compression, sockets
 * that upgrade. */
#include "http_client.h"

#include "platform/http/engine.h"

#include <pthread.h>

#define H " HTTP/1.1\r\nHost: a\r\n"
#define GET_HELLO "GET /hello" H "\r\n"
#define QUIET_MS 150
#define SETTLE_MS 600

/* ── Conversations ── */

struct talk {
    const char *name;
    const char *send;
    const char *expect; /* see expect() */
    bool closed;        /* the server ends it by itself */
};

static const struct talk TALKS[] = {
    {"keep-alive", GET_HELLO,
     "HTTP/1.1 200 OK\r\n|Date: |Content-Type: application/json\r\n|Content-Length: "
     "17\r\n\r\n{\"hello\":\"world\"}|!Connection:",
     false},
    {"close", "GET /hello" H "Connection: close\r\n\r\n", "Connection: close|world", true},
    {"1.0", "GET /hello HTTP/1.0\r\n\r\n", "HTTP/1.1 200|Connection: close|world", true},
    {"1.0 keep-alive", "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     "Connection: keep-alive|world", false},
    {"HEAD", "HEAD /hello" H "\r\n", "200 OK|Content-Length: 17\r\n\r\n|!world", false},
    {"HEAD, then GET", "HEAD /hello" H "\r\n" GET_HELLO, "200 OK|\r\n\r\nHTTP/1.1 200 OK|world",
     false},
    {"204", "GET /empty" H "\r\n", "204 No Content|!Content-Length|!Content-Type", false},
    {"body", "POST /x" H "Content-Length: 5\r\n\r\nabcde", "POST /x abcde", false},
    {"empty body", "POST /x" H "Content-Length: 0\r\n\r\n" GET_HELLO, "POST /x |200 OK|world",
     false},
    {"body, then more", "POST /x" H "Content-Length: 2\r\n\r\nab" GET_HELLO,
     "POST /x ab|HTTP/1.1 200 OK|world", false},
    {"line end behind a body", "POST /x" H "Content-Length: 2\r\n\r\nab\r\n" GET_HELLO,
     "POST /x ab|200 OK|world", false},
    {"chunks",
     "POST /x" H
     "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n02;e=\"q\"\r\nde\r\n0\r\n\r\n" GET_HELLO,
     "POST /x abcde|200 OK|world", false},
    {"trailers",
     "POST /x" H
     "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\nHost: z\r\n\r\n" GET_HELLO,
     "POST /x a|200 OK|world", false},
    {"no chunks", "POST /x" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET_HELLO,
     "POST /x |200 OK|world", false},
    {"chunk: bad size", "POST /x" H "Transfer-Encoding: chunked\r\n\r\nx\r\n", "400 Bad", true},
    {"chunk: minus", "POST /x" H "Transfer-Encoding: chunked\r\n\r\n-1\r\n", "400 Bad", true},
    {"chunk: 0x", "POST /x" H "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", "400 Bad",
     true},
    {"chunk: overflow", "POST /x" H "Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\n",
     "400 Bad", true},
    {"chunk: bare LF", "POST /x" H "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", "400 Bad",
     true},
    {"chunk: space", "POST /x" H "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n",
     "400 Bad|!POST", true},
    {"chunk: too long", "POST /x" H "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
     "400 Bad", true},
    {"chunk: no CR behind it", "POST /x" H "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
     "400 Bad", true},
    {"chunk: bare LF in an extension",
     "POST /x" H "Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n", "400 Bad", true},
    {"chunk: bare CR in an extension",
     "POST /x" H "Transfer-Encoding: chunked\r\n\r\n1;a\rb\r\na\r\n0\r\n\r\n", "400 Bad", true},
    {"limit: length", "POST /small" H "Content-Length: 11\r\n\r\nab", "413 Content Too Large|!100",
     true},
    {"limit: kept", "POST /small" H "Content-Length: 10\r\n\r\n0123456789",
     "POST /small 0123456789", false},
    {"limit: chunk", "POST /small" H "Transfer-Encoding: chunked\r\n\r\nb\r\n", "413", true},
    {"limit: chunks", "POST /small" H "Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n",
     "413", true},
    {"limit: expected", "POST /small" H "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n",
     "413|!100 Continue", true},
    {"limit: huge", "POST /small" H "Content-Length: 9223372036854775807\r\n\r\n", "413", true},
    {"expect", "POST /x" H "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n",
     "HTTP/1.1 100 Continue\r\n\r\n|!200", false},
    {"expect without a body", "GET /hello" H "Expect: 100-continue\r\n\r\n", "200 OK|!100", false},
    {"expect, body here", "POST /x" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
     "200 OK|POST /x ab|!100", false},
    {"expect: other", "POST /x" H "Expect: tea\r\nContent-Length: 2\r\n\r\n", "417", true},
    {"expect in 1.0", "POST /x HTTP/1.0\r\nExpect: tea\r\nContent-Length: 2\r\n\r\nab",
     "200 OK|POST /x ab", true},
    {"early", "POST /early" H "Content-Length: 5\r\n\r\n", "401|Connection: close|early", true},
    {"early, body here", "POST /early" H "Content-Length: 5\r\n\r\nabcde" GET_HELLO,
     "401|early|200 OK|world", false},
    {"early, no body", "GET /early" H "\r\n" GET_HELLO, "401|early|200 OK|world", false},
    {"early, chunked", "POST /early" H "Transfer-Encoding: chunked\r\n\r\n",
     "401|Connection: close", true},
    {"early, expected", "POST /early" H "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
     "401|!100 Con", true},
    {"malformed", "GET / HTTP/1.1\r\n\r\n" GET_HELLO,
     "400 Bad Request|Connection: close|Host|!hello", true},
    {"no HTTP", "\x16\x03\x01", "400 Bad Request", true},
    {"2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", true},
    {"nothing behind close", "GET /hello" H "Connection: close\r\n\r\n" GET_HELLO "GET /x" H "\r\n",
     "world|!GET /x", true},
    {"header that would split", "GET /unsafe" H "\r\n", "200|!X-Injected", false},
    {"absolute form", "GET http://b:1/host" H "\r\n", "\r\n\r\nb:1", false},
    {"unknown method", "BREW /pot" H "\r\n", "OTHER /pot", false},
    {"upgrade nobody does", "GET /hello" H "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n" GET_HELLO,
     "world|200 OK|world", false},
    {"later", "GET /later?20" H "\r\n", "later", false},
    {"pipelined, slow between fast",
     "GET /1" H "\r\nGET /later?40" H "\r\nGET /2" H "\r\nGET /later?20" H "\r\nPOST /3" H
     "Content-Length: 1\r\n\r\nx",
     "GET /1|later|GET /2|later|POST /3 x", false},
    {"gzip", "GET /body?5000" H "Accept-Encoding: gzip\r\n\r\n",
     "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n", false},
    {"gzip: not wanted", "GET /body?5000" H "Accept-Encoding: gzip;q=0\r\n\r\n",
     "Content-Length: 5000|Vary: Accept-Encoding|!gzip", false},
    {"gzip: too small", "GET /body?1023" H "Accept-Encoding: gzip\r\n\r\n",
     "Content-Length: 1023|!gzip|!Vary", false},
    {"form",
     "POST /form" H
     "Content-Type: multipart/form-data; boundary=\"b b\"\r\nContent-Length: 76\r\n\r\n"
     "--b b\r\nContent-Disposition: form-data; name=\"x\"; filename=\"y\"\r\n\r\n\r\n\r\n--b b--",
     "200|x=2;", false},
    {"form: no boundary",
     "POST /form" H "Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc",
     "400|boundary", true},
    {"form: cut",
     "POST /form" H
     "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5\r\n\r\n--b\r\n" GET_HELLO,
     "400|last boundary|200 OK|world", false},
    {"form: empty", "POST /form" H "Content-Type: multipart/form-data; boundary=b\r\n\r\n",
     "400|last boundary", false},
};

static bool judge(const struct talk *t, int fd)
{
    struct reply r = get(fd, 20);
    bool fine = says(&r, t->expect);

    if (r.reset || r.closed != t->closed) {
        print_error("%s\n%s\n", r.reset ? "reset" : r.closed ? "closed" : "not closed", r.bytes);
        fine = false;
    }
    if (!fine)
        print_error("in: %s\n", t->name);
    drop(&r);
    return fine;
}

/* All side by side: what nobody answers any more is waited for only once. */
static void run_talks(const struct talk *talks, size_t n, size_t piece)
{
    int fds[COUNT(TALKS)];
    size_t wrong = 0;
    size_t left = n;

    for (size_t i = 0; i < n; i++)
        fds[i] = dial();
    for (size_t at = 0; left > 0; at += piece) {
        left = 0;
        for (size_t i = 0; i < n; i++) {
            size_t len = strlen(talks[i].send);
            if (at >= len)
                continue;
            /* Refused already: the reply is there to be read. */
            (void)put_bytes(fds[i], talks[i].send + at, len - at < piece ? len - at : piece);
            left++;
        }
        usleep(500);
    }
    usleep(SETTLE_MS * 1000);
    for (size_t i = 0; i < n; i++) {
        wrong += !judge(&talks[i], fds[i]);
        close(fds[i]);
    }
    assert_int_equal(wrong, 0);
}

static void conversations(void **state)
{
    (void)state;
    run_talks(TALKS, COUNT(TALKS), 1000000);
}

/* What depends on how much is at hand may differ; what is said must not. */
static void conversations_in_pieces(void **state)
{
    struct talk some[COUNT(TALKS)];
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(TALKS); i++)
        if (strncmp(TALKS[i].name, "early", 5) != 0 && strncmp(TALKS[i].name, "expect", 6) != 0)
            some[n++] = TALKS[i];
    run_talks(some, n, 1);
}

/* ── Pipelining and truncation ── */

static void thousands_pipelined(void **state)
{
    enum { N = 5000 };
    int fd = dial();
    size_t len = strlen(GET_HELLO);
    char *all = malloc(N * len);

    (void)state;
    for (size_t i = 0; i < N; i++)
        memcpy(all + i * len, GET_HELLO, len);
    assert_true(put_bytes(fd, all, N * len));
    struct reply r = get(fd, 500);
    assert_int_equal(occurrences(&r, "{\"hello\":\"world\"}"), N);
    drop(&r);
    free(all);
    close(fd);
}

static void cut_at_every_byte(void **state)
{
    static const char *const REQUESTS[] = {
        "POST /x" H "Content-Length: 5\r\n\r\nabcde",
        "POST /x" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(REQUESTS); i++) {
        for (size_t len = 0; len < strlen(REQUESTS[i]); len++) {
            int fd = dial();
            assert_true(put_bytes(fd, REQUESTS[i], len));
            shutdown(fd, SHUT_WR);
            struct reply r = get(fd, 2000);
            assert_true(r.closed);
            assert_int_equal(r.len, 0);
            drop(&r);
            close(fd);
        }
    }
    wait_connections(0);
}

static void half_closed_is_answered(void **state)
{
    int fd = dial();

    (void)state;
    put_text(fd, "GET /later?50" H "\r\n" GET_HELLO);
    shutdown(fd, SHUT_WR);
    struct reply r = get(fd, 2000);
    expect(&r, "later|world");
    assert_true(r.closed);
    drop(&r);
    close(fd);
}

static void reset_while_working(void **state)
{
    int gone = atomic_load(&APP.gone);
    struct linger hard = {.l_onoff = 1};

    (void)state;
    int fd = dial();
    put_text(fd, "GET /later?150" H "\r\n");
    usleep(30000);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(fd);
    wait_count(&APP.gone, gone + 1);
    wait_connections(0);
}

/* ── Upgrades ── */

#define WS_HEADERS                                                                                 \
    H "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "                       \
      "13\r\nSec-WebSocket-Key: "                                                                  \
      "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
/* "hi", masked with zeroes */
#define WS_HI "\x81\x82\x00\x00\x00\x00hi"

static void put_hi(int fd)
{
    assert_true(put_bytes(fd, WS_HI, sizeof(WS_HI) - 1));
}

static void sockets_echo(void **state)
{
    static const char *const PATHS[] = {"/socket", "/later-socket?30"};

    (void)state;
    for (size_t i = 0; i < COUNT(PATHS); i++) {
        char head[512];
        int fd = dial();
        snprintf(head, sizeof(head), "GET %s%s", PATHS[i], WS_HEADERS);
        atomic_store(&APP.listening, fd);
        put_text(fd, head);
        put_hi(fd); /* before the handshake is answered: it must not get lost */
        struct reply r = get(fd, QUIET_MS);
        expect(&r,
               "101 Switching Protocols|Connection: Upgrade|!Content-Length|\r\n\r\n\x81\x02hi");
        drop(&r);
        put_hi(fd);
        r = get(fd, QUIET_MS);
        assert_int_equal(r.len, 4);
        drop(&r);
        close(fd);
    }
    wait_count(&APP.sockets_closed, 2);
    wait_connections(0);
    atomic_store(&APP.listening, 0);
    assert_int_equal(atomic_load(&APP.sockets_entered), 2);
    assert_int_equal(atomic_load(&APP.told_before), 0);
}

#define FLOOD_FRAMES 8000
#define FLOOD_BYTES 1000

static void *flood(void *arg)
{
    char frame[8 + FLOOD_BYTES] = "\x81\xfe\x03\xe8"; /* text, masked with zeroes, 1,000 bytes */

    memset(frame + 8, 'x', FLOOD_BYTES);
    for (int i = 0; i < FLOOD_FRAMES; i++)
        if (!put_bytes(*(int *)arg, frame, sizeof(frame)))
            break;
    return NULL;
}

/* More than all buffers hold: the server must stop reading, and go on when its echoes are read. */
static void sockets_push_back(void **state)
{
    pthread_t writer;
    int fd = dial();

    (void)state;
    put_text(fd, "GET /socket" WS_HEADERS);
    struct reply r = get_until(fd, 1000, "\r\n\r\n");
    drop(&r);
    pthread_create(&writer, NULL, flood, &fd);
    usleep(500000);
    r = get(fd, 1000);
    pthread_join(writer, NULL);
    assert_int_equal(r.len, FLOOD_FRAMES * (4 + FLOOD_BYTES));
    assert_false(r.closed || r.reset);
    drop(&r);
    close(fd);
    wait_connections(0);
}

static void socket_client_left_before(void **state)
{
    struct linger hard = {.l_onoff = 1};
    int closed = atomic_load(&APP.sockets_closed);

    (void)state;
    int fd = dial();
    put_text(fd, "GET /later-socket?150" WS_HEADERS);
    usleep(30000);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(fd);
    wait_count(&APP.sockets_closed, closed + 1);
    assert_int_equal(atomic_load(&APP.sockets_open), atomic_load(&APP.sockets_closed));
    wait_connections(0);
}

/* ── Cost ── */

static void idle_connections_are_small(void **state)
{
    (void)state;
    assert_true(sizeof(uv_tcp_t) <= 248);
    assert_true(sizeof(struct conn) <= 512);
}

static int group_start(void **state)
{
    (void)state;
    app_start(default_options(), 2);
    return 0;
}

static int group_stop(void **state)
{
    (void)state;
    app_stop(1000 * MS);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations),
        cmocka_unit_test(conversations_in_pieces),
        cmocka_unit_test(thousands_pipelined),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(half_closed_is_answered),
        cmocka_unit_test(reset_while_working),
        cmocka_unit_test(sockets_echo),
        cmocka_unit_test(sockets_push_back),
        cmocka_unit_test(socket_client_left_before),
        cmocka_unit_test(idle_connections_are_small),
    };

    return cmocka_run_group_tests(tests, group_start, group_stop);
}
