/* When rooms open and end: one timer a loop, set to the earliest of them. Most windows begin and
 * end together, and ten thousand idle sockets should not pay for a timer each. Sends what the rules
 * say, decides nothing. */
#include "services/chat/live.h"

#include "base/map.h"
#include "platform/clock.h"
#include "platform/loop/work.h"

#define CLOCK_MOST_MS 60000 /* the wall clock may be set meanwhile */
#define CLOCK_LEAST_MS 20   /* windows that end one after the other are gone through together */

static void on_clock(uv_timer_t *t);

static void clock_set(struct chat_loop *home, int64_t now_us)
{
    int64_t ms = (home->due_us - now_us + 999) / 1000;

    if (home->due_us == INT64_MAX) {
        uv_timer_stop(&home->clock);
        return;
    }
    uv_update_time(home->clock.loop);
    uv_timer_start(&home->clock, on_clock,
                   (uint64_t)(ms < CLOCK_LEAST_MS  ? CLOCK_LEAST_MS
                              : ms > CLOCK_MOST_MS ? CLOCK_MOST_MS
                                                   : ms),
                   0);
}

static void room_set_due(struct chat_room *room, int64_t now_us)
{
    room->due_us = now_us < room->window.start_us ? room->window.start_us
                   : now_us < room->window.end_us ? room->window.end_us
                                                  : now_us; /* it has ended: its sockets leave */
}

void chat_admit(struct chat_socket *s)
{
    if (!s->waiting || s->ws == NULL)
        return;
    s->waiting = false;
    chat_send(s, WIRE_ACTIVE);
}

static void room_turn(struct chat_room *room, int64_t now_us)
{
    enum chat_status status = chat_status_at(&room->window, false, now_us);

    for (struct chat_socket *s = room->first; s != NULL; s = s->next) {
        if (status == CHAT_EXPIRED)
            chat_leave(s, WIRE_EXPIRED, WS_CLOSE_NORMAL, "Chat session has expired");
        else if (status == CHAT_ACTIVE)
            chat_admit(s);
    }
    if (status == CHAT_EXPIRED)
        room->due_us = INT64_MAX;
    else
        room_set_due(room, now_us);
}

static void on_clock(uv_timer_t *t)
{
    struct chat_loop *home = t->data;
    int64_t now_us = clock_now_us();
    struct str key;
    void *value;

    home->due_us = INT64_MAX;
    for (size_t at = 0; map_next(home->rooms, &at, &key, &value);) {
        struct chat_room *room = value;
        if (room->due_us <= now_us)
            room_turn(room, now_us);
        if (room->due_us < home->due_us)
            home->due_us = room->due_us;
    }
    clock_set(home, now_us);
}

void chat_clock_watch(struct chat_room *room, int64_t now_us)
{
    if (room->due_us != INT64_MAX) /* an opening that is about to be told is not put off */
        return;
    room_set_due(room, now_us);
    if (room->due_us >= room->home->due_us)
        return;
    room->home->due_us = room->due_us;
    clock_set(room->home, now_us);
}

void chat_clock_start(struct chat_loop *home, struct loop *loop)
{
    uv_timer_init(loop_uv(loop), &home->clock);
    home->clock.data = home;
    home->due_us = INT64_MAX;
}
