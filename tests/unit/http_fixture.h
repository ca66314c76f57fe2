/* A server of one test's own on a free port, with callbacks that stand in for the dispatcher: what
 * the path says is what happens. */
#ifndef TESTS_HTTP_FIXTURE_H
#define TESTS_HTTP_FIXTURE_H

#include "unit.h"

#include "platform/clock.h"
#include "platform/db/store.h"
#include "platform/http/form.h"
#include "platform/http/req.h"
#include "platform/http/ws.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000)

struct fake_app {
    char dir[64];
    char file[96];
    int64_t file_bytes;
    struct arena arena;
    struct store *store;
    struct workers *workers;
    struct http_server *server;
    int port;
    atomic_int finished;   /* calls of finished() … */
    atomic_int gone;       /* … with status 0 */
    atomic_int last_error; /* of broken() */
    atomic_llong last_sent;
    atomic_int sockets_entered, sockets_open, sockets_closed;
    atomic_int listening, told_before; /* a client's descriptor; had it heard before it entered? */
};

static struct fake_app APP;

static inline void say(struct req *q, int status, struct str body)
{
    q->reply.status = status;
    q->reply.content_type = "application/json";
    q->reply.body = body;
    http_send(q);
}

/* ── What the paths do ── */

static inline bool path_is(const struct req *q, const char *path)
{
    return str_eq(q->head.path, str_of(path));
}

static inline int64_t query_number(const struct req *q)
{
    int64_t n = 0;

    return str_present(q->head.query) && str_to_i64(q->head.query, &n) ? n : 0;
}

static inline void fake_head(struct req *q)
{
    q->body_max = 65536;
    if (path_is(q, "/early"))
        say(q, 401, STR("{\"early\":true}"));
    else if (path_is(q, "/small"))
        q->body_max = 10;
    else if (path_is(q, "/form")) {
        q->body_mode = HTTP_BODY_FORM;
        q->body_max = 4u << 20;
    } else if (path_is(q, "/large"))
        q->body_max = 4u << 20;
}

static inline struct req *fake_req_of(struct work *w)
{
    return (struct req *)(void *)((char *)w - offsetof(struct req, work));
}

static inline void later_run(struct work *w, struct db *db)
{
    struct timespec wait = {.tv_nsec = query_number(fake_req_of(w)) * 1000000};

    (void)db;
    nanosleep(&wait, NULL);
}

static inline void later_done(struct work *w)
{
    say(fake_req_of(w), 200, STR("{\"later\":true}"));
}

static inline void reply_body_of(struct req *q, int64_t n)
{
    char *text = arena_alloc(q->arena, (size_t)n + 1);

    for (int64_t i = 0; i < n; i++)
        text[i] = "abcdefgh\n"[i % 9];
    q->reply.compress = true;
    say(q, 200, (struct str){text, (size_t)n});
}

static inline void reply_file(struct req *q)
{
    q->reply.status = 200;
    q->reply.content_type = "application/octet-stream";
    q->reply.file = open(APP.file, O_RDONLY | O_CLOEXEC);
    q->reply.file_bytes = APP.file_bytes;
    http_send(q);
}

static inline void reply_form(struct req *q)
{
    struct buf b = buf_new(q->arena, 256);

    for (const struct form_part *p = form_first(q->form); p != NULL; p = p->next)
        buf_printf(&b, "%.*s=%zu;", STR_ARG(p->name), p->bytes.len);
    say(q, 200, buf_view(&b));
}

static inline void socket_enter(struct app *app, struct loop *loop, void *ctx)
{
    int heard = 0;

    (void)app;
    (void)ctx;
    assert_ptr_equal(loop, loop_here());
    assert_int_equal(ioctl(atomic_load(&APP.listening), FIONREAD, &heard), 0);
    atomic_fetch_add(&APP.told_before, heard > 0);
    atomic_fetch_add(&APP.sockets_entered, 1);
}

static inline void socket_open(struct ws *s, void *ctx)
{
    (void)s;
    (void)ctx;
    atomic_fetch_add(&APP.sockets_open, 1);
}

static inline void socket_message(struct ws *s, void *ctx, bool binary, struct str bytes)
{
    (void)ctx;
    (void)binary;
    ws_send(s, bytes);
}

static inline void socket_closed(struct ws *s, void *ctx)
{
    (void)s;
    (void)ctx;
    atomic_fetch_add(&APP.sockets_closed, 1);
}

static const struct ws_events ECHO_SOCKET = {
    .open = socket_open, .message = socket_message, .closed = socket_closed};
static const struct ws_events ENTERING_SOCKET = {
    .enter = socket_enter, .open = socket_open, .message = socket_message, .closed = socket_closed};

static inline void upgrade(struct req *q)
{
    struct str key = http_header_get(&q->head, "Sec-WebSocket-Key");

    if (!str_present(key)) {
        say(q, 400, STR("{}"));
        return;
    }
    q->reply.status = 101;
    q->reply.headers[q->reply.n_headers++] = (struct http_header){STR("Upgrade"), STR("websocket")};
    q->reply.headers[q->reply.n_headers++] =
        (struct http_header){STR("Sec-WebSocket-Accept"), ws_accept_key(q->arena, key)};
    q->upgrade = atomic_load(&APP.listening) > 0 ? &ENTERING_SOCKET : &ECHO_SOCKET;
    http_send(q);
}

static inline void later_upgrade(struct work *w)
{
    upgrade(fake_req_of(w));
}

static inline void submit(struct req *q, void (*done)(struct work *w))
{
    q->work.run = later_run;
    q->work.done = done;
    if (!work_submit(APP.workers, WORK_COMPUTE, &q->work))
        say(q, 503, STR("{}"));
}

/* "GET /target body": what was understood of the request. */
static inline void reply_echo(struct req *q)
{
    struct buf b = buf_new(q->arena, q->body.len + 128);

    buf_text(&b, http_method_name(q->head.method));
    buf_char(&b, ' ');
    buf_str(&b, q->head.path);
    buf_char(&b, ' ');
    buf_str(&b, q->body);
    say(q, 200, buf_view(&b));
}

static inline void fake_request(struct req *q)
{
    if (path_is(q, "/hello"))
        say(q, 200, STR("{\"hello\":\"world\"}"));
    else if (path_is(q, "/later"))
        submit(q, later_done);
    else if (path_is(q, "/body"))
        reply_body_of(q, query_number(q));
    else if (path_is(q, "/file"))
        reply_file(q);
    else if (path_is(q, "/form"))
        reply_form(q);
    else if (path_is(q, "/socket"))
        upgrade(q);
    else if (path_is(q, "/later-socket"))
        submit(q, later_upgrade);
    else if (path_is(q, "/empty")) {
        q->reply.status = 204;
        http_send(q);
    } else if (path_is(q, "/unsafe")) {
        q->reply.headers[q->reply.n_headers++] =
            (struct http_header){STR("X-Bad"), STR("a\r\nX-Injected: 1")};
        say(q, 200, STR("{}"));
    } else if (path_is(q, "/host"))
        say(q, 200, http_header_get(&q->head, "Host"));
    else
        reply_echo(q);
}

static inline void fake_finished(struct req *q, int64_t sent)
{
    atomic_store(&APP.last_sent, sent);
    atomic_fetch_add(&APP.gone, q->reply.status == 0);
    atomic_fetch_add(&APP.finished, 1);
}

static inline void fake_broken(struct req *q, enum err e, const char *why)
{
    atomic_store(&APP.last_error, (int)e);
    q->reply.status = err_status(e);
    q->reply.content_type = "application/json";
    q->reply.body = str_of(why);
    q->reply.file = -1;
}

static const struct http_callbacks FAKE_CALLBACKS = {
    .head = fake_head,
    .request = fake_request,
    .finished = fake_finished,
    .broken = fake_broken,
};

/* ── Starting and stopping ── */

static inline int free_port(const char *address)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, address, &a.sin_addr);
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
        abort();
    getsockname(fd, (struct sockaddr *)&a, &len);
    close(fd);
    return ntohs(a.sin_port);
}

static inline void app_workers(int loops)
{
    static const struct migration NONE[] = {{0}};
    const char *why = "";

    signal(SIGPIPE, SIG_IGN);
    memset(&APP, 0, sizeof(APP));
    arena_init(&APP.arena);
    snprintf(APP.dir, sizeof(APP.dir), "/tmp/http-test-XXXXXX");
    if (mkdtemp(APP.dir) == NULL)
        abort();
    struct store_options so = {APP.dir, "", NONE, false};
    if (store_open(&so, &APP.arena, &APP.store, &why) != OK) {
        fprintf(stderr, "%s\n", why);
        abort();
    }
    struct workers_options wo = {
        .store = APP.store, .loops = loops, .compute_threads = 2, .queue_max = 1000};
    if (workers_start(&wo, &APP.workers) != OK)
        abort();
}

static inline void app_file(int64_t bytes)
{
    snprintf(APP.file, sizeof(APP.file), "%s/file", APP.dir);
    FILE *f = fopen(APP.file, "we");
    for (int64_t i = 0; i < bytes; i++)
        putc((int)('a' + i % 26), f);
    fclose(f);
    APP.file_bytes = bytes;
}

static inline struct http_server_options default_options(void)
{
    return (struct http_server_options){
        .callbacks = &FAKE_CALLBACKS,
        .head_timeout_us = 10000 * MS,
        .body_timeout_us = 10000 * MS,
        .form_timeout_us = 10000 * MS,
        .keep_alive_us = 75000 * MS,
        .write_timeout_us = 10000 * MS,
        .connections_max = 10000,
        .spool_dir = "/tmp",
    };
}

static inline void app_start(struct http_server_options o, int loops)
{
    const char *why = "";

    app_workers(loops);
    app_file(3 * 1000 * 1000);
    APP.port = free_port("127.0.0.1");
    struct http_listener listener = {"127.0.0.1", APP.port, &APP};
    o.workers = APP.workers;
    o.app = &APP;
    o.listeners = &listener;
    o.n_listeners = 1;
    if (http_server_start(&o, &APP.arena, &APP.server, &why) != OK) {
        fprintf(stderr, "%s\n", why);
        abort();
    }
}

static inline void app_stop(int64_t grace_us)
{
    char command[128];

    http_server_stop(APP.server, grace_us);
    workers_stop(APP.workers);
    store_close(APP.store);
    arena_free(&APP.arena);
    snprintf(command, sizeof(command), "rm -rf %s", APP.dir);
    if (system(command) != 0) /* NOLINT: a folder that this program made */
        abort();
}

#endif
