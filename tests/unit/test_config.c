/* Settings: where they come from and which wins, what is refused and how it is said, the two
 * profiles, the printed table, and the token secret that is made once. */
#include "platform/config/config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET "0123456789abcdef0123456789abcdef"
#define DATA_KEY "fedcba9876543210fedcba9876543210"
#define SEED "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
#define PRODUCTION                                                                                 \
    "BOOKADATE_PROFILE=production", "BOOKADATE_TOKEN_SECRET=" SECRET,                              \
        "BOOKADATE_CORS_ORIGINS=https://a.example", "BOOKADATE_DATA_KEY=" DATA_KEY

static struct arena arena;
static char dir[64];
static char file_path[128];

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    strcpy(dir, "/tmp/bookadate-config-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(file_path, sizeof file_path, "%s/settings", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
    arena_free(&arena);
    return 0;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

#define LIST(...) ((char *[]){__VA_ARGS__, NULL})
#define NONE ((char *[]){NULL})

static enum err load(char **argv, char **env, struct config *ret, const char **ret_why)
{
    int argc = 0;
    while (argv[argc])
        argc++;
    return config_load(argc, argv, env, &arena, ret, ret_why);
}

static struct config good(char **argv, char **env)
{
    struct config c;
    const char *why = "";
    if (load(argv, env, &c, &why) != OK)
        fail_msg("%s", why);
    return c;
}

/* The sentence of a refusal has all of these in it; nothing was filled in. */
static void refused(char **argv, char **env, const char *part, const char *other)
{
    struct config c = {.port_base = -7};
    const char *why = "";
    if (load(argv, env, &c, &why) == OK)
        fail_msg("accepted, without \"%s\"", part);
    if (!strstr(why, part) || !strstr(why, other) || strchr(why, '\n'))
        fail_msg("\"%s\" in: %s", part, why);
    assert_int_equal(c.port_base, -7);
}

static void development(void **state)
{
    (void)state;
    struct config c = good(NONE, NONE);
    assert_int_equal(c.profile, PROFILE_DEVELOPMENT);
    assert_string_equal(c.data_dir, "./data");
    assert_int_equal(c.port_base, 8000);
    assert_string_equal(c.bind, "127.0.0.1,::1");
    assert_false(c.allow_remote);
    assert_true(c.direct_ports);
    assert_in_range(c.loops, 1, 64);
    assert_in_range(c.compute_threads, 1, 64);
    assert_string_equal(c.database_url, "");
    assert_string_equal(c.token_secret, "");
    assert_string_equal(c.token_algorithm, "HS256");
    assert_int_equal(c.token_ttl_s, 7200);
    assert_string_equal(c.cors_origins, "*");
    assert_true(c.tokenless_websocket && c.query_token && c.claim_numbers && c.allow_past &&
                c.implicit_slots);
    assert_true(c.chat_without_match && c.complete_early && !c.enforce_limits);
    assert_string_equal(c.venue_creation, "open");
    assert_int_equal(c.face_failures_per_hour, 5);
    assert_int_equal(c.face_challenges_per_hour, 20);
    assert_int_equal(c.matching_age_stretch_years, 2);
    assert_int_equal(c.match_expiry_days, 7);
    assert_int_equal(c.head_timeout_s, 10);
    assert_int_equal(c.keep_alive_s, 75);
    assert_int_equal(c.shutdown_grace_s, 10);
    assert_int_equal(c.upload_max_bytes, 10 << 20);
    assert_int_equal(c.photos_per_user, 12);
}

static void production(void **state)
{
    (void)state;
    struct config c = good(NONE, LIST(PRODUCTION));
    assert_int_equal(c.profile, PROFILE_PRODUCTION);
    assert_string_equal(c.token_secret, SECRET);
    assert_string_equal(c.cors_origins, "https://a.example");
    assert_true(c.allow_remote && c.enforce_limits);
    assert_false(c.tokenless_websocket || c.query_token || c.claim_numbers || c.allow_past ||
                 c.implicit_slots);
    assert_false(c.chat_without_match || c.complete_early || c.direct_ports);
    assert_string_equal(c.venue_creation, "partners");
    assert_string_equal(good(LIST("--bind", "0.0.0.0"), LIST(PRODUCTION)).bind, "0.0.0.0");
    assert_true(good(LIST("--direct-ports", "1"), LIST(PRODUCTION)).direct_ports);
    assert_string_equal(good(LIST("--venue-creation=open"), LIST(PRODUCTION)).venue_creation,
                        "open");
}

static void later_sources_win(void **state)
{
    (void)state;
    char from_file[160];
    snprintf(from_file, sizeof from_file, "BOOKADATE_CONFIG=%s", file_path);
    write_file(file_path,
               "# comment\n\n  BOOKADATE_PORT_BASE = 8100 \r\nBOOKADATE_DATA_DIR=\"/var/lib/a b\"\n"
               "BOOKADATE_LOG_LEVEL='warn'\nBOOKADATE_ACCESS_LOG=off");

    struct config c = good(NONE, LIST(from_file));
    assert_int_equal(c.port_base, 8100);
    assert_string_equal(c.data_dir, "/var/lib/a b");
    assert_string_equal(c.log_level, "warn");
    assert_false(c.access_log);

    assert_int_equal(good(NONE, LIST(from_file, "BOOKADATE_PORT_BASE=8200")).port_base, 8200);
    assert_int_equal(good(NONE, LIST("BOOKADATE_PORT_BASE=8200", from_file)).port_base, 8200);
    assert_int_equal(
        good(LIST("--port-base=8300"), LIST(from_file, "BOOKADATE_PORT_BASE=8200")).port_base,
        8300);
    assert_int_equal(good(LIST("--port-base", "8300"), LIST("BOOKADATE_PORT_BASE=8200")).port_base,
                     8300);
    assert_int_equal(good(LIST("--port-base", "1", "--port-base", "2"), NONE).port_base, 2);
    assert_int_equal(good(LIST("--config", file_path), NONE).port_base, 8100);
    assert_int_equal(good(LIST("--config", file_path), LIST("BOOKADATE_CONFIG=/nowhere")).port_base,
                     8100);
}

static void empty_is_none(void **state)
{
    (void)state;
    assert_int_equal(
        good(LIST("--port-base="), LIST("BOOKADATE_PORT_BASE=8200", "BOOKADATE_DATA_DIR="))
            .port_base,
        8200);
    assert_string_equal(good(NONE, LIST("BOOKADATE_DATA_DIR=", "BOOKADATE_CONFIG=")).data_dir,
                        "./data");
}

static void not_settings_of_ours(void **state)
{
    (void)state;
    good(NONE, LIST("BOOKADATE_ADMIN_PASSWORD=x", "PATH=/bin", "DATABASE_URL=mysql://x", "BOOKA=1",
                    "odd"));
}

static void flags_and_words(void **state)
{
    (void)state;
    static const char *const YES[] = {"1", "true", "yes", "on", "TRUE", "On"};
    static const char *const NO[] = {"0", "false", "no", "off", "No"};
    for (size_t i = 0; i < 6; i++)
        assert_true(good(LIST("--allow-remote", (char *)(uintptr_t)YES[i]), NONE).allow_remote);
    for (size_t i = 0; i < 5; i++)
        assert_false(good(LIST("--access-log", (char *)(uintptr_t)NO[i]), NONE).access_log);
    assert_string_equal(good(LIST("--token-algorithm", "eddsa"), NONE).token_algorithm, "EdDSA");
    assert_int_equal(good(LIST("--loops", "3", "--compute-threads", "5"), NONE).loops, 3);
}

static void wrong_values(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *part, *other;
    } rows[] = {
        {"BOOKADATE_PORT_BASE=0", "BOOKADATE_PORT_BASE (environment)",
         "from 1 to 65529, not \"0\""},
        {"BOOKADATE_PORT_BASE=65530", "BOOKADATE_PORT_BASE", "65530"},
        {"BOOKADATE_PORT_BASE=80a", "BOOKADATE_PORT_BASE", "80a"},
        {"BOOKADATE_PORT_BASE=99999999999999999999", "BOOKADATE_PORT_BASE", "whole number"},
        {"BOOKADATE_LOOPS=65", "BOOKADATE_LOOPS", "from 0 to 64"},
        {"BOOKADATE_ACCESS_LOG=perhaps", "BOOKADATE_ACCESS_LOG", "1 or 0"},
        {"BOOKADATE_LOG_LEVEL=loud", "BOOKADATE_LOG_LEVEL", "debug or info or warn or error"},
        {"BOOKADATE_PROFILE=test", "BOOKADATE_PROFILE", "development or production"},
        {"BOOKADATE_TOKEN_ALGORITHM=none", "BOOKADATE_TOKEN_ALGORITHM", "HS256 or EdDSA"},
        {"BOOKADATE_VENUE_CREATION=all", "BOOKADATE_VENUE_CREATION", "open or partners"},
        {"BOOKADATE_DATA_DIR=a\nb", "BOOKADATE_DATA_DIR", "control characters"},
        {"BOOKADATE_TOKEN_TTL_S=-1", "BOOKADATE_TOKEN_TTL_S", "-1"},
        {"BOOKADATE_TOKEN_SECRET=short", "BOOKADATE_TOKEN_SECRET", "too short: 5 bytes"},
        {"BOOKADATE_DATABASE_URL=mysql://x", "BOOKADATE_DATABASE_URL", "postgres://"},
        {"BOOKADATE_CORS_ORIGINS=example.org", "BOOKADATE_CORS_ORIGINS", "example.org"},
        {"BOOKADATE_CORS_ORIGINS=https://a.example/", "BOOKADATE_CORS_ORIGINS",
         "https://a.example/"},
        {"BOOKADATE_CORS_ORIGINS=https://*.example", "BOOKADATE_CORS_ORIGINS", "no origin"},
        {"BOOKADATE_CORS_ORIGINS=null", "BOOKADATE_CORS_ORIGINS", "null"},
        {"BOOKADATE_BIND=localhost", "BOOKADATE_BIND", "no IP address"},
        {"BOOKADATE_BIND=,", "BOOKADATE_BIND", "no address"},
        {"BOOKADATE_BIND=127.0.0.1,0.0.0.0", "0.0.0.0", "BOOKADATE_ALLOW_REMOTE"},
        {"BOOKADATE_BIND=::", "BOOKADATE_BIND", "BOOKADATE_ALLOW_REMOTE"},
        {"BOOKADATE_BIND=192.168.1.2", "BOOKADATE_BIND", "BOOKADATE_ALLOW_REMOTE"},
        {"BOOKADATE_TLS_CERT=a.pem", "BOOKADATE_TLS_KEY must be given", "BOOKADATE_TLS_CERT"},
        {"BOOKADATE_TLS_KEY=a.key", "BOOKADATE_TLS_CERT must be given", "BOOKADATE_TLS_KEY"},
        {"BOOKADATE_TLS_PORT=443", "BOOKADATE_TLS_PORT", "needs a certificate"},
        {"BOOKADATE_REDIRECT_PORT=80", "BOOKADATE_REDIRECT_PORT", "needs a certificate"},
        {"BOOKADATE_TLS_PORT=65536", "BOOKADATE_TLS_PORT", "from 0 to 65535"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(NONE, LIST((char *)(uintptr_t)rows[i].variable), rows[i].part, rows[i].other);
    refused(LIST("--port-base", "x"), NONE, "--port-base (flag)", "\"x\"");
    good(NONE, LIST("BOOKADATE_BIND=0.0.0.0, ::", "BOOKADATE_ALLOW_REMOTE=1"));
    good(NONE, LIST("BOOKADATE_BIND=127.5.5.5"));
    good(NONE, LIST("BOOKADATE_CORS_ORIGINS=https://a.example, http://[::1]:3000,"));
}

static void unknown_names(void **state)
{
    (void)state;
    refused(NONE, LIST("BOOKADATE_PORT_BASS=1"), "BOOKADATE_PORT_BASS",
            "did you mean BOOKADATE_PORT_BASE?");
    refused(NONE, LIST("BOOKADATE_port_base=1"), "BOOKADATE_port_base",
            "did you mean BOOKADATE_PORT_BASE?");
    refused(NONE, LIST("BOOKADATE_XYZZYPLUGH=1"), "There is no setting BOOKADATE_XYZZYPLUGH",
            "environment");
    refused(NONE, LIST("BOOKADATE_=1"), "BOOKADATE_", "environment");
    refused(LIST("--prt-base", "1"), NONE, "--prt-base", "did you mean --port-base?");
    refused(LIST("--port_base", "1"), NONE, "--port_base", "did you mean --port-base?");
    refused(LIST("--port-base"), NONE, "--port-base", "needs a value");
    refused(LIST("--config"), NONE, "--config", "needs a value");
    refused(LIST("port-base"), NONE, "port-base", "no flag");
    refused(LIST("--"), NONE, "\"--\"", "no flag");
    char *long_name = calloc(1, 20000);
    strcpy(long_name, "BOOKADATE_");
    memset(long_name + 10, 'A', 19000);
    strcat(long_name, "=1");
    refused(NONE, LIST(long_name), "BOOKADATE_AAAA", "environment");
    free(long_name);
}

static void wrong_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part, *other;
    } rows[] = {
        {"BOOKADATE_PORT_BASE=1\nBOOKADATE_DATA_DRI=x\n", "line 2 of ",
         "did you mean BOOKADATE_DATA_DIR?"},
        {"PORT_BASE=1\n", "line 1 of ", "did you mean BOOKADATE_PORT_BASE?"},
        {"BOOKADATE_PORT_BASE 1\n", "line 1 of ", "KEY=value"},
        {"BOOKADATE_PORT_BASE=1\nBOOKADATE_PORT_BASE=2\n", "BOOKADATE_PORT_BASE stands twice",
         "line 2"},
        {"BOOKADATE_CONFIG=x\n", "BOOKADATE_CONFIG", "line 1"},
        {"BOOKADATE_PORT_BASE=x\n", "BOOKADATE_PORT_BASE (file)", "not \"x\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_file(file_path, rows[i].text);
        refused(LIST("--config", file_path), NONE, rows[i].part, rows[i].other);
    }
    refused(LIST("--config", "/nowhere/at/all"), NONE, "/nowhere/at/all", "No such file");
    refused(LIST("--config", dir), NONE, dir, "cannot be read");

    char *large = calloc(1, 70000);
    memset(large, '\n', 69999);
    write_file(file_path, large);
    refused(LIST("--config", file_path), NONE, file_path, "64 KiB");
    large[64 * 1024] = '\0';
    write_file(file_path, large);
    good(LIST("--config", file_path), NONE);
    free(large);
}

/* Each of these alone is enough for production not to start, and development does with it. */
static void production_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *flag, *value, *part;
    } rows[] = {
        {"--token-secret", "0123456789abcdef0123456789abcde", "BOOKADATE_TOKEN_SECRET"},
        {"--data-key", SECRET, "BOOKADATE_DATA_KEY must not be the token secret"},
        {"--data-key", "fedcba9876543210fedcba987654321", "BOOKADATE_DATA_KEY is too short"},
        {"--data-key", "xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy", "BOOKADATE_DATA_KEY is too easy"},
        {"--data-keys-old", SECRET ",short", "BOOKADATE_DATA_KEYS_OLD is too short"},
        {"--cors-origins", "*", "BOOKADATE_CORS_ORIGINS"},
        {"--cors-origins", "https://a.example,*", "BOOKADATE_CORS_ORIGINS"},
        {"--tokenless-websocket", "1", "BOOKADATE_TOKENLESS_WEBSOCKET"},
        {"--query-token", "1", "BOOKADATE_QUERY_TOKEN"},
        {"--claim-numbers", "1", "BOOKADATE_CLAIM_NUMBERS"},
        {"--chat-without-match", "1", "BOOKADATE_CHAT_WITHOUT_MATCH"},
        {"--enforce-limits", "0", "BOOKADATE_ENFORCE_LIMITS"},
        {"--login-failures", "0", "BOOKADATE_LOGIN_FAILURES"},
        {"--face-failures-per-hour", "0", "BOOKADATE_FACE_FAILURES_PER_HOUR"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(LIST((char *)(uintptr_t)rows[i].flag, (char *)(uintptr_t)rows[i].value),
                LIST(PRODUCTION), rows[i].part, "");
    refused(NONE, LIST("BOOKADATE_PROFILE=production"), "BOOKADATE_TOKEN_SECRET", "must be given");
    refused(NONE, LIST("BOOKADATE_PROFILE=production", "BOOKADATE_TOKEN_SECRET=" SECRET),
            "BOOKADATE_CORS_ORIGINS", "must be given");
    refused(NONE,
            LIST("BOOKADATE_PROFILE=production", "BOOKADATE_TOKEN_SECRET=" SECRET,
                 "BOOKADATE_CORS_ORIGINS=https://a.example"),
            "BOOKADATE_DATA_KEY", "must be given");
    good(LIST("--data-keys-old", SECRET "," SEED), LIST(PRODUCTION));
    refused(LIST("--token-algorithm", "EdDSA"), LIST(PRODUCTION), "BOOKADATE_TOKEN_SECRET",
            "base64url");
    good(LIST("--token-algorithm", "EdDSA", "--token-secret", SEED), LIST(PRODUCTION));
}

/* ── The printed table ── */

static char *printed(char **argv, char **env)
{
    char *text = NULL;
    size_t len;
    int argc = 0;
    while (argv[argc])
        argc++;
    FILE *out = open_memstream(&text, &len);
    const char *why = NULL;
    assert_int_equal(config_print(out, argc, argv, env, &arena, &why), OK);
    fclose(out);
    return text;
}

static void table_is_aligned_and_complete(void **state)
{
    (void)state;
    char *text =
        printed(LIST("--port-base", "9100"), LIST("BOOKADATE_TOKEN_SECRET=" SECRET,
                                                  "BOOKADATE_DATABASE_URL=postgres://u:hunter2@h/d",
                                                  "BOOKADATE_DATA_DIR=/var/lib/dåta"));
    assert_null(strstr(text, SECRET));
    assert_null(strstr(text, "hunter2"));
    assert_non_null(strstr(text, "(hidden)"));
    assert_non_null(strstr(text, "BOOKADATE_PHOTOS_PER_USER"));

    size_t lines = 0, column = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
        const char *at = strstr(line, lines == 0 ? "FROM" : "");
        if (lines == 0)
            column = (size_t)(at - line);
        else
            assert_int_equal(strncmp(line, "BOOKADATE_", 10), 0);
        if (strstr(line, "PORT_BASE"))
            assert_int_equal(strncmp(line + column, "flag", 4), 0);
        if (strstr(line, "/var/lib/d")) /* å is two bytes and one column */
            assert_int_equal(strncmp(line + column + 1, "environment", 11), 0);
        if (strstr(line, "LOG_LEVEL"))
            assert_int_equal(strncmp(line + column, "default", 7), 0);
    }
    assert_in_range(lines, 36, 96);
    free(text);
    text = printed(LIST("--profile", "production"), NONE);
    assert_non_null(strstr(text, "partners"));
    free(text);
}

static void no_table_of_what_is_not_in_force(void **state)
{
    (void)state;
    char *WRONG[] = {"BOOKADATE_NO_SUCH=1", "BOOKADATE_PORT_BASE=abc"};

    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        char *text = NULL;
        size_t len;
        const char *why = NULL;
        FILE *out = open_memstream(&text, &len);
        assert_int_equal(config_print(out, 0, NONE, LIST(WRONG[i]), &arena, &why), ERR_INVALID);
        assert_int_equal(config_print_json(out, 0, NONE, LIST(WRONG[i]), &arena, &why),
                         ERR_INVALID);
        fclose(out);
        assert_string_equal(text, "");
        assert_non_null(why);
        free(text);
    }
}

static void examined_to_the_end(void **state)
{
    (void)state;
    struct config c;
    const char *whys[CONFIG_PROBLEMS_MAX];
    char *many[CONFIG_PROBLEMS_MAX + 8] = {NULL};

    assert_int_equal(config_examine(0, NONE, LIST(PRODUCTION), &arena, &c, whys), 0);
    assert_int_equal(config_examine(2, LIST("--port-bass", "1"),
                                    LIST("BOOKADATE_NO_SUCH=1", "BOOKADATE_LOOPS=x",
                                         "BOOKADATE_BIND=here", "BOOKADATE_PORT_BASE=9100"),
                                    &arena, &c, whys),
                     4);
    assert_int_equal(c.port_base, 9100);
    for (size_t i = 0; i + 1 < sizeof many / sizeof *many; i++)
        many[i] = "BOOKADATE_NO_SUCH=1";
    assert_int_equal(config_examine(0, NONE, many, &arena, &c, whys), CONFIG_PROBLEMS_MAX);
}

/* ── The token secret ── */

static enum err secret_of(const char *data_dir, const char *given, struct str *ret,
                          const char **ret_why)
{
    struct config c = {.data_dir = data_dir, .token_secret = given, .data_key = given};
    return config_token_secret(&c, &arena, ret, ret_why);
}

static void data_key_is_another_file(void **state)
{
    (void)state;
    struct str secret, first, second;
    const char *why = "";
    struct stat st;
    struct config c = {.data_dir = dir, .token_secret = "", .data_key = ""};

    assert_int_equal(config_token_secret(&c, &arena, &secret, &why), OK);
    assert_int_equal(config_data_key(&c, &arena, &first, &why), OK);
    assert_int_equal(config_data_key(&c, &arena, &second, &why), OK);
    assert_true(str_eq(first, second));
    assert_false(str_eq(first, secret));
    assert_int_equal(stat(arena_printf(&arena, "%s/data.key", dir).ptr, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    c.data_key = "given";
    assert_int_equal(config_data_key(&c, &arena, &second, &why), OK);
    assert_string_equal(second.ptr, "given");
}

static void secret_is_made_once(void **state)
{
    (void)state;
    struct str first, second;
    const char *why = "";
    struct stat st;
    const char *fresh = arena_printf(&arena, "%s/new", dir).ptr;
    const char *path = arena_printf(&arena, "%s/new/token.key", dir).ptr;

    assert_int_equal(secret_of(fresh, "", &first, &why), OK);
    assert_int_equal(secret_of(fresh, "", &second, &why), OK);
    assert_int_equal(first.len, 43);
    assert_true(str_eq(first, second));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(fresh, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);

    assert_int_equal(secret_of(fresh, "given", &second, &why), OK);
    assert_string_equal(second.ptr, "given");

    unlink(path);
    assert_int_equal(secret_of(fresh, "", &second, &why), OK);
    assert_false(str_eq(first, second));
}

static void secret_files_that_are_refused(void **state)
{
    (void)state;
    struct str secret = STR_NULL;
    const char *why = "";
    const char *path = arena_printf(&arena, "%s/token.key", dir).ptr;

    write_file(path, SEED "\n");
    chmod(path, 0644);
    assert_int_equal(secret_of(dir, "", &secret, &why), ERR_INVALID);
    assert_non_null(strstr(why, "others"));
    chmod(path, 0600);
    assert_int_equal(secret_of(dir, "", &secret, &why), OK);
    assert_string_equal(secret.ptr, SEED);

    write_file(path, "too short\n");
    assert_int_equal(secret_of(dir, "", &secret, &why), ERR_INVALID);
    write_file(path, "");
    assert_int_equal(secret_of(dir, "", &secret, &why), ERR_INVALID);
    unlink(path);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    assert_int_equal(secret_of(dir, "", &secret, &why), ERR_UNAVAILABLE);
    assert_int_equal(secret_of("/proc/nothing", "", &secret, &why), ERR_UNAVAILABLE);
    assert_non_null(strstr(why, "/proc/nothing"));
}

/* Many processes at once agree on one secret, and leave nothing else behind. */
static void secret_of_many_processes(void **state)
{
    (void)state;
    int pipes[2];
    char all[16][43];

    assert_int_equal(pipe(pipes), 0);
    for (int i = 0; i < 16; i++) {
        if (fork() == 0) {
            struct str secret = STR_NULL;
            const char *why;
            bool good =
                secret_of(dir, "", &secret, &why) == OK && write(pipes[1], secret.ptr, 43) == 43;
            _exit(good ? 0 : 1);
        }
    }
    for (int i = 0; i < 16; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        assert_int_equal(read(pipes[0], all[i], 43), 43);
        assert_memory_equal(all[i], all[0], 43);
    }
    close(pipes[0]);
    close(pipes[1]);
    assert_int_equal(unlink(arena_printf(&arena, "%s/token.key", dir).ptr), 0);
    assert_int_equal(rmdir(dir), 0); /* empty */
    assert_int_equal(mkdir(dir, 0700), 0);
}

static void where_the_gateway_is(void **state)
{
    (void)state;
    struct config c = good(NONE, NONE);

    assert_int_equal(config_gateway_port(&c), 8000);
    c = good(LIST("--tls-cert=c", "--tls-key=k"), NONE);
    assert_int_equal(config_gateway_port(&c), 8000);
    c = good(LIST("--tls-cert=c", "--tls-key=k", "--tls-port=8443", "--redirect-port=8000"), NONE);
    assert_int_equal(config_gateway_port(&c), 8443);
    refused(LIST("--tls-cert=c", "--tls-key=k", "--redirect-port=8000"), NONE,
            "BOOKADATE_REDIRECT_PORT is 8000", "HTTPS");
}

static void who_can_reach_it(void **state)
{
    (void)state;
    static const struct {
        const char *bind;
        bool reachable;
    } rows[] = {
        {"127.0.0.1,::1", false}, {"127.5.5.5", false}, {"0.0.0.0", true}, {"::", true},
        {"::1, 10.0.0.7", true},  {"::1,,", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config c = {.bind = rows[i].bind};
        assert_int_equal(config_reachable(&c), rows[i].reachable);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(development, setup, teardown),
        cmocka_unit_test_setup_teardown(production, setup, teardown),
        cmocka_unit_test_setup_teardown(later_sources_win, setup, teardown),
        cmocka_unit_test_setup_teardown(empty_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(not_settings_of_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(flags_and_words, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_values, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_names, setup, teardown),
        cmocka_unit_test_setup_teardown(where_the_gateway_is, setup, teardown),
        cmocka_unit_test_setup_teardown(who_can_reach_it, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_files, setup, teardown),
        cmocka_unit_test_setup_teardown(production_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(table_is_aligned_and_complete, setup, teardown),
        cmocka_unit_test_setup_teardown(no_table_of_what_is_not_in_force, setup, teardown),
        cmocka_unit_test_setup_teardown(examined_to_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(secret_is_made_once, setup, teardown),
        cmocka_unit_test_setup_teardown(data_key_is_another_file, setup, teardown),
        cmocka_unit_test_setup_teardown(secret_files_that_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(secret_of_many_processes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
