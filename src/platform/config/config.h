/* Every setting, in one table: name, kind, default by profile, bounds, one sentence. Read in this
 * order, later ones win: the profile's default, the file (BOOKADATE_CONFIG or --config: KEY=value
 * lines), the environment (BOOKADATE_<NAME>), a flag (--data-dir=x or --data-dir x). An unknown
 * BOOKADATE_* key is an error; an empty value is the same as none. */
#ifndef PLATFORM_CONFIG_CONFIG_H
#define PLATFORM_CONFIG_CONFIG_H

#include "base/arena.h"
#include "base/err.h"

#include <stdio.h>

enum profile {
    PROFILE_DEVELOPMENT,
    PROFILE_PRODUCTION,
};

/* The values in force. Texts are never NULL ("" when empty); they live in the arena given to
 * config_load. */
struct config {
    enum profile profile;
    const char *data_dir;
    int64_t port_base;
    const char *bind; /* comma-separated addresses */
    bool allow_remote;
    const char *tls_cert, *tls_key; /* paths; both or none */
    int64_t tls_port;               /* 0: the gateway's own */
    int64_t redirect_port;          /* 0: none */
    bool direct_ports;
    int64_t loops;           /* 0 in the settings: one a core; resolved here */
    int64_t compute_threads; /* likewise: cores − 1, at least 1 */
    const char *database_url;
    int64_t database_pool;
    int64_t database_timeout_s; /* one statement */
    bool database_prepare;
    const char *database_listen_url; /* "": database_url */
    /* Services in other processes: "http://host:port[,…]"; "": 127.0.0.1 and the port by convention
     */
    const char *upstream_user, *upstream_matching, *upstream_booking, *upstream_venue,
        *upstream_faceauth, *upstream_chat;
    int64_t upstream_connect_ms;
    int64_t upstream_response_s;
    const char *trusted_proxies; /* addresses, networks, or "none"; "": see run.c */
    const char *log_level;
    bool access_log;

    const char *token_secret;    /* "" in development: made once and kept in the data directory */
    const char *token_algorithm; /* HS256 or EdDSA */
    const char *data_key;        /* "" in development: likewise */
    const char *data_keys_old;   /* comma-separated; they open and seal nothing new */
    int64_t token_ttl_s;
    const char *cors_origins; /* "*" or a comma-separated list */
    bool tokenless_websocket;
    bool query_token;
    bool console; /* pages at / and /docs */

    bool claim_numbers;         /* an unowned number used as one's own user_id becomes one's own */
    bool allow_past;            /* dates in the past */
    bool implicit_slots;        /* a venue without slots on a date takes any time */
    const char *venue_creation; /* "open" or "partners" */
    bool chat_without_match;
    bool complete_early;
    bool enforce_limits; /* rate limits, log-in lock-out, face attempts: false logs only */
    int64_t connections_per_address;
    int64_t connections_max;
    int64_t requests_per_minute; /* one address (of IPv6 a /64, as in all of these) or account */
    int64_t login_failures;      /* one account-and-address, in 15 minutes */
    int64_t face_failures_per_hour;
    int64_t face_challenges_per_hour;
    bool require_challenge;     /* a single image verifies nobody */
    int64_t uploads_per_minute; /* one account */
    int64_t signups_per_hour;   /* one address */

    int64_t matching_age_stretch_years;
    int64_t match_expiry_days;
    int64_t head_timeout_s, body_timeout_s, form_timeout_s, keep_alive_s;
    int64_t reply_timeout_s, reply_min_rate; /* bytes a second */
    int64_t shutdown_grace_s;
    int64_t upload_max_bytes; /* one photo */
    int64_t photos_per_user;
    const char *face_models;  /* folder; "": beside the program's own */
    const char *face_runtime; /* path of the ONNX Runtime library; "": found */
};

/* argv without the command words; environ-style env. *ret_why: one sentence naming the key and
 * where it came from. Checks the profile's safety: production refuses what is unsafe, naming the
 * setting. */
enum err config_load(int argc, char *const *argv, char *const *env, struct arena *a,
                     struct config *ret, const char **ret_why);
/* As config_load, but does not stop at what is wrong: *ret is filled in all the same, with defaults
 * for values that are none. Returns how many sentences are in ret_whys, 0: all is well. */
#define CONFIG_PROBLEMS_MAX 24
size_t config_examine(int argc, char *const *argv, char *const *env, struct arena *a,
                      struct config *ret, const char *ret_whys[CONFIG_PROBLEMS_MAX]);
/* Is an address that others can reach among `bind`? */
bool config_reachable(const struct config *c);
/* The gateway's port: for HTTPS when there is a certificate. */
int64_t config_gateway_port(const struct config *c);
/* What signs tokens: token_secret, or (not given: development) a random one, made once and kept in
 * <data_dir>/token.key with mode 0600, which serves as an HS256 secret and as an EdDSA seed. In the
 * arena. ERR_UNAVAILABLE: the file cannot be made or read; ERR_INVALID: it is open to others or
 * holds no secret. *ret_why: one sentence. */
enum err config_token_secret(const struct config *c, struct arena *a, struct str *ret,
                             const char **ret_why);
/* What seals faces and documents at rest: data_key, or (not given: development) one made likewise
 * in <data_dir>/data.key. Errors as above. */
enum err config_data_key(const struct config *c, struct arena *a, struct str *ret,
                         const char **ret_why);
/* The whole table as `bookadate config` shows it: setting, value in force (secrets hidden), where
 * from, default, sentence. */
enum err config_print(FILE *out, int argc, char *const *argv, char *const *env, struct arena *a,
                      const char **ret_why);
/* The same as a JSON array of {name, value, from, default, what}; a secret's value is null. */
enum err config_print_json(FILE *out, int argc, char *const *argv, char *const *env,
                           struct arena *a, const char **ret_why);
/* The settings alone, as a page of the documentation. */
void config_print_markdown(FILE *out);

#endif
