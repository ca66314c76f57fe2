/* `bookadate demo`: fills a fresh system so that there is something to look at. Never a system that
 * is used, never one that is in production. */
#include "commands/commands.h"
#include "commands/demo/demo.h"

#include "base/datetime.h"
#include "platform/auth/password.h"
#include "platform/blob/blob.h"
#include "platform/bus/bus.h"
#include "platform/clock.h"
#include "platform/loop/work.h"
#include "services/services.h"
#include "services/user/user.h"

#include <sodium.h>
#include <string.h>

extern char **environ;

#define PEOPLE_DEFAULT 500
#define PEOPLE_MAX 100000
#define PHOTOS_MAX 300 /* each is a file that is made durable */
#define CITIES_DEFAULT "New York,Boston,Chicago,San Francisco,Seattle,Austin"

static enum err no(struct demo *d, const char *why)
{
    d->why = why;
    return ERR_INVALID;
}

static enum err take_words(struct demo *d, const char *people, const char *cities)
{
    int64_t n = PEOPLE_DEFAULT;
    struct str rest = str_of(cities != NULL ? cities : CITIES_DEFAULT);

    if (people != NULL && (!str_to_i64(str_of(people), &n) || n < 2 || n > PEOPLE_MAX))
        return no(d, "--people is a number from 2 to 100000");
    d->n_people = (size_t)n;
    while (str_present(rest)) {
        struct str city = str_trim(str_cut(&rest, ','));
        if (city.len == 0)
            continue;
        if (d->n_cities == DEMO_CITIES_MAX || city.len > 60 || memchr(city.ptr, '"', city.len) ||
            memchr(city.ptr, '\\', city.len))
            return no(d, "--city takes up to 16 names with commas between");
        d->cities[d->n_cities++] = city;
    }
    return d->n_cities > 0 ? OK : no(d, "--city names no city");
}

/* ── The parts of a program that handlers need ── */

static enum err open_parts(struct demo *d)
{
    struct store_options options = command_store(&d->config);
    struct str photos = arena_printf(&d->arena, "%s/photos", d->config.data_dir);

    options.guest = true; /* also beside a server that runs */
    enum err e = store_open(&options, &d->arena, &d->app.store, &d->why);
    if (e == OK)
        e = store_writer(d->app.store, &d->db);
    if (e == OK)
        e = blob_open(photos.ptr, &d->app.photos, &d->why);
    struct workers_options threads = {.store = d->app.store,
                                      .loops = 1,
                                      .compute_threads = 1,
                                      .queue_max = 16,
                                      .database_pool = 1};
    if (e == OK)
        e = workers_start(&threads, &d->app.workers);
    if (e == OK)
        d->app.bus = bus_new(d->app.workers);
    return e;
}

static void close_parts(struct demo *d)
{
    store_db_close(d->db);
    if (d->app.workers != NULL)
        workers_stop(d->app.workers);
    bus_free(d->app.bus);
    blob_close(d->app.photos);
    if (d->app.store != NULL)
        store_close(d->app.store);
}

static enum err open_routes(struct demo *d)
{
    d->router = router_new(&d->arena);
    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        if (!router_add(d->router, (*s)->routes, "", &d->why))
            return ERR_INTERNAL;
    return OK;
}

static enum err check_empty(struct demo *d, size_t first, size_t n)
{
    struct str reply;

    (void)first;
    (void)n;
    enum err e =
        demo_call(d, &d->arena, 0, d->now_us, GET, &reply, STR("/admin/users?limit=1"), STR_NULL);
    if (e == OK &&
        memmem(reply.ptr, reply.len, "@" DEMO_EMAIL_HOST, sizeof("@" DEMO_EMAIL_HOST) - 1) != NULL)
        return no(d,
                  "a demonstration is here already, or one that was interrupted: remove the data "
                  "directory, or take another (BOOKADATE_DATA_DIR=./demo)");
    if (e == OK && reply.len > 2)
        return no(d, "there are accounts already: the demonstration is for an empty data directory "
                     "(BOOKADATE_DATA_DIR=./demo)");
    return e;
}

static enum err make_all(struct demo *d)
{
    enum err e = password_hash(STR(DEMO_PASSWORD), &d->arena, &d->password_hash);

    if (e == OK)
        e = open_routes(d);
    if (e == OK)
        e = demo_transaction(d, check_empty, 0, 0);
    if (e == OK)
        e = demo_people(d);
    if (e == OK)
        e = demo_places(d);
    return e == OK ? demo_stories(d) : e;
}

static void say_number(size_t n, const char *one, const char *many, const char *end)
{
    printf("%zu %s%s", n, n == 1 ? one : many, end);
}

static void say_made(const struct demo *d)
{
    printf("%zu people (%zu with a drawn picture), ", d->n_people, d->n_photos);
    say_number(d->n_venues, "venue", "venues", " in ");
    say_number(d->n_cities, "city", "cities", ", ");
    say_number(d->matches, "match", "matches", ", ");
    say_number(d->waiting, "person", "people", " waiting, ");
    say_number(d->bookings, "booking", "bookings", ", ");
    say_number(d->reviews, "review", "reviews", ".\n");
    printf("Sign in as alice@" DEMO_EMAIL_HOST ", bob@" DEMO_EMAIL_HOST
           " or person3@" DEMO_EMAIL_HOST " … person%zu@" DEMO_EMAIL_HOST
           "; everybody's password is " DEMO_PASSWORD "\n",
           d->n_people);
}

static enum err demo(struct demo *d, int argc, char **argv)
{
    enum err e = sodium_init() < 0
                     ? ERR_INTERNAL
                     : config_load(argc, argv, environ, &d->arena, &d->config, &d->why);

    if (e != OK)
        return e;
    if (d->config.profile == PROFILE_PRODUCTION)
        return no(d, "the demonstration is not made in production: its people share one password");
    d->config.allow_past = d->config.implicit_slots = d->config.complete_early = true;
    d->config.venue_creation = "open";
    d->app.config = &d->config;
    d->now_us = clock_now_us();
    d->n_photos = d->n_people < PHOTOS_MAX ? d->n_people : PHOTOS_MAX;
    d->numbers = ARENA_ARRAY(&d->arena, d->n_people, int64_t);
    d->progress = progress_begin();
    e = open_parts(d);
    return e == OK ? make_all(d) : e;
}

int command_demo(int argc, char **argv)
{
    static struct demo d;
    const char *people = command_take(&argc, argv, "--people");
    const char *cities = command_take(&argc, argv, "--city");

    arena_init(&d.arena);
    enum err e = take_words(&d, people, cities);
    bool misused = e != OK;
    if (e == OK)
        e = demo(&d, argc, argv);
    if (e == OK)
        say_made(&d);
    else if (misused)
        command_misused("%s", d.why);
    else
        command_fail("%s", d.why != NULL ? d.why : err_text(e));
    close_parts(&d);
    arena_free(&d.arena);
    return e == OK ? EXIT_WELL : misused ? EXIT_USAGE : EXIT_FAILED;
}
