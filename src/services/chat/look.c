/* Asks a store that other processes write to what has become of this loop's sessions: once a
 * second, and at once where something was said that could not be brought. A few statements for all
 * rooms; sends nothing itself. */
#include "services/chat/live.h"

#include "base/cell.h"
#include "base/map.h"
#include "platform/loop/work.h"
#include "services/chat/store.h"

#include <stddef.h>

#define LOOK_MS 1000

struct chat_look {
    struct work work;
    struct arena arena;
    struct chat_loop *home;
    int64_t sessions[CHAT_LOOK_MAX];
    enum err err;
    struct rows rows;
};

static struct chat_look *look_of(struct work *w)
{
    return (struct chat_look *)(void *)((char *)w - offsetof(struct chat_look, work));
}

/* ── Rooms to be looked at ── */

static void unsure_add(struct chat_loop *home, struct chat_room *room)
{
    if (room->unsure)
        return;
    room->unsure = true;
    room->unsure_prev = NULL;
    room->unsure_next = home->unsure;
    if (home->unsure != NULL)
        home->unsure->unsure_prev = room;
    home->unsure = room;
}

void chat_look_away(struct chat_room *room)
{
    if (!room->unsure)
        return;
    room->unsure = false;
    *(room->unsure_prev != NULL ? &room->unsure_prev->unsure_next : &room->home->unsure) =
        room->unsure_next;
    if (room->unsure_next != NULL)
        room->unsure_next->unsure_prev = room->unsure_prev;
}

/* ── Looking ── */

static void look_run(struct work *w, struct db *db)
{
    struct chat_look *l = look_of(w);

    l->err = chat_sessions_look(db, &l->arena, l->sessions, &l->rows);
}

static void tell_room(struct chat_room *room, const struct chat_session *row)
{
    bool ended = row->ended_at != I64_NULL;

    for (struct chat_socket *s = room->first; s != NULL; s = s->next) {
        if (ended)
            chat_leave_error(s, row->end_reason);
        if (row->messages_count > s->wanted)
            s->wanted = row->messages_count;
        if (!ended && (!s->entered || s->wanted > s->seq))
            chat_catch_up(s);
    }
}

static void look_start(struct chat_loop *home);

static void look_done(struct work *w)
{
    struct chat_look *l = look_of(w);
    struct chat_loop *home = l->home;
    const struct chat_session *rows = l->rows.items;

    for (size_t i = 0; l->err == OK && home->rooms != NULL && i < l->rows.n; i++) {
        struct chat_room *room = map_get_i64(home->rooms, rows[i].id);
        if (room != NULL)
            tell_room(room, &rows[i]);
    }
    home->looking = false;
    if (l->err == OK)
        look_start(home);
    arena_free(&l->arena);
    cell_free(l);
}

static void look_start(struct chat_loop *home)
{
    if (home->looking || home->unsure == NULL)
        return;
    struct chat_look *l = CELL_NEW(struct chat_look);
    arena_init(&l->arena);
    l->home = home;
    l->work.run = look_run;
    l->work.done = look_done;
    for (size_t i = 0; i < CHAT_LOOK_MAX; i++) {
        l->sessions[i] = home->unsure != NULL ? home->unsure->session : I64_NULL;
        if (home->unsure != NULL)
            chat_look_away(home->unsure);
    }
    home->looking = true;
    if (work_submit(home->app->workers, WORK_READ, &l->work))
        return;
    home->looking = false; /* much is waiting: all are looked at within the second */
    arena_free(&l->arena);
    cell_free(l);
}

void chat_look(struct chat_room *room)
{
    unsure_add(room->home, room);
    look_start(room->home);
}

static void on_timer(uv_timer_t *timer)
{
    struct chat_loop *home = timer->data;
    struct str key;
    void *room;

    for (size_t at = 0; map_next(home->rooms, &at, &key, &room);)
        unsure_add(home, room);
    look_start(home);
}

/* Alone on its store a process hears of everything. */
void chat_look_start(struct chat_loop *home, struct loop *loop)
{
    uv_timer_init(loop_uv(loop), &home->timer);
    home->timer.data = home;
    if (loop_reader(loop) == NULL)
        uv_timer_start(&home->timer, on_timer, LOOK_MS, LOOK_MS);
}
