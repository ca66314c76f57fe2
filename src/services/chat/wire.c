/* Writes and reads what wire.h names; knows no socket and no clock. */
#include "services/chat/wire.h"

#include "base/buf.h"
#include "base/datetime.h"

const struct str WIRE_ACTIVE =
    STR("{\"type\":\"session_active\",\"message\":\"Chat session is now active\"}");
const struct str WIRE_EXPIRED =
    STR("{\"type\":\"session_expired\",\"message\":\"Chat session has expired\"}");

struct str wire_error(struct arena *a, struct str why)
{
    struct buf b = buf_new(a, 64 + why.len);

    buf_text(&b, "{\"error\":");
    json_write_text(&b, why);
    buf_char(&b, '}');
    return buf_view(&b);
}

static struct str typed(struct arena *a, struct str type, size_t size, const struct shape *shape,
                        const void *data)
{
    struct buf b = buf_new(a, 64 + size);

    buf_text(&b, "{\"type\":");
    json_write_text(&b, type);
    buf_text(&b, ",\"data\":");
    json_write(&b, shape, data);
    buf_char(&b, '}');
    return buf_view(&b);
}

struct str wire_message(struct arena *a, const struct chat_message *m)
{
    return typed(a, STR("message"), 192 + m->content.len, &CHAT_MESSAGE, m);
}

struct str wire_ack(struct arena *a, const struct chat_ack *ack)
{
    return typed(a, STR("ack"), 128 + ack->client_id.len, &CHAT_ACK, ack);
}

struct str wire_signal(struct arena *a, const struct chat_signal *s)
{
    return typed(a, s->type, 128 + s->content.len, &CHAT_SIGNAL, s);
}

struct str wire_pending(struct arena *a, int64_t start_us)
{
    char when[DATETIME_LEN];

    datetime_format(start_us, when);
    return arena_printf(a, "{\"type\":\"session_pending\",\"starts_at\":\"%.*s\"}", DATETIME_LEN,
                        when);
}

/* ── Notes: "<kind> <seq> <origin>\n<frame>" ── */

struct str note_write(struct arena *a, const struct note *n)
{
    struct buf b = buf_new(a, 64 + n->frame.len);

    buf_char(&b, (char)n->kind);
    buf_char(&b, ' ');
    buf_i64(&b, n->seq);
    buf_char(&b, ' ');
    buf_i64(&b, n->origin);
    buf_char(&b, '\n');
    buf_str(&b, n->frame);
    return buf_view(&b);
}

bool note_read(struct str bytes, struct note *ret)
{
    struct str frame = bytes;
    struct str head = str_cut(&frame, '\n');
    struct str kind = str_cut(&head, ' ');
    struct str seq = str_present(head) ? str_cut(&head, ' ') : STR_NULL;
    struct note n = {.frame = frame};

    if (!str_present(frame) || kind.len != 1 || !str_present(head) || !str_to_i64(seq, &n.seq) ||
        !str_to_i64(head, &n.origin))
        return false;
    n.kind = (enum note_kind)kind.ptr[0];
    if (n.kind != NOTE_MESSAGE && n.kind != NOTE_SIGNAL && n.kind != NOTE_END)
        return false;
    *ret = n;
    return true;
}

struct str note_topic(struct arena *a, int64_t session)
{
    struct buf b = buf_new(a, 32);

    buf_text(&b, "chat:");
    buf_i64(&b, session);
    return buf_view(&b);
}
