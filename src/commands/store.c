/* Commands that open the store without serving: `bookadate migrate` and `bookadate config`. */
#include "commands/commands.h"

#include "platform/db/store.h"

#include <stdio.h>

extern char **environ;

int command_config(int argc, char **argv)
{
    struct arena arena;
    struct config config;
    const char *why = NULL;

    arena_init(&arena);
    config_print(stdout, argc, argv, environ);
    enum err e = config_load(argc, argv, environ, &arena, &config, &why);
    if (e != OK)
        command_fail("%s", why);
    arena_free(&arena);
    return e == OK ? 0 : 1;
}

int command_migrate(int argc, char **argv)
{
    struct arena arena;
    struct config config;
    struct store *store = NULL;
    const char *why = NULL;

    arena_init(&arena);
    enum err e = config_load(argc, argv, environ, &arena, &config, &why);
    if (e == OK) {
        struct store_options options = {.data_dir = config.data_dir,
                                        .database_url = config.database_url,
                                        .migrations = MIGRATIONS};
        e = store_open(&options, &arena, &store, &why);
    }
    if (e == OK) {
        printf("%d migrations applied; the store in %s is current\n",
               store_migrations_applied(store), config.data_dir);
        store_close(store);
    } else {
        command_fail("%s", why);
    }
    arena_free(&arena);
    return e == OK ? 0 : 1;
}
