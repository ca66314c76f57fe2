/* Request heads: what is accepted and what is refused, the same at every split of the bytes. */
#include "unit.h"

#include "platform/http/engine.h"

#include <stdlib.h>

#define H "Host: a\r\n"
#define BYTES(literal) literal, sizeof(literal) - 1

struct parsed {
    enum err err;
    bool done;
    size_t used;
    struct exchange *ex;
};

static struct exchange *exchange_new(void)
{
    struct exchange *ex = calloc(1, sizeof(*ex));

    arena_init(&ex->arena);
    ex->raw = buf_new(&ex->arena, 64);
    ex->q.arena = &ex->arena;
    return ex;
}

static void exchange_free(struct exchange *ex)
{
    arena_free(&ex->arena);
    free(ex);
}

static void feed(struct parsed *p, const char *bytes, size_t len)
{
    /* A copy of exactly that size: a read past its end is caught. */
    char *copy = malloc(len > 0 ? len : 1);
    struct head_verdict v = {0};
    const char *why = "";

    if (p->err != OK || p->done) {
        free(copy);
        return;
    }
    memcpy(copy, bytes, len);
    p->used += head_feed(p->ex, copy, len, &v);
    p->err = v.err;
    p->done = v.done;
    if (p->done && p->err == OK)
        p->err = head_parse(p->ex, &why);
    free(copy);
}

static struct parsed parse_split(const char *bytes, size_t len, size_t at)
{
    struct parsed p = {.ex = exchange_new()};

    feed(&p, bytes, at);
    feed(&p, bytes + at, len - at);
    return p;
}

static struct parsed parse_bytewise(const char *bytes, size_t len)
{
    struct parsed p = {.ex = exchange_new()};

    for (size_t i = 0; i < len; i++)
        feed(&p, bytes + i, 1);
    return p;
}

/* ── Accepted ── */

struct accepted {
    const char *bytes;
    size_t len;
    enum http_method method;
    const char *path;
    const char *query; /* NULL: absent */
    const char *host;  /* NULL: absent */
    int64_t content_length;
    bool chunked, keep_alive, upgrade, http10;
};

static const struct accepted ACCEPTED[] = {
    {BYTES("GET / HTTP/1.1\r\n" H "\r\n"), GET, "/", NULL, "a", -1, .keep_alive = true},
    {BYTES("\r\n\r\nGET /a?b=c?d HTTP/1.1\r\n" H "\r\n"), GET, "/a", "b=c?d", "a", -1,
     .keep_alive = true},
    {BYTES("HEAD /%2e?x HTTP/1.1\r\nhost:\t a.b:80 \r\n\r\n"), HEAD, "/%2e", "x", "a.b:80", -1,
     .keep_alive = true},
    {BYTES("GET /? HTTP/1.1\r\n" H "\r\n"), GET, "/", "", "a", -1, .keep_alive = true},
    {BYTES("OPTIONS * HTTP/1.1\r\n" H "\r\n"), OPTIONS, "*", NULL, "a", -1, .keep_alive = true},
    {BYTES("DELETE http://x.y:1/p?q HTTP/1.1\r\n" H "\r\n"), DELETE, "/p", "q", "x.y:1", -1,
     .keep_alive = true},
    {BYTES("GET HTTPS://x HTTP/1.1\r\n" H "\r\n"), GET, "/", NULL, "x", -1, .keep_alive = true},
    {BYTES("GET http://x?q HTTP/1.1\r\n" H "\r\n"), GET, "/", "q", "x", -1, .keep_alive = true},
    {BYTES("GET http://x/ HTTP/1.0\r\n\r\n"), GET, "/", NULL, "x", -1, .http10 = true},
    {BYTES("GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n"), GET, "/", NULL, "[::1]:8000", -1,
     .keep_alive = true},
    {BYTES("GET / HTTP/1.0\r\n\r\n"), GET, "/", NULL, NULL, -1, .http10 = true},
    {BYTES("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), GET, "/", NULL, NULL, -1,
     .keep_alive = true, .http10 = true},
    {BYTES("GET / HTTP/1.1\r\n" H "Connection: x, Close\r\n\r\n"), GET, "/", NULL, "a", -1},
    {BYTES("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n"), POST, "/", NULL, "a", 5,
     .keep_alive = true},
    {BYTES("PUT / HTTP/1.1\r\n" H "Content-Length:0 \r\n\r\n"), PUT, "/", NULL, "a", 0,
     .keep_alive = true},
    {BYTES("PATCH / HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n"), PATCH, "/", NULL, "a",
     -1, .chunked = true, .keep_alive = true},
    {BYTES("GET /w HTTP/1.1\r\n" H "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"), GET, "/w",
     NULL, "a", -1, .keep_alive = true, .upgrade = true},
    {BYTES("GET / HTTP/1.1\r\n" H "Upgrade: websocket\r\n\r\n"), GET, "/", NULL, "a", -1,
     .keep_alive = true},
    {BYTES("BREW /pot HTTP/1.1\r\n" H "\r\n"), HTTP_METHOD_OTHER, "/pot", NULL, "a", -1,
     .keep_alive = true},
    {BYTES("get / HTTP/1.1\r\n" H "\r\n"), HTTP_METHOD_OTHER, "/", NULL, "a", -1,
     .keep_alive = true},
    {BYTES("TRACE / HTTP/1.1\r\n" H "\r\n"), HTTP_METHOD_OTHER, "/", NULL, "a", -1,
     .keep_alive = true},
    {BYTES("GET / HTTP/1.1\r\n" H "X-Empty:\r\nX-Obs: \xe4\xf6\r\n\r\n"), GET, "/", NULL, "a", -1,
     .keep_alive = true},
};

static void check_text(struct str got, const char *want)
{
    if (want == NULL)
        assert_false(str_present(got));
    else
        assert_str(got, want);
}

static void check_accepted(const struct accepted *c, struct parsed p)
{
    const struct http_head *head = &p.ex->q.head;

    if (p.err != OK || !p.done)
        fail_msg("refused: %s", c->bytes);
    assert_int_equal(p.used, c->len);
    assert_int_equal(head->method, c->method);
    check_text(head->path, c->path);
    check_text(head->query, c->query);
    check_text(http_header_get(head, "HOST"), c->host);
    assert_int_equal(head->content_length, c->content_length);
    assert_int_equal(head->chunked, c->chunked);
    assert_int_equal(head->keep_alive, c->keep_alive);
    assert_int_equal(head->upgrade, c->upgrade);
    assert_int_equal(head->http10, c->http10);
    exchange_free(p.ex);
}

static void accepts_at_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ACCEPTED); i++) {
        const struct accepted *c = &ACCEPTED[i];
        for (size_t at = 0; at <= c->len; at++)
            check_accepted(c, parse_split(c->bytes, c->len, at));
        check_accepted(c, parse_bytewise(c->bytes, c->len));
    }
}

static void truncated_is_never_done(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ACCEPTED); i++) {
        for (size_t len = 0; len < ACCEPTED[i].len; len++) {
            struct parsed p = parse_split(ACCEPTED[i].bytes, len, 0);
            assert_int_equal(p.err, OK);
            assert_false(p.done);
            exchange_free(p.ex);
        }
    }
}

static void leaves_what_follows(void **state)
{
    static const char TWO[] = "GET /1 HTTP/1.1\r\n" H "\r\nGET /2 HTTP/1.1\r\n" H "\r\n";
    struct parsed p = parse_split(TWO, sizeof(TWO) - 1, 0);

    (void)state;
    assert_true(p.done);
    assert_int_equal(p.used, sizeof("GET /1 HTTP/1.1\r\n" H "\r\n") - 1);
    assert_str(p.ex->q.head.path, "/1");
    exchange_free(p.ex);
}

/* ── Refused ── */

struct refused {
    const char *bytes;
    size_t len;
    enum err err;
};

#define BAD(literal)                                                                               \
    {                                                                                              \
        BYTES(literal), ERR_BAD_REQUEST                                                            \
    }

static const struct refused REFUSED[] = {
    /* Host: exactly one, and valid */
    BAD("GET / HTTP/1.1\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    BAD("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a:80a\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a:-1\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: :80\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: [::g]\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: []\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a\xe4\r\n\r\n"),
    BAD("GET http://a@b/ HTTP/1.1\r\n" H "\r\n"),
    BAD("GET http:///x HTTP/1.1\r\n" H "\r\n"),
    /* one length, one way of saying it */
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 1, 1\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 1 1\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551616\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\ncontent-length: 0\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked;q=1\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
        "chunked\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding\t: chunked\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H " Transfer-Encoding: chunked\r\n\r\n"),
    BAD("POST / HTTP/1.1\r\n" H "Content-Length : 3\r\n\r\n"),
    BAD("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n"),
    /* lines */
    BAD("GET / HTTP/1.1\n" H "\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a\r\n\n"),
    BAD("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\nX:\rHost: a\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n" H "X: a\r\n\tb\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n " H "\r\n"),
    BAD("GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n" H "X\0: b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n" H "X: a\x01\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n" H "X: a\x7f\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n" H ": b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n" H "X y: b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n" H "X(: b\r\n\r\n"),
    BAD("GET / HTTP/1.1\r\n" H "X\r\n\r\n"),
    BAD("\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n"),
    /* request line */
    BAD("GET  / HTTP/1.1\r\n" H "\r\n"),
    BAD("GET /\r\n" H "\r\n"),
    BAD("GET / \r\n" H "\r\n"),
    BAD("GET /a b HTTP/1.1\r\n" H "\r\n"),
    BAD("GET /\0 HTTP/1.1\r\n" H "\r\n"),
    BAD("GET /\xe4 HTTP/1.1\r\n" H "\r\n"),
    BAD("GET /\t HTTP/1.1\r\n" H "\r\n"),
    BAD("GET /a#b HTTP/1.1\r\n" H "\r\n"),
    BAD("GET a HTTP/1.1\r\n" H "\r\n"),
    BAD("GET ftp://a/ HTTP/1.1\r\n" H "\r\n"),
    BAD("GET * HTTP/1.1\r\n" H "\r\n"),
    BAD("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
    BAD("GET / HTTP/1.1 \r\n" H "\r\n"),
    BAD("GET / HTTQ/1.1\r\n" H "\r\n"),
    BAD("GET / ICE/1.0\r\n" H "\r\n"),
    BAD("SOURCE / ICE/1.0\r\n" H "\r\n"),
    BAD("G\"T / HTTP/1.1\r\n" H "\r\n"),
    BAD("ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\n" H "\r\n"),
    BAD("\x16\x03\x01\x02"),
    BAD(" GET / HTTP/1.1\r\n" H "\r\n"),
    {BYTES("GET / HTTP/2.0\r\n" H "\r\n"), ERR_VERSION},
    {BYTES("GET / HTTP/1.2\r\n" H "\r\n"), ERR_VERSION},
    {BYTES("GET / HTTP/0.9\r\n" H "\r\n"), ERR_VERSION},
    {BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ERR_VERSION},
    {BYTES("GET / HTTP/1.1\r\n" H "Expect: 200-ok\r\n\r\n"), ERR_EXPECTATION},
};

static void check_refused(const struct refused *c, struct parsed p)
{
    if (p.err != c->err)
        fail_msg("got %s, want %s: %.*s", err_name(p.err), err_name(c->err), (int)c->len, c->bytes);
    exchange_free(p.ex);
}

static void refuses_at_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        const struct refused *c = &REFUSED[i];
        for (size_t at = 0; at <= c->len; at++)
            check_refused(c, parse_split(c->bytes, c->len, at));
        check_refused(c, parse_bytewise(c->bytes, c->len));
    }
}

/* ── Limits ── */

/* "GET /aaa… HTTP/1.1" with a target of that length, then n fields of that size each (name, colon,
 * CR LF included). */
static struct parsed sized(size_t target, size_t n, size_t field)
{
    size_t room = target + n * field + 64;
    char *text = malloc(room);
    size_t len = (size_t)sprintf(text, "GET /");

    memset(text + len, 'a', target - 1);
    len += target - 1;
    len += (size_t)sprintf(text + len, " HTTP/1.1\r\n" H);
    for (size_t i = 0; i < n; i++) {
        memset(text + len, 'x', field);
        text[len + 1] = ':';
        text[len + field - 2] = '\r';
        text[len + field - 1] = '\n';
        len += field;
    }
    len += (size_t)sprintf(text + len, "\r\n");
    struct parsed p = parse_split(text, len, len / 2);
    free(text);
    return p;
}

static void limits_are_exact(void **state)
{
    static const struct {
        size_t target, n, field;
        enum err err;
    } CASES[] = {
        {HTTP_URI_MAX_BYTES, 0, 0, OK},
        {HTTP_URI_MAX_BYTES + 1, 0, 0, ERR_URI_TOO_LONG},
        {HTTP_URI_MAX_BYTES + 100, 0, 0, ERR_URI_TOO_LONG},
        {1000000, 0, 0, ERR_URI_TOO_LONG},
        {1, HTTP_HEAD_MAX_FIELDS - 1, 6, OK},
        {1, HTTP_HEAD_MAX_FIELDS, 6, ERR_HEADERS_TOO_LARGE},
        {1, 1, HTTP_HEAD_MAX_BYTES - sizeof(H) + 1 - 2, OK},
        {1, 1, HTTP_HEAD_MAX_BYTES - sizeof(H) + 1 - 1, ERR_HEADERS_TOO_LARGE},
        {1, 1, 1000000, ERR_HEADERS_TOO_LARGE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct parsed p = sized(CASES[i].target, CASES[i].n, CASES[i].field);
        if (p.err != CASES[i].err)
            fail_msg("row %zu: %s", i, err_name(p.err));
        exchange_free(p.ex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_at_every_split), cmocka_unit_test(truncated_is_never_done),
        cmocka_unit_test(leaves_what_follows),    cmocka_unit_test(refuses_at_every_split),
        cmocka_unit_test(limits_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
