/* The table of commands and what they share: splitting words from flags, failing with one sentence.
 */
#include "commands/commands.h"

#include <stdio.h>
#include <string.h>

const struct command COMMANDS[] = {
    {"run", command_run, "run [service ...]", "Start all or some of the services"},
    {"routes", command_routes, "routes", "Every endpoint, who may call it and where it runs"},
    {"config", command_config, "config", "Every setting, its value, where from, its default"},
    {"migrate", command_migrate, "migrate", "Bring the store to this version's schema and stop"},
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
