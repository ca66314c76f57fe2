/* The venues of the demo and their calendars for the coming weeks. */
#include "commands/demo/demo.h"

#include "base/datetime.h"

#include <inttypes.h>

static const struct {
    const char *name, *address, *description;
    int capacity;
    double price;
} VENUES[DEMO_VENUES_A_CITY] = {
    {"The Cozy Corner", "123 Main St", "Candles, small tables, quiet music", 50, 75.0},
    {"The Reading Room", "48 Library Lane", "A tea house between bookshelves", 24, 40.0},
    {"Harbour Kitchen", "7 Quay Street", "Open kitchen with a view of the water", 80, 90.0},
    {"Garden Tables", "210 Park Avenue", "Under trees, with heaters in winter", 60, 55.0},
};
static const char *const ELSEWHERE[] = {"The Lantern",  "Corner Bistro", "The Blue Door",
                                        "Olive & Salt", "The Old Mill",  "Juniper"};
#define ELSEWHERE_N (sizeof(ELSEWHERE) / sizeof(ELSEWHERE[0]))

/* The Cozy Corner is New York's (the first city's, where New York is none of them). */
static const char *name_of(const struct demo *d, size_t city, size_t k)
{
    size_t home = 0;

    for (size_t i = 0; i < d->n_cities; i++)
        if (str_eq_nocase(d->cities[i], STR("New York")))
            home = i;
    return k > 0 || city == home ? VENUES[k].name : ELSEWHERE[city % ELSEWHERE_N];
}

static enum err make_venue(struct demo *d, struct arena *a, size_t city, size_t k, int64_t *ret_id)
{
    struct str reply;

    enum err e = demo_call(
        d, a, d->numbers[0], d->now_us - 60 * US_PER_DAY, POST, &reply, STR("/venues"),
        arena_printf(a,
                     "{\"name\":\"%s\",\"address\":\"%s\",\"city\":\"%.*s\",\"description\":\"%s\","
                     "\"phone\":\"+15550100%02zu%zu\",\"email\":\"venue%zu@" DEMO_EMAIL_HOST
                     "\",\"capacity\":%d,\"price_per_hour\":%.2f}",
                     name_of(d, city, k), VENUES[k].address, STR_ARG(d->cities[city]),
                     VENUES[k].description, city, k, city * DEMO_VENUES_A_CITY + k,
                     VENUES[k].capacity, VENUES[k].price));
    if (e == OK)
        *ret_id = demo_number(reply, "id");
    return e;
}

/* Tomorrow and on, evenings. */
static enum err make_slots(struct demo *d, struct arena *a, int64_t venue)
{
    struct buf b = buf_new(a, 1024);
    struct str reply;
    char day[DATE_LEN];

    buf_printf(&b, "{\"venue_id\":%" PRId64 ",\"times\":[", venue);
    for (int i = 0; i < DEMO_SLOT_TIMES; i++)
        buf_printf(&b, "%s\"%02d:00\"", i > 0 ? "," : "", 16 + i);
    buf_text(&b, "],\"dates\":[");
    for (int i = 1; i <= DEMO_SLOT_DAYS; i++) {
        date_format(date_of_us(d->now_us) + i, day);
        buf_printf(&b, "%s\"%.*s\"", i > 1 ? "," : "", DATE_LEN, day);
    }
    buf_text(&b, "]}");
    return demo_call(d, a, d->numbers[0], d->now_us, POST, &reply, STR("/venues/timeslots/bulk"),
                     buf_view(&b));
}

static enum err make_city(struct demo *d, size_t city, size_t n)
{
    enum err e = OK;

    (void)n;
    for (size_t k = 0; k < DEMO_VENUES_A_CITY && e == OK; k++) {
        struct demo_venue *v = &d->venues[city * DEMO_VENUES_A_CITY + k];
        *v = (struct demo_venue){0};
        e = make_venue(d, &d->batch, city, k, &v->id);
        if (e == OK)
            e = make_slots(d, &d->batch, v->id);
    }
    return e;
}

enum err demo_places(struct demo *d)
{
    for (size_t i = 0; i < d->n_cities; i++) {
        enum err e = demo_transaction(d, make_city, i, 1);
        if (e != OK)
            return e;
        d->n_venues = (i + 1) * DEMO_VENUES_A_CITY;
        progress_show(&d->progress, "venues", (int64_t)d->n_venues,
                      (int64_t)(d->n_cities * DEMO_VENUES_A_CITY));
    }
    progress_end(&d->progress, "venues", (int64_t)d->n_venues);
    return OK;
}
