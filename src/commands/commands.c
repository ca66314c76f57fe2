/* What commands share: splitting words from flags, failing with one sentence, colours. */
#include "commands/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void complain(const char *fmt, va_list ap)
{
    fputs("bookadate: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

int command_fail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    complain(fmt, ap);
    va_end(ap);
    return EXIT_FAILED;
}

int command_misused(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    complain(fmt, ap);
    va_end(ap);
    return EXIT_USAGE;
}

bool command_colours(FILE *out)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(fileno(out)) && (no == NULL || no[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

const struct command *command_find(const char *name)
{
    for (const struct command *c = COMMANDS; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

bool command_take_flag(int *argc, char **argv, const char *flag)
{
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], flag) != 0)
            continue;
        memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i - 1) * sizeof *argv);
        (*argc)--;
        return true;
    }
    return false;
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
