/* What admins did, kept in the table `audit`. Decides nothing: who may do what is the routes'
 * business. */
#include "platform/audit/audit.h"

#include "base/buf.h"
#include "base/cell.h"
#include "platform/app.h"
#include "platform/log/log.h"

#include <stdlib.h>
#include <string.h>

static const char SQL_AUDIT_INSERT[] = "INSERT INTO audit (at_us, actor_number, action, target, "
                                       "request_id) VALUES ($1, $2, $3, $4, $5)";

static const char SQL_AUDIT_LIST[] = "SELECT id, at_us AS at, actor_number, action, target, "
                                     "request_id FROM audit WHERE id < $1 ORDER BY id DESC LIMIT "
                                     "$2";

const char *const AUDIT_QUERIES[] = {SQL_AUDIT_INSERT, SQL_AUDIT_LIST, NULL};

static const struct field AUDIT_ENTRY_FIELDS[] = {
    F_INT(audit_entry, id, 0, 0, 0, .example = "17"),
    F_TIME(audit_entry, at, 0, .example = "\"2026-01-07T11:00:00\""),
    F_INT(audit_entry, actor_number, 0, 0, 0, .example = "1"),
    F_TEXT(audit_entry, action, 0, 0, 0, .example = "\"venue.delete\""),
    F_TEXT(audit_entry, target, 0, 0, 0, .example = "\"venue 5\""),
    F_TEXT(audit_entry, request_id, 0, 0, 0, .example = "\"5f0c1a7e9b3d4c28\""),
    F_END,
};
const struct shape AUDIT_ENTRY = SHAPE(audit_entry, AUDIT_ENTRY_FIELDS);

enum err audit_list(struct db *db, struct arena *a, int64_t below, int64_t most, struct rows *ret)
{
    return db_all(db, a, SQL_AUDIT_LIST, &AUDIT_ENTRY, ret, DB_ARGS(DB_I64(below), DB_I64(most)));
}

struct entry {
    int64_t at_us;
    int64_t actor_number;
    struct str action, target, request_id;
};

static enum err entry_insert(struct db *db, const struct entry *e)
{
    return db_run(db, SQL_AUDIT_INSERT,
                  DB_ARGS(DB_I64(e->at_us), DB_I64(e->actor_number), DB_TEXT(e->action),
                          DB_TEXT(e->target), DB_TEXT(e->request_id)),
                  NULL);
}

/* "venue %lld" with the number in place of its conversion, however wide that is spelled. */
static struct str target_text(struct arena *a, const char *fmt, int64_t target)
{
    struct buf b = buf_new(a, strlen(fmt) + 20);
    const char *at = strchr(fmt, '%');

    if (!at)
        return arena_str(a, str_of(fmt));
    buf_put(&b, fmt, (size_t)(at - fmt));
    buf_i64(&b, target);
    at += strcspn(at, "di");
    buf_text(&b, *at ? at + 1 : at);
    return buf_view(&b);
}

static struct entry entry_of(struct req *q, const char *action, const char *target_fmt,
                             int64_t target)
{
    return (struct entry){
        .at_us = q->now_us,
        .actor_number = q->caller.number,
        .action = str_of(action),
        .target = target_text(q->arena, target_fmt, target),
        .request_id = str_present(q->id) ? q->id : STR(""),
    };
}

enum err audit_put(struct req *q, struct db *db, const char *action, const char *target_fmt,
                   int64_t target)
{
    if (q->caller.role != ROLE_ADMIN)
        return OK;
    struct entry e = entry_of(q, action, target_fmt, target);
    return entry_insert(db, &e);
}

enum err audit_put_command(struct db *db, struct arena *a, int64_t now_us, const char *action,
                           const char *target_fmt, int64_t target)
{
    const struct entry e = {
        .at_us = now_us,
        .action = str_of(action),
        .target = target_text(a, target_fmt, target),
        .request_id = STR("command line"),
    };
    return entry_insert(db, &e);
}

/* An entry that outlives its request. */
struct queued {
    struct work work;
    struct arena arena;
    struct entry entry;
    enum err err;
};

static void queued_run(struct work *w, struct db *db)
{
    struct queued *d = (struct queued *)w;

    d->err = entry_insert(db, &d->entry);
    w->rollback = d->err != OK;
}

static void queued_free(struct queued *d, enum err e)
{
    if (e != OK)
        log_event(LOG_ERROR, "audit.lost", "%.*s of %.*s by %lld could not be written: %s",
                  STR_ARG(d->entry.action), STR_ARG(d->entry.target),
                  (long long)d->entry.actor_number, err_name(e));
    arena_free(&d->arena);
    free(d);
}

static void queued_done(struct work *w)
{
    struct queued *d = (struct queued *)w;

    queued_free(d, d->err != OK ? d->err : w->stored);
}

void audit_read(struct req *q, const char *action, const char *target_fmt, int64_t target)
{
    if (q->caller.role != ROLE_ADMIN)
        return;
    struct queued *d = cell_must(calloc(1, sizeof *d));
    d->work = (struct work){.run = queued_run, .done = queued_done};
    arena_init(&d->arena);
    d->entry = entry_of(q, action, target_fmt, target);
    d->entry.action = arena_str(&d->arena, d->entry.action);
    d->entry.target = arena_str(&d->arena, d->entry.target);
    d->entry.request_id = arena_str(&d->arena, d->entry.request_id);
    if (!work_submit(q->app->workers, WORK_WRITE, &d->work))
        queued_free(d, ERR_UNAVAILABLE);
}
