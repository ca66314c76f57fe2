/* The table of settings, and finding one by what somebody wrote. Reads nothing and decides nothing.
 */
#include "platform/config/table.h"

#include "base/like.h"

#include <string.h>

#define PREFIX "BOOKADATE_"
#define SLIPS_MAX 3

#define ROW(n, k, dev, prod, sentence, ...)                                                        \
    {                                                                                              \
        .name = #n, .kind = (k), .offset = offsetof(struct config, n), .preset = {(dev), (prod)},  \
        .what = (sentence), ##__VA_ARGS__                                                          \
    }
#define TEXT(n, dev, prod, sentence, ...) ROW(n, SETTING_TEXT, dev, prod, sentence, ##__VA_ARGS__)
#define FLAG(n, dev, prod, sentence) ROW(n, SETTING_FLAG, dev, prod, sentence)
#define INT(n, preset, lo, hi, sentence)                                                           \
    ROW(n, SETTING_INT, preset, preset, sentence, .min = (lo), .max = (hi))
#define WORD(n, dev, prod, sentence, ...)                                                          \
    ROW(n, SETTING_WORD, dev, prod, sentence, .words = {__VA_ARGS__})

/* clang-format off */
const struct setting SETTINGS[] = {
    ROW(profile, SETTING_PROFILE, "development", "development", "development or production: sets the defaults below",
        .words = {"development", "production"}),
    TEXT(data_dir, "./data", "./data", "Where the store, the photos and the made token secret lie"),
    INT(port_base, "8000", 1, 65529, "The gateway's port; the services follow on the next six"),
    TEXT(bind, "127.0.0.1,::1", "127.0.0.1,::1", "Addresses to listen on"),
    FLAG(allow_remote, "0", "1", "Listen beyond this machine, and take requests for any Host"),
    TEXT(tls_cert, "", "", "Certificate chain (PEM): with it the gateway speaks HTTPS; SIGHUP reads it anew"),
    TEXT(tls_key, "", "", "The certificate's private key (PEM, without a passphrase)"),
    INT(tls_port, "0", 0, 65535, "HTTPS port, such as 443, in place of the gateway's; 0: the gateway's own"),
    INT(redirect_port, "0", 0, 65535, "Plain HTTP port, such as 80, that sends everybody to HTTPS; 0: none"),
    FLAG(direct_ports, "1", "0", "Each service also on a port of its own"),
    INT(loops, "0", 0, 64, "Event loops; 0: one a core"),
    INT(compute_threads, "0", 0, 64, "Threads for passwords and pictures; 0: one less than cores"),
    TEXT(database_url, "", "", "postgres://…; empty: SQLite in the data directory", .secret = true),
    INT(database_pool, "8", 1, 256, "PostgreSQL: threads that ask it, each on a connection of its own"),
    INT(database_timeout_s, "10", 1, 3600, "PostgreSQL: seconds that one statement may take"),
    FLAG(database_prepare, "1", "1", "Prepared statements; 0 where a pooler in transaction mode (PgBouncer before 1.21) stands between"),
    TEXT(database_listen_url, "", "", "Where processes hear each other (LISTEN): the server itself, where database_url is a pooler in transaction mode; empty: database_url", .secret = true),
    TEXT(upstream_user, "", "", "Where the user service is when it runs elsewhere: http://host:port[,http://…]"),
    TEXT(upstream_matching, "", "", "Where the matching service is when it runs elsewhere: http://host:port[,http://…]"),
    TEXT(upstream_booking, "", "", "Where the booking service is when it runs elsewhere: http://host:port[,http://…]"),
    TEXT(upstream_venue, "", "", "Where the venue service is when it runs elsewhere: http://host:port[,http://…]"),
    TEXT(upstream_faceauth, "", "", "Where the faceauth service is when it runs elsewhere: http://host:port[,http://…]"),
    TEXT(upstream_chat, "", "", "Where the chat service is when it runs elsewhere: http://host:port[,http://…]"),
    INT(upstream_connect_ms, "800", 50, 60000, "Milliseconds to reach a service elsewhere, all its addresses together"),
    INT(upstream_response_s, "60", 1, 3600, "Seconds without a byte of its answer until 503"),
    TEXT(trusted_proxies, "", "", "Whose X-Forwarded-For counts: addresses and networks, or none; empty: this machine's, without a gateway here"),
    WORD(log_level, "info", "info", "debug, info, warn or error", "debug", "info", "warn", "error"),
    FLAG(access_log, "1", "1", "A line for each request"),

    TEXT(token_secret, "", "", "Signs tokens: 32 bytes or more (EdDSA: a seed, base64url)", .secret = true),
    WORD(token_algorithm, "HS256", "HS256", "HS256 or EdDSA", "HS256", "EdDSA"),
    TEXT(data_key, "", "", "Seals faces and documents at rest: 32 bytes or more; not the token secret", .secret = true),
    TEXT(data_keys_old, "", "", "Earlier data keys, comma-separated: they still open what they sealed", .secret = true),
    INT(token_ttl_s, "7200", 60, 30 * 86400, "How long a token counts, in seconds"),
    TEXT(cors_origins, "*", "", "Web pages that may call: * or https://a.example,https://b.example"),
    FLAG(tokenless_websocket, "1", "0", "Chat sockets without a token on the chat port"),
    FLAG(console, "1", "0", "The console at / and the documentation at /docs"),
    FLAG(query_token, "1", "0", "Tokens in addresses (?token=) of sockets and photos"),

    FLAG(claim_numbers, "1", "0", "An unowned number used as one's own user_id becomes one's own"),
    FLAG(allow_past, "1", "0", "Dates in the past"),
    FLAG(implicit_slots, "1", "0", "A venue without slots on a date takes any time that day"),
    WORD(venue_creation, "open", "partners", "Who may create venues: open (everybody) or partners", "open", "partners"),
    FLAG(chat_without_match, "1", "0", "Chat sessions for two people without a confirmed booking"),
    FLAG(complete_early, "1", "0", "Completing a booking before its time"),
    FLAG(enforce_limits, "0", "1", "Refuse what goes over a limit; off: a log line only. An IPv6 /64 is one address"),
    INT(connections_per_address, "100", 0, 1000000, "Connections one address may have open; 0: no limit"),
    INT(connections_max, "20000", 16, 1000000, "Connections open in all"),
    INT(requests_per_minute, "600", 0, 100000000, "Requests of one address or account in a minute; 0: no limit"),
    INT(login_failures, "10", 0, 1000000, "Wrong passwords for one account from one address in 15 minutes"),
    INT(face_failures_per_hour, "5", 0, 1000000, "Failed face checks of one account in an hour"),
    INT(face_challenges_per_hour, "20", 0, 1000000, "Challenges one account may ask for in an hour; 0: no limit"),
    FLAG(require_challenge, "0", "1", "A face check takes a challenge (POST /faceauth/challenge); one image alone does not verify"),
    INT(uploads_per_minute, "30", 0, 1000000, "Photos and face checks one account may send in a minute; 0: no limit"),
    INT(signups_per_hour, "60", 0, 1000000, "New accounts from one address in an hour; 0: no limit"),

    INT(matching_age_stretch_years, "2", 0, 100, "Years that age bounds give when nobody fits; 0: strict"),
    INT(match_expiry_days, "7", 1, 3650, "Days until an undecided match expires"),
    INT(head_timeout_s, "10", 1, 3600, "Seconds for a request's header to arrive"),
    INT(body_timeout_s, "30", 1, 3600, "Seconds for its body"),
    INT(form_timeout_s, "120", 1, 86400, "Seconds for an upload"),
    INT(reply_timeout_s, "30", 1, 3600, "Seconds after which a client that has not taken its reply is looked at, again and again"),
    INT(reply_min_rate, "1024", 0, 1 << 30, "Bytes a second that it must have taken each time, or be dropped; 0: any"),
    INT(keep_alive_s, "75", 1, 86400, "Seconds an idle connection stays open"),
    INT(shutdown_grace_s, "10", 0, 3600, "Seconds that running requests get when the program stops"),
    INT(upload_max_bytes, "10485760", 1024, 100 << 20, "Bytes of one photo"),
    TEXT(face_models, "", "", "Folder with models.json and the face models; empty: build-npm/faces beside the program's own folder"),
    TEXT(face_runtime, "", "", "The ONNX Runtime library; empty: the system's, else the one beside the models"),
    INT(photos_per_user, "12", 1, 1000, "Photos of one account"),
    {0},
};
/* clang-format on */

_Static_assert(sizeof SETTINGS / sizeof *SETTINGS <= SETTINGS_MAX, "struct given is too small");

size_t settings_count(void)
{
    return sizeof SETTINGS / sizeof *SETTINGS - 1;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

const char *setting_env_name(const struct setting *s, struct arena *a)
{
    size_t len = strlen(s->name);
    char *out = arena_alloc(a, sizeof PREFIX + len);
    memcpy(out, PREFIX, sizeof PREFIX - 1);
    for (size_t i = 0; i < len; i++)
        out[sizeof PREFIX - 1 + i] = upper(s->name[i]);
    return out;
}

const char *setting_flag_name(const struct setting *s, struct arena *a)
{
    size_t len = strlen(s->name);
    char *out = arena_alloc(a, len + 3);
    memcpy(out, "--", 2);
    for (size_t i = 0; i < len; i++)
        out[2 + i] = s->name[i] == '_' ? '-' : s->name[i];
    return out;
}

const char *setting_source_name(enum setting_source from)
{
    static const char *const NAMES[] = {
        [SOURCE_DEFAULT] = "default",
        [SOURCE_FILE] = "file",
        [SOURCE_ENVIRONMENT] = "environment",
        [SOURCE_FLAG] = "flag",
    };
    return NAMES[from];
}

static bool name_is(struct str written, const char *name, char (*fold)(char))
{
    if (written.len != strlen(name))
        return false;
    for (size_t i = 0; i < written.len; i++) {
        if (written.ptr[i] != fold(name[i]))
            return false;
    }
    return true;
}

static char dashed(char c)
{
    return c == '_' ? '-' : c;
}

static const struct setting *find(struct str written, char (*fold)(char))
{
    for (const struct setting *s = SETTINGS; s->name; s++) {
        if (name_is(written, s->name, fold))
            return s;
    }
    return NULL;
}

const struct setting *setting_by_env_name(struct str key)
{
    if (!str_starts(key, STR(PREFIX)))
        return NULL;
    return find((struct str){key.ptr + sizeof PREFIX - 1, key.len - (sizeof PREFIX - 1)}, upper);
}

const struct setting *setting_by_flag(struct str flag)
{
    return find(flag, dashed);
}

/* ── Did you mean ── */

static char plain(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '-' ? '_' : c;
}

const struct setting *setting_like(struct str name)
{
    char plainly[LIKE_NAME_MAX];
    struct like like = {.word = {plainly, name.len}};
    const struct setting *best = NULL;

    if (name.len > sizeof plainly)
        return NULL;
    for (size_t i = 0; i < name.len; i++)
        plainly[i] = plain(name.ptr[i]);
    for (const struct setting *s = SETTINGS; s->name; s++) {
        size_t third = strlen(s->name) / 3; /* more is another word, not a slip */
        like_try(&like, s->name, third < SLIPS_MAX ? third : SLIPS_MAX);
        if (like.best == s->name)
            best = s;
    }
    return best;
}
