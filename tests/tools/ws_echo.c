/* ws-echo PORT: an echo server on 127.0.0.1 made of this project's own engine, for public WebSocket
 * conformance suites. Sends every text and binary message back, up to 32 MiB. Not part of the
 * product. */
#include "platform/db/store.h"
#include "platform/http/ws.h"
#include "platform/loop/work.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_MAX (32u << 20)
#define SECOND_US INT64_C(1000000)

/* ── Echoing ── */

static void on_open(struct ws *s, void *ctx)
{
    (void)s;
    (void)ctx;
}

static void on_message(struct ws *s, void *ctx, bool binary, struct str bytes)
{
    (void)ctx;
    if (binary)
        (void)ws_send_binary(s, bytes);
    else
        (void)ws_send(s, bytes);
}

static void on_closed(struct ws *s, void *ctx)
{
    (void)s;
    (void)ctx;
}

static const struct ws_events ECHO_EVENTS = {
    .message_max = MESSAGE_MAX,
    .open = on_open,
    .message = on_message,
    .closed = on_closed,
};

/* ── Every request is a handshake, or wrong ── */

static void on_head(struct req *q)
{
    (void)q;
}

static void fail(struct req *q, int status, const char *why)
{
    q->reply.status = status;
    q->reply.content_type = "text/plain";
    q->reply.body = str_of(why);
}

static void on_request(struct req *q)
{
    if (req_upgrade(q, &ECHO_EVENTS, NULL) != OK)
        fail(q, 400, "A WebSocket handshake is needed\n");
    http_send(q);
}

static void on_broken(struct req *q, enum err e, const char *why)
{
    fail(q, err_status(e), why);
}

static void on_finished(struct req *q, int64_t sent)
{
    (void)q;
    (void)sent;
}

static const struct http_callbacks CALLBACKS = {
    .head = on_head,
    .request = on_request,
    .finished = on_finished,
    .broken = on_broken,
};

/* ── The process ── */

static const struct migration NO_TABLES[] = {{0}};

/* The worker threads want a store, though nothing here is stored: one in a folder of its own. */
static enum err start_workers(const char *dir, struct arena *a, struct store **ret_store,
                              struct workers **ret, const char **ret_why)
{
    const struct store_options store = {
        .data_dir = dir, .database_url = "", .migrations = NO_TABLES};
    enum err e = store_open(&store, a, ret_store, ret_why);

    if (e != OK)
        return e;
    const struct workers_options options = {
        .store = *ret_store, .loops = 2, .compute_threads = 1, .queue_max = 16};
    *ret_why = "The threads cannot be started";
    return workers_start(&options, ret);
}

static enum err serve(int port, struct workers *workers, struct arena *a, const char *spool,
                      const char **ret_why)
{
    const struct http_listener listener = {.address = "127.0.0.1", .port = port};
    const struct http_server_options options = {
        .workers = workers,
        .callbacks = &CALLBACKS,
        .listeners = &listener,
        .n_listeners = 1,
        .head_timeout_us = 10 * SECOND_US,
        .body_timeout_us = 10 * SECOND_US,
        .form_timeout_us = 10 * SECOND_US,
        .keep_alive_us = 75 * SECOND_US,
        .write_timeout_us = 30 * SECOND_US,
        .spool_dir = spool,
    };
    struct http_server *server;
    sigset_t set;
    int caught;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    enum err e = http_server_start(&options, a, &server, ret_why);
    if (e != OK)
        return e;
    printf("ws-echo is ready at ws://127.0.0.1:%d/\n", port);
    fflush(stdout);
    sigwait(&set, &caught);
    http_server_stop(server, 10 * SECOND_US);
    return OK;
}

static void remove_store(const char *dir)
{
    static const char *const NAMES[] = {"bookadate.db", "bookadate.db-wal", "bookadate.db-shm",
                                        "bookadate.lock", "lock"};
    char path[256];

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, NAMES[i]);
        unlink(path);
    }
    if (rmdir(dir) != 0)
        fprintf(stderr, "ws-echo: %s: %s\n", dir, strerror(errno));
}

static int run(int port)
{
    struct arena a;
    struct store *store = NULL;
    struct workers *workers = NULL;
    const char *why = "A folder in /tmp cannot be made";
    char dir[] = "/tmp/ws-echo-XXXXXX";
    sigset_t set;

    arena_init(&a);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* for every thread: serve() waits for them */
    signal(SIGPIPE, SIG_IGN);
    enum err e =
        mkdtemp(dir) != NULL ? start_workers(dir, &a, &store, &workers, &why) : ERR_INTERNAL;
    if (e == OK)
        e = serve(port, workers, &a, dir, &why);
    if (e != OK)
        fprintf(stderr, "ws-echo: %s\n", why);
    if (workers != NULL)
        workers_stop(workers);
    if (store != NULL)
        store_close(store);
    remove_store(dir);
    arena_free(&a);
    return e == OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    int64_t port = 0;

    if (argc != 2 || !str_to_i64(str_of(argv[1]), &port) || port < 1 || port > 65535) {
        fprintf(stderr, "Usage: ws-echo PORT\n");
        return 1;
    }
    return run((int)port);
}
