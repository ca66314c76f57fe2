/* Deadlines of connections: one list a kind, in their order, and one tick a loop. Decides when,
 * never what. */
#include "platform/http/engine.h"

static uint64_t ms_of(int64_t us)
{
    return us <= 0 ? 1 : (uint64_t)(us + 999) / 1000;
}

void timers_init(struct http_loop *home)
{
    const struct http_server_options *o = &home->server->options;

    home->timers[TIMER_IDLE].duration_ms = ms_of(o->keep_alive_us);
    home->timers[TIMER_HEAD].duration_ms = ms_of(o->head_timeout_us);
    home->timers[TIMER_BODY].duration_ms = ms_of(o->body_timeout_us);
    home->timers[TIMER_FORM].duration_ms = ms_of(o->form_timeout_us);
    home->timers[TIMER_WRITE].duration_ms = ms_of(o->write_timeout_us);
    home->timers[TIMER_FLUSH].duration_ms = FLUSH_MS;
    home->timers[TIMER_LINGER].duration_ms = LINGER_MS;
}

static void unlink_timer(struct conn *c)
{
    struct timer_list *list = &c->home->timers[c->timer];

    if (c->timer_prev != NULL)
        c->timer_prev->timer_next = c->timer_next;
    else
        list->first = c->timer_next;
    if (c->timer_next != NULL)
        c->timer_next->timer_prev = c->timer_prev;
    else
        list->last = c->timer_prev;
}

static void on_tick(uv_timer_t *tick)
{
    struct http_loop *home = tick->data;
    uint64_t now = uv_now(home->uv);

    for (int kind = TIMER_NONE + 1; kind < TIMER_KINDS; kind++) {
        /* conn_overdue() takes the first off its list or moves it to the end with a later deadline.
         */
        struct conn *c = home->timers[kind].first;
        while (c != NULL && c->due_ms <= now) {
            conn_overdue(c);
            c = home->timers[kind].first;
        }
    }
    if (home->conns == NULL) {
        uv_timer_stop(tick);
        home->ticking = false;
    }
}

/* In the order of what is due: at the end, but for a head whose time began earlier. */
static void link_timer(struct conn *c, struct timer_list *list)
{
    struct conn *before = list->last;

    while (before != NULL && before->due_ms > c->due_ms)
        before = before->timer_prev;
    c->timer_prev = before;
    c->timer_next = before != NULL ? before->timer_next : list->first;
    if (before != NULL)
        before->timer_next = c;
    else
        list->first = c;
    if (c->timer_next != NULL)
        c->timer_next->timer_prev = c;
    else
        list->last = c;
}

void timer_set(struct conn *c, enum timer_kind kind)
{
    struct http_loop *home = c->home;
    struct timer_list *list = &home->timers[kind];

    if (c->timer != TIMER_NONE)
        unlink_timer(c);
    c->timer = (uint8_t)kind;
    if (kind == TIMER_NONE)
        return;

    c->due_ms = uv_now(home->uv) + list->duration_ms - (kind == TIMER_HEAD ? c->head_spent_ms : 0);
    link_timer(c, list);
    if (!home->ticking) {
        home->ticking = true;
        uv_timer_start(&home->tick, on_tick, TICK_MS, TICK_MS);
    }
}

void timer_head_spent(struct conn *c)
{
    uint64_t from_now = uv_now(c->home->uv) + c->home->timers[TIMER_HEAD].duration_ms;

    if (c->timer == TIMER_HEAD)
        c->head_spent_ms = (uint32_t)(from_now - c->due_ms);
}
