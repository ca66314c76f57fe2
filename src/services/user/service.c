/* The user service as the program hosts it: its routes, its SQL and its background work. */
#include "services/user/user.h"

#include "base/datetime.h"
#include "platform/blob/blob.h"
#include "services/service.h"
#include "services/user/registrations.h"
#include "services/user/routes.h"
#include "services/user/rules.h"
#include "services/user/store.h"

#define TRASH_A_SECOND 2 /* two files each, and a sync of the directory for each of those */
#define TRASH_AGAIN_US (10 * US_PER_MINUTE)

static enum err trash_list(const struct tx *tx, struct rows *ret)
{
    struct rows rows;

    enum err e = photo_trash(tx->db, tx->arena, tx->now_us, TRASH_A_SECOND, &rows);
    if (e != OK)
        return e;
    const struct photo_trash *files = rows.items;
    struct background_item *items = ARENA_ARRAY(tx->arena, rows.n + 1, struct background_item);
    for (size_t i = 0; i < rows.n; i++)
        items[i] = (struct background_item){.name = files[i].name, .stamp = files[i].after_us};
    *ret = (struct rows){items, rows.n};
    return OK;
}

/* Delete the files of a photo that is gone or never came to be. The note goes first, so that one
 * process does it, and stays when this transaction does not; what cannot be deleted gets a new
 * one. */
static enum err trash_run(const struct tx *tx, const struct background_item *item)
{
    enum err e = photo_trash_take(tx->db, item->name, item->stamp);
    if (e != OK)
        return e == ERR_NOT_FOUND ? OK : e;
    e = blob_delete(tx->app->photos, item->name);
    if (e == OK)
        e = blob_delete(tx->app->photos, photo_thumbnail_name(tx->arena, item->name));
    return e == OK ? OK : photo_expect(tx->db, item->name, tx->now_us + TRASH_AGAIN_US);
}

static const struct background USER_BACKGROUND[] = {
    {"files of photos", trash_list, trash_run},
    {"registrations", registration_compare_list, registration_compare_run, .media = true},
    {"documents", registration_purge_list, registration_purge_run},
    {0},
};

const struct service USER_SERVICE = {
    .name = "user",
    .about = "Accounts, sign-in, profiles, photos, preferences",
    .health_key = "user_service",
    .port_offset = 6,
    .routes = USER_ROUTES,
    .queries = USER_QUERIES,
    .background = USER_BACKGROUND,
};
