/* What processes and loops tell each other: the bus's payloads and chat's notes. What is read comes
 * out the same when it is written. */
#include "fuzz.h"

#include "platform/bus/payload.h"
#include "services/chat/wire.h"

static void payload(struct str s)
{
    static char text[PAYLOAD_MAX], written[PAYLOAD_MAX], room[PAYLOAD_MAX], room_again[PAYLOAD_MAX];
    struct payload p = {0}, again = {0};

    if (s.len >= PAYLOAD_MAX)
        return;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    if (!payload_read(text, room, &p) || !payload_write(&p, written))
        return;
    HOLDS(payload_read(written, room_again, &again));
    HOLDS(strcmp(p.who, again.who) == 0 && p.n == again.n && str_eq(p.topic, again.topic));
    HOLDS(str_eq(p.bytes, again.bytes) || again.bytes.len == 0);
}

static void note(struct str s)
{
    struct arena a = {0};
    struct note n, again;

    if (note_read(s, &n)) {
        HOLDS(note_read(note_write(&a, &n), &again));
        HOLDS(n.kind == again.kind && n.seq == again.seq && n.origin == again.origin);
        HOLDS(str_eq(n.frame, again.frame));
    }
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    payload(fuzz_str(data, size));
    note(fuzz_str(data, size));
    return 0;
}
