/* The program's entry: the first word picks a command. Decides nothing else. */
#include "commands/commands.h"
#include "platform/json/memory.h"

#include <stdio.h>
#include <string.h>

#include "version.h"

static void print_help(FILE *out)
{
    fprintf(
        out,
        "bookadate %s: the back end of a blind-dating service, seven services in one program\n\n"
        "Usage: bookadate <command> [--setting value …]\n\nCommands:\n",
        BOOKADATE_VERSION);
    for (const struct command *c = COMMANDS; c->name != NULL; c++)
        fprintf(out, "  %-46s %s\n", c->usage, c->summary);
    fprintf(out, "  %-46s %s\n", "help, --help", "This page");
    fprintf(out, "  %-46s %s\n", "--version", "The version");
    fprintf(
        out,
        "\nServices: gateway user matching booking venue faceauth chat (all when none is named)\n"
        "Every setting is a flag (--port-base 9000), an environment variable "
        "(BOOKADATE_PORT_BASE=9000) or a\n"
        "line of the file that --config names; `bookadate config` lists them all.\n");
}

static bool word_is(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 1;
    }
    if (word_is(argv[1], "help", "--help") || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return 0;
    }
    if (word_is(argv[1], "version", "--version")) {
        printf("bookadate %s\n", BOOKADATE_VERSION);
        return 0;
    }
    json_memory_wiped();
    for (const struct command *c = COMMANDS; c->name != NULL; c++)
        if (strcmp(c->name, argv[1]) == 0)
            return c->run(argc - 2, argv + 2);
    return command_fail("there is no command \"%s\"; `bookadate help` lists them", argv[1]);
}
