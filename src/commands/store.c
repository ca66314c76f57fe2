/* Commands that open the store without serving: `bookadate migrate` and `bookadate config`. */
#include "commands/commands.h"
#include "commands/front_tls.h"

#include "base/datetime.h"
#include "platform/clock.h"
#include "platform/db/store.h"
#include "platform/http/tls_identity.h"

#include <stdio.h>

extern char **environ;

struct store_options command_store(const struct config *c)
{
    return (struct store_options){
        .data_dir = c->data_dir,
        .database_url = c->database_url,
        .migrations = MIGRATIONS,
        .timeout_us = c->database_timeout_s * 1000000,
        .unprepared = !c->database_prepare,
    };
}

/* The certificate is part of what is configured: whether it can be used, and how long. */
static enum err show_certificate(const struct config *c, struct arena *a, const char **ret_why)
{
    struct tls_identity *tls = NULL;
    int64_t days = 0;
    char day[DATE_LEN];
    enum err e = front_tls_open(c, a, &tls, ret_why);

    if (e != OK || tls == NULL)
        return e;
    bool soon = front_tls_ends_soon(tls, clock_now_us(), &days);
    date_format(date_of_us(tls_identity_ends_us(tls)), day);
    printf("\n%sThe TLS certificate ends on %.*s, in %lld days\n", soon ? "WARNING: " : "",
           DATE_LEN, day, (long long)days);
    tls_identity_free(tls);
    return OK;
}

int command_config(int argc, char **argv)
{
    struct arena arena;
    struct config config;
    const char *why = NULL;
    bool json = command_take_flag(&argc, argv, "--json");

    if (command_take_flag(&argc, argv, "--markdown")) {
        config_print_markdown(stdout);
        return EXIT_WELL;
    }
    arena_init(&arena);
    enum err e = json ? config_print_json(stdout, argc, argv, environ, &arena, &why)
                      : config_print(stdout, argc, argv, environ, &arena, &why);
    if (e == OK)
        e = config_load(argc, argv, environ, &arena, &config, &why);
    if (e == OK && !json)
        e = show_certificate(&config, &arena, &why);
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
    const char *from = command_take(&argc, argv, "--from");
    const char *to = command_take(&argc, argv, "--to");

    if (from != NULL || to != NULL)
        return command_move(from, to);
    arena_init(&arena);
    enum err e = config_load(argc, argv, environ, &arena, &config, &why);
    if (e == OK) {
        struct store_options options = command_store(&config);
        e = store_open(&options, &arena, &store, &why);
    }
    if (e == OK) {
        printf("%d migrations applied; %s is current\n", store_migrations_applied(store),
               store_place(store));
        store_close(store);
    } else {
        command_fail("%s", why);
    }
    arena_free(&arena);
    return e == OK ? 0 : 1;
}
