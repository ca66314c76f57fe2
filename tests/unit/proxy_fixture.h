/* A gateway of one test's own (dispatcher, proxy, upstream client) in front of fake services that
 * say exactly what a test wants, byte by byte. */
#ifndef TESTS_PROXY_FIXTURE_H
#define TESTS_PROXY_FIXTURE_H

#include "http_client.h"

#include "platform/app.h"
#include "platform/auth/token.h"
#include "platform/http/dispatch.h"
#include "platform/http/front.h"
#include "platform/http/trusted.h"
#include "platform/http/upstream.h"
#include "platform/limit/limit.h"

#include <netinet/tcp.h>
#include <pthread.h>

#define H " HTTP/1.1\r\nHost: localhost\r\n"
#define QUIET_MS 300
#define FAKES_MAX 4
#define CONNS_MAX 64

/* ── Fake services ── */

struct fake;
/* Serves one connection, which is closed afterwards; nth counts them from 0. */
typedef void (*serve_fn)(struct fake *f, int fd, int nth);

struct fake_conn {
    struct fake *fake;
    pthread_t thread;
    atomic_int fd; /* -1: closed */
    int nth;
};

struct fake {
    int listener, port;
    pthread_t thread;
    serve_fn serve;
    const char *say;  /* for serve_say() */
    atomic_bool hold; /* serve_say(): do not close afterwards until the peer does */
    atomic_int accepted, ended, heads, closed; /* closed: the peer has, while it was served */
    atomic_llong bytes;                        /* of bodies taken or given */
    struct fake_conn conns[CONNS_MAX];
    char head[65536]; /* the last request's, and what came with it */
};

static struct fake FAKES[FAKES_MAX];
static pthread_mutex_t HEAD_LOCK = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local char MINE[sizeof(FAKES[0].head)]; /* what this connection is being told */

/* Until this stands in what has come; false: the peer has closed. */
static inline bool fake_until(struct fake *f, int fd, size_t n, const char *until)
{
    MINE[n] = '\0';
    while (strstr(MINE, until) == NULL && n < sizeof(MINE) - 1) {
        ssize_t got = recv(fd, MINE + n, sizeof(MINE) - 1 - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        MINE[n] = '\0';
    }
    pthread_mutex_lock(&HEAD_LOCK);
    memcpy(f->head, MINE, n + 1);
    pthread_mutex_unlock(&HEAD_LOCK);
    return true;
}

/* Until the end of a head; false: the peer has closed. Into f->head. */
static inline bool fake_head_get(struct fake *f, int fd)
{
    if (!fake_until(f, fd, 0, "\r\n\r\n"))
        return false;
    atomic_fetch_add(&f->heads, 1);
    return true;
}

/* What has come behind the head so far, and more until `until` is in it; false: closed before. */
static inline bool fake_body_get(struct fake *f, int fd, const char *until)
{
    return fake_until(f, fd, strlen(MINE), until);
}

static inline void fake_wait_closed(struct fake *f, int fd)
{
    char bytes[4096];

    while (recv(fd, bytes, sizeof(bytes), 0) > 0)
        ;
    atomic_fetch_add(&f->closed, 1);
}

static inline void fake_say(int fd, const char *text)
{
    (void)put_bytes(fd, text, strlen(text));
}

/* Each request gets f->say. */
static inline void serve_say(struct fake *f, int fd, int nth)
{
    (void)nth;
    while (fake_head_get(f, fd)) {
        fake_say(fd, f->say);
        if (!f->hold)
            return;
    }
}

static inline void *fake_conn_main(void *arg)
{
    struct fake_conn *c = arg;

    c->fake->serve(c->fake, c->fd, c->nth);
    close(atomic_exchange(&c->fd, -1));
    atomic_fetch_add(&c->fake->ended, 1);
    return NULL;
}

static inline void *fake_main(void *arg)
{
    struct fake *f = arg;

    for (int nth = 0; nth < CONNS_MAX; nth++) {
        int fd = accept(f->listener, NULL, NULL);
        if (fd < 0)
            break;
        f->conns[nth] = (struct fake_conn){.fake = f, .fd = fd, .nth = nth};
        pthread_create(&f->conns[nth].thread, NULL, fake_conn_main, &f->conns[nth]);
        atomic_fetch_add(&f->accepted, 1);
    }
    return NULL;
}

/* `port` 0: any. */
static inline struct fake *fake_start_at(size_t i, serve_fn serve, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t len = sizeof(a);
    struct fake *f = &FAKES[i];
    int small = 32768;

    memset(f, 0, sizeof(*f));
    f->serve = serve;
    f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(f->listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    setsockopt(f->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    setsockopt(f->listener, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    if (bind(f->listener, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(f->listener, 64) != 0)
        abort();
    getsockname(f->listener, (struct sockaddr *)&a, &len);
    f->port = ntohs(a.sin_port);
    pthread_create(&f->thread, NULL, fake_main, f);
    return f;
}

static inline struct fake *fake_start(size_t i, serve_fn serve)
{
    return fake_start_at(i, serve, 0);
}

static inline void fake_stop(struct fake *f)
{
    shutdown(f->listener, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    close(f->listener);
    for (int i = 0; i < atomic_load(&f->accepted); i++) {
        int fd = atomic_load(&f->conns[i].fd);
        if (fd >= 0)
            shutdown(fd, SHUT_RDWR);
        pthread_join(f->conns[i].thread, NULL);
    }
}

/* ── The gateway ── */

static struct config CONFIG;
static struct app GATEWAY;
static struct front FRONT;
static struct front_remote REMOTES[2];

static inline enum err never(struct req *q)
{
    (void)q;
    return ERR_INTERNAL; /* these routes' service is elsewhere */
}

static const struct route ROUTES[] = {
    {GET, "/thing", READ, ACCESS_PUBLIC, never, .summary = "x"},
    {POST, "/thing", WRITE, ACCESS_PUBLIC, never, .summary = "x", .body_max = 64u << 20},
    {POST, "/form", COMPUTE, ACCESS_PUBLIC, never, .summary = "x", .flags = ROUTE_FORM},
    {GET, "/signed", READ, ACCESS_USER, never, .summary = "x"},
    {GET, "/socket", STREAM, ACCESS_PUBLIC, never, .summary = "x"},
    {0},
};

struct gateway_options {
    const char *addresses; /* NULL: FAKES[0] */
    int64_t connect_ms, response_ms;
    const char *trusted;
};

static inline void gateway_config(const struct gateway_options *o)
{
    const char *why = "";

    CONFIG = (struct config){.cors_origins = "*",
                             .allow_remote = true,
                             .upload_max_bytes = 64 << 20,
                             .log_level = "error"};
    GATEWAY.config = &CONFIG;
    GATEWAY.limiter = limiter_new(false, 100);
    GATEWAY.token_caches = ARENA_ARRAY(&APP.arena, 1, struct token_cache *);
    GATEWAY.token_caches[0] = token_cache_new(16);
    if (token_keys_new(TOKEN_HS256, STR("0123456789012345678901234567890123456789"),
                       &GATEWAY.keys) != OK ||
        trusted_parse(str_of(o->trusted), &APP.arena, &GATEWAY.trusted, &why) != OK)
        abort();
}

static inline void gateway_remote(const struct gateway_options *o)
{
    const char *why = "";
    const char *addresses =
        o->addresses != NULL ? o->addresses
                             : arena_printf(&APP.arena, "http://127.0.0.1:%d", FAKES[0].port).ptr;
    struct upstream_options up = {
        .workers = APP.workers,
        .connect_timeout_us = (o->connect_ms != 0 ? o->connect_ms : 800) * MS,
        .response_timeout_us = (o->response_ms != 0 ? o->response_ms : 5000) * MS,
    };

    GATEWAY.upstreams = upstreams_new(&up, &APP.arena);
    REMOTES[0] = (struct front_remote){ROUTES, COUNT(ROUTES) - 1, "thing", NULL};
    FRONT = (struct front){"gateway", 0, router_new(&APP.arena), REMOTES};
    if (!router_add(FRONT.router, ROUTES, "", &why) ||
        upstreams_add(GATEWAY.upstreams, &APP.arena, "thing", addresses, &REMOTES[0].upstream,
                      &why) != OK) {
        fprintf(stderr, "%s\n", why);
        abort();
    }
}

static inline void gateway_start(struct gateway_options o)
{
    struct http_server_options so = default_options();
    struct workers_options wo = {.loops = 1, .compute_threads = 1, .queue_max = 100};
    const char *why = "";

    signal(SIGPIPE, SIG_IGN);
    memset(&APP, 0, sizeof(APP));
    memset(&GATEWAY, 0, sizeof(GATEWAY));
    arena_init(&APP.arena);
    if (workers_start(&wo, &APP.workers) != OK)
        abort();
    GATEWAY.workers = APP.workers;
    gateway_config(&o);
    gateway_remote(&o);
    APP.port = free_port("127.0.0.1");
    struct http_listener listener = {.address = "127.0.0.1", .port = APP.port, .tag = &FRONT};
    so.callbacks = &DISPATCH_CALLBACKS;
    so.app = &GATEWAY;
    so.workers = APP.workers;
    so.listeners = &listener;
    so.n_listeners = 1;
    so.trusted = GATEWAY.trusted;
    if (http_server_start(&so, &APP.arena, &APP.server, &why) != OK)
        abort();
}

static inline void gateway_stop(void)
{
    http_server_stop(APP.server, 100 * MS);
    upstreams_stop(GATEWAY.upstreams);
    workers_stop(APP.workers);
    token_cache_free(GATEWAY.token_caches[0]);
    token_keys_free(GATEWAY.keys);
    limiter_free(GATEWAY.limiter);
    arena_free(&APP.arena);
}

/* One fake service and a gateway in front of it. */
static inline struct fake *both_start(serve_fn serve)
{
    struct fake *f = fake_start(0, serve);

    gateway_start((struct gateway_options){0});
    return f;
}

static inline void both_stop(struct fake *f)
{
    gateway_stop();
    fake_stop(f);
}

static inline int64_t now_ms(void)
{
    return clock_monotonic_us() / 1000;
}

/* Send, and everything until it is quiet or closed. */
static inline struct reply ask_on(int fd, const char *request)
{
    put_text(fd, request);
    return get(fd, QUIET_MS);
}

static inline struct reply ask(const char *request)
{
    int fd = dial();
    struct reply r = ask_on(fd, request);

    close(fd);
    return r;
}

#define UNAVAILABLE                                                                                \
    "HTTP/1.1 503 Service Unavailable|Retry-After: 1|{\"detail\":\"The thing service "

#endif
