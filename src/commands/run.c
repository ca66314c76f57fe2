/* `bookadate run`: puts the process together in order, waits for a signal, takes it apart again. */
#include "commands/commands.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/auth/revocation.h"
#include "platform/blob/blob.h"
#include "platform/bus/bus.h"
#include "platform/clock.h"
#include "platform/db/store.h"
#include "platform/http/dispatch.h"
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
    struct http_server *server;
    struct ticker *ticker;
    size_t started; /* services whose start() returned OK */
    const char *why;
};

static enum err choose_services(struct process *p, int n_words, char **words)
{
    size_t n = 0;
    const struct service **chosen = ARENA_ARRAY(&p->arena, 8, const struct service *);

    for (int i = 0; i < n_words; i++)
        if (service_find(str_of(words[i])) == NULL) {
            p->why =
                arena_printf(&p->arena,
                             "there is no service \"%s\"; the seven are gateway, user, matching, "
                             "booking, venue, faceauth and chat",
                             words[i])
                    .ptr;
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
    return OK;
}

static enum err open_store(struct process *p)
{
    struct store_options options = {
        .data_dir = p->config.data_dir,
        .database_url = p->config.database_url,
        .migrations = MIGRATIONS,
    };

    return store_open(&options, &p->arena, &p->app.store, &p->why);
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

static enum err load_revocations(struct process *p)
{
    struct db *db;
    enum err e = store_reader(p->app.store, &db);

    if (e != OK)
        return e;
    e = revocations_load(db, clock_now_us(), &p->app.revocations);
    store_db_close(db);
    return e;
}

static enum err open_shared(struct process *p)
{
    const struct config *c = &p->config;
    struct workers_options options = {
        .store = p->app.store,
        .loops = (int)c->loops,
        .compute_threads = (int)c->compute_threads,
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
    struct str photos = arena_printf(&p->arena, "%s/photos", c->data_dir);
    return blob_open(photos.ptr, &p->app.photos, &p->why);
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
    p->ticker = ticker_start(&p->app, &p->arena);
    return OK;
}

/* One listener for each front on each address. */
static struct http_listener *make_listeners(struct process *p, struct front *fronts,
                                            size_t n_fronts, size_t *ret_n)
{
    struct str addresses = str_of(p->config.bind);
    struct http_listener *list =
        ARENA_ARRAY(&p->arena, n_fronts * (addresses.len + 1), struct http_listener);
    size_t n = 0;

    while (str_present(addresses)) {
        struct str address = arena_str(&p->arena, str_trim(str_cut(&addresses, ',')));
        for (size_t i = 0; i < n_fronts && address.len > 0; i++)
            list[n++] = (struct http_listener){address.ptr, fronts[i].port, &fronts[i]};
    }
    *ret_n = n;
    return list;
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
        .write_timeout_us = 30 * US_PER_SECOND,
        .connections_per_address = (int)c->connections_per_address,
        .connections_log_only = !c->enforce_limits,
        .connections_max = (int)c->connections_max,
        .spool_dir = spool.ptr,
    };
    options.listeners = make_listeners(p, fronts, n_fronts, &options.n_listeners);
    return http_server_start(&options, &p->arena, &p->server, &p->why);
}

static enum err start(struct process *p)
{
    static enum err (*const STEPS[])(struct process *) = {
        open_store, open_keys, open_shared, start_services, open_listeners,
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
    ticker_stop(p->ticker);
    while (p->started > 0) {
        const struct service *s = p->app.services[--p->started];
        if (s->stop != NULL)
            s->stop(&p->app);
    }
    if (p->app.workers != NULL)
        workers_stop(p->app.workers);
    bus_free(p->app.bus);
    limiter_free(p->app.limiter);
    for (int64_t i = 0; p->app.token_caches != NULL && i < p->config.loops; i++)
        token_cache_free(p->app.token_caches[i]);
    revocations_free(p->app.revocations);
    token_keys_free(p->app.keys);
    blob_close(p->app.photos);
    if (p->app.store != NULL)
        store_close(p->app.store);
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
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then a full disk: 503, not the end */
    return set;
}

static void say_ready(const struct process *p)
{
    const struct config *c = &p->config;
    int port = (int)(c->port_base + p->app.services[0]->port_offset);

    printf("BOOKADATE %s is ready at http://localhost:%d (%s, SQLite in %s). Try: curl "
           "http://localhost:%d/health\n",
           BOOKADATE_VERSION, port, c->profile == PROFILE_PRODUCTION ? "production" : "development",
           c->data_dir, port);
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
        sigwait(&set, &caught);
        log_event(LOG_INFO, "server.stopping", "Stopping on %s", strsignal(caught));
    } else {
        command_fail("%s", p.why != NULL ? p.why : err_text(e));
    }
    stop(&p);
    return e == OK ? 0 : 1;
}
