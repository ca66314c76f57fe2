/* What happens to registrations by itself: the face on the document is compared with the selfie's,
 * for the reviewer to read, and documents go when their time is over. Decides about nobody. */
#include "services/user/registrations.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/clock.h"
#include "platform/face/face.h"
#include "platform/loop/work.h"

#include <math.h>

#define LIST_MAX 16
#define LEASE_US (2 * US_PER_MINUTE)

static void items_of(struct arena *a, const struct rows *rows, struct rows *ret)
{
    const struct registration_due *due = rows->items;
    struct background_item *items = ARENA_ARRAY(a, rows->n + 1, struct background_item);

    for (size_t i = 0; i < rows->n; i++)
        items[i] = (struct background_item){.id = due[i].id, .stamp = due[i].due_us};
    *ret = (struct rows){items, rows->n};
}

/* ── Comparing ── */

struct compare_work {
    const struct tx *tx;
    int64_t due_us;
    struct registration_compared found;
};

enum err registration_compare_list(const struct tx *tx, struct rows *ret)
{
    struct rows rows = {NULL, 0};
    const char *why;
    enum err e = OK;

    if (face_ready(tx->app->faces, &why)) /* else they wait for a model */
        e = registration_due(tx->db, tx->arena, tx->now_us, LIST_MAX, &rows);
    if (e == OK)
        items_of(tx->arena, &rows, ret);
    return e;
}

static enum err take_in(struct db *db, void *arg)
{
    const struct compare_work *w = arg;

    return registration_take(db, w->found.id, w->due_us, w->found.lease_us);
}

static enum err compared_in(struct db *db, void *arg)
{
    const struct compare_work *w = arg;

    return registration_compared(db, &w->found, w->tx->now_us);
}

static enum err describe(const struct tx *tx, struct str jpeg, struct face *ret)
{
    struct image img;

    enum err e = image_decode(jpeg, 0, &img);
    if (e != OK)
        return e;
    e = face_describe(tx->app->faces, &img, FACE_WANT_EMBEDDING, ret);
    image_free(&img);
    return e;
}

static enum err look(struct compare_work *w)
{
    const struct tx *tx = w->tx;
    struct face *faces = ARENA_ARRAY(tx->arena, 2, struct face);
    struct registration_compared *found = &w->found;

    for (int i = 0; i < 2; i++) {
        struct str jpeg;
        enum err e = document_get(tx, found->id, DOCUMENT_NAMES[i], &jpeg);
        if (e == OK)
            e = describe(tx, jpeg, &faces[i]);
        if (e != OK)
            return e;
        if (faces[i].reason != FACE_FINE)
            found->problems[i] = str_of(face_reason_word(faces[i].reason));
    }
    if (faces[0].reason != FACE_FINE || faces[1].reason != FACE_FINE)
        return OK;
    float similarity = face_similarity(faces[0].embedding, faces[1].embedding, faces[0].dimensions);
    found->similarity = (double)similarity;
    found->confidence = (double)face_confidence(tx->app->faces, similarity, 1);
    found->same_person = similarity >= face_threshold(tx->app->faces, 1);
    return OK;
}

enum err registration_compare_run(const struct tx *tx, const struct background_item *item)
{
    struct compare_work w = {
        .tx = tx,
        .due_us = item->stamp,
        .found = {.id = item->id,
                  .lease_us = tx->now_us + LEASE_US,
                  .similarity = NAN,
                  .confidence = NAN,
                  .same_person = FLAG_NULL},
    };

    enum err e = work_transaction(tx->app->workers, take_in, &w);
    if (e != OK)
        return e == ERR_NOT_FOUND ? OK : e;
    e = look(&w);
    if (e == ERR_NOT_FOUND) /* decided and purged, or gone with its account */
        return OK;
    return e == OK ? work_transaction(tx->app->workers, compared_in, &w) : e;
}

/* ── Purging ── */

enum err registration_purge_list(const struct tx *tx, struct rows *ret)
{
    struct rows rows;

    enum err e = registration_over(tx->db, tx->arena, tx->now_us, LIST_MAX, &rows);
    if (e == OK)
        items_of(tx->arena, &rows, ret);
    return e;
}

enum err registration_purge_run(const struct tx *tx, const struct background_item *item)
{
    return registration_purge(tx->db, item->id, item->stamp);
}
