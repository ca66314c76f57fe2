/* A timer and an ear on one loop, and one look at the store at a time: see revocation_watch.h. */
#include "platform/auth/revocation_watch.h"

#include "platform/auth/revocation.h"
#include "platform/bus/bus.h"
#include "platform/clock.h"
#include "platform/loop/work.h"

#include <stddef.h>

#define LOOK_MS 500
#define TOPIC STR("revoked")

struct revocation_watch {
    struct app *app;
    uv_timer_t timer;
    struct bus_subscription *ear;
    struct work look;
    struct arena arena;
    bool looking;
    bool again; /* something was said while looking */
    bool stopping;
    struct task start, stop;
    uv_sem_t stopped;
};

static void look_run(struct work *work, struct db *db)
{
    struct revocation_watch *w =
        (struct revocation_watch *)(void *)((char *)work - offsetof(struct revocation_watch, look));

    /* When it fails the next look finds what this one did not. */
    (void)revocations_refresh(db, &w->arena, w->app->revocations, clock_now_us());
}

static void timer_closed(uv_handle_t *handle)
{
    struct revocation_watch *w = handle->data;

    uv_sem_post(&w->stopped);
}

static void look(struct revocation_watch *w);

static void look_done(struct work *work)
{
    struct revocation_watch *w =
        (struct revocation_watch *)(void *)((char *)work - offsetof(struct revocation_watch, look));

    arena_reset(&w->arena);
    w->looking = false;
    if (w->stopping)
        uv_close((uv_handle_t *)&w->timer, timer_closed);
    else if (w->again)
        look(w);
}

static void look(struct revocation_watch *w)
{
    w->again = w->looking;
    if (w->looking || w->stopping)
        return;
    w->look = (struct work){.run = look_run, .done = look_done};
    w->looking = true;
    if (!work_submit(w->app->workers, WORK_READ, &w->look))
        w->looking = false; /* much is waiting: at the next tick */
}

static void on_timer(uv_timer_t *timer)
{
    look(timer->data);
}

static void on_said(void *ctx, struct str topic, struct str bytes)
{
    (void)topic;
    (void)bytes;
    look(ctx);
}

/* On the thread that made it durable. */
static void on_revoked_here(void *ctx, const struct revocation *entry)
{
    const struct app *app = ctx;

    (void)entry;
    bus_publish(app->bus, TOPIC, STR("+"));
}

static void start_on_loop(struct task *task)
{
    struct revocation_watch *w =
        (struct revocation_watch *)(void *)((char *)task -
                                            offsetof(struct revocation_watch, start));

    uv_timer_init(loop_uv(loop_here()), &w->timer);
    w->timer.data = w;
    uv_timer_start(&w->timer, on_timer, LOOK_MS, LOOK_MS);
    w->ear = bus_subscribe(w->app->bus, TOPIC, on_said, w);
}

static void stop_on_loop(struct task *task)
{
    struct revocation_watch *w =
        (struct revocation_watch *)(void *)((char *)task - offsetof(struct revocation_watch, stop));

    bus_unsubscribe(w->ear);
    uv_timer_stop(&w->timer);
    w->stopping = true;
    if (!w->looking)
        uv_close((uv_handle_t *)&w->timer, timer_closed);
}

struct revocation_watch *revocation_watch_start(struct app *app, struct arena *a)
{
    struct revocation_watch *w = ARENA_NEW(a, struct revocation_watch);

    w->app = app;
    w->start.fn = start_on_loop;
    w->stop.fn = stop_on_loop;
    arena_init(&w->arena);
    uv_sem_init(&w->stopped, 0);
    revocations_tell(app->revocations, on_revoked_here, app);
    loop_post(workers_loop(app->workers, 0), &w->start);
    return w;
}

void revocation_watch_stop(struct revocation_watch *w)
{
    if (w == NULL)
        return;
    revocations_tell(w->app->revocations, NULL, NULL);
    loop_post(workers_loop(w->app->workers, 0), &w->stop);
    uv_sem_wait(&w->stopped);
    uv_sem_destroy(&w->stopped);
    arena_free(&w->arena);
}
