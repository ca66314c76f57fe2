/* The people of the demo: accounts, pictures that are drawn, and what they look for. */
#include "commands/demo/demo.h"

#include "base/datetime.h"
#include "platform/blob/blob.h"
#include "platform/image/image.h"
#include "services/user/rules.h"
#include "services/user/store.h"

#include <inttypes.h>
#include <sodium.h>

#define BATCH 100
#define FACE_SIDE 320
#define THUMBNAIL_SIDE 160
#define QUALITY 85

static const char *const NAMES[2][24] = {
    {"Emma",  "Olivia", "Sofia", "Maya",  "Lena",   "Nora",  "Ines",  "Ruth",
     "Clara", "Amara",  "Yuki",  "Leila", "Hannah", "Priya", "Zoe",   "Elif",
     "Grace", "Ana",    "Mei",   "Julia", "Rosa",   "Ida",   "Naomi", "Eva"},
    {"Liam", "Noah",  "Omar", "Leo", "David",  "Samuel", "Jonas", "Mateo",
     "Kofi", "Arjun", "Hugo", "Ben", "Daniel", "Yusuf",  "Felix", "Marco",
     "Ivan", "Ken",   "Paul", "Tom", "Andre",  "Emil",   "Raj",   "Max"},
};
static const char *const INTERESTS[] = {
    "hiking", "coffee",  "cooking", "films",       "travel",      "reading", "climbing",
    "music",  "museums", "cycling", "board games", "photography", "dancing", "gardening"};
#define INTERESTS_N (sizeof(INTERESTS) / sizeof(INTERESTS[0]))

size_t demo_city_of(const struct demo *d, size_t person)
{
    return person < 2 ? 0 : (person / 2) % d->n_cities; /* Alice and Bob live in the same */
}

static int side_of(size_t person)
{
    return (int)(person % 2);
}

static struct str name_of(struct arena *a, size_t person)
{
    uint32_t r = demo_random((uint32_t)person);

    if (person < 2)
        return str_of(side_of(person) == 0 ? "Alice" : "Bob");
    return arena_printf(a, "%s %c.", NAMES[side_of(person)][r % 24], (char)('A' + (r >> 8) % 26));
}

static struct str email_of(struct arena *a, size_t person)
{
    if (person < 2)
        return str_of(side_of(person) == 0 ? "alice@" DEMO_EMAIL_HOST : "bob@" DEMO_EMAIL_HOST);
    return arena_printf(a, "person%zu@" DEMO_EMAIL_HOST, person + 1);
}

static struct str interests_of(struct arena *a, size_t person)
{
    uint32_t r = demo_random((uint32_t)person + 77777);
    size_t first = r % INTERESTS_N, step = 1 + (r >> 8) % 4;

    return arena_printf(a, "%s, %s, %s", INTERESTS[first], INTERESTS[(first + step) % INTERESTS_N],
                        INTERESTS[(first + 2 * step) % INTERESTS_N]);
}

/* ── One of them ── */

static enum err sign_up(struct demo *d, struct arena *a, size_t person, int64_t joined_us)
{
    uint32_t r = demo_random((uint32_t)person + 1);
    int64_t age_days = 22 * 365 + (int64_t)(r % (28 * 365));
    struct credentials made;
    struct user_new account = {
        .name = name_of(a, person),
        .email = email_of(a, person),
        .phone = arena_printf(a, "+1555%07zu", person),
        .gender = str_of(side_of(person) == 0 ? "female" : "male"),
        .dob = date_of_us(d->now_us) - age_days,
        .bio = arena_printf(a, "I like %.*s. A person of the demonstration.",
                            STR_ARG(interests_of(a, person))),
        .password_hash = d->password_hash,
        .role = ROLE_USER,
    };

    randombytes_buf(account.random, sizeof(account.random));
    enum err e = user_create(d->db, a, &account, joined_us, &made);
    if (e == OK)
        d->numbers[person] = made.number;
    return e;
}

static enum err encode(const uint8_t *pixels, struct arena *a, struct str *ret,
                       struct str *ret_small)
{
    uint8_t *copy = ARENA_ARRAY(a, (size_t)FACE_SIDE * FACE_SIDE * 3, uint8_t);
    struct image small, img = {copy, FACE_SIDE, FACE_SIDE};

    for (size_t i = 0; i < (size_t)FACE_SIDE * FACE_SIDE * 3; i++)
        copy[i] = pixels[i];
    enum err e = image_encode_jpeg(&img, QUALITY, a, ret);
    if (e == OK)
        e = image_shrink(&img, THUMBNAIL_SIDE, &small);
    if (e != OK)
        return e;
    e = image_encode_jpeg(&small, QUALITY, a, ret_small);
    image_free(&small);
    return e;
}

static enum err add_photo(struct demo *d, struct arena *a, size_t person, int64_t now_us)
{
    uint8_t *pixels = ARENA_ARRAY(a, (size_t)FACE_SIDE * FACE_SIDE * 3, uint8_t);
    uint8_t random[UUID_RANDOM_BYTES];
    struct str jpeg, small;

    demo_face((uint32_t)person, FACE_SIDE, pixels);
    enum err e = encode(pixels, a, &jpeg, &small);
    randombytes_buf(random, sizeof(random));
    struct uuid id = uuid_v4(random);
    struct str name = arena_printf(a, "%s.jpg", id.text);
    if (e == OK)
        e = photo_expect(d->db, name, now_us + US_PER_HOUR);
    if (e == OK)
        e = blob_put(d->app.photos, name, jpeg);
    if (e == OK)
        e = blob_put(d->app.photos, photo_thumbnail_name(a, name), small);
    if (e == OK)
        e = photo_insert(d->db, name, d->numbers[person], (int64_t)jpeg.len,
                         d->config.photos_per_user, now_us);
    return e;
}

bool demo_waits(size_t person)
{
    return person >= 2 && demo_random((uint32_t)person + 4242) % 20 == 0;
}

/* Most look for the other gender, some for their own, some for anybody, and a few for somebody who
 * is not there yet. */
static const char *seeks(size_t person)
{
    if (demo_waits(person))
        return "non-binary";

    uint32_t r = demo_random((uint32_t)person + 999) % 20;
    bool other = person < 2 || r < 16;

    if (r >= 18 && person >= 2)
        return "any";
    return (side_of(person) == 0) == other ? "male" : "female";
}

static enum err opt_in(struct demo *d, struct arena *a, size_t person, int64_t now_us)
{
    struct str reply;
    int64_t me = d->numbers[person];
    struct str interests = interests_of(a, person);

    enum err e = demo_call(
        d, a, me, now_us, PUT, &reply, arena_printf(a, "/users/%" PRId64 "/preferences", me),
        arena_printf(a, "{\"age_min\":21,\"age_max\":60,\"location_preference\":\"%.*s\"}",
                     STR_ARG(d->cities[demo_city_of(d, person)])));
    if (e != OK)
        return e;
    return demo_call(d, a, me, now_us, POST, &reply, STR("/matches/preferences"),
                     arena_printf(a,
                                  "{\"user_id\":%" PRId64
                                  ",\"gender\":\"%s\",\"seeking_gender\":\"%s\","
                                  "\"age_min\":21,\"age_max\":60,\"interests\":\"%.*s\","
                                  "\"bio\":\"I like %.*s\"}",
                                  me, side_of(person) == 0 ? "female" : "male", seeks(person),
                                  STR_ARG(interests), STR_ARG(interests)));
}

static enum err make_people(struct demo *d, size_t first, size_t n)
{
    enum err e = OK;

    for (size_t i = first; i < first + n && e == OK; i++) {
        int64_t days_ago = 15 + demo_random((uint32_t)i + 31) % 45;
        int64_t joined_us = d->now_us - days_ago * US_PER_DAY;
        e = sign_up(d, &d->batch, i, joined_us);
        if (e == OK && i < d->n_photos)
            e = add_photo(d, &d->batch, i, joined_us);
        if (e == OK)
            e = opt_in(d, &d->batch, i, joined_us);
    }
    return e;
}

enum err demo_people(struct demo *d)
{
    for (size_t i = 0; i < d->n_people; i += BATCH) {
        size_t n = d->n_people - i < BATCH ? d->n_people - i : BATCH;
        enum err e = demo_transaction(d, make_people, i, n);
        if (e != OK)
            return e;
        progress_show(&d->progress, "people", (int64_t)(i + n), (int64_t)d->n_people);
    }
    progress_end(&d->progress, "people", (int64_t)d->n_people);
    return OK;
}
