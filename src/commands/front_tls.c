/* TLS of the running program: see front_tls.h. */
#include "commands/front_tls.h"

#include "base/datetime.h"
#include "platform/clock.h"
#include "platform/http/tls_identity.h"
#include "platform/log/log.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define WARN_DAYS 30
#define DAY_SECONDS 86400

enum err front_tls_open(const struct config *c, struct arena *a, struct tls_identity **ret,
                        const char **ret_why)
{
    *ret = NULL;
    if (c->tls_cert[0] == '\0')
        return OK;
    return tls_identity_load(c->tls_cert, c->tls_key, clock_now_us(), a, ret, ret_why);
}

/* ── Listeners ── */

static bool is_gateway(const struct front *f)
{
    return strcmp(f->name, "gateway") == 0;
}

/* What stands on BOOKADATE_REDIRECT_PORT: nothing of its own. */
static struct front *redirect_front(const struct config *c, const struct front *gateway,
                                    struct arena *a)
{
    struct front *f = ARENA_NEW(a, struct front);

    *f = *gateway;
    f->name = "redirect";
    f->port = (int)c->redirect_port;
    f->https_port = (int)config_gateway_port(c);
    return f;
}

struct http_listener *front_tls_listeners(const struct config *c, struct tls_identity *tls,
                                          struct front *fronts, size_t n_fronts, struct arena *a,
                                          size_t *ret_n)
{
    struct http_listener *one = ARENA_ARRAY(a, n_fronts + 1, struct http_listener);
    size_t n_one = 0;
    size_t n = 0;

    for (size_t i = 0; i < n_fronts; i++) {
        bool secure = tls != NULL && is_gateway(&fronts[i]);
        if (secure)
            fronts[i].port = (int)config_gateway_port(c);
        one[n_one++] = (struct http_listener){
            .port = fronts[i].port, .tag = &fronts[i], .tls = secure ? tls : NULL};
        if (secure && c->redirect_port != 0)
            one[n_one++] = (struct http_listener){.port = (int)c->redirect_port,
                                                  .tag = redirect_front(c, &fronts[i], a)};
    }
    struct str addresses = str_of(c->bind);
    struct http_listener *all = ARENA_ARRAY(a, n_one * (addresses.len + 1), struct http_listener);
    while (str_present(addresses)) {
        struct str address = arena_str(a, str_trim(str_cut(&addresses, ',')));
        for (size_t i = 0; i < n_one && address.len > 0; i++) {
            all[n] = one[i];
            all[n++].address = address.ptr;
        }
    }
    *ret_n = n;
    return all;
}

/* ── Warnings ── */

bool front_tls_ends_soon(struct tls_identity *tls, int64_t now_us, int64_t *ret_days)
{
    int64_t left_us = tls_identity_ends_us(tls) - now_us;

    *ret_days = left_us > 0 ? left_us / US_PER_DAY : 0;
    return left_us < WARN_DAYS * US_PER_DAY;
}

static void warn_of_end(struct tls_identity *tls)
{
    int64_t now_us = clock_now_us();
    int64_t ends_us = tls_identity_ends_us(tls);
    int64_t days = 0;
    char day[DATE_LEN];

    if (!front_tls_ends_soon(tls, now_us, &days))
        return;
    date_format(date_of_us(ends_us), day);
    if (ends_us <= now_us)
        log_event(LOG_ERROR, "tls.expired",
                  "The TLS certificate has expired on %.*s: put a new one in its place and send "
                  "SIGHUP",
                  DATE_LEN, day);
    else
        log_event(LOG_WARN, "tls.expiring", "The TLS certificate ends in %lld days, on %.*s",
                  (long long)days, DATE_LEN, day);
}

void front_tls_warn(const struct config *c, struct tls_identity *tls, const struct front *fronts,
                    size_t n_fronts)
{
    bool gateway = false;

    for (size_t i = 0; i < n_fronts; i++)
        gateway |= is_gateway(&fronts[i]);
    if (tls != NULL && gateway)
        warn_of_end(tls);
    if (!gateway || !config_reachable(c)) /* services alone are a gateway's to reach */
        return;
    if (tls == NULL)
        log_event(LOG_WARN, "tls.none",
                  "Others reach this server without encryption: put a proxy with TLS in front of "
                  "it, or set BOOKADATE_TLS_CERT and BOOKADATE_TLS_KEY");
    else if (n_fronts > 1)
        log_event(LOG_WARN, "tls.partly",
                  "Others reach the services' own ports without encryption: "
                  "BOOKADATE_DIRECT_PORTS=0 closes them");
}

/* ── Signals ── */

static void reload(struct tls_identity *tls)
{
    const char *why = NULL;
    struct arena a;

    arena_init(&a);
    if (tls_identity_reload(tls, clock_now_us(), &a, &why) == OK)
        log_event(LOG_INFO, "tls.reloaded", "New connections see the certificate as it is now");
    else
        log_event(LOG_ERROR, "tls.not_reloaded", "The certificate in force stays: %s", why);
    arena_free(&a);
    warn_of_end(tls);
}

/* A hang-up is no end where a certificate is named, although it may be the gateway's alone, nor
 * under nohup. */
static bool hangup_ends(const struct config *c)
{
    struct sigaction found;

    return c->tls_cert[0] == '\0' && sigaction(SIGHUP, NULL, &found) == 0 &&
           found.sa_handler != SIG_IGN;
}

int front_tls_wait(const sigset_t *set, const struct config *c, struct tls_identity *tls)
{
    const struct timespec day = {.tv_sec = DAY_SECONDS};

    for (;;) {
        int caught = sigtimedwait(set, NULL, &day);
        if (caught > 0 && (caught != SIGHUP || hangup_ends(c)))
            return caught;
        if (tls == NULL)
            continue;
        if (caught == SIGHUP)
            reload(tls);
        else if (errno == EAGAIN)
            warn_of_end(tls);
    }
}
