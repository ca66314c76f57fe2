/* The socket of a connection: accepting, reading, closing. Knows nothing of HTTP's syntax. */
#include "platform/http/engine.h"

#include "platform/http/trusted.h"
#include "platform/log/log.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* ── Opening ── */

static bool read_address(struct conn *c)
{
    struct sockaddr_storage peer;
    int len = sizeof(peer);

    if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&peer, &len) != 0)
        return false;
    if (peer.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&peer;
        c->address[10] = c->address[11] = 0xff;
        memcpy(c->address + 12, &v4->sin_addr, 4);
    } else {
        memcpy(c->address, &((const struct sockaddr_in6 *)&peer)->sin6_addr, 16);
    }
    return true;
}

static void log_over(struct conn *c)
{
    struct http_loop *home = c->home;
    const struct http_server_options *o = &home->server->options;
    uint64_t now = uv_now(home->uv);
    struct arena a;

    if (home->over_logged_ms != 0 && now - home->over_logged_ms < OVER_LOG_MS)
        return;
    home->over_logged_ms = now;
    arena_init(&a);
    log_event(LOG_WARN, "connections.limit", "%.*s has more than %d connections open%s",
              STR_ARG(address_text(&a, c->address)), o->connections_per_address,
              o->connections_log_only ? " (not enforced)" : "");
    arena_free(&a);
}

static bool may_stay(struct conn *c)
{
    struct http_server *s = c->home->server;
    bool over = false;

    if (c->home->stopping || !read_address(c))
        return false;
    if (s->options.connections_max > 0 && atomic_load(&s->connections) > s->options.connections_max)
        return false;
    c->trusted = trusted_has(s->options.trusted, c->address);
    if (s->addresses == NULL || c->trusted) /* a proxy carries many people's */
        return true;
    c->counted = address_enter(s->addresses, c->address, &over);
    if (over)
        log_over(c);
    return c->counted;
}

void conn_accept(uv_stream_t *listener, int status)
{
    struct listener_handle *from = (struct listener_handle *)listener;
    struct http_loop *home = from->home;

    if (status != 0)
        return; /* out of file descriptors: libuv has dropped the caller */
    struct conn *c = cell_new(sizeof(*c));
    c->home = home;
    c->tag = from->tag;
    c->next = home->conns;
    if (home->conns != NULL)
        home->conns->prev = c;
    home->conns = c;
    atomic_fetch_add(&home->server->connections, 1);
    uv_tcp_init(home->uv, &c->tcp);
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) != 0 || !may_stay(c)) {
        conn_drop(c);
        return;
    }
    if (from->tls != NULL)
        tls_begin(c, from->tls);
    timer_set(c, TIMER_IDLE);
    conn_read_start(c);
}

/* ── Reading ── */

/* One buffer a loop: it is looked at, and what must stay is copied, before the next read. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct conn *c = (struct conn *)handle;

    (void)suggested;
    *ret = uv_buf_init(c->home->read_buffer, (unsigned)READ_BUFFER_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct conn *c = (struct conn *)stream;

    if (n > 0 && c->tls != NULL) {
        tls_input(c, buf->base, (size_t)n);
    } else if (n > 0) {
        exchange_input(c, buf->base, (size_t)n);
        explicit_bzero(buf->base, (size_t)n); /* passwords and tokens do not wait for the next */
    } else if (n == UV_EOF && !tls_handshaking(c)) {
        exchange_eof(c);
    } else if (n < 0) {
        conn_drop(c);
    }
}

void conn_read_start(struct conn *c)
{
    if (c->reading || c->eof || c->state == CONN_CLOSED)
        return;
    c->reading = true;
    if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0)
        conn_drop(c);
    else if (c->tls != NULL)
        tls_resume(c);
}

void conn_read_stop(struct conn *c)
{
    if (!c->reading)
        return;
    c->reading = false;
    uv_read_stop((uv_stream_t *)&c->tcp);
}

/* ── Closing ── */

static void kept_free(struct conn *c)
{
    if (c->kept != NULL)
        explicit_bzero(c->kept, c->kept_len);
    cell_free(c->kept);
    c->kept = NULL;
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = (struct conn *)handle;

    c->handle_gone = true;
    if (c->protocol != NULL)
        c->protocol->closed(c, c->protocol_ctx);
    c->protocol = NULL;
    conn_release(c);
}

void conn_release(struct conn *c)
{
    if (!c->handle_gone || c->ex != NULL)
        return;
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        c->home->conns = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    kept_free(c);
    http_loop_check(c->home);
    cell_free(c);
}

void conn_drop(struct conn *c)
{
    struct http_server *s = c->home->server;

    if (c->state == CONN_CLOSED)
        return;
    bool streaming = c->state == CONN_STREAM && c->ex != NULL;
    bool reading_request = c->state == CONN_HEAD || c->state == CONN_BODY;
    c->state = CONN_CLOSED;
    c->reading = false;
    timer_set(c, TIMER_NONE);
    atomic_fetch_sub(&s->connections, 1);
    if (c->counted)
        address_leave(s->addresses, c->address);
    if (c->tls != NULL)
        tls_end(c);
    uv_close((uv_handle_t *)&c->tcp, on_closed);
    if (reading_request) {
        c->ex->q.reply.status = 0;
        exchange_finish(c);
    } else if (streaming) {
        stream_leave(c);
        exchange_finish(c);
    }
}

void conn_linger(struct conn *c)
{
    uv_os_fd_t fd = -1;

    if (c->tls != NULL)
        tls_end(c);
    if (c->eof || uv_fileno((uv_handle_t *)&c->tcp, &fd) != 0 || shutdown(fd, SHUT_WR) != 0) {
        conn_drop(c);
        return;
    }
    kept_free(c);
    c->mark = 0;
    c->state = CONN_LINGER;
    timer_set(c, TIMER_LINGER);
    conn_read_start(c);
}

size_t conn_unsent(const struct conn *c)
{
    int in_kernel = 0;
    uv_os_fd_t fd = -1;

    if (uv_fileno((const uv_handle_t *)&c->tcp, &fd) != 0 || ioctl(fd, SIOCOUTQ, &in_kernel) != 0)
        in_kernel = 0;
    return uv_stream_get_write_queue_size((const uv_stream_t *)&c->tcp) + (size_t)in_kernel;
}

/* Close without leaving what was not taken to the kernel, which would offer it for minutes more. */
static void drop_unsent(struct conn *c)
{
    static const struct linger AT_ONCE = {.l_onoff = 1, .l_linger = 0};
    uv_os_fd_t fd = -1;

    if (conn_unsent(c) > 0 && uv_fileno((uv_handle_t *)&c->tcp, &fd) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &AT_ONCE, sizeof(AT_ONCE));
    conn_drop(c);
}

/* What must have been taken since last time: a reply that is fetched byte by byte would hold its
 * memory for ever. */
static size_t least_progress(const struct http_loop *home)
{
    const struct http_server_options *o = &home->server->options;
    int64_t least = o->write_min_rate * o->write_timeout_us / 1000000;

    return least > 1 ? (size_t)least : 1;
}

static void check_progress(struct conn *c)
{
    size_t unsent = conn_unsent(c);

    if (unsent + least_progress(c->home) > c->mark) {
        drop_unsent(c);
        return;
    }
    c->mark = unsent;
    timer_set(c, TIMER_WRITE);
}

void conn_overdue(struct conn *c)
{
    switch ((enum timer_kind)c->timer) {
    case TIMER_HEAD:
        if (tls_handshaking(c))
            conn_drop(c);
        else
            exchange_refuse(c, ERR_TIMEOUT, err_text(ERR_TIMEOUT));
        break;
    case TIMER_BODY:
    case TIMER_FORM:
        exchange_break(c, ERR_TIMEOUT, err_text(ERR_TIMEOUT));
        break;
    case TIMER_WRITE:
        check_progress(c);
        break;
    case TIMER_IDLE:
    case TIMER_FLUSH:
        drop_unsent(c);
        break;
    case TIMER_LINGER:
    case TIMER_NONE:
    case TIMER_KINDS:
        conn_drop(c);
        break;
    }
}
