/* Collects what the file, the environment and the flags say, later ones over earlier ones. Knows no
 * meaning of values. */
#include "platform/config/flag.h"
#include "platform/config/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (64 * 1024)
#define PREFIX "BOOKADATE_"
#define SHOWN_MAX_BYTES 80 /* of a name that is none of ours */

/* Names in the environment that are ours and no settings. */
static const struct str KNOWN[] = {STR("BOOKADATE_CONFIG"), STR("BOOKADATE_ADMIN_PASSWORD")};

enum err config_refuse(struct arena *a, const char **ret_why, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    *ret_why = arena_vprintf(a, fmt, ap).ptr;
    va_end(ap);
    return ERR_INVALID;
}

enum err config_note(struct given *g, const char *why)
{
    if (g->n_problems < CONFIG_PROBLEMS_MAX)
        g->problems[g->n_problems++] = why;
    return ERR_INVALID;
}

/* "there is no setting X; did you mean Y?" in the spelling of where it stands. */
static enum err unknown(struct arena *a, const char **ret_why, struct str key, struct str bare,
                        const char *(*spell)(const struct setting *, struct arena *),
                        const char *where)
{
    const struct setting *like = setting_like(bare);

    if (key.len > SHOWN_MAX_BYTES)
        key.len = SHOWN_MAX_BYTES;
    if (!like)
        return config_refuse(a, ret_why, "There is no setting %.*s (%s)", STR_ARG(key), where);
    return config_refuse(a, ret_why, "There is no setting %.*s (%s); did you mean %s?",
                         STR_ARG(key), where, spell(like, a));
}

/* An empty value is the same as none: the one before it, or the default, stays. */
static void put(struct given *g, const struct setting *s, struct str value,
                enum setting_source from, struct arena *a)
{
    if (value.len == 0)
        return;
    size_t i = (size_t)(s - SETTINGS);
    g->values[i].text = arena_str(a, value).ptr;
    g->values[i].from = from;
}

static struct str without_prefix(struct str key)
{
    if (!str_starts(key, STR(PREFIX)))
        return key;
    return (struct str){key.ptr + strlen(PREFIX), key.len - strlen(PREFIX)};
}

/* ── The file ── */

static enum err cannot_read(struct arena *a, const char *path, const char **ret_why)
{
    return config_refuse(a, ret_why, "The settings file %s cannot be read: %s", path,
                         strerror(errno));
}

static enum err read_file(const char *path, struct arena *a, struct str *ret, const char **ret_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cannot_read(a, path, ret_why);

    char *text = arena_alloc(a, FILE_MAX_BYTES + 1);
    size_t len = 0;
    ssize_t n;
    while ((n = read(fd, text + len, FILE_MAX_BYTES + 1 - len)) > 0)
        len += (size_t)n;
    int failed = errno;
    close(fd);
    errno = failed;
    if (n < 0)
        return cannot_read(a, path, ret_why);
    if (len > FILE_MAX_BYTES)
        return config_refuse(a, ret_why, "The settings file %s is longer than 64 KiB", path);
    *ret = (struct str){text, len};
    return OK;
}

static struct str unquote(struct str s)
{
    if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') && s.ptr[s.len - 1] == s.ptr[0])
        return (struct str){s.ptr + 1, s.len - 2};
    return s;
}

static enum err take_line(struct given *g, struct str line, const char *where, bool *seen,
                          struct arena *a, const char **ret_why)
{
    struct str value = str_trim(line);
    if (value.len == 0 || value.ptr[0] == '#')
        return OK;
    struct str key = str_trim(str_cut(&value, '='));
    if (!str_present(value))
        return config_refuse(a, ret_why, "%s is not of the form KEY=value", where);

    const struct setting *s = setting_by_env_name(key);
    if (!s)
        return unknown(a, ret_why, key, without_prefix(key), setting_env_name, where);
    if (seen[s - SETTINGS])
        return config_refuse(a, ret_why, "%.*s stands twice (%s)", STR_ARG(key), where);
    seen[s - SETTINGS] = true;
    put(g, s, unquote(str_trim(value)), SOURCE_FILE, a);
    return OK;
}

static void take_file(struct given *g, struct arena *a)
{
    struct str rest = STR_NULL;
    bool seen[SETTINGS_MAX] = {false};
    const char *why;

    if (read_file(g->file, a, &rest, &why) != OK)
        config_note(g, why);
    for (int line = 1; str_present(rest); line++) {
        const char *where = arena_printf(a, "line %d of %s", line, g->file).ptr;
        if (take_line(g, str_cut(&rest, '\n'), where, seen, a, &why) != OK)
            config_note(g, why);
    }
}

/* ── The environment ── */

static bool known(struct str key)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        if (str_eq(key, KNOWN[i]))
            return true;
    }
    return false;
}

static void take_environment(struct given *g, char *const *env, struct arena *a)
{
    const char *why;

    for (; env && *env; env++) {
        struct str value = str_of(*env);
        struct str key = str_cut(&value, '=');
        if (!str_starts(key, STR(PREFIX)) || known(key))
            continue;
        const struct setting *s = setting_by_env_name(key);
        if (s)
            put(g, s, value, SOURCE_ENVIRONMENT, a);
        else if (unknown(a, &why, key, without_prefix(key), setting_env_name, "environment") != OK)
            config_note(g, why);
    }
}

static const char *environment_get(char *const *env, struct str name)
{
    for (; env && *env; env++) {
        struct str value = str_of(*env);
        if (str_eq(str_cut(&value, '='), name))
            return value.len > 0 ? value.ptr : NULL;
    }
    return NULL;
}

/* ── The flags ── */

/* One flag at argv[*at], which moves behind it and its value. */
static enum err next_flag(int argc, char *const *argv, int *at, struct arena *a, struct flag *ret,
                          const char **ret_why)
{
    *ret = flag_of(argv[*at]);
    if (ret->name.len == 0)
        return config_refuse(a, ret_why, "\"%s\" is no flag: settings are given as --name value",
                             argv[*at]);
    if (!flag_value(ret, argc, argv, at))
        return config_refuse(a, ret_why, "--%.*s needs a value", STR_ARG(ret->name));
    ++*at;
    return OK;
}

/* Walks the flags; with `path` set it only looks for --config, and keeps what is wrong to the walk
 * that comes. */
static void take_flags(struct given *g, int argc, char *const *argv, bool path, struct arena *a)
{
    struct flag f = {0};
    const char *why = NULL;

    for (int i = 0; i < argc;) {
        if (next_flag(argc, argv, &i, a, &f, &why) != OK) {
            if (!path)
                config_note(g, why);
            return;
        }
        if (str_eq(f.name, STR("config"))) {
            g->file = f.value.ptr;
            continue;
        }
        if (path)
            continue;
        const struct setting *s = setting_by_flag(f.name);
        if (s)
            put(g, s, f.value, SOURCE_FLAG, a);
        else if (unknown(a, &why, arena_printf(a, "--%.*s", STR_ARG(f.name)), f.name,
                         setting_flag_name, "flag") != OK)
            config_note(g, why);
    }
}

enum err config_collect(int argc, char *const *argv, char *const *env, struct arena *a,
                        struct given *ret, const char **ret_why)
{
    *ret = (struct given){.file = environment_get(env, STR("BOOKADATE_CONFIG"))};
    take_flags(ret, argc, argv, true, a);
    if (ret->file)
        take_file(ret, a);
    take_environment(ret, env, a);
    take_flags(ret, argc, argv, false, a);
    if (ret->n_problems == 0)
        return OK;
    *ret_why = ret->problems[0];
    return ERR_INVALID;
}
