/* The program's entry: the first word picks a command. Decides nothing else. */
#include "commands/commands.h"
#include "platform/json/memory.h"

#include "version.h"

#include <string.h>

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        command_overview(stderr);
        return EXIT_USAGE;
    }
    if (asks_for_help(argv[1])) {
        command_overview(stdout);
        return EXIT_WELL;
    }
    if (strcmp(argv[1], "--version") == 0 && argc == 2) {
        printf("bookadate %s\n", BOOKADATE_VERSION);
        return EXIT_WELL;
    }
    const struct command *c = command_find(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);
    if (c == NULL)
        return command_unknown(argv[1]);
    for (int i = 2; i < argc; i++)
        if (asks_for_help(argv[i])) {
            command_page(stdout, c);
            return EXIT_WELL;
        }
    json_memory_wiped();
    int code = c->settings ? command_check(c, argc - 2, argv + 2) : EXIT_WELL;
    return code != EXIT_WELL ? code : c->run(argc - 2, argv + 2);
}
