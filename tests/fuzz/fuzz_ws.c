/* WebSocket frames against an echo, all at once and in pieces: the same frames come back, each of
 * them well-formed, and the socket is closed once. */
#include "fuzz.h"

#include "../unit/buffer_conn.h"

#define MESSAGE_MAX 1000

struct seen {
    size_t opened, closed;
};

static void on_open(struct ws *s, void *ctx)
{
    (void)s;
    ((struct seen *)ctx)->opened++;
}

static void on_message(struct ws *s, void *ctx, bool binary, struct str bytes)
{
    (void)ctx;
    HOLDS(bytes.len <= MESSAGE_MAX);
    (void)(binary ? ws_send_binary(s, bytes) : ws_send(s, bytes));
}

static void on_closed(struct ws *s, void *ctx)
{
    (void)s;
    ((struct seen *)ctx)->closed++;
}

static const struct ws_events ECHO_EVENTS = {
    .message_max = MESSAGE_MAX, .open = on_open, .message = on_message, .closed = on_closed};

/* RFC 6455 §5.1, §5.5: unmasked, no reserved bit, a known opcode, control frames short; nothing
 * behind a Close. */
static void check_sent(void)
{
    size_t at = 0;
    bool closed = false;

    while (at < line.out_len) {
        HOLDS(!closed && line.out_len - at >= 2);
        unsigned first = line.out[at], len = line.out[at + 1];
        unsigned opcode = first & 15u;
        size_t head = 2;
        HOLDS((first & 0xf0u) == 0x80u && len <= 126);
        HOLDS(opcode == WS_TEXT || opcode == WS_BINARY || opcode == WS_CLOSE || opcode == WS_PONG);
        if (len == 126) {
            HOLDS(opcode <= WS_BINARY && line.out_len - at >= 4);
            len = line.out[at + 2] * 256u + line.out[at + 3];
            head = 4;
        }
        HOLDS(line.out_len - at - head >= len);
        closed = opcode == WS_CLOSE;
        at += head + len;
    }
}

static void talk(const uint8_t *data, size_t size, size_t step)
{
    struct seen seen = {0};

    line.out_len = 0;
    line.paused = line.closed_soon = line.closed_now = false;
    ws_start(&line, &ECHO_EVENTS, &seen);
    for (size_t at = 0; at < size; at += step) {
        size_t n = size - at < step ? size - at : step;
        char *piece = fuzz_copy(data + at, n);
        line.protocol->data(&line, line.ctx, (const uint8_t *)piece, n);
        free(piece);
    }
    line.protocol->closed(&line, line.ctx);
    HOLDS(seen.opened == 1 && seen.closed == 1);
    (void)uv_run(&uv, UV_RUN_DEFAULT); /* the loop's own timer goes with its last socket */
    check_sent();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t STEPS[] = {1, 3, 130};
    static bool begun;

    if (!begun)
        HOLDS(uv_loop_init(&uv) == 0);
    begun = true;
    if (size > 64 * 1024)
        return 0;
    talk(data, size, size > 0 ? size : 1);
    struct str sent = {fuzz_copy(line.out, line.out_len), line.out_len};
    bool ends = line.closed_soon;
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        talk(data, size, STEPS[i]);
        HOLDS(ends == line.closed_soon);
        HOLDS(line.out_len == sent.len && memcmp(line.out, sent.ptr, sent.len) == 0);
    }
    free((void *)(uintptr_t)sent.ptr);
    return 0;
}
