/* The WebSocket engine over a connection made of buffers: handmade frames, every split of them,
 * closing, silence, back-pressure; and the opening handshake. */
#include "unit.h"

#include "buffer_conn.h"

#include <stdlib.h>

/* ── A handler that echoes ── */

struct seen {
    struct ws *s;
    size_t messages, opened, closed, drained;
    size_t pause_after; /* messages, 0: never */
    size_t close_after;
};

static void on_open(struct ws *s, void *ctx)
{
    struct seen *seen = ctx;
    seen->s = s;
    seen->opened++;
}

static void on_message(struct ws *s, void *ctx, bool binary, struct str bytes)
{
    struct seen *seen = ctx;
    seen->messages++;
    if (binary)
        (void)ws_send_binary(s, bytes);
    else
        (void)ws_send(s, bytes);
    if (seen->messages == seen->pause_after)
        ws_pause(s, true);
    if (seen->messages == seen->close_after)
        ws_close(s, WS_CLOSE_POLICY, "enough");
}

static void on_closed(struct ws *s, void *ctx)
{
    (void)s;
    ((struct seen *)ctx)->closed++;
}

static void on_drained(struct ws *s, void *ctx)
{
    (void)s;
    ((struct seen *)ctx)->drained++;
}

#define MAX_BYTES 1000
static const struct ws_events ECHO_EVENTS = {.message_max = MAX_BYTES,
                                             .open = on_open,
                                             .message = on_message,
                                             .closed = on_closed,
                                             .drained = on_drained};

static void start(struct seen *seen)
{
    memset(&line, 0, sizeof(line));
    ws_start(&line, &ECHO_EVENTS, seen);
    assert_int_equal(seen->opened, 1);
}

static void hang_up(struct seen *seen)
{
    line.protocol->closed(&line, line.ctx);
    assert_int_equal(seen->closed, 1);
    uv_run(&uv, UV_RUN_DEFAULT); /* the loop's own timer goes with its last socket */
}

static void feed(const void *bytes, size_t len)
{
    uint8_t *piece = malloc(len + 1); /* its own allocation, so that an overrun is seen */
    memcpy(piece, bytes, len);
    line.protocol->data(&line, line.ctx, piece, len);
    free(piece);
}

/* ── Frames by hand ── */

struct bytes {
    uint8_t v[4096];
    size_t n;
};

#define FIN 0x80
#define RSV1 0x40

static void put_header(struct bytes *b, unsigned first, size_t len, bool masked)
{
    b->v[b->n++] = (uint8_t)first;
    uint8_t mask_bit = masked ? 0x80 : 0;
    if (len > 125) {
        b->v[b->n++] = (uint8_t)(mask_bit | 126);
        b->v[b->n++] = (uint8_t)(len >> 8);
        b->v[b->n++] = (uint8_t)len;
    } else {
        b->v[b->n++] = (uint8_t)(mask_bit | len);
    }
}

static void put_frame(struct bytes *b, unsigned first, const char *payload, size_t len)
{
    static const uint8_t KEY[4] = {0x37, 0xfa, 0x21, 0x3d};

    put_header(b, first, len, true);
    memcpy(b->v + b->n, KEY, 4);
    b->n += 4;
    for (size_t i = 0; i < len; i++)
        b->v[b->n++] = (uint8_t)payload[i] ^ KEY[i % 4];
}

static void put_reply(struct bytes *b, unsigned first, const char *payload, size_t len)
{
    put_header(b, first, len, false);
    memcpy(b->v + b->n, payload, len);
    b->n += len;
}

struct frame {
    unsigned first;
    const char *payload;
    size_t len;
};

#define TEXT_FRAME(t)                                                                              \
    {                                                                                              \
        FIN | WS_TEXT, "" t, sizeof(t) - 1                                                         \
    }
#define FRAME(f, t)                                                                                \
    {                                                                                              \
        (f), "" t, sizeof(t) - 1                                                                   \
    }
#define CLOSE_FRAME(t)                                                                             \
    {                                                                                              \
        FIN | WS_CLOSE, "" t, sizeof(t) - 1                                                        \
    }
#define PING_FRAME(t)                                                                              \
    {                                                                                              \
        FIN | WS_PING, "" t, sizeof(t) - 1                                                         \
    }

struct exchange {
    const char *what;
    struct frame in[8];
    struct frame out[8];
    bool ends; /* the server hangs up */
};

static const char X125[] =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
static char x1001[1002];

static const struct exchange EXCHANGES[] = {
    {"text", {TEXT_FRAME("Hello")}, {TEXT_FRAME("Hello")}, false},
    {"empty text", {TEXT_FRAME("")}, {TEXT_FRAME("")}, false},
    {"two at once", {TEXT_FRAME("a"), TEXT_FRAME("b")}, {TEXT_FRAME("a"), TEXT_FRAME("b")}, false},
    {"binary",
     {FRAME(FIN | WS_BINARY, "\x00\xff\xc0")},
     {FRAME(FIN | WS_BINARY, "\x00\xff\xc0")},
     false},
    {"126 bytes of length", {{FIN | WS_TEXT, x1001, 126}}, {{FIN | WS_TEXT, x1001, 126}}, false},
    {"as large as allowed", {{FIN | WS_TEXT, x1001, 1000}}, {{FIN | WS_TEXT, x1001, 1000}}, false},
    {"too large", {{FIN | WS_TEXT, x1001, 1001}}, {CLOSE_FRAME("\x03\xf1")}, true},
    {"too large in pieces",
     {{WS_TEXT, x1001, 600}, {FIN | WS_CONTINUATION, x1001, 401}},
     {CLOSE_FRAME("\x03\xf1")},
     true},
    {"in pieces",
     {FRAME(WS_TEXT, "Hel"), FRAME(WS_CONTINUATION, ""), FRAME(FIN | WS_CONTINUATION, "lo")},
     {TEXT_FRAME("Hello")},
     false},
    {"pieces, the last empty",
     {FRAME(WS_TEXT, "Hel"), FRAME(FIN | WS_CONTINUATION, "")},
     {TEXT_FRAME("Hel")},
     false},
    {"a ping between pieces",
     {FRAME(WS_TEXT, "a"), PING_FRAME("p"), FRAME(FIN | WS_CONTINUATION, "b")},
     {FRAME(FIN | WS_PONG, "p"), TEXT_FRAME("ab")},
     false},
    {"a close between pieces",
     {FRAME(WS_TEXT, "a"), CLOSE_FRAME("\x03\xe8")},
     {CLOSE_FRAME("\x03\xe8")},
     true},
    {"a character across pieces",
     {FRAME(WS_TEXT, "\xe2\x82"), FRAME(FIN | WS_CONTINUATION, "\xac")},
     {TEXT_FRAME("\xe2\x82\xac")},
     false},
    {"ping", {PING_FRAME("")}, {FRAME(FIN | WS_PONG, "")}, false},
    {"ping of 125", {{FIN | WS_PING, X125, 125}}, {{FIN | WS_PONG, X125, 125}}, false},
    {"ping of 126", {{FIN | WS_PING, x1001, 126}}, {CLOSE_FRAME("\x03\xea")}, true},
    {"a pong nobody asked for",
     {FRAME(FIN | WS_PONG, "x"), TEXT_FRAME("a")},
     {TEXT_FRAME("a")},
     false},
    {"a ping in pieces", {FRAME(WS_PING, "x")}, {CLOSE_FRAME("\x03\xea")}, true},
    {"reserved bit", {FRAME(FIN | RSV1 | WS_TEXT, "x")}, {CLOSE_FRAME("\x03\xea")}, true},
    {"reserved bit of a ping", {FRAME(FIN | 0x10 | WS_PING, "")}, {CLOSE_FRAME("\x03\xea")}, true},
    {"reserved opcode 3", {FRAME(FIN | 3, "")}, {CLOSE_FRAME("\x03\xea")}, true},
    {"reserved opcode 11", {FRAME(FIN | 11, "")}, {CLOSE_FRAME("\x03\xea")}, true},
    {"a message before",
     {TEXT_FRAME("a"), FRAME(FIN | 5, "x")},
     {TEXT_FRAME("a"), CLOSE_FRAME("\x03\xea")},
     true},
    {"continuation of nothing",
     {FRAME(FIN | WS_CONTINUATION, "x")},
     {CLOSE_FRAME("\x03\xea")},
     true},
    {"continuation after the end",
     {TEXT_FRAME("a"), FRAME(WS_CONTINUATION, "")},
     {TEXT_FRAME("a"), CLOSE_FRAME("\x03\xea")},
     true},
    {"text within a message",
     {FRAME(WS_TEXT, "a"), TEXT_FRAME("b")},
     {CLOSE_FRAME("\x03\xea")},
     true},
    {"not UTF-8", {TEXT_FRAME("a\xff")}, {CLOSE_FRAME("\x03\xef")}, true},
    {"a surrogate", {TEXT_FRAME("\xed\xa0\x80")}, {CLOSE_FRAME("\x03\xef")}, true},
    {"overlong", {TEXT_FRAME("\xc0\xaf")}, {CLOSE_FRAME("\x03\xef")}, true},
    {"overlong, three bytes", {TEXT_FRAME("\xe0\x80\xaf")}, {CLOSE_FRAME("\x03\xef")}, true},
    {"beyond U+10FFFF", {TEXT_FRAME("\xf4\x90\x80\x80")}, {CLOSE_FRAME("\x03\xef")}, true},
    {"a character cut off", {TEXT_FRAME("abcdefgh\xe2\x82")}, {CLOSE_FRAME("\x03\xef")}, true},
    {"wrong before its message ends",
     {FRAME(WS_TEXT, "\xf4\x90")},
     {CLOSE_FRAME("\x03\xef")},
     true},
    {"a NUL is a character", {TEXT_FRAME("\0")}, {TEXT_FRAME("\0")}, false},
    {"binary is not text",
     {FRAME(WS_BINARY, "\xff"), FRAME(FIN | WS_CONTINUATION, "\xc0")},
     {FRAME(FIN | WS_BINARY, "\xff\xc0")},
     false},
    {"close",
     {CLOSE_FRAME("\x03\xe8"
                  "bye")},
     {CLOSE_FRAME("\x03\xe8")},
     true},
    {"close without a code", {CLOSE_FRAME("")}, {CLOSE_FRAME("")}, true},
    {"close with half a code", {CLOSE_FRAME("\x03")}, {CLOSE_FRAME("\x03\xea")}, true},
    {"close, its reason not UTF-8", {CLOSE_FRAME("\x03\xe8\xff")}, {CLOSE_FRAME("\x03\xef")}, true},
    {"close, its reason cut off",
     {CLOSE_FRAME("\x03\xe8"
                  "a\xc3")},
     {CLOSE_FRAME("\x03\xef")},
     true},
    {"close, its reason in many bytes",
     {CLOSE_FRAME("\x03\xe8\xc3\xa9\xe2\x82\xac")},
     {CLOSE_FRAME("\x03\xe8")},
     true},
    {"nothing counts after close",
     {CLOSE_FRAME("\x03\xe8"), TEXT_FRAME("a")},
     {CLOSE_FRAME("\x03\xe8")},
     true},
    {"nothing counts after a violation",
     {FRAME(FIN | 3, ""), TEXT_FRAME("a")},
     {CLOSE_FRAME("\x03\xea")},
     true},
};

static void build(const struct exchange *x, struct bytes *in, struct bytes *out)
{
    in->n = out->n = 0;
    for (size_t i = 0; i < COUNT(x->in) && x->in[i].payload != NULL; i++)
        put_frame(in, x->in[i].first, x->in[i].payload, x->in[i].len);
    for (size_t i = 0; i < COUNT(x->out) && x->out[i].payload != NULL; i++)
        put_reply(out, x->out[i].first, x->out[i].payload, x->out[i].len);
}

static void check_end(const char *what, size_t cut, const struct bytes *want, bool ends)
{
    if (line.out_len != want->n || memcmp(line.out, want->v, want->n) != 0)
        fail_msg("%s, cut at %zu: %zu bytes came back, %zu were due", what, cut, line.out_len,
                 want->n);
    if (line.closed_soon != ends || line.closed_now)
        fail_msg("%s, cut at %zu: %s", what, cut, ends ? "stayed open" : "was closed");
}

static void test_exchanges_at_every_split(void **state)
{
    struct bytes in, out;

    (void)state;
    for (size_t i = 0; i < COUNT(EXCHANGES); i++) {
        build(&EXCHANGES[i], &in, &out);
        for (size_t cut = 0; cut <= in.n; cut++) {
            struct seen seen = {0};
            start(&seen);
            if (cut > 0)
                feed(in.v, cut);
            if (cut < in.n)
                feed(in.v + cut, in.n - cut);
            check_end(EXCHANGES[i].what, cut, &out, EXCHANGES[i].ends);
            if (!EXCHANGES[i].ends)
                assert_null(seen.s->engine); /* handed back: an idle socket has none */
            hang_up(&seen);
        }
    }
}

static void test_exchanges_byte_by_byte(void **state)
{
    struct bytes in, out;

    (void)state;
    for (size_t i = 0; i < COUNT(EXCHANGES); i++) {
        struct seen seen = {0};
        build(&EXCHANGES[i], &in, &out);
        start(&seen);
        for (size_t k = 0; k < in.n; k++)
            feed(in.v + k, 1);
        check_end(EXCHANGES[i].what, 1, &out, EXCHANGES[i].ends);
        hang_up(&seen);
    }
}

static void test_close_codes(void **state)
{
    static const struct {
        unsigned first, last;
        bool good;
    } RANGES[] = {{0, 999, false},     {1000, 1003, true},   {1004, 1006, false},
                  {1007, 1014, true},  {1015, 2999, false},  {3000, 4999, true},
                  {5000, 5100, false}, {65500, 65535, false}};

    (void)state;
    for (size_t r = 0; r < COUNT(RANGES); r++)
        for (unsigned code = RANGES[r].first; code <= RANGES[r].last; code++) {
            struct seen seen = {0};
            struct bytes in = {.n = 0}, out = {.n = 0};
            char payload[2] = {(char)(code >> 8), (char)code};
            put_frame(&in, FIN | WS_CLOSE, payload, 2);
            put_reply(&out, FIN | WS_CLOSE, RANGES[r].good ? payload : "\x03\xea", 2);
            start(&seen);
            feed(in.v, in.n);
            check_end("close code", code, &out, true);
            hang_up(&seen);
        }
}

static void test_unmasked_and_overlong_lengths(void **state)
{
    static const struct frame RAW[] = {
        FRAME(0, "\x81\x01x"),                             /* not masked */
        FRAME(0, "\x81\xfe\x00\x01\0\0\0\0x"),             /* 1 byte, written in 16 bits */
        FRAME(0, "\x81\xff\x00\0\0\0\0\0\0\x01\0\0\0\0x"), /* 1 byte, written in 64 */
        FRAME(0, "\x81\xff\x80\0\0\0\0\0\0\x01\0\0\0\0x"), /* the top bit */
    };
    struct bytes out = {.n = 0};

    (void)state;
    put_reply(&out, FIN | WS_CLOSE, "\x03\xea", 2);
    for (size_t i = 0; i < COUNT(RAW); i++) {
        struct seen seen = {0};
        start(&seen);
        feed(RAW[i].payload, RAW[i].len);
        check_end("raw", i, &out, true);
        hang_up(&seen);
    }
}

/* ── Engines ── */

static void test_engines_go_round(void **state)
{
    struct seen seen[3] = {{0}};
    static struct conn lines[3];
    struct bytes in = {.n = 0};

    (void)state;
    put_frame(&in, FIN | WS_TEXT, "Hello", 5);
    memset(lines, 0, sizeof(lines));
    for (size_t i = 0; i < 3; i++)
        ws_start(&lines[i], &ECHO_EVENTS, &seen[i]);
    for (size_t i = 0; i < 3; i++) /* three at once, each half a frame */
        lines[i].protocol->data(&lines[i], lines[i].ctx, in.v, 1 + i);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(seen[i].s->engine);
    for (size_t i = 0; i < 3; i++)
        lines[i].protocol->data(&lines[i], lines[i].ctx, in.v + 1 + i, in.n - 1 - i);
    assert_int_equal(seen[0].s->home->n_spare, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_null(seen[i].s->engine);
        assert_int_equal(seen[i].messages, 1);
        lines[i].protocol->closed(&lines[i], lines[i].ctx);
    }
    uv_run(&uv, UV_RUN_DEFAULT);
    assert_true(sizeof(struct ws) <= 128);
}

/* ── Back-pressure ── */

static void test_pausing_holds_messages(void **state)
{
    struct bytes in = {.n = 0}, out = {.n = 0};

    (void)state;
    for (int i = 0; i < 4; i++) {
        char c = (char)('a' + i);
        put_frame(&in, FIN | WS_TEXT, &c, 1);
        put_reply(&out, FIN | WS_TEXT, &c, 1);
    }
    for (size_t cut = 1; cut < in.n; cut++) {
        struct seen seen = {.pause_after = 2};
        start(&seen);
        feed(in.v, cut);
        feed(in.v + cut, in.n - cut); /* was under way when reading stopped */
        assert_int_equal(seen.messages, 2);
        assert_true(line.paused);
        ws_pause(seen.s, false);
        assert_false(line.paused);
        assert_int_equal(seen.messages, 4);
        check_end("held", cut, &out, false);
        assert_null(seen.s->engine);
        hang_up(&seen);
    }
}

static void test_a_client_that_does_not_read(void **state)
{
    struct seen seen = {0};

    (void)state;
    start(&seen);
    assert_true(ws_send(seen.s, STR("x")));
    assert_int_equal(line.out_len, 3);
    line.out_len = 0;
    line.pending = 2 * CONN_SEND_HIGH;
    assert_false(ws_send(seen.s, STR("x"))); /* still taken */
    assert_true(line.paused);
    assert_int_equal(line.out_len, 3);
    line.out_len = 0;
    line.pending = 2 * CONN_SEND_HIGH + 1;
    assert_false(ws_send(seen.s, STR("x")));
    assert_true(line.closed_soon);
    assert_int_equal(line.out_len, 4);
    assert_memory_equal(line.out, "\x88\x02\x03\xf0", 4);
    hang_up(&seen);
}

static void test_drained_goes_on(void **state)
{
    struct seen seen = {0};
    struct bytes in = {.n = 0};

    (void)state;
    put_frame(&in, FIN | WS_TEXT, "a", 1);
    start(&seen);
    seen.s->paused = WS_PAUSE_SENDING; /* as after a send that returned false */
    line.paused = true;
    feed(in.v, in.n);
    assert_int_equal(seen.messages, 0);
    line.protocol->drained(&line, line.ctx);
    assert_int_equal(seen.drained, 1);
    assert_int_equal(seen.messages, 1);
    assert_false(line.paused);
    hang_up(&seen);
}

/* ── Closing ── */

static void test_our_close(void **state)
{
    struct bytes theirs = {.n = 0};

    (void)state;
    put_frame(&theirs, FIN | WS_TEXT, "late", 4);
    put_frame(&theirs, FIN | WS_CLOSE, "\x03\xe8", 2);
    for (size_t cut = 1; cut <= theirs.n; cut++) {
        struct seen seen = {0};
        start(&seen);
        ws_close(seen.s, WS_CLOSE_RESTART, "again soon");
        ws_close(seen.s, WS_CLOSE_NORMAL, "twice is once");
        assert_int_equal(line.out_len, 2 + 2 + 10);
        assert_memory_equal(line.out,
                            "\x88\x0c\x03\xf4"
                            "again soon",
                            14);
        assert_false(ws_send(seen.s, STR("after")));
        assert_false(line.closed_soon); /* their Close is awaited */
        feed(theirs.v, cut);
        if (cut < theirs.n)
            feed(theirs.v + cut, theirs.n - cut);
        assert_true(line.closed_soon);
        assert_int_equal(seen.messages, 0);
        assert_int_equal(line.out_len, 14);
        hang_up(&seen);
    }
}

static void test_close_from_within_a_message(void **state)
{
    struct seen seen = {.close_after = 1};
    struct bytes in = {.n = 0};

    (void)state;
    put_frame(&in, FIN | WS_TEXT, "a", 1);
    put_frame(&in, FIN | WS_TEXT, "b", 1);
    start(&seen);
    feed(in.v, in.n);
    assert_int_equal(seen.messages, 1);
    hang_up(&seen);
}

static void test_a_long_reason_is_cut_between_characters(void **state)
{
    struct seen seen = {0};
    char reason[200];

    (void)state;
    for (size_t i = 0; i < 66; i++)
        memcpy(reason + 3 * i, "\xe2\x82\xac", 4);
    reason[0] = 'x'; /* so that the limit falls inside a character */
    reason[1] = 'y';
    reason[2] = 'z';
    memmove(reason + 1, reason + 3, 190);
    start(&seen);
    ws_close(seen.s, WS_CLOSE_POLICY, reason);
    assert_int_equal(line.out_len, 2u + line.out[1]);
    assert_true(line.out[1] <= 125 && (line.out[1] - 2 - 1) % 3 == 0);
    hang_up(&seen);
}

static void test_shutdown_says_1012(void **state)
{
    struct seen seen = {0};

    (void)state;
    start(&seen);
    line.protocol->shutdown(&line, line.ctx);
    assert_memory_equal(line.out + 2, "\x03\xf4", 2);
    hang_up(&seen);
}

/* ── Silence ── */

static void test_silence(void **state)
{
    struct seen seen = {0};
    struct bytes in = {.n = 0};
    int64_t now = (int64_t)uv_now(&uv);

    (void)state;
    put_frame(&in, FIN | WS_PONG, "", 0);
    start(&seen);
    ws_sweep(seen.s->home, now + 29999);
    assert_int_equal(line.out_len, 0);
    ws_sweep(seen.s->home, now + 30000);
    assert_memory_equal(line.out, "\x89\x00", 2); /* a ping */
    feed(in.v, in.n);                             /* answered */
    ws_sweep(seen.s->home, now + 40000);
    assert_int_equal(line.out_len, 4); /* the clock of uv stood still: due again */
    ws_sweep(seen.s->home, now + 40001);
    assert_int_equal(line.out_len, 4);
    assert_false(line.closed_now);
    ws_sweep(seen.s->home, now + 70000); /* not answered */
    assert_true(line.closed_now);
    hang_up(&seen);
}

static void test_a_peer_that_never_closes(void **state)
{
    struct seen seen = {0};
    int64_t now = (int64_t)uv_now(&uv);

    (void)state;
    start(&seen);
    ws_close(seen.s, WS_CLOSE_NORMAL, NULL);
    ws_sweep(seen.s->home, now + 4999);
    assert_false(line.closed_now);
    ws_sweep(seen.s->home, now + 5000);
    assert_true(line.closed_now);
    hang_up(&seen);
}

/* ── The handshake ── */

struct handshake {
    const char *what;
    enum http_method method;
    const char *upgrade, *connection, *version, *key;
    bool good;
};

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="

static const struct handshake HANDSHAKES[] = {
    {"RFC 6455 §1.3", GET, "websocket", "Upgrade", "13", KEY, true},
    {"lists and letter case", GET, "h2c, WebSocket", "keep-alive, upgrade", "13", KEY, true},
    {"POST", POST, "websocket", "Upgrade", "13", KEY, false},
    {"no Upgrade", GET, NULL, "Upgrade", "13", KEY, false},
    {"another upgrade", GET, "h2c", "Upgrade", "13", KEY, false},
    {"no Connection", GET, "websocket", NULL, "13", KEY, false},
    {"Connection without upgrade", GET, "websocket", "keep-alive", "13", KEY, false},
    {"no version", GET, "websocket", "Upgrade", NULL, KEY, false},
    {"an old version", GET, "websocket", "Upgrade", "8", KEY, false},
    {"no key", GET, "websocket", "Upgrade", "13", NULL, false},
    {"a short key", GET, "websocket", "Upgrade", "13", "dGhl", false},
    {"a key of other characters", GET, "websocket", "Upgrade", "13",
     "dGhlIHNhbXBsZSBub25jZ!==", false},
    {"a key of 18 bytes", GET, "websocket", "Upgrade", "13", "dGhlIHNhbXBsZSBub25jZQQQ", false},
};

static void test_handshakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(HANDSHAKES); i++) {
        const struct handshake *h = &HANDSHAKES[i];
        struct http_header headers[4];
        struct http_head head = {.method = h->method, .headers = headers, .content_length = -1};
        const char *const values[] = {h->upgrade, h->connection, h->version, h->key};
        const char *const names[] = {"upgrade", "Connection", "Sec-WebSocket-Version",
                                     "Sec-WebSocket-Key"};
        const char *why = NULL;
        for (size_t k = 0; k < COUNT(values); k++)
            if (values[k] != NULL)
                headers[head.n_headers++] =
                    (struct http_header){str_of(names[k]), str_of(values[k])};
        if (ws_wants_upgrade(&head, &why) != h->good)
            fail_msg("%s", h->what);
        assert_true(h->good == (why == NULL));
    }
}

static void test_two_keys_and_bodies(void **state)
{
    struct http_header headers[] = {
        {STR("Upgrade"), STR("websocket")},        {STR("Connection"), STR("Upgrade")},
        {STR("Sec-WebSocket-Version"), STR("13")}, {STR("Sec-WebSocket-Key"), STR(KEY)},
        {STR("Sec-WebSocket-Key"), STR(KEY)},
    };
    struct http_head head = {
        .method = GET, .headers = headers, .n_headers = 4, .content_length = 0};
    const char *why = NULL;

    (void)state;
    assert_true(ws_wants_upgrade(&head, &why));
    head.content_length = 5;
    assert_false(ws_wants_upgrade(&head, &why));
    head.content_length = -1;
    head.n_headers = 5;
    assert_false(ws_wants_upgrade(&head, &why));
    head.n_headers = 4;
    head.http10 = true;
    assert_false(ws_wants_upgrade(&head, &why));
}

static void test_accept_key(void **state)
{
    struct arena a = {0};

    (void)state;
    assert_str(ws_accept_key(&a, STR(KEY)), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_str(ws_accept_key(&a, STR(" x3JJHMbDL1EzLkh9GBhXDw== ")),
               "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
    arena_free(&a);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(test_exchanges_at_every_split),
        cmocka_unit_test(test_exchanges_byte_by_byte),
        cmocka_unit_test(test_close_codes),
        cmocka_unit_test(test_unmasked_and_overlong_lengths),
        cmocka_unit_test(test_engines_go_round),
        cmocka_unit_test(test_pausing_holds_messages),
        cmocka_unit_test(test_a_client_that_does_not_read),
        cmocka_unit_test(test_drained_goes_on),
        cmocka_unit_test(test_our_close),
        cmocka_unit_test(test_close_from_within_a_message),
        cmocka_unit_test(test_a_long_reason_is_cut_between_characters),
        cmocka_unit_test(test_shutdown_says_1012),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_a_peer_that_never_closes),
        cmocka_unit_test(test_handshakes),
        cmocka_unit_test(test_two_keys_and_bodies),
        cmocka_unit_test(test_accept_key),
    };

    memset(x1001, 'x', sizeof(x1001) - 1);
    uv_loop_init(&uv);
    int failed = cmocka_run_group_tests(TESTS, NULL, NULL);
    return uv_loop_close(&uv) != 0 ? 1 : failed;
}
