/* `bookadate version`: the program's and its libraries', as they are on this machine. */
#include "commands/commands.h"
#include "commands/libraries.h"

#include "platform/json/compose.h"

#include "version.h"

int command_version(int argc, char **argv)
{
    struct arena a;
    bool json = command_take_flag(&argc, argv, "--json");

    if (argc > 0)
        return command_misused("version takes --json and nothing else");
    if (!json) {
        printf("bookadate %s\n", BOOKADATE_VERSION);
        for (size_t i = 0; i < LIBRARIES_N; i++)
            printf("%-8s %s\n", LIBRARIES[i].name, LIBRARIES[i].version());
        return EXIT_WELL;
    }
    arena_init(&a);
    struct buf b = buf_new(&a, 1024);
    json_open(&b, NULL, '{');
    json_put_text(&b, "version", BOOKADATE_VERSION);
    json_open(&b, "libraries", '{');
    for (size_t i = 0; i < LIBRARIES_N; i++)
        json_put_text(&b, LIBRARIES[i].name, LIBRARIES[i].version());
    json_close(&b, '}');
    json_close(&b, '}');
    printf("%.*s\n", STR_ARG(buf_view(&b)));
    arena_free(&a);
    return EXIT_WELL;
}
