/* Which address a call goes to, and what happens when it cannot: least connections, one put aside
 * for a moment after it failed, another tried at once. Moves no bytes. */
#include "platform/http/upstream_internal.h"

#include "platform/log/log.h"
#include "platform/metrics/metrics.h"

#define CONNS_MAX ((size_t)8192) /* of one loop, to all services */
#define ASIDE_MS 1000u /* after the first failure; doubled up to ASIDE_MS << ASIDE_STEPS */
#define ASIDE_STEPS 3u
#define FAILURES_TOLD 2u /* in a row, until the log hears of them */
#define TICK_MS 50u
#define READ_BYTES ((size_t)64 * 1024)

/* ── Setting up ── */

static void stop_on_loop(struct task *t);

struct upstreams *upstreams_new(const struct upstream_options *o, struct arena *a)
{
    struct upstreams *us = ARENA_NEW(a, struct upstreams);

    us->options = *o;
    us->connect_ms = (uint64_t)(o->connect_timeout_us / 1000);
    us->response_ms = (uint64_t)(o->response_timeout_us / 1000);
    us->n_loops = (size_t)workers_loop_count(o->workers);
    us->loops = ARENA_ARRAY(a, us->n_loops, struct upstream_loop);
    for (size_t i = 0; i < us->n_loops; i++) {
        us->loops[i].owner = us;
        us->loops[i].loop = workers_loop(o->workers, (int)i);
        us->loops[i].stop_task.fn = stop_on_loop;
    }
    return us;
}

static void make_hosts(struct upstreams *us, struct upstream *u, struct arena *a)
{
    u->hosts = ARENA_ARRAY(a, us->n_loops, struct upstream_host *);
    for (size_t k = 0; k < us->n_loops; k++) {
        u->hosts[k] = ARENA_ARRAY(a, u->n, struct upstream_host);
        for (size_t i = 0; i < u->n; i++) {
            u->hosts[k][i].address = &u->addresses[i];
            u->hosts[k][i].upstream = u;
        }
    }
}

enum err upstreams_add(struct upstreams *us, struct arena *a, const char *service,
                       const char *addresses, struct upstream **ret, const char **ret_why)
{
    struct upstream *u = ARENA_NEW(a, struct upstream);
    struct str rest = str_of(addresses);

    u->owner = us;
    u->service = service;
    u->addresses = ARENA_ARRAY(a, UPSTREAM_ADDRESSES_MAX, struct upstream_address);
    while (str_present(rest)) {
        struct str one = str_trim(str_cut(&rest, ','));
        if (one.len == 0)
            continue;
        if (u->n == UPSTREAM_ADDRESSES_MAX ||
            !upstream_address_parse(one, a, &u->addresses[u->n++])) {
            *ret_why = arena_printf(a,
                                    "\"%.*s\" is no address of the %s service: it takes up to %d "
                                    "such as http://10.0.0.7:8006, with commas between",
                                    STR_ARG(one), service, UPSTREAM_ADDRESSES_MAX)
                           .ptr;
            return ERR_INVALID;
        }
    }
    make_hosts(us, u, a);
    *ret = u;
    return OK;
}

const char *upstream_service(const struct upstream *u)
{
    return u->service;
}

size_t upstream_addresses(const struct upstream *u)
{
    return u->n;
}

struct str upstream_address_text(const struct upstream *u, size_t i)
{
    return u->addresses[i].authority;
}

/* ── One loop's pool ── */

static struct upstream_loop *home_of(struct upstreams *us)
{
    struct upstream_loop *home = &us->loops[loop_index(loop_here())];

    if (home->uv != NULL)
        return home;
    home->uv = loop_uv(home->loop);
    home->read_buffer = cell_new(READ_BYTES);
    uv_timer_init(home->uv, &home->tick);
    home->tick.data = home;
    return home;
}

static void on_tick_closed(uv_handle_t *tick)
{
    struct upstream_loop *home = tick->data;

    cell_free(home->read_buffer);
    home->gone = true;
    uv_sem_post(&home->owner->gone);
}

void upstream_loop_check(struct upstream_loop *home)
{
    if (home->n_conns == 0 && home->ticking) {
        home->ticking = false;
        uv_timer_stop(&home->tick);
    }
    if (home->stopping && home->n_conns == 0 && !uv_is_closing((uv_handle_t *)&home->tick))
        uv_close((uv_handle_t *)&home->tick, on_tick_closed);
}

static void stop_on_loop(struct task *t)
{
    struct upstream_loop *home =
        (struct upstream_loop *)(void *)((char *)t - offsetof(struct upstream_loop, stop_task));

    home->stopping = true;
    if (home->uv == NULL) { /* never used */
        uv_sem_post(&home->owner->gone);
        return;
    }
    for (struct upstream_conn *u = home->conns; u != NULL; u = u->next)
        upstream_close(u, UPSTREAM_DOWN);
    upstream_loop_check(home);
}

void upstreams_stop(struct upstreams *us)
{
    if (us == NULL || uv_sem_init(&us->gone, 0) != 0)
        return;
    for (size_t i = 0; i < us->n_loops; i++)
        loop_post(us->loops[i].loop, &us->loops[i].stop_task);
    for (size_t i = 0; i < us->n_loops; i++)
        uv_sem_wait(&us->gone);
    uv_sem_destroy(&us->gone);
}

/* ── Well or not ── */

void upstream_well(struct upstream_loop *home, struct upstream_host *host)
{
    host->answered_ms = uv_now(home->uv);
    if (host->failures == 0)
        return;
    host->failures = 0;
    host->aside_until_ms = 0;
    host->silent = false;
    if (!host->told)
        return;
    host->told = false;
    log_event(LOG_INFO, "upstream.back", "The %s service at %.*s answers again",
              host->upstream->service, STR_ARG(host->address->authority));
}

static void put_aside(const struct upstream_loop *home, struct upstream_host *host, bool silent)
{
    unsigned step = host->failures < ASIDE_STEPS ? host->failures : ASIDE_STEPS;
    uint64_t now_ms = uv_now(home->uv);

    if (host->aside_until_ms <= now_ms) { /* however many calls it fails at once */
        host->aside_until_ms = now_ms + ((uint64_t)ASIDE_MS << step);
        host->silent = false;
        host->failures++;
    }
    host->silent |= silent;
    if (host->told || (host->failures < FAILURES_TOLD && !silent))
        return;
    host->told = true;
    log_event(LOG_WARN, "upstream.aside", "The %s service at %.*s %s", host->upstream->service,
              STR_ARG(host->address->authority),
              silent ? "does not answer" : "cannot be reached or breaks off");
}

/* What a lost connection says of its address. */
static void judge(const struct upstream_loop *home, const struct upstream_conn *u,
                  const struct upstream_call *call)
{
    if (home->stopping)
        return;
    switch ((enum upstream_failure)u->failure) {
    case UPSTREAM_DOWN:
        put_aside(home, u->host, u->due_ms <= uv_now(home->uv));
        break;
    case UPSTREAM_SLOW: /* one slow answer among others, or nobody has got one for as long? */
        if (call->by_ms == 0)
            put_aside(home, u->host, u->host->answered_ms < u->begun_ms);
        break;
    case UPSTREAM_BROKEN:
        if (!u->reused && !u->in_body)
            put_aside(home, u->host, false);
        break;
    }
}

/* ── Choosing ── */

/* May it be tried: 2 yes, 1 for want of a better one, 0 no. */
static int fitness(const struct upstream_host *host, uint64_t now_ms)
{
    if (host->aside_until_ms <= now_ms)
        return 2;
    return host->silent ? 0 : 1;
}

static struct upstream_host *choose(struct upstream_loop *home, const struct upstream_call *call)
{
    const struct upstream *u = call->upstream;
    struct upstream_host *hosts = u->hosts[loop_index(home->loop)];
    struct upstream_host *best = NULL;
    int best_fitness = 0;
    size_t from = u->n > 1 ? home->turn++ : 0;

    for (size_t k = 0; k < u->n; k++) {
        size_t i = (from + k) % u->n;
        int fit = fitness(&hosts[i], uv_now(home->uv));
        if (fit == 0 || ((call->tried | call->barred) >> i & 1) != 0 || fit < best_fitness)
            continue;
        if (fit > best_fitness || hosts[i].n_busy < best->n_busy) {
            best = &hosts[i];
            best_fitness = fit;
        }
    }
    return best;
}

/* By when this attempt must stand, so that those after it have a share of the time too. */
static uint64_t attempt_due(const struct upstream_call *call, uint64_t now_ms)
{
    uint64_t left = call->connect_by_ms > now_ms ? call->connect_by_ms - now_ms : 0;
    size_t untried = call->upstream->n - (size_t)__builtin_popcount(call->tried | call->barred);

    return now_ms + left / (untried + 1);
}

/* A name may stand for ::1 and 127.0.0.1, and only one of them be served: it has two tries. */
static void mark_tried(struct upstream_call *call, const struct upstream_host *host, uint32_t bit)
{
    if (host->address->literal || (call->tried_once & bit) != 0)
        call->tried |= bit;
    call->tried_once |= bit;
}

static bool attempt(struct upstream_loop *home, struct upstream_call *call)
{
    uint64_t now_ms = uv_now(home->uv);
    struct upstream_host *host = choose(home, call);

    if (host == NULL || home->stopping)
        return false;
    mark_tried(call, host, 1u << (host - call->upstream->hosts[loop_index(home->loop)]));
    struct upstream_conn *u = call->again ? NULL : upstream_take(host, !call->safe);
    if (u != NULL) {
        upstream_attach(u, call);
        call->events->ready(call);
        return true;
    }
    if (home->n_conns >= CONNS_MAX || call->connect_by_ms <= now_ms)
        return false;
    upstream_open(home, host, call, attempt_due(call, now_ms));
    if (!home->ticking) {
        home->ticking = true;
        uv_timer_start(&home->tick, upstream_tick, TICK_MS, TICK_MS);
    }
    return true;
}

bool upstream_begin(struct upstream_call *call, struct upstream *u)
{
    struct upstream_loop *home = home_of(u->owner);

    call->upstream = u;
    call->connect_by_ms = uv_now(home->uv) + u->owner->connect_ms;
    if (call->by_ms != 0 && call->connect_by_ms > call->by_ms)
        call->connect_by_ms = call->by_ms;
    return attempt(home, call);
}

void upstream_lost(struct upstream_call *call, struct upstream_conn *u)
{
    struct upstream_loop *home = u->home;
    enum upstream_failure why = (enum upstream_failure)u->failure;

    judge(home, u, call);
    if (why == UPSTREAM_DOWN && attempt(home, call))
        return;
    if (why == UPSTREAM_BROKEN && u->reused && !u->heard && call->safe && !call->again) {
        call->again = true;
        call->tried = call->tried_once = 0;
        call->connect_by_ms = uv_now(home->uv) + home->owner->connect_ms;
        if (attempt(home, call))
            return;
        why = UPSTREAM_DOWN;
    }
    metric_add(METRIC_UPSTREAM_FAILURES, 1);
    call->events->failed(call, why);
}
