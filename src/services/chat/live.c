/* Rooms and sockets of this process, a loop at a time; must not store or judge messages.
 *
 * Order: a session's messages are numbered in the store (seq). Whoever stores one publishes a note
 * once it is durable; every loop with a room of that session hears it. A socket that has everything
 * up to seq-1 is sent the note's frame; any other (just joined, lagging behind its client, a note
 * missed) reads the store from where it stands. So each socket gets every message once and in the
 * same order, whatever was lost or late. */
#include "services/chat/live.h"

#include "base/cell.h"
#include "base/map.h"
#include "platform/auth/revocation.h"
#include "platform/bus/bus.h"
#include "platform/clock.h"
#include "platform/loop/work.h"
#include "platform/metrics/metrics.h"

#include <stdlib.h>
#include <string.h>

#define REVOKED_TOPIC STR("chat:revoked")

static struct chat_loop LOOPS[LOOPS_MAX];

struct app *chat_app(const struct chat_socket *s)
{
    return s->room->home->app;
}

/* ── Sending ── */

void chat_send(struct chat_socket *s, struct str frame)
{
    if (s->ws == NULL || s->leaving)
        return;
    if (!ws_send(s->ws, frame))
        s->full = true;
}

void chat_send_error(struct chat_socket *s, const char *why)
{
    struct arena a;

    arena_init(&a);
    chat_send(s, wire_error(&a, str_of(why)));
    arena_free(&a);
}

void chat_leave(struct chat_socket *s, struct str frame, enum ws_close_code code, const char *why)
{
    if (s->ws == NULL || s->leaving)
        return;
    (void)ws_send(s->ws, frame);
    s->leaving = true;
    ws_close(s->ws, code, why);
}

void chat_leave_error(struct chat_socket *s, struct str why)
{
    struct arena a;

    arena_init(&a);
    chat_leave(s, wire_error(&a, why), WS_CLOSE_POLICY, arena_str(&a, why).ptr);
    arena_free(&a);
}

/* ── What a room hears ── */

static void relay(struct chat_socket *s, const struct note *n)
{
    if (n->seq <= s->seq)
        return;
    if (n->seq > s->wanted)
        s->wanted = n->seq;
    if (!s->entered || s->full || s->reading || n->seq != s->seq + 1) {
        chat_catch_up(s);
        return;
    }
    s->seq = n->seq;
    if (n->origin != s->origin)
        chat_send(s, n->frame);
}

static void on_note(void *ctx, struct str topic, struct str bytes)
{
    struct chat_room *room = ctx;
    struct note n;

    (void)topic;
    if (bytes.len == 0)
        chat_look(room);
    if (!note_read(bytes, &n))
        return;
    for (struct chat_socket *s = room->first; s != NULL; s = s->next) {
        if (n.kind == NOTE_MESSAGE)
            relay(s, &n);
        else if (n.kind == NOTE_END)
            chat_leave_error(s, n.frame);
        else if (n.origin != s->origin && !s->full && !s->waiting)
            chat_send(s, n.frame);
    }
}

/* ── Rooms ── */

static void room_open(struct chat_room *room, struct chat_loop *home)
{
    struct arena a;

    arena_init(&a);
    room->home = home;
    room->notes = bus_subscribe(home->app->bus, note_topic(&a, room->session), on_note, room);
    room->due_us = INT64_MAX;
    map_put_i64(home->rooms, room->session, room);
    metric_add(METRIC_CHAT_SESSIONS, 1);
    arena_free(&a);
}

static void room_leave(struct chat_room *room, struct chat_socket *s)
{
    *(s->prev != NULL ? &s->prev->next : &room->first) = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    s->prev = s->next = NULL;
    if (room->first != NULL)
        return;
    map_del_i64(room->home->rooms, room->session);
    metric_add(METRIC_CHAT_SESSIONS, -1);
    chat_look_away(room);
    bus_unsubscribe(room->notes);
    cell_free(room);
}

/* ── Sockets ── */

static struct identity identity_of(const struct chat_socket *s)
{
    return (struct identity){
        .number = s->person, .jti = uuid_unpack(&s->jti), .issued_us = s->issued_us};
}

static struct uuid_packed packed(struct str id)
{
    struct uuid u;

    return uuid_parse(id, &u) ? uuid_pack(&u) : (struct uuid_packed){0};
}

struct chat_socket *chat_socket_new(const struct chat_entry *entry)
{
    const struct chat_session *from = entry->session;
    struct chat_socket *s = CELL_NEW(struct chat_socket);
    struct chat_room *room = CELL_NEW(struct chat_room);

    room->session = from->id;
    room->window = (struct chat_window){from->start_time, from->end_time};
    room->user_ids[0] = packed(from->user1_id);
    room->user_ids[1] = packed(from->user2_id);
    s->room = room; /* until open() finds or makes the loop's own */
    s->refs = 1;
    s->person = entry->person;
    s->side = (uint8_t)chat_side(from, entry->person);
    s->by_token = entry->who->number != 0;
    if (s->by_token)
        s->jti = uuid_pack(&entry->who->jti);
    s->issued_us = entry->who->issued_us;
    s->seq = entry->seq;
    s->waiting = entry->waiting;
    random_fill(&s->origin, sizeof(s->origin));
    s->origin &= INT64_MAX;
    return s;
}

void chat_socket_unref(struct chat_socket *s)
{
    if (--s->refs == 0)
        cell_free(s);
}

static void on_revoked(void *ctx, struct str topic, struct str bytes)
{
    struct chat_loop *home = ctx;
    struct revocation entry;
    struct str key;
    void *value;

    (void)topic;
    if (bytes.len != sizeof(entry))
        return;
    memcpy(&entry, bytes.ptr, sizeof(entry));
    for (size_t at = 0; map_next(home->rooms, &at, &key, &value);) {
        const struct chat_room *room = value;
        for (struct chat_socket *s = room->first; s != NULL; s = s->next) {
            struct identity who = identity_of(s);
            if (s->by_token && revocation_hits(&entry, &who))
                chat_leave_error(s, STR("Access token was revoked"));
        }
    }
}

/* This loop's share, listening from its first socket on. */
static struct chat_loop *home_of(struct app *app, struct loop *loop)
{
    struct chat_loop *home = &LOOPS[loop_index(loop)];

    if (home->revoked == NULL) {
        home->revoked = bus_subscribe(app->bus, REVOKED_TOPIC, on_revoked, home);
        chat_look_start(home, loop);
        chat_clock_start(home, loop);
    }
    return home;
}

/* From here on it is spoken to, as far as it can hear: what is said before open() can wait for the
 * first read, and a signal has no client to come to yet. */
static void on_enter(struct app *app, struct loop *loop, void *ctx)
{
    struct chat_socket *s = ctx;
    struct chat_loop *home = home_of(app, loop);
    struct chat_room *room = map_get_i64(home->rooms, s->room->session);

    if (room != NULL)
        cell_free(s->room);
    else
        room_open(room = s->room, home);
    s->room = room;
    s->next = room->first;
    if (room->first != NULL)
        room->first->prev = s;
    room->first = s;
}

static int sockets_of(const struct chat_room *room, int side)
{
    int n = 0;

    for (const struct chat_socket *s = room->first; s != NULL; s = s->next)
        n += s->side == side;
    return n;
}

static void on_open(struct ws *ws, void *ctx)
{
    struct chat_socket *s = ctx;
    struct loop *loop = ws_loop(ws);
    const struct chat_loop *home = s->room->home;
    struct identity who = identity_of(s);
    int64_t now_us = clock_now_us();
    struct arena a;

    s->ws = ws;
    if (sockets_of(s->room, s->side) > CHAT_PERSON_SOCKETS_MAX) {
        chat_leave_error(s, STR("Too many connections to this session"));
        return;
    }
    if (s->by_token && !revocations_allow(home->app->revocations, loop_index(loop), &who)) {
        chat_leave_error(s, STR("Access token was revoked"));
        return;
    }
    arena_init(&a);
    if (s->waiting)
        chat_send(s, wire_pending(&a, s->room->window.start_us));
    arena_free(&a);
    chat_catch_up(s);
    chat_clock_watch(s->room, now_us);
    if (now_us >= s->room->window.start_us) /* since the handshake */
        chat_admit(s);
}

static void on_drained(struct ws *ws, void *ctx)
{
    struct chat_socket *s = ctx;

    (void)ws;
    s->full = false;
    if (s->wanted > s->seq)
        chat_catch_up(s);
}

static void on_closed(struct ws *ws, void *ctx)
{
    struct chat_socket *s = ctx;

    (void)ws;
    s->ws = NULL;
    room_leave(s->room, s);
    s->room = NULL;
    chat_socket_unref(s);
}

const struct ws_events CHAT_SOCKET_EVENTS = {
    .enter = on_enter,
    .open = on_open,
    .message = chat_inbox,
    .closed = on_closed,
    .drained = on_drained,
};

/* ── The process ── */

/* On any thread. Each process finds out by itself what is revoked. */
static void on_revocation(void *ctx, const struct revocation *entry)
{
    const struct app *app = ctx;

    bus_publish_here(app->bus, REVOKED_TOPIC, (struct str){(const char *)entry, sizeof(*entry)});
}

enum err chat_live_start(struct app *app)
{
    int n = workers_loop_count(app->workers);

    if (n > LOOPS_MAX)
        return ERR_INTERNAL;
    for (int i = 0; i < n; i++)
        LOOPS[i] = (struct chat_loop){.app = app, .rooms = map_new()};
    revocations_listen(app->revocations, on_revocation, app);
    return OK;
}

/* A loop gives up its share, on its own thread: what was published until then it has heard. */
struct farewell {
    struct task task;
    struct chat_loop *home;
    uv_sem_t *done;
};

static void on_farewell(struct task *t)
{
    struct farewell *f = (struct farewell *)t;

    if (f->home->revoked != NULL) {
        bus_unsubscribe(f->home->revoked);
        uv_close((uv_handle_t *)&f->home->timer, NULL);
        uv_close((uv_handle_t *)&f->home->clock, NULL);
    }
    chat_inbox_stop(f->home);
    map_free(f->home->rooms);
    f->home->rooms =
        NULL; /* a look may still be under way; the timers are the loop's until its end */
    uv_sem_post(f->done);
}

void chat_live_stop(struct app *app)
{
    struct farewell farewells[LOOPS_MAX];
    int n = workers_loop_count(app->workers);
    uv_sem_t done;

    revocations_listen(app->revocations, NULL, NULL);
    if (uv_sem_init(&done, 0) != 0)
        abort(); /* out of memory, as everywhere */
    for (int i = 0; i < n; i++) {
        farewells[i] = (struct farewell){.task.fn = on_farewell, .home = &LOOPS[i], .done = &done};
        loop_post(workers_loop(app->workers, i), &farewells[i].task);
    }
    for (int i = 0; i < n; i++)
        uv_sem_wait(&done);
    uv_sem_destroy(&done);
}
