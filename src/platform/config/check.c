/* What settings must fulfil together, and what a profile refuses because it is not safe. One
 * sentence each, naming the setting. Pure. */
#include "platform/auth/token.h"
#include "platform/config/table.h"
#include "platform/crypt/seal.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

#define SEED_BYTES 32

/* Flags that production insists on. */
static const struct {
    size_t offset;
    bool must_be;
    const char *why;
} UNSAFE[] = {
    {offsetof(struct config, tokenless_websocket), false,
     "BOOKADATE_TOKENLESS_WEBSOCKET must be off in production: anybody could join a chat as "
     "anybody"},
    {offsetof(struct config, query_token), false,
     "BOOKADATE_QUERY_TOKEN must be off in production: tokens in addresses end up in logs and "
     "histories"},
    {offsetof(struct config, claim_numbers), false,
     "BOOKADATE_CLAIM_NUMBERS must be off in production: accounts could take numbers that are not "
     "theirs"},
    {offsetof(struct config, chat_without_match), false,
     "BOOKADATE_CHAT_WITHOUT_MATCH must be off in production: anybody could open a chat with "
     "anybody"},
    {offsetof(struct config, enforce_limits), true,
     "BOOKADATE_ENFORCE_LIMITS must be on in production: passwords could be guessed without end"},
};

/* ── The token secret ── */

static bool is_seed(const char *text)
{
    uint8_t seed[SEED_BYTES];
    size_t len = 0;
    bool good = sodium_base642bin(seed, sizeof seed, text, strlen(text), NULL, &len, NULL,
                                  sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
                len == sizeof seed;
    sodium_memzero(seed, sizeof seed);
    return good;
}

/* A text of a few different bytes is a placeholder, not a secret. */
static bool is_varied(const char *secret)
{
    bool seen[256] = {false};
    int different = 0;

    for (; *secret != '\0'; secret++)
        if (!seen[(unsigned char)*secret]) {
            seen[(unsigned char)*secret] = true;
            different++;
        }
    return different >= 8;
}

static enum err check_secret(const struct config *c, struct arena *a, const char **ret_why)
{
    bool eddsa = strcmp(c->token_algorithm, "EdDSA") == 0;

    if (c->token_secret[0] == '\0') {
        if (c->profile != PROFILE_PRODUCTION)
            return OK;
        return config_refuse(a, ret_why, "BOOKADATE_TOKEN_SECRET must be given in production: %s",
                             eddsa ? "an Ed25519 seed of 32 bytes in base64url without padding"
                                   : "32 bytes or more that nobody can guess");
    }
    if (eddsa && !is_seed(c->token_secret))
        return config_refuse(a, ret_why,
                             "BOOKADATE_TOKEN_SECRET must be 32 bytes in base64url without padding "
                             "(43 characters) for EdDSA");
    if (!eddsa && strlen(c->token_secret) < TOKEN_SECRET_MIN_BYTES)
        return config_refuse(a, ret_why,
                             "BOOKADATE_TOKEN_SECRET is too short: %zu bytes, it takes 32 or more",
                             strlen(c->token_secret));
    if (c->profile == PROFILE_PRODUCTION && !is_varied(c->token_secret))
        return config_refuse(
            a, ret_why, "BOOKADATE_TOKEN_SECRET is too easy to guess: it repeats a few characters");
    return OK;
}

/* ── The data key ── */

static enum err check_one_data_key(struct str key, const char *setting, struct arena *a,
                                   const char **ret_why)
{
    if (key.len >= SEAL_SECRET_MIN_BYTES)
        return OK;
    return config_refuse(a, ret_why, "%s is too short: %zu bytes, it takes 32 or more", setting,
                         key.len);
}

static enum err check_data_key(const struct config *c, struct arena *a, const char **ret_why)
{
    struct str old = str_of(c->data_keys_old);
    bool production = c->profile == PROFILE_PRODUCTION;
    enum err e = OK;
    size_t n = 1;

    if (c->data_key[0] == '\0' && production)
        return config_refuse(a, ret_why,
                             "BOOKADATE_DATA_KEY must be given in production: 32 bytes or more "
                             "that nobody can guess");
    if (c->data_key[0] != '\0')
        e = check_one_data_key(str_of(c->data_key), "BOOKADATE_DATA_KEY", a, ret_why);
    while (e == OK && old.len > 0 && n++ < SEAL_KEYS_MAX)
        e = check_one_data_key(str_trim(str_cut(&old, ',')), "A key of BOOKADATE_DATA_KEYS_OLD", a,
                               ret_why);
    if (e == OK && old.len > 0)
        return config_refuse(a, ret_why, "BOOKADATE_DATA_KEYS_OLD has more than %d keys",
                             SEAL_KEYS_MAX - 1);
    if (e != OK || !production)
        return e;
    if (!is_varied(c->data_key))
        return config_refuse(
            a, ret_why, "BOOKADATE_DATA_KEY is too easy to guess: it repeats a few characters");
    if (strcmp(c->data_key, c->token_secret) == 0)
        return config_refuse(a, ret_why,
                             "BOOKADATE_DATA_KEY must not be the token secret: who can read faces "
                             "could then sign in as anybody");
    return OK;
}

/* ── Origins ── */

/* scheme://host[:port] as a browser sends it (RFC 6454 §7.1): no path, no wildcard, no "null". */
static bool origin_good(struct str origin)
{
    static const char ALLOWED[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]";
    size_t skip = str_starts(origin, STR("https://"))  ? 8
                  : str_starts(origin, STR("http://")) ? 7
                                                       : 0;

    if (skip == 0 || origin.len == skip)
        return false;
    for (size_t i = skip; i < origin.len; i++) {
        if (!memchr(ALLOWED, origin.ptr[i], sizeof ALLOWED - 1))
            return false;
    }
    return true;
}

static enum err check_origins(const struct config *c, struct arena *a, const char **ret_why)
{
    struct str rest = str_of(c->cors_origins);
    bool production = c->profile == PROFILE_PRODUCTION;

    if (production && rest.len == 0)
        return config_refuse(
            a, ret_why,
            "BOOKADATE_CORS_ORIGINS must be given in production: the web pages that "
            "may call, such as https://app.example.org");
    if (str_eq(rest, STR("*"))) {
        if (!production)
            return OK;
        return config_refuse(
            a, ret_why,
            "BOOKADATE_CORS_ORIGINS must not be * in production: any web page could "
            "call; list those that may");
    }
    while (str_present(rest)) {
        struct str origin = str_trim(str_cut(&rest, ','));
        if (origin.len > 0 && !origin_good(origin))
            return config_refuse(a, ret_why,
                                 "BOOKADATE_CORS_ORIGINS has \"%.*s\", which is no origin such as "
                                 "https://app.example.org",
                                 STR_ARG(origin));
    }
    return OK;
}

/* ── Addresses ── */

/* False: no IP address. */
static bool address_parse(const char *text, bool *ret_loopback)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, text, &v4) == 1) {
        *ret_loopback = (ntohl(v4.s_addr) >> 24) == 127;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6) != 1)
        return false;
    *ret_loopback = IN6_IS_ADDR_LOOPBACK(&v6);
    return true;
}

static enum err check_bind(const struct config *c, struct arena *a, const char **ret_why)
{
    struct str rest = str_of(c->bind);
    size_t n = 0;

    while (str_present(rest)) {
        bool loopback = false;
        struct str address = arena_str(a, str_trim(str_cut(&rest, ',')));
        if (address.len == 0)
            continue;
        n++;
        if (!address_parse(address.ptr, &loopback))
            return config_refuse(a, ret_why, "BOOKADATE_BIND has \"%s\", which is no IP address",
                                 address.ptr);
        if (!loopback && !c->allow_remote)
            return config_refuse(a, ret_why,
                                 "BOOKADATE_BIND has %s, which others can reach: set "
                                 "BOOKADATE_ALLOW_REMOTE=1 if that is meant",
                                 address.ptr);
    }
    if (n == 0)
        return config_refuse(a, ret_why, "BOOKADATE_BIND names no address");
    return OK;
}

bool config_reachable(const struct config *c)
{
    struct str rest = str_of(c->bind);
    bool reachable = false;
    struct arena a;

    arena_init(&a);
    while (str_present(rest) && !reachable) {
        bool loopback = true;
        struct str address = arena_str(&a, str_trim(str_cut(&rest, ',')));
        reachable = address_parse(address.ptr, &loopback) && !loopback;
    }
    arena_free(&a);
    return reachable;
}

/* ── TLS ── */

int64_t config_gateway_port(const struct config *c)
{
    return c->tls_port != 0 ? c->tls_port : c->port_base;
}

static enum err check_tls(const struct config *c, struct arena *a, const char **ret_why)
{
    bool certificate = c->tls_cert[0] != '\0';
    bool key = c->tls_key[0] != '\0';

    if (certificate != key)
        return config_refuse(a, ret_why, "%s must be given too: %s is of no use alone",
                             certificate ? "BOOKADATE_TLS_KEY" : "BOOKADATE_TLS_CERT",
                             certificate ? "BOOKADATE_TLS_CERT" : "BOOKADATE_TLS_KEY");
    if (!certificate && (c->tls_port != 0 || c->redirect_port != 0))
        return config_refuse(a, ret_why,
                             "%s needs a certificate: BOOKADATE_TLS_CERT and BOOKADATE_TLS_KEY",
                             c->tls_port != 0 ? "BOOKADATE_TLS_PORT" : "BOOKADATE_REDIRECT_PORT");
    if (c->redirect_port != 0 && c->redirect_port == config_gateway_port(c))
        return config_refuse(a, ret_why,
                             "BOOKADATE_REDIRECT_PORT is %lld, where the gateway speaks HTTPS; it "
                             "must be another",
                             (long long)c->redirect_port);
    return OK;
}

/* ── The rest ── */

static bool store_url(const char *text)
{
    struct str url = str_of(text);

    return url.len == 0 || str_starts(url, STR("postgres://")) ||
           str_starts(url, STR("postgresql://"));
}

static enum err check_store(const struct config *c, struct arena *a, const char **ret_why)
{
    if (!store_url(c->database_url))
        return config_refuse(a, ret_why,
                             "BOOKADATE_DATABASE_URL must begin with postgres:// or be empty");
    if (!store_url(c->database_listen_url))
        return config_refuse(a, ret_why,
                             "BOOKADATE_DATABASE_LISTEN_URL must begin with postgres:// or be "
                             "empty");
    return OK;
}

static void check_flags(const struct config *c, struct given *g)
{
    if (c->profile != PROFILE_PRODUCTION)
        return;
    for (size_t i = 0; i < sizeof UNSAFE / sizeof *UNSAFE; i++) {
        if (*(const bool *)((const char *)c + UNSAFE[i].offset) != UNSAFE[i].must_be)
            config_note(g, UNSAFE[i].why);
    }
    if (c->login_failures == 0)
        config_note(g, "BOOKADATE_LOGIN_FAILURES must not be 0 in production: passwords could be "
                       "guessed without end");
    if (c->face_failures_per_hour == 0)
        config_note(g, "BOOKADATE_FACE_FAILURES_PER_HOUR must not be 0 in production: faces could "
                       "be tried without end");
}

void config_check_all(const struct config *c, struct arena *a, struct given *g)
{
    static enum err (*const CHECKS[])(const struct config *, struct arena *, const char **) = {
        check_secret, check_origins, check_data_key, check_bind, check_tls, check_store,
    };
    const char *why;

    for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS; i++) {
        if (CHECKS[i](c, a, &why) != OK)
            config_note(g, why);
    }
    check_flags(c, g);
}

enum err config_check(const struct config *c, struct arena *a, const char **ret_why)
{
    struct given found = {0};

    config_check_all(c, a, &found);
    if (found.n_problems == 0)
        return OK;
    *ret_why = found.problems[0];
    return ERR_INVALID;
}
