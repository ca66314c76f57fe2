/* db.h over any store: arguments, the ways to run a statement, cursors. Holds no SQL. */
#include "platform/db/driver.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err db_fail(struct db *db, enum err e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(db->error, sizeof db->error, fmt, ap);
    va_end(ap);
    return e;
}

const char *db_error(const struct db *db)
{
    return db->error;
}

const char *db_dialect(const struct db *db)
{
    return db->driver->dialect;
}

int db_runs_before(const struct db *db)
{
    return db->runs_before;
}

bool db_alone(const struct db *db)
{
    return !db->driver->begins_late;
}

struct db_arg db_i64(int64_t v)
{
    return (struct db_arg){.kind = v == I64_NULL ? DB_KIND_NULL : DB_KIND_INT, .v.i = v};
}

struct db_arg db_real(double v)
{
    return (struct db_arg){.kind = isnan(v) ? DB_KIND_NULL : DB_KIND_REAL, .v.r = v};
}

struct db_arg db_text(struct str s)
{
    return (struct db_arg){.kind = s.ptr ? DB_KIND_TEXT : DB_KIND_NULL, .v.s = s};
}

struct db_arg db_blob(struct str bytes)
{
    return (struct db_arg){.kind = bytes.ptr ? DB_KIND_BLOB : DB_KIND_NULL, .v.s = bytes};
}

struct db_arg db_filter(struct db_filter *f)
{
    return (struct db_arg){.kind = DB_KIND_FILTER, .v.filter = f};
}

struct db_arg db_texts(struct arena *a, const struct texts *texts)
{
    if (!texts->v)
        return db_text(STR_NULL);
    struct buf b = buf_new(a, 64);
    json_write_texts(&b, texts);
    return db_text(buf_view(&b));
}

/* End a statement that has done its work: a writing one is stepped to its end, for only there does
 * the store check foreign keys. `e` is what happened so far. */
static enum err finish(struct db_stmt *s, enum err e, int64_t *ret_changed)
{
    struct db *db = s->db;

    if (s->writes) {
        enum err end = e;
        while (end == OK)
            end = db->driver->step(s);
        if (end != ERR_NOT_FOUND)
            e = end;
    }
    if (db->one_change && s->writes && db->driver->changed(s) > 0)
        db->changed = true;
    if (ret_changed && (e == OK || e == ERR_NOT_FOUND))
        *ret_changed = s->writes ? db->driver->changed(s) : 0;
    if (s->writes && !db->in_transaction && (e == OK || e == ERR_NOT_FOUND))
        db->driver->committed(db);
    stmt_close(s);
    return e;
}

enum err db_one(struct db *db, struct arena *a, const char *sql, const struct shape *shape,
                void *ret, struct db_args args)
{
    struct db_stmt *s;
    enum err e = stmt_open(db, sql, args, &s);

    if (e != OK)
        return e;
    void *row = NULL;
    e = db->driver->step(s);
    if (e == OK) {
        row = arena_alloc(a, shape->size);
        e = row_read(s, a, shape, row);
    }
    e = finish(s, e, NULL);
    if (row && e == OK)
        memcpy(ret, row, shape->size);
    return e;
}

static enum err read_all(struct db_stmt *s, struct arena *a, const struct shape *shape,
                         struct rows *ret)
{
    char *items = NULL;
    size_t n = 0, cap = 0;
    enum err e;

    while ((e = s->db->driver->step(s)) == OK) {
        if (n == cap) {
            size_t more = cap ? cap * 2 : 8;
            items = cap ? arena_grow(a, items, cap, more, shape->size)
                        : arena_array(a, more, shape->size);
            cap = more;
        }
        e = row_read(s, a, shape, items + n * shape->size);
        if (e != OK)
            return e;
        n++;
    }
    if (e != ERR_NOT_FOUND)
        return e;
    *ret = (struct rows){items, n};
    return OK;
}

enum err db_told(struct db_stmt *asked, struct arena *a, const struct shape *shape,
                 struct rows *ret)
{
    if (ret == NULL) {
        stmt_close(asked);
        return OK;
    }
    *ret = (struct rows){NULL, 0};
    enum err e = read_all(asked, a, shape, ret);
    /* Stepping again after the last row would run the statement anew. */
    return finish(asked, e == OK ? ERR_NOT_FOUND : e, NULL) == ERR_NOT_FOUND ? OK : e;
}

enum err db_all(struct db *db, struct arena *a, const char *sql, const struct shape *shape,
                struct rows *ret, struct db_args args)
{
    struct db_stmt *s;
    enum err e = stmt_open(db, sql, args, &s);

    *ret = (struct rows){NULL, 0};
    return e == OK ? db_told(s, a, shape, ret) : e;
}

enum err db_ask(struct db *db, const char *sql, struct db_args args, struct db_stmt **ret)
{
    struct db_stmt *s;
    enum err e = stmt_open(db, sql, args, &s);

    *ret = NULL;
    if (e != OK)
        return e;
    if (db->driver->ask && db->in_transaction && !db->careful)
        e = db->driver->ask(s);
    if (e == OK)
        *ret = s;
    else
        stmt_close(s);
    return e;
}

enum err db_run(struct db *db, const char *sql, struct db_args args, int64_t *ret_changed)
{
    struct db_stmt *s;
    enum err e = stmt_open(db, sql, args, &s);

    if (e != OK)
        return e;
    if (ret_changed == NULL && stmt_may_post(s)) {
        e = db->driver->post(s);
        stmt_close(s);
        return e;
    }
    while ((e = db->driver->step(s)) == OK)
        ;
    e = finish(s, e, ret_changed);
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err db_run_one(struct db *db, const char *sql, struct db_args args)
{
    int64_t changed = 0;
    enum err e = db_run(db, sql, args, &changed);

    return e == OK && changed != 1 ? ERR_NOT_FOUND : e;
}

enum err db_int(struct db *db, const char *sql, struct db_args args, int64_t *ret)
{
    struct db_stmt *s;
    enum err e = stmt_open(db, sql, args, &s);
    struct db_arg v = {0};

    if (e != OK)
        return e;
    e = db->driver->step(s);
    if (e == OK) {
        db->driver->column(s, 0, &v);
        if (v.kind != DB_KIND_INT && v.kind != DB_KIND_NULL)
            e = db_fail(db, ERR_INTERNAL, "the first column is not an integer");
    }
    e = finish(s, e, NULL);
    if (e == OK)
        *ret = v.kind == DB_KIND_NULL ? I64_NULL : v.v.i;
    return e;
}

enum err db_bytes(struct db *db, struct arena *a, const char *sql, struct db_args args,
                  struct str *ret)
{
    struct db_stmt *s;
    enum err e = stmt_open(db, sql, args, &s);
    struct str bytes = STR_NULL;

    if (e != OK)
        return e;
    e = db->driver->step(s);
    if (e == OK) {
        struct db_arg v;
        db->driver->column(s, 0, &v);
        if (v.kind == DB_KIND_TEXT || v.kind == DB_KIND_BLOB)
            bytes = arena_str(a, v.v.s);
        else if (v.kind != DB_KIND_NULL)
            e = db_fail(db, ERR_INTERNAL, "the first column is neither text nor bytes");
    }
    e = finish(s, e, NULL);
    if (e == OK)
        *ret = bytes;
    return e;
}

struct db_cursor {
    struct db_stmt *stmt; /* NULL: closed */
    bool ended;
};

enum err db_cursor_open(struct db *db, struct arena *a, const char *sql, struct db_args args,
                        struct db_cursor **ret)
{
    struct db_stmt *s;
    enum err e = stmt_open(db, sql, args, &s);

    if (e != OK)
        return e;
    struct db_cursor *c = ARENA_NEW(a, struct db_cursor);
    s->lazy = true;
    c->stmt = s;
    *ret = c;
    return OK;
}

enum err db_cursor_step(struct db_cursor *c)
{
    if (!c->stmt || c->ended)
        return ERR_NOT_FOUND;
    enum err e = c->stmt->db->driver->step(c->stmt);
    c->ended = e != OK;
    return e;
}

struct db_arg db_cursor_value(const struct db_cursor *c, int column)
{
    struct db_arg v;

    c->stmt->db->driver->column(c->stmt, column, &v);
    return v;
}

enum err db_cursor_next(struct db_cursor *c, struct arena *a, const struct shape *shape, void *ret)
{
    enum err e = db_cursor_step(c);

    if (e == OK)
        e = row_read(c->stmt, a, shape, ret);
    c->ended = e != OK;
    return e;
}

void db_cursor_close(struct db_cursor *c)
{
    if (!c || !c->stmt)
        return;
    finish(c->stmt, c->ended ? ERR_NOT_FOUND : OK, NULL);
    c->stmt = NULL;
}
