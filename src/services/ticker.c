/* Background work of the services: once a second, off the loops, one transaction each. Knows no
 * service's work. */
#include "services/services.h"

#include "platform/auth/revocation.h"
#include "platform/clock.h"
#include "platform/log/log.h"
#include "platform/loop/work.h"

#include <stddef.h>

#define TICK_MS 1000
#define PRUNE_EVERY_TICKS 60

/* One job: a service's tick, or (service NULL) forgetting expired revocations. */
struct tick_job {
    struct work work;
    struct ticker *ticker;
    const struct service *service;
    struct arena arena;
    bool running;
    enum err outcome;
    struct str why; /* the store's words, in the arena */
};

struct ticker {
    struct app *app;
    uv_timer_t timer;
    struct task start;
    struct task stop;
    uv_sem_t stopped;
    struct tick_job *jobs;
    size_t n_jobs;
    size_t running;
    bool stopping;
    uint64_t ticks;
};

static void job_run(struct work *w, struct db *db)
{
    struct tick_job *job = (struct tick_job *)w; /* work is its first member */
    struct app *app = job->ticker->app;
    int64_t now_us = clock_now_us();

    if (job->service == NULL)
        job->outcome = revocations_prune(db, app->revocations, now_us);
    else
        job->outcome = job->service->tick(app, db, &job->arena, now_us);
    w->rollback = job->outcome != OK;
    job->why = arena_str(&job->arena, str_of(db_error(db)));
}

static void timer_closed(uv_handle_t *handle)
{
    struct ticker *t = handle->data;

    uv_sem_post(&t->stopped);
}

static void close_when_idle(struct ticker *t)
{
    if (t->stopping && t->running == 0 && !uv_is_closing((uv_handle_t *)&t->timer))
        uv_close((uv_handle_t *)&t->timer, timer_closed);
}

static void job_done(struct work *w)
{
    struct tick_job *job = (struct tick_job *)w;

    if (w->stored == OK && job->outcome != OK)
        log_event(LOG_ERROR, "tick.failed", "Background work of %s failed: %s: %.*s",
                  job->service != NULL ? job->service->name : "revocations", err_name(job->outcome),
                  STR_ARG(job->why));
    arena_reset(&job->arena);
    job->running = false;
    job->ticker->running--;
    close_when_idle(job->ticker);
}

static void job_submit(struct tick_job *job)
{
    if (job->running)
        return;
    job->work.run = job_run;
    job->work.done = job_done;
    job->work.origin = loop_here();
    job->work.rollback = false;
    job->running = true;
    job->ticker->running++;
    if (!work_submit(job->ticker->app->workers, WORK_WRITE, &job->work)) {
        job->running = false; /* the writer is busy with people's requests: next second */
        job->ticker->running--;
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct ticker *t = timer->data;

    t->ticks++;
    for (size_t i = 0; i < t->n_jobs; i++)
        if (t->jobs[i].service != NULL || t->ticks % PRUNE_EVERY_TICKS == 0)
            job_submit(&t->jobs[i]);
}

static void start_on_loop(struct task *task)
{
    struct ticker *t = (struct ticker *)(void *)((char *)task - offsetof(struct ticker, start));

    uv_timer_init(loop_uv(loop_here()), &t->timer);
    t->timer.data = t;
    uv_timer_start(&t->timer, on_tick, TICK_MS, TICK_MS);
}

static void stop_on_loop(struct task *task)
{
    struct ticker *t = (struct ticker *)(void *)((char *)task - offsetof(struct ticker, stop));

    uv_timer_stop(&t->timer);
    t->stopping = true;
    close_when_idle(t);
}

struct ticker *ticker_start(struct app *app, struct arena *a)
{
    struct ticker *t = ARENA_NEW(a, struct ticker);
    size_t n = 1;

    for (const struct service *const *s = app->services; *s != NULL; s++)
        n++;
    t->jobs = ARENA_ARRAY(a, n, struct tick_job);
    t->app = app;
    t->n_jobs = 1; /* jobs[0] prunes revocations */
    for (const struct service *const *s = app->services; *s != NULL; s++)
        if ((*s)->tick != NULL)
            t->jobs[t->n_jobs++].service = *s;
    for (size_t i = 0; i < t->n_jobs; i++) {
        t->jobs[i].ticker = t;
        arena_init(&t->jobs[i].arena);
    }
    uv_sem_init(&t->stopped, 0);
    t->start.fn = start_on_loop;
    t->stop.fn = stop_on_loop;
    loop_post(workers_loop(app->workers, 0), &t->start);
    return t;
}

void ticker_stop(struct ticker *t)
{
    if (t == NULL)
        return;
    loop_post(workers_loop(t->app->workers, 0), &t->stop);
    uv_sem_wait(&t->stopped);
    uv_sem_destroy(&t->stopped);
    for (size_t i = 0; i < t->n_jobs; i++)
        arena_free(&t->jobs[i].arena);
}
