/* The table of commands and what they share: splitting words from flags, failing with one sentence.
 */
#include "commands/commands.h"

#include <stdio.h>
#include <string.h>

const struct command COMMANDS[] = {
    {"run", command_run, "run [service ...]", "Start all or some of the services"},
    {"routes", command_routes, "routes", "Every endpoint, who may call it and where it runs"},
    {"openapi", command_openapi, "openapi [--async]",
     "The API's OpenAPI document; the chat's AsyncAPI document"},
    {"config", command_config, "config", "Every setting, its value, where from, its default"},
    {"migrate", command_migrate, "migrate", "Bring the store to this version's schema and stop"},
    {"migrate", command_migrate, "migrate --from DATA --to postgres://...",
     "Move an installation from SQLite to PostgreSQL"},
    {"admin", command_admin, "admin create --email E --name N [--role R]",
     "Make an admin or partner account"},
    {NULL, NULL, NULL, NULL},
};

int command_fail(const char *fmt, ...)
{
    va_list ap;

    fputs("bookadate: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return 1;
}

const char *command_take(int *argc, char **argv, const char *flag)
{
    size_t len = strlen(flag);

    for (int i = 0; i < *argc; i++) {
        bool joined = strncmp(argv[i], flag, len) == 0 && argv[i][len] == '=';
        bool apart = strcmp(argv[i], flag) == 0 && i + 1 < *argc;
        if (!joined && !apart)
            continue;
        const char *value = joined ? argv[i] + len + 1 : argv[i + 1];
        int taken = joined ? 1 : 2;
        memmove(&argv[i], &argv[i + taken], (size_t)(*argc - i - taken) * sizeof *argv);
        *argc -= taken;
        return value;
    }
    return NULL;
}

void command_split(int argc, char **argv, struct arena *a, char ***ret_flags, int *ret_n_flags,
                   char ***ret_words, int *ret_n_words)
{
    char **flags = ARENA_ARRAY(a, (size_t)argc + 1, char *);
    char **words = ARENA_ARRAY(a, (size_t)argc + 1, char *);
    int n_flags = 0;
    int n_words = 0;

    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            words[n_words++] = argv[i];
            continue;
        }
        flags[n_flags++] = argv[i];
        if (strchr(argv[i], '=') == NULL && i + 1 < argc)
            flags[n_flags++] = argv[++i];
    }
    *ret_flags = flags;
    *ret_n_flags = n_flags;
    *ret_words = words;
    *ret_n_words = n_words;
}
