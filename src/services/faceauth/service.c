/* The face check service as the program hosts it: its routes, its SQL and its background work. */
#include "services/faceauth/faceauth.h"

#include "base/datetime.h"
#include "services/faceauth/faces.h"
#include "services/faceauth/routes.h"
#include "services/faceauth/store.h"
#include "services/service.h"

#define IMAGES_KEPT_US (90 * US_PER_DAY)
#define IMAGES_A_SECOND 256
/* So long after its end who answers a challenge is told that it has expired. */
#define CHALLENGE_KEPT_US (10 * US_PER_MINUTE)

static enum err images_list(const struct tx *tx, struct rows *ret)
{
    struct rows rows;

    enum err e =
        images_over(tx->db, tx->arena, tx->now_us - IMAGES_KEPT_US, IMAGES_A_SECOND, &rows);
    if (e != OK)
        return e;
    const struct face_image *images = rows.items;
    struct background_item *items = ARENA_ARRAY(tx->arena, rows.n + 1, struct background_item);
    for (size_t i = 0; i < rows.n; i++)
        items[i] = (struct background_item){.id = images[i].id};
    *ret = (struct rows){items, rows.n};
    return OK;
}

static enum err images_run(const struct tx *tx, const struct background_item *item)
{
    return image_purge(tx->db, item->id);
}

static enum err challenges_list(const struct tx *tx, struct rows *ret)
{
    struct background_item *all = ARENA_NEW(tx->arena, struct background_item);
    int64_t n = 0;

    enum err e = challenges_over(tx->db, tx->now_us, &n);
    *ret = (struct rows){all, n > 0};
    return e;
}

static enum err challenges_run(const struct tx *tx, const struct background_item *item)
{
    (void)item;
    return challenges_purge(tx->db, tx->now_us - CHALLENGE_KEPT_US);
}

static const struct background FACEAUTH_BACKGROUND[] = {
    {"faces of photos", faces_list, faces_run, .media = true},
    {"marks of images", images_list, images_run},
    {"challenges", challenges_list, challenges_run},
    {0},
};

const struct service FACEAUTH_SERVICE = {
    .name = "faceauth",
    .about = "Whether a face is the one in one's own photos",
    .health_key = "faceauth_service",
    .port_offset = 5,
    .routes = FACEAUTH_ROUTES,
    .queries = FACEAUTH_QUERIES,
    .background = FACEAUTH_BACKGROUND,
};
