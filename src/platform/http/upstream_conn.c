/* One connection to a service elsewhere: looking up, connecting, writing, deadlines, its places in
 * the pool. Does not look into what it carries. */
#include "platform/http/upstream_internal.h"

#include "platform/metrics/metrics.h"

#include <errno.h>
#include <string.h>

#include <sys/socket.h>

#define IDLE_MS 30000u /* under what any server here keeps an idle connection for */
#define IDLE_MAX ((size_t)256)
#define READ_BYTES ((size_t)64 * 1024)

size_t upstream_unsent(const struct upstream_conn *u)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&u->tcp);
}

/* An answer is due while the whole request is out or the peer does not take the rest of it. */
void upstream_deadline(struct upstream_conn *u)
{
    if (u->state != UP_BUSY)
        return;
    u->due_ms = 0;
    if ((u->sent || upstream_unsent(u) > 0) && !u->paused)
        u->due_ms = uv_now(u->home->uv) + u->home->owner->response_ms;
    if (u->call != NULL && u->call->by_ms != 0 && (u->due_ms == 0 || u->due_ms > u->call->by_ms))
        u->due_ms = u->call->by_ms;
}

/* ── Closing ── */

static void release(struct upstream_conn *u)
{
    struct upstream_loop *home = u->home;

    if (!u->handle_gone || u->looking_up)
        return;
    *(u->prev != NULL ? &u->prev->next : &home->conns) = u->next;
    if (u->next != NULL)
        u->next->prev = u->prev;
    home->n_conns--;
    if (u->held != NULL)
        explicit_bzero(u->held, UPSTREAM_HEAD_MAX);
    cell_free(u->held);
    cell_free(u);
    upstream_loop_check(home);
}

static void on_closed(uv_handle_t *handle)
{
    struct upstream_conn *u = (struct upstream_conn *)handle;
    struct upstream_call *call = u->call;

    u->handle_gone = true;
    u->call = NULL;
    if (call != NULL) {
        call->conn = NULL;
        upstream_lost(call, u);
    }
    release(u);
}

static void busy_add(struct upstream_host *host, int by)
{
    host->n_busy += (size_t)by;
    metric_add(METRIC_UPSTREAM_BUSY, by);
}

static void leave_pool(struct upstream_conn *u)
{
    struct upstream_conn **at = &u->host->idle;

    while (*at != u)
        at = &(*at)->next_idle;
    *at = u->next_idle;
    u->host->n_idle--;
    metric_add(METRIC_UPSTREAM_IDLE, -1);
}

void upstream_close(struct upstream_conn *u, enum upstream_failure why)
{
    if (u->state == UP_CLOSED)
        return;
    if (u->state == UP_IDLE)
        leave_pool(u);
    else
        busy_add(u->host, -1);
    u->state = UP_CLOSED;
    u->failure = (uint8_t)why;
    if (u->looking_up)
        uv_cancel((uv_req_t *)&u->lookup);
    uv_close((uv_handle_t *)&u->tcp, on_closed);
}

void upstream_cancel(struct upstream_call *call)
{
    struct upstream_conn *u = call->conn;

    call->conn = NULL;
    if (u == NULL)
        return;
    u->call = NULL;
    upstream_close(u, UPSTREAM_BROKEN);
}

/* ── Reading ── */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct upstream_conn *u = (struct upstream_conn *)handle;

    (void)suggested;
    *ret = uv_buf_init(u->home->read_buffer, (unsigned)READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct upstream_conn *u = (struct upstream_conn *)stream;

    if (n > 0) {
        upstream_deadline(u);
        upstream_input(u, buf->base, (size_t)n);
        explicit_bzero(buf->base, (size_t)n); /* tokens do not wait for the next */
    } else if (n == UV_EOF) {
        upstream_eof(u);
    } else if (n < 0) {
        upstream_close(u, UPSTREAM_BROKEN);
    }
}

void upstream_reading(struct upstream_conn *u, bool on)
{
    if (u->reading == on || u->state == UP_CLOSED)
        return;
    u->reading = on;
    if (!on)
        uv_read_stop((uv_stream_t *)&u->tcp);
    else if (uv_read_start((uv_stream_t *)&u->tcp, on_alloc, on_read) != 0)
        upstream_close(u, UPSTREAM_BROKEN);
}

void upstream_pause(struct upstream_call *call, bool paused)
{
    struct upstream_conn *u = call->conn;

    if (u == NULL || u->paused == paused)
        return;
    u->paused = paused;
    upstream_reading(u, !paused);
    upstream_deadline(u);
}

/* ── Connecting ── */

static void on_connected(uv_connect_t *req, int status)
{
    struct upstream_conn *u = req->data;

    if (u->state != UP_CONNECTING)
        return;
    if (status != 0) {
        upstream_close(u, UPSTREAM_DOWN);
        return;
    }
    u->state = UP_BUSY;
    upstream_deadline(u);
    upstream_reading(u, true);
    if (u->state == UP_BUSY && u->call != NULL)
        u->call->events->ready(u->call);
}

static void connect_to(struct upstream_conn *u, const struct sockaddr *address)
{
    uv_tcp_nodelay(&u->tcp, 1);
    u->connect.data = u;
    if (uv_tcp_connect(&u->connect, &u->tcp, address, on_connected) != 0)
        upstream_close(u, UPSTREAM_DOWN);
}

/* A name with several addresses: each connection takes the next. */
static const struct addrinfo *pick_found(const struct addrinfo *found, size_t turn)
{
    size_t n = 0;

    for (const struct addrinfo *f = found; f != NULL; f = f->ai_next)
        n++;
    for (turn %= n; turn > 0; turn--)
        found = found->ai_next;
    return found;
}

static void on_looked_up(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
    struct upstream_conn *u = req->data;

    u->looking_up = false;
    if (u->state == UP_CONNECTING && status == 0 && found != NULL)
        connect_to(u, pick_found(found, u->host->turn++)->ai_addr);
    else
        upstream_close(u, UPSTREAM_DOWN);
    uv_freeaddrinfo(found);
    release(u);
}

static void look_up(struct upstream_conn *u)
{
    const struct upstream_address *to = u->host->address;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};

    u->lookup.data = u;
    u->looking_up =
        uv_getaddrinfo(u->home->uv, &u->lookup, on_looked_up, to->host, to->port, &hints) == 0;
    if (!u->looking_up)
        upstream_close(u, UPSTREAM_DOWN);
}

void upstream_open(struct upstream_loop *home, struct upstream_host *host,
                   struct upstream_call *call, uint64_t due_ms)
{
    struct upstream_conn *u = CELL_NEW(struct upstream_conn);

    u->home = home;
    u->host = host;
    u->next = home->conns;
    if (home->conns != NULL)
        home->conns->prev = u;
    home->conns = u;
    home->n_conns++;
    busy_add(host, 1);
    u->call = call;
    call->conn = u;
    u->begun_ms = uv_now(home->uv);
    u->due_ms = due_ms;
    upstream_expect(u);
    uv_tcp_init(home->uv, &u->tcp);
    if (host->address->literal)
        connect_to(u, (const struct sockaddr *)&host->address->ip);
    else
        look_up(u);
}

/* ── The pool ── */

/* Has the peer closed it while nobody looked? */
static bool still_open(const struct upstream_conn *u)
{
    uv_os_fd_t fd = -1;
    char byte;

    if (uv_fileno((const uv_handle_t *)&u->tcp, &fd) != 0)
        return false;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

struct upstream_conn *upstream_take(struct upstream_host *host, bool sure)
{
    while (host->idle != NULL) {
        struct upstream_conn *u = host->idle;
        if (!sure || still_open(u))
            return u;
        upstream_close(u, UPSTREAM_BROKEN);
    }
    return NULL;
}

void upstream_attach(struct upstream_conn *u, struct upstream_call *call)
{
    leave_pool(u);
    busy_add(u->host, 1);
    u->state = UP_BUSY;
    u->call = call;
    call->conn = u;
    u->begun_ms = uv_now(u->home->uv);
    u->reused = true;
    u->heard = u->sent = u->in_body = false;
    u->n_interim = 0;
    u->overhead_bytes = 0;
    upstream_expect(u);
    upstream_deadline(u);
}

void upstream_detach(struct upstream_conn *u, bool reusable)
{
    bool whole = u->sent && !u->deaf && upstream_unsent(u) == 0;

    u->call->conn = NULL;
    u->call = NULL;
    upstream_well(u->home, u->host);
    if (!reusable || !whole || u->home->stopping || u->host->n_idle >= IDLE_MAX) {
        upstream_close(u, UPSTREAM_BROKEN);
        return;
    }
    u->paused = false;
    upstream_reading(u, true);
    if (u->state == UP_CLOSED)
        return;
    busy_add(u->host, -1);
    u->state = UP_IDLE;
    u->due_ms = uv_now(u->home->uv) + IDLE_MS;
    u->next_idle = u->host->idle;
    u->host->idle = u;
    u->host->n_idle++;
    metric_add(METRIC_UPSTREAM_IDLE, 1);
}

void upstream_tick(uv_timer_t *tick)
{
    struct upstream_loop *home = tick->data;
    uint64_t now_ms = uv_now(home->uv);

    for (struct upstream_conn *u = home->conns; u != NULL; u = u->next)
        if (u->due_ms != 0 && u->due_ms <= now_ms && u->state != UP_CLOSED)
            upstream_close(u, u->state == UP_CONNECTING ? UPSTREAM_DOWN : UPSTREAM_SLOW);
}
