/* The server as a whole: listening on every loop, and stopping in order. Called from the main
 * thread; what touches a loop is posted there. */
#include "platform/http/engine.h"

#include "platform/clock.h"
#include "platform/log/log.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BACKLOG 4096
#define FILES_BESIDE 512
#define AFTER_FORCE_US (INT64_C(5) * 1000 * 1000)

#define LOOP_OF(task, member)                                                                      \
    ((struct http_loop *)(void *)((char *)(task)-offsetof(struct http_loop, member)))

/* ── On a loop ── */

static void say(struct http_server *s, size_t *counter)
{
    uv_mutex_lock(&s->mutex);
    (*counter)++;
    uv_cond_signal(&s->changed);
    uv_mutex_unlock(&s->mutex);
}

/* The last of a loop's handles and connections has gone. */
static void loop_gone(struct http_loop *home)
{
    home->gone = true;
    exchange_free_spares(home);
    gzip_free(home->gzip);
    home->gzip = NULL;
    cell_free(home->read_buffer);
    home->read_buffer = NULL;
    tls_scratch_free(&home->tls);
    say(home->server, &home->server->n_gone);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_loop *home = handle->data;

    home->n_handles--;
    http_loop_check(home);
}

static void close_handle(struct http_loop *home, uv_handle_t *handle)
{
    handle->data = home;
    uv_close(handle, on_handle_closed);
}

void http_loop_check(struct http_loop *home)
{
    if (!home->stopping || home->conns != NULL || home->gone)
        return;
    if (!uv_is_closing((uv_handle_t *)&home->tick))
        close_handle(home, (uv_handle_t *)&home->tick);
    else if (home->n_handles == 0)
        loop_gone(home);
}

static int open_listener(struct http_loop *home, struct listener_handle *l)
{
    int fd = l->fd;

    if (fd < 0)
        return 0; /* an address that this machine lacks */
    uv_tcp_init(home->uv, &l->tcp);
    l->open = true;
    home->n_handles++;
    int error = uv_tcp_open(&l->tcp, fd);
    if (error != 0)
        return error;
    l->fd = -1;
    return uv_listen((uv_stream_t *)&l->tcp, BACKLOG, conn_accept);
}

static void start_on_loop(struct task *t)
{
    struct http_loop *home = LOOP_OF(t, start_task);

    uv_timer_init(home->uv, &home->tick);
    home->tick.data = home;
    home->n_handles = 1;
    for (size_t i = 0; i < home->server->options.n_listeners && home->listen_error == 0; i++)
        home->listen_error = open_listener(home, &home->listeners[i]);
    say(home->server, &home->server->n_started);
}

static void stop_on_loop(struct task *t)
{
    struct http_loop *home = LOOP_OF(t, stop_task);

    home->stopping = true;
    for (size_t i = 0; i < home->server->options.n_listeners; i++)
        if (home->listeners[i].open)
            close_handle(home, (uv_handle_t *)&home->listeners[i].tcp);
    for (struct conn *c = home->conns, *next = NULL; c != NULL; c = next) {
        next = c->next;
        if (c->state == CONN_IDLE || c->state == CONN_HEAD) /* nobody has asked anything yet */
            conn_drop(c);
        else if (c->state == CONN_UPGRADED)
            c->protocol->shutdown(c, c->protocol_ctx);
    }
    http_loop_check(home);
}

static void force_on_loop(struct task *t)
{
    struct http_loop *home = LOOP_OF(t, force_task);

    for (struct conn *c = home->conns, *next = NULL; c != NULL; c = next) {
        next = c->next;
        conn_drop(c);
    }
}

/* ── Starting ── */

/* ::1 on a machine without IPv6 is left out when the same port is had on another address. */
static bool may_lack(const struct http_listener *all, size_t n, const struct http_listener *l)
{
    if (strchr(l->address, ':') == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        if (all[i].port == l->port && strchr(all[i].address, ':') == NULL)
            return true;
    return false;
}

enum err http_listeners_try(const struct http_listener *listeners, size_t n, struct arena *a,
                            const char **ret_why)
{
    for (size_t i = 0; i < n; i++) {
        enum err e = listen_probe(&listeners[i], a, ret_why);
        if (e != OK && !(e == ERR_UNSUPPORTED && may_lack(listeners, n, &listeners[i])))
            return e;
    }
    return OK;
}

static enum err open_sockets(struct http_server *s, size_t i, struct arena *a, const char **ret_why)
{
    const struct http_listener *l = &s->options.listeners[i];
    enum err e = listen_probe(l, a, ret_why);

    if (e == ERR_UNSUPPORTED && may_lack(s->options.listeners, s->options.n_listeners, l)) {
        log_event(LOG_INFO, "server.no_ipv6", "%s", *ret_why);
        return OK;
    }
    if (e != OK)
        return e;
    for (size_t k = 0; k < s->n_loops; k++) {
        struct listener_handle *h = &s->loops[k].listeners[i];
        h->fd = listen_socket(l, a, ret_why);
        if (h->fd < 0)
            return ERR_UNAVAILABLE;
    }
    return OK;
}

static void close_sockets(struct http_server *s)
{
    for (size_t k = 0; k < s->n_loops; k++)
        for (size_t i = 0; i < s->options.n_listeners; i++)
            if (s->loops[k].listeners[i].fd >= 0)
                close(s->loops[k].listeners[i].fd);
}

static void loop_new(struct http_server *s, size_t index, struct arena *a)
{
    struct http_loop *home = &s->loops[index];

    home->server = s;
    home->loop = workers_loop(s->options.workers, (int)index);
    home->uv = loop_uv(home->loop);
    home->read_buffer = cell_new(READ_BUFFER_BYTES);
    home->start_task.fn = start_on_loop;
    home->stop_task.fn = stop_on_loop;
    home->force_task.fn = force_on_loop;
    home->listeners = ARENA_ARRAY(a, s->options.n_listeners, struct listener_handle);
    for (size_t i = 0; i < s->options.n_listeners; i++) {
        home->listeners[i].home = home;
        home->listeners[i].tag = s->options.listeners[i].tag;
        home->listeners[i].tls = s->options.listeners[i].tls;
        home->listeners[i].fd = -1;
    }
    timers_init(home);
}

static struct http_server *server_new(const struct http_server_options *o, struct arena *a)
{
    struct http_server *s = ARENA_NEW(a, struct http_server);

    s->options = *o;
    struct http_listener *listeners = ARENA_ARRAY(a, o->n_listeners, struct http_listener);
    for (size_t i = 0; i < o->n_listeners; i++)
        listeners[i] = o->listeners[i];
    s->options.listeners = listeners;
    s->n_loops = (size_t)workers_loop_count(o->workers);
    s->loops = ARENA_ARRAY(a, s->n_loops, struct http_loop);
    uv_mutex_init(&s->mutex);
    uv_cond_init(&s->changed);
    if (o->connections_per_address > 0)
        s->addresses = address_table_new(o->connections_per_address, o->connections_log_only);
    for (size_t k = 0; k < s->n_loops; k++)
        loop_new(s, k, a);
    return s;
}

/* Everything that is not in the process's arena. */
static void server_free(struct http_server *s)
{
    for (size_t k = 0; k < s->n_loops; k++)
        cell_free(s->loops[k].read_buffer);
    address_table_free(s->addresses);
    uv_cond_destroy(&s->changed);
    uv_mutex_destroy(&s->mutex);
}

/* Until *counter has reached all loops, or the time is up; false then. */
static bool wait_for(struct http_server *s, const size_t *counter, int64_t at_most_us)
{
    int64_t until = clock_monotonic_us() + at_most_us;

    uv_mutex_lock(&s->mutex);
    while (*counter < s->n_loops) {
        int64_t left_us = until - clock_monotonic_us();
        if (left_us <= 0)
            break;
        uv_cond_timedwait(&s->changed, &s->mutex, (uint64_t)left_us * 1000);
    }
    bool all = *counter == s->n_loops;
    uv_mutex_unlock(&s->mutex);
    return all;
}

/* A socket each, another where its request is passed on, and some for the store and files; less is
 * had silently where the system allows no more. */
static void raise_file_limit(int connections_max)
{
    struct rlimit limit;
    rlim_t want = 2 * (rlim_t)(connections_max > 0 ? connections_max : 0) + FILES_BESIDE;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want)
        return;
    limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

enum err http_server_start(const struct http_server_options *o, struct arena *a,
                           struct http_server **ret, const char **ret_why)
{
    struct http_server *s = server_new(o, a);
    enum err e = OK;

    raise_file_limit(o->connections_max);
    for (size_t i = 0; i < o->n_listeners && e == OK; i++)
        e = open_sockets(s, i, a, ret_why);
    if (e != OK) {
        close_sockets(s);
        server_free(s);
        return e;
    }
    for (size_t k = 0; k < s->n_loops; k++)
        loop_post(s->loops[k].loop, &s->loops[k].start_task);
    wait_for(s, &s->n_started, INT64_MAX / 2);
    for (size_t k = 0; k < s->n_loops; k++) {
        if (s->loops[k].listen_error == 0)
            continue;
        *ret_why = arena_printf(a, "Cannot listen: %s", uv_strerror(s->loops[k].listen_error)).ptr;
        http_server_stop(s, 0);
        close_sockets(s);
        return ERR_UNAVAILABLE;
    }
    *ret = s;
    return OK;
}

/* ── Stopping ── */

void http_server_stop(struct http_server *s, int64_t grace_us)
{
    for (size_t k = 0; k < s->n_loops; k++)
        loop_post(s->loops[k].loop, &s->loops[k].stop_task);
    bool all = wait_for(s, &s->n_gone, grace_us);
    if (!all) {
        for (size_t k = 0; k < s->n_loops; k++)
            loop_post(s->loops[k].loop, &s->loops[k].force_task);
        all = wait_for(s, &s->n_gone, AFTER_FORCE_US);
    }
    /* Otherwise work on another thread still holds a request; it gives it back through http_send(),
     * to what is left standing here. */
    if (all)
        server_free(s);
}

int64_t http_server_connections(const struct http_server *s)
{
    return atomic_load(&s->connections);
}
