/* `bookadate routes` and `bookadate openapi`: the route tables as a person reads them, and as
 * programs do. */
#include "commands/commands.h"

#include "platform/json/compose.h"
#include "services/gateway/gateway.h"
#include "services/services.h"

#include <stdio.h>
#include <string.h>

static void print_json(void)
{
    struct arena a;

    arena_init(&a);
    struct buf b = buf_new(&a, 32 * 1024);
    json_open(&b, NULL, '[');
    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        for (const struct route *t = (*s)->routes; t->path != NULL; t++) {
            json_open(&b, NULL, '{');
            json_put_text(&b, "service", (*s)->name);
            json_put_text(&b, "method", http_method_name(t->method));
            json_put_text(&b, "path", t->path);
            json_put_text(&b, "who", access_name(t->access));
            json_put_text(&b, "runs_as", route_kind_name(t->kind));
            json_put_text(&b, "what", t->summary);
            json_close(&b, '}');
        }
    json_close(&b, ']');
    printf("%.*s\n", STR_ARG(buf_view(&b)));
    arena_free(&a);
}

int command_routes(int argc, char **argv)
{
    bool json = command_take_flag(&argc, argv, "--json");

    if (argc > 0)
        return command_misused("routes takes --json and nothing else");
    if (json) {
        print_json();
        return EXIT_WELL;
    }
    printf("%-8s %-7s %-50s %-8s %-8s %s\n", "SERVICE", "METHOD", "PATH", "WHO", "RUNS AS", "WHAT");
    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        for (const struct route *t = (*s)->routes; t->path != NULL; t++)
            printf("%-8s %-7s %-50s %-8s %-8s %s\n", (*s)->name, http_method_name(t->method),
                   t->path, access_name(t->access), route_kind_name(t->kind), t->summary);
    return EXIT_WELL;
}

int command_openapi(int argc, char **argv)
{
    bool async = argc == 1 && strcmp(argv[0], "--async") == 0;
    struct arena a;

    if (argc > (async ? 1 : 0))
        return command_misused("openapi takes --async and nothing else");
    arena_init(&a);
    struct str text = async ? gateway_asyncapi(&a) : gateway_openapi(&a);
    printf("%.*s\n", STR_ARG(text));
    arena_free(&a);
    return 0;
}
