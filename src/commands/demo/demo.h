/* What `bookadate demo` consists of: a world of people, venues and stories that is made by calling
 * the services' own handlers, so that every rule of theirs holds for it. Used by nobody else. */
#ifndef COMMANDS_DEMO_DEMO_H
#define COMMANDS_DEMO_DEMO_H

#include "commands/progress.h"
#include "platform/app.h"
#include "platform/http/route.h"

#include <stddef.h>

#define DEMO_CITIES_MAX 16
#define DEMO_VENUES_A_CITY 4
#define DEMO_SLOT_DAYS 21
#define DEMO_SLOT_TIMES 6
#define DEMO_EMAIL_HOST "demo.example"
#define DEMO_PASSWORD "demo-Cozy-Corner-7"

struct demo_venue {
    int64_t id;
    size_t slots_used; /* of its calendar, in order */
};

struct demo {
    struct app app;
    struct config config; /* the settings, with the past allowed */
    struct arena arena;
    struct arena batch; /* of one transaction, until it has been committed: hooks look into it */
    struct router *router;
    struct db *db;
    struct progress progress;
    int64_t now_us;
    struct str password_hash;

    size_t n_people, n_cities, n_photos;
    struct str cities[DEMO_CITIES_MAX];
    int64_t *numbers; /* of the people, in their order; 0: not made yet */
    struct demo_venue venues[DEMO_CITIES_MAX * DEMO_VENUES_A_CITY];
    size_t n_venues;
    size_t matches, waiting, bookings, reviews;
    const char *why; /* of a failure, in the arena */
};

/* ── call.c ── */

/* One request as the caller (an account's number) would send it at that moment, within the
 * transaction under way. *ret: the reply's JSON, in q_arena. An answer that is no success is
 * ERR_INTERNAL, and d->why tells it. */
enum err demo_call(struct demo *d, struct arena *q_arena, int64_t caller, int64_t now_us,
                   enum http_method method, struct str *ret, struct str target, struct str json);
/* The integer of a member of a reply; 0: there is none. */
int64_t demo_number(struct str reply, const char *member);
/* fn as one transaction, for the items from `first` on; sets d->why. */
enum err demo_transaction(struct demo *d, enum err (*fn)(struct demo *d, size_t first, size_t n),
                          size_t first, size_t n);

/* ── people.c, face.c, places.c, story.c ── */

enum err demo_people(struct demo *d);
/* A drawn face of that many pixels a side, another for each `seed`: RGB into `ret`. */
void demo_face(uint32_t seed, int side, uint8_t *ret);
enum err demo_places(struct demo *d);
/* Matches, bookings and reviews in every state there is. After people and places. */
enum err demo_stories(struct demo *d);

/* The same numbers from the same seed, everywhere. */
uint32_t demo_random(uint32_t seed);
/* Does somebody look for whom there is nobody yet, and so wait? */
bool demo_waits(size_t person);
/* Which city somebody lives in. */
size_t demo_city_of(const struct demo *d, size_t person);

#endif
