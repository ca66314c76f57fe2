/* The user service as the program hosts it: its routes, its SQL and its background work. */
#include "services/user/user.h"

#include "platform/blob/blob.h"
#include "services/service.h"
#include "services/user/routes.h"
#include "services/user/rules.h"
#include "services/user/store.h"

#define TRASH_PER_TICK 2 /* two files each, and a sync of the directory for each of those */

/* Delete files whose photo is gone or never came to be. Deleting twice is harmless, so the files go
 * first and the note of them with the transaction; a file that cannot be deleted keeps its note. */
static enum err user_tick(struct app *app, struct db *db, struct arena *a, int64_t now_us)
{
    struct rows rows;

    enum err e = photo_trash(db, a, now_us, TRASH_PER_TICK, &rows);
    if (e != OK)
        return e;
    const struct photo *doomed = rows.items;
    for (size_t i = 0; i < rows.n && e == OK; i++) {
        enum err gone = blob_delete(app->photos, doomed[i].name);
        if (gone == OK)
            gone = blob_delete(app->photos, photo_thumbnail_name(a, doomed[i].name));
        if (gone == OK)
            e = photo_trash_done(db, doomed[i].name);
    }
    return e;
}

const struct service USER_SERVICE = {
    .name = "user",
    .health_key = "user_service",
    .port_offset = 6,
    .routes = USER_ROUTES,
    .queries = USER_QUERIES,
    .tick = user_tick,
};
