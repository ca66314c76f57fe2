/* Brings a socket up to date from the store: replays, and whatever a note did not bring. Reads a
 * page at a time and no more than the client takes; stores nothing. */
#include "services/chat/live.h"

#include "base/cell.h"
#include "platform/loop/work.h"
#include "services/chat/store.h"

#include <stddef.h>

#define PAGE_MESSAGES 64

struct chat_read {
    struct work work;
    struct arena arena;
    struct chat_socket *socket;
    int64_t session;
    int64_t after;
    int64_t wanted; /* the socket's, when the read began */
    bool first;     /* look at the session too: it may have ended since the handshake */
    enum err err;
    struct chat_session row;
    struct rows messages;
};

static struct chat_read *read_of(struct work *w)
{
    return (struct chat_read *)(void *)((char *)w - offsetof(struct chat_read, work));
}

static void read_run(struct work *w, struct db *db)
{
    struct chat_read *r = read_of(w);

    if (r->first)
        r->err = chat_session_get(db, &r->arena, r->session, &r->row);
    if (r->err == OK)
        r->err =
            chat_messages_after(db, &r->arena, r->session, r->after, PAGE_MESSAGES, &r->messages);
}

/* Send the page as far as the client takes it, and note whether there is more to read. */
static void deliver(struct chat_read *r)
{
    struct chat_socket *s = r->socket;
    const struct chat_message *m = r->messages.items;
    size_t i = 0;

    for (; i < r->messages.n && !s->full; i++) {
        s->seq = m[i].seq;
        if (m[i].origin != s->origin)
            chat_send(s, wire_message(&r->arena, &m[i]));
    }
    if (s->wanted == r->wanted) /* nothing was heard of since the read began */
        s->wanted = s->seq;
    if ((i < r->messages.n || r->messages.n == PAGE_MESSAGES) && s->wanted <= s->seq)
        s->wanted = s->seq + 1;
}

static void take_in(struct chat_read *r)
{
    struct chat_socket *s = r->socket;

    if (r->err != OK) {
        chat_leave(s, wire_error(&r->arena, STR("The messages cannot be read now; connect again")),
                   WS_CLOSE_INTERNAL, NULL);
        return;
    }
    if (r->first && r->row.ended_at != I64_NULL) {
        chat_leave_error(s, r->row.end_reason);
        return;
    }
    s->entered = true;
    deliver(r);
}

static void read_done(struct work *w)
{
    struct chat_read *r = read_of(w);
    struct chat_socket *s = r->socket;

    s->reading = false;
    if (w->stored != OK)
        r->err = w->stored;
    if (s->ws != NULL && !s->leaving)
        take_in(r);
    if (!s->pumping && s->wanted > s->seq)
        chat_catch_up(s);
    arena_free(&r->arena);
    cell_free(r);
    chat_socket_unref(s);
}

/* False: too much is waiting; the next note, or look, tries again. */
static bool read_start(struct chat_socket *s)
{
    struct chat_read *r = CELL_NEW(struct chat_read);

    arena_init(&r->arena);
    r->work.run = read_run;
    r->work.done = read_done;
    r->socket = s;
    r->session = s->room->session;
    r->after = s->seq;
    r->wanted = s->wanted;
    r->first = !s->entered;
    s->refs++;
    s->reading = true;
    if (work_submit(chat_app(s)->workers, WORK_READ, &r->work))
        return true;
    s->reading = false;
    arena_free(&r->arena);
    cell_free(r);
    chat_socket_unref(s);
    return false;
}

/* Whether a read is done when it returns depends on the store, so this is a loop and read_done goes
 * on where it was not. */
void chat_catch_up(struct chat_socket *s)
{
    if (s->pumping)
        return;
    s->pumping = true;
    s->refs++;
    while (s->ws != NULL && !s->leaving && !s->full && !s->reading &&
           (!s->entered || s->wanted > s->seq))
        if (!read_start(s))
            break;
    s->pumping = false;
    chat_socket_unref(s);
}
