/* `bookadate routes` and `bookadate openapi`: the route tables as a person reads them, and as
 * programs do. */
#include "commands/commands.h"

#include "services/gateway/gateway.h"
#include "services/services.h"

#include <stdio.h>
#include <string.h>

int command_routes(int argc, char **argv)
{
    (void)argv;
    if (argc > 0)
        return command_fail("routes takes no words");
    printf("%-8s %-7s %-50s %-8s %-8s %s\n", "SERVICE", "METHOD", "PATH", "WHO", "RUNS AS", "WHAT");
    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        for (const struct route *t = (*s)->routes; t->path != NULL; t++)
            printf("%-8s %-7s %-50s %-8s %-8s %s\n", (*s)->name, http_method_name(t->method),
                   t->path, access_name(t->access), route_kind_name(t->kind), t->summary);
    return 0;
}

int command_openapi(int argc, char **argv)
{
    bool async = argc == 1 && strcmp(argv[0], "--async") == 0;
    struct arena a;

    if (argc > (async ? 1 : 0))
        return command_fail("openapi takes --async and nothing else");
    arena_init(&a);
    struct str text = async ? gateway_asyncapi(&a) : gateway_openapi(&a);
    printf("%.*s\n", STR_ARG(text));
    arena_free(&a);
    return 0;
}
