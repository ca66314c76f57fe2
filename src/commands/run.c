/* `bookadate run`: puts the process together in order, waits for a signal, takes it apart again. */
#include "commands/commands.h"
#include "commands/front_tls.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/auth/revocation_watch.h"
#include "platform/auth/revocation.h"
#include "platform/blob/blob.h"
#include "platform/bus/bus.h"
#include "platform/clock.h"
#include "platform/crypt/seal.h"
#include "platform/db/store.h"
#include "platform/face/face.h"
#include "platform/http/dispatch.h"
#include "platform/http/tls_identity.h"
#include "platform/http/trusted.h"
#include "platform/http/upstream.h"
#include "platform/limit/limit.h"
#include "platform/log/log.h"
#include "platform/loop/work.h"
#include "services/services.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "version.h"

#define QUEUE_MAX 8192
#define TOKEN_CACHE_ENTRIES 4096
#define LIMITER_KEYS_MAX 200000

extern char **environ;

/* Everything that run puts together; each part NULL until it stands, so that stop() can take apart
 * what does. */
struct process {
    struct arena arena;
    struct config config;
    struct app app;
    struct tls_identity *tls; /* NULL: in the clear */
    struct http_server *server;
    struct ticker *ticker;
    struct revocation_watch *watch; /* NULL: there is no store */
    bool some;                      /* services were named: others run elsewhere */
    size_t started;                 /* services whose start() returned OK */
    const char *why;
    bool misused; /* it is the words that are wrong */
};

static enum err choose_services(struct process *p, int n_words, char **words)
{
    size_t n = 0;
    const struct service **chosen = ARENA_ARRAY(&p->arena, 8, const struct service *);

    for (int i = 0; i < n_words; i++)
        if (service_find(str_of(words[i])) == NULL) {
            p->why = command_no_service(&p->arena, words[i]);
            p->misused = true;
            return ERR_INVALID;
        }
    for (const struct service *const *s = SERVICES; *s != NULL; s++) {
        bool wanted = n_words == 0;
        for (int i = 0; i < n_words && !wanted; i++)
            wanted = strcmp(words[i], (*s)->name) == 0;
        if (wanted)
            chosen[n++] = *s;
    }
    p->app.services = chosen;
    p->some = n_words > 0;
    return OK;
}

/* A gateway with every service elsewhere keeps nothing itself. */
static bool gateway_alone(const struct process *p)
{
    return service_hosted(&p->app, SERVICES[0]) && p->app.services[1] == NULL;
}

/* The gateway's alone: services behind it speak plain HTTP to it. */
static enum err open_certificate(struct process *p)
{
    if (!service_hosted(&p->app, service_find(STR("gateway"))))
        return OK;
    return front_tls_open(&p->config, &p->arena, &p->tls, &p->why);
}

/* First of all: a start that fails for a taken port leaves nothing behind. */
static enum err try_ports(struct process *p)
{
    size_t n;
    struct front *doors = services_doors(&p->app, &p->arena, &n);
    const struct http_listener *all =
        front_tls_listeners(&p->config, p->tls, doors, n, &p->arena, &n);

    return http_listeners_try(all, n, &p->arena, &p->why);
}

static enum err open_store(struct process *p)
{
    struct store_options options = command_store(&p->config);

    if (gateway_alone(p))
        return OK;
    enum err e = store_open(&options, &p->arena, &p->app.store, &p->why);
    if (e == ERR_CONFLICT && p->some && p->config.database_url[0] == '\0')
        p->why = arena_printf(&p->arena,
                              "%s; services in processes of their own share one database: set "
                              "BOOKADATE_DATABASE_URL",
                              p->why)
                     .ptr;
    return e;
}

static enum err open_keys(struct process *p)
{
    struct str secret;
    enum err e = config_token_secret(&p->config, &p->arena, &secret, &p->why);
    if (e != OK)
        return e;
    bool eddsa = strcmp(p->config.token_algorithm, "EdDSA") == 0;
    e = token_keys_new(eddsa ? TOKEN_EDDSA : TOKEN_HS256, secret, &p->app.keys);
    if (e != OK)
        p->why = "BOOKADATE_TOKEN_SECRET is too short, or no Ed25519 seed";
    return e;
}

/* A gateway alone seals nothing. */
static enum err open_seals(struct process *p)
{
    struct str secret;

    if (gateway_alone(p))
        return OK;
    enum err e = config_data_key(&p->config, &p->arena, &secret, &p->why);
    if (e != OK)
        return e;
    e = seal_ring_new(secret, str_of(p->config.data_keys_old), &p->app.seals);
    if (e != OK)
        p->why = "BOOKADATE_DATA_KEY is too short";
    return e;
}

static enum err load_revocations(struct process *p)
{
    struct db *db;

    if (p->app.store == NULL)
        return OK; /* the services check them */
    enum err e = store_reader(p->app.store, &db);
    if (e != OK)
        return e;
    e = revocations_load(db, clock_now_us(), &p->app.revocations);
    store_db_close(db);
    return e;
}

/* Processes on one PostgreSQL hear each other over it. */
static enum err share_bus(struct process *p)
{
    const struct config *c = &p->config;
    bool apart = c->database_listen_url[0] != '\0';

    if (p->app.store == NULL || store_embedded(p->app.store))
        return OK;
    return bus_share(p->app.bus, apart ? c->database_listen_url : c->database_url);
}

static enum err open_shared(struct process *p)
{
    const struct config *c = &p->config;
    struct workers_options options = {
        .store = p->app.store,
        .loops = (int)c->loops,
        .compute_threads = (int)c->compute_threads,
        .database_pool = (int)c->database_pool,
        .queue_max = QUEUE_MAX,
    };

    p->why = "The store cannot be read";
    enum err e = load_revocations(p);
    if (e != OK)
        return e;
    p->why = "The worker threads cannot be started";
    e = workers_start(&options, &p->app.workers);
    if (e != OK)
        return e;
    p->app.token_caches = ARENA_ARRAY(&p->arena, (size_t)c->loops, struct token_cache *);
    for (int64_t i = 0; i < c->loops; i++)
        p->app.token_caches[i] = token_cache_new(TOKEN_CACHE_ENTRIES);
    p->app.limiter = limiter_new(c->enforce_limits, LIMITER_KEYS_MAX);
    p->app.bus = bus_new(p->app.workers);
    e = share_bus(p);
    if (e != OK)
        return e;
    const struct face_options faces = {.models = c->face_models, .runtime = c->face_runtime};
    p->app.faces = face_open(&faces);
    struct str photos = arena_printf(&p->arena, "%s/photos", c->data_dir);
    return blob_open(photos.ptr, &p->app.photos, &p->why);
}

/* Whom this process calls, and for whom it takes calls. */
static enum err open_neighbours(struct process *p)
{
    const struct config *c = &p->config;
    struct upstream_options options = {
        .workers = p->app.workers,
        .connect_timeout_us = c->upstream_connect_ms * 1000,
        .response_timeout_us = c->upstream_response_s * US_PER_SECOND,
    };
    const char *proxies = c->trusted_proxies;

    /* Whoever runs services without a gateway has one in front of them, mostly on this machine. */
    if (proxies[0] == '\0' && !service_hosted(&p->app, SERVICES[0]))
        proxies = "127.0.0.1,::1";
    p->app.upstreams = upstreams_new(&options, &p->arena);
    return trusted_parse(str_of(proxies), &p->arena, &p->app.trusted, &p->why);
}

static enum err start_services(struct process *p)
{
    for (const struct service *const *s = p->app.services; *s != NULL; s++) {
        if ((*s)->start != NULL && (*s)->start(&p->app) != OK) {
            p->why = arena_printf(&p->arena, "the %s service cannot start", (*s)->name).ptr;
            return ERR_INTERNAL;
        }
        p->started++;
    }
    if (p->app.store != NULL)
        p->ticker = ticker_start(&p->app, &p->arena);
    if (p->app.store != NULL) /* an embedded one, too: commands write beside a running server */
        p->watch = revocation_watch_start(&p->app, &p->arena);
    return OK;
}

static enum err open_listeners(struct process *p)
{
    const struct config *c = &p->config;
    struct front *fronts;
    size_t n_fronts;

    enum err e = services_fronts(&p->app, &p->arena, &fronts, &n_fronts, &p->why);
    if (e != OK)
        return e;
    struct str spool = arena_printf(&p->arena, "%s/spool", c->data_dir);
    mkdir(spool.ptr, 0700);
    struct http_server_options options = {
        .workers = p->app.workers,
        .callbacks = &DISPATCH_CALLBACKS,
        .app = &p->app,
        .head_timeout_us = c->head_timeout_s * US_PER_SECOND,
        .body_timeout_us = c->body_timeout_s * US_PER_SECOND,
        .form_timeout_us = c->form_timeout_s * US_PER_SECOND,
        .keep_alive_us = c->keep_alive_s * US_PER_SECOND,
        .write_timeout_us = c->reply_timeout_s * US_PER_SECOND,
        .write_min_rate = c->reply_min_rate,
        .trusted = p->app.trusted,
        .connections_per_address = (int)c->connections_per_address,
        .connections_log_only = !c->enforce_limits,
        .connections_max = (int)c->connections_max,
        .spool_dir = spool.ptr,
    };
    options.listeners =
        front_tls_listeners(c, p->tls, fronts, n_fronts, &p->arena, &options.n_listeners);
    front_tls_warn(c, p->tls, fronts, n_fronts);
    return http_server_start(&options, &p->arena, &p->server, &p->why);
}

static enum err start(struct process *p)
{
    static enum err (*const STEPS[])(struct process *) = {
        open_certificate, try_ports,       open_store,     open_keys,      open_seals,
        open_shared,      open_neighbours, start_services, open_listeners,
    };

    if (sodium_init() < 0) {
        p->why = "the system gives no randomness";
        return ERR_INTERNAL;
    }
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        enum err e = STEPS[i](p);
        if (e != OK)
            return e;
    }
    return OK;
}

static void stop(struct process *p)
{
    if (p->server != NULL)
        http_server_stop(p->server, p->config.shutdown_grace_s * US_PER_SECOND);
    upstreams_stop(p->app.upstreams);
    ticker_stop(p->ticker);
    revocation_watch_stop(p->watch);
    while (p->started > 0) {
        const struct service *s = p->app.services[--p->started];
        if (s->stop != NULL)
            s->stop(&p->app);
    }
    bus_unshare(p->app.bus);
    if (p->app.workers != NULL)
        workers_stop(p->app.workers);
    face_close(p->app.faces); /* after the compute threads */
    bus_free(p->app.bus);
    limiter_free(p->app.limiter);
    for (int64_t i = 0; p->app.token_caches != NULL && i < p->config.loops; i++)
        token_cache_free(p->app.token_caches[i]);
    revocations_free(p->app.revocations);
    token_keys_free(p->app.keys);
    seal_ring_free(p->app.seals);
    blob_close(p->app.photos);
    if (p->app.store != NULL)
        store_close(p->app.store);
    tls_identity_free(p->tls);
    log_flush();
    arena_free(&p->arena);
}

/* Signals are waited for by this thread alone: every other thread inherits the block. */
static sigset_t block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP); /* with TLS: read the certificate anew */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then a full disk: 503, not the end */
    return set;
}

static void say_ready(const struct process *p)
{
    const struct config *c = &p->config;
    const char *scheme = p->tls != NULL ? "https" : "http";
    int port = (int)(p->tls != NULL ? config_gateway_port(c)
                                    : c->port_base + p->app.services[0]->port_offset);

    const char *store =
        p->app.store != NULL ? store_place(p->app.store) : "its services run elsewhere";

    printf(
        "BOOKADATE %s is ready at %s://localhost:%d (%s, %s). Try: curl %s://localhost:%d/health\n",
        BOOKADATE_VERSION, scheme, port,
        c->profile == PROFILE_PRODUCTION ? "production" : "development", store, scheme, port);
    fflush(stdout);
}

int command_run(int argc, char **argv)
{
    struct process p = {0};
    char **flags;
    char **words;
    int n_flags;
    int n_words;
    int caught = 0;
    enum log_level level = LOG_INFO;

    arena_init(&p.arena);
    p.app.config = &p.config;
    command_split(argc, argv, &p.arena, &flags, &n_flags, &words, &n_words);
    sigset_t set = block_signals();
    enum err e = config_load(n_flags, flags, environ, &p.arena, &p.config, &p.why);
    if (e == OK) {
        log_level_parse(str_of(p.config.log_level), &level);
        log_start(level, p.config.access_log);
        umask(0077);
        e = choose_services(&p, n_words, words);
    }
    if (e == OK)
        e = start(&p);
    if (e == OK) {
        say_ready(&p);
        caught = front_tls_wait(&set, &p.config, p.tls);
        log_event(LOG_INFO, "server.stopping", "Stopping on %s", strsignal(caught));
        pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* a second one does not wait for anybody */
    } else {
        command_fail("%s", p.why != NULL ? p.why : err_text(e));
    }
    stop(&p);
    if (p.misused)
        return EXIT_USAGE;
    return e == OK ? 0 : EXIT_FAILED;
}
