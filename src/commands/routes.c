/* `bookadate routes`: the route tables as a person reads them. */
#include "commands/commands.h"

#include "services/services.h"

#include <stdio.h>

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
