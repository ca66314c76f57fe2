/* Background work of the services: once a second each kind's list, then its items one by one, off
 * the loops. Knows no service's work. */
#include "services/services.h"

#include "platform/auth/revocation.h"
#include "platform/clock.h"
#include "platform/face/face.h"
#include "platform/log/log.h"
#include "platform/loop/work.h"

#include <stddef.h>

#define TICK_MS 1000
#define PRUNE_EVERY_TICKS 60

/* One kind of work; its list, or one item, is under way at a time. */
struct tick_job {
    struct work work;
    struct ticker *ticker;
    const struct background *kind;
    struct arena list_arena; /* lives until the last item is done */
    struct arena arena;
    struct rows items;
    size_t next; /* item; beyond the last: the list comes */
    bool listing;
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

/* ── Revocations that have expired ── */

static enum err expired_list(const struct tx *tx, struct rows *ret)
{
    struct background_item *all = ARENA_NEW(tx->arena, struct background_item);

    *ret = (struct rows){all, 1};
    return OK;
}

static enum err expired_run(const struct tx *tx, const struct background_item *item)
{
    (void)item;
    return revocations_prune(tx->db, tx->app->revocations, tx->now_us);
}

static const struct background EXPIRED_REVOCATIONS = {"revocations", expired_list, expired_run,
                                                      false};

/* ── Face models that could not be opened or loaded ── */

static enum err models_list(const struct tx *tx, struct rows *ret)
{
    struct background_item *all = ARENA_NEW(tx->arena, struct background_item);

    *ret = (struct rows){all, face_retry_due(tx->app->faces)};
    return OK;
}

static enum err models_run(const struct tx *tx, const struct background_item *item)
{
    const char *why = "";

    (void)item;
    face_retry(tx->app->faces);
    if (face_ready(tx->app->faces, &why))
        log_event(LOG_INFO, "face.ready", "The face models are there now");
    else
        log_event(LOG_WARN, "face.missing", "%s", why);
    return OK;
}

static const struct background FACE_MODELS = {"face models", models_list, models_run, true};

/* ── One step of a job ── */

static void job_run(struct work *w, struct db *db)
{
    struct tick_job *job = (struct tick_job *)w; /* work is its first member */
    struct arena *a = job->listing ? &job->list_arena : &job->arena;
    const struct tx tx = {job->ticker->app, db, a, clock_now_us()};
    const struct background_item *items = job->items.items;

    job->outcome =
        job->listing ? job->kind->list(&tx, &job->items) : job->kind->run(&tx, &items[job->next]);
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

static void job_done(struct work *w);

static void job_submit(struct tick_job *job)
{
    job->work = (struct work){.run = job_run, .done = job_done};
    job->outcome = OK;
    job->running = true;
    job->ticker->running++;
    enum work_kind kind = job->kind->media && !job->listing ? WORK_MEDIA : WORK_WRITE;
    if (!work_submit(job->ticker->app->workers, kind, &job->work)) {
        job->running = false; /* people's requests come first: next second */
        job->ticker->running--;
    }
}

/* On to the next item; the list begins anew with the next second. A store that is away is not asked
 * for one after the other. */
static void job_advance(struct tick_job *job, bool good)
{
    if (job->listing)
        job->next = 0;
    else
        job->next++;
    if ((job->listing || job->work.stored != OK) && !good)
        job->items.n = 0;
    job->listing = false;
    if (job->next < job->items.n && !job->ticker->stopping)
        job_submit(job);
}

static void job_done(struct work *w)
{
    struct tick_job *job = (struct tick_job *)w;
    bool good = w->stored == OK && job->outcome == OK;

    if (w->stored == OK && job->outcome != OK)
        log_event(LOG_ERROR, "tick.failed", "Background work (%s) failed: %s: %.*s",
                  job->kind->name, err_name(job->outcome), STR_ARG(job->why));
    arena_reset(&job->arena);
    job->running = false;
    job->ticker->running--;
    job_advance(job, good);
    close_when_idle(job->ticker);
}

static void job_tick(struct tick_job *job)
{
    if (job->running)
        return;
    if (job->next >= job->items.n) {
        arena_reset(&job->list_arena);
        job->items = (struct rows){NULL, 0};
        job->listing = true;
    }
    job_submit(job);
}

/* ── The clock ── */

static void on_tick(uv_timer_t *timer)
{
    struct ticker *t = timer->data;

    t->ticks++;
    for (size_t i = 0; i < t->n_jobs; i++)
        if (i > 0 || t->ticks % PRUNE_EVERY_TICKS == 0) /* jobs[0]: revocations */
            job_tick(&t->jobs[i]);
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

static void job_add(struct ticker *t, const struct background *kind)
{
    struct tick_job *job = &t->jobs[t->n_jobs++];

    job->ticker = t;
    job->kind = kind;
    arena_init(&job->list_arena);
    arena_init(&job->arena);
}

static const struct background *kinds_of(const struct service *s)
{
    static const struct background NONE = {0};

    return s->background != NULL ? s->background : &NONE;
}

struct ticker *ticker_start(struct app *app, struct arena *a)
{
    struct ticker *t = ARENA_NEW(a, struct ticker);
    size_t n = 2;

    for (const struct service *const *s = app->services; *s != NULL; s++)
        for (const struct background *k = kinds_of(*s); k->name != NULL; k++)
            n++;
    t->jobs = ARENA_ARRAY(a, n, struct tick_job);
    t->app = app;
    job_add(t, &EXPIRED_REVOCATIONS);
    job_add(t, &FACE_MODELS);
    for (const struct service *const *s = app->services; *s != NULL; s++)
        for (const struct background *k = kinds_of(*s); k->name != NULL; k++)
            job_add(t, k);
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
    for (size_t i = 0; i < t->n_jobs; i++) {
        arena_free(&t->jobs[i].list_arena);
        arena_free(&t->jobs[i].arena);
    }
}
