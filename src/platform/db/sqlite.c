/* Statements on SQLite: prepare, bind by name, step, read columns, and what its result codes mean
 * here. */
#include "platform/db/sqlite.h"

#include <stdlib.h>
#include <string.h>

static enum err constraint_meaning(int extended)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
    case SQLITE_CONSTRAINT_CHECK:
        return ERR_CONFLICT;
    default:
        return ERR_INTERNAL; /* NOT NULL and the like: our query forgot a value */
    }
}

static enum err meaning(int extended)
{
    switch (extended & 0xff) {
    case SQLITE_CONSTRAINT:
        return constraint_meaning(extended);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
        return ERR_UNAVAILABLE;
    case SQLITE_READONLY: /* plain: a reader that tried to write; extended: the file's fault */
        return extended == SQLITE_READONLY ? ERR_INTERNAL : ERR_UNAVAILABLE;
    default:
        return ERR_INTERNAL;
    }
}

enum err sqlite_fail(struct sqlite_db *db, int rc)
{
    int extended = db->handle ? sqlite3_extended_errcode(db->handle) : rc;

    if ((extended & 0xff) != (rc & 0xff))
        extended = rc;
    return db_fail(&db->base, meaning(extended), "%s (SQLite %d)",
                   db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc), extended);
}

/* SQLite numbers "$n" by first appearance, as names: find the argument each name means. */
static enum err map_params(struct sqlite_stmt *s)
{
    s->params = sqlite3_bind_parameter_count(s->handle);
    s->arg_of = calloc((size_t)s->params + 1, sizeof *s->arg_of);
    if (!s->arg_of)
        return db_fail(s->base.db, ERR_INTERNAL, "out of memory");
    for (int i = 0; i < s->params; i++) {
        const char *name = sqlite3_bind_parameter_name(s->handle, i + 1);
        int64_t n;
        if (!name || name[0] != '$' || !str_to_i64(str_of(name + 1), &n) || n < 1 || n > 999)
            return db_fail(s->base.db, ERR_INTERNAL, "parameter %s is not $1 … $999",
                           name ? name : "?");
        s->arg_of[i] = (int)n - 1;
        if (n > s->args_wanted)
            s->args_wanted = (int)n;
    }
    return OK;
}

/* Where its rows come from. */
static sqlite3_stmt *rows_of(struct sqlite_stmt *s)
{
    return s->row ? s->row : s->handle;
}

enum err sqlite_prepare(struct db *base, const char *sql, struct db_stmt **ret)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    struct sqlite_stmt *s = calloc(1, sizeof *s);
    const char *rest = "";

    if (!s)
        return db_fail(base, ERR_INTERNAL, "out of memory");
    s->base.db = base;
    s->base.sql = sql;
    int rc = SQLITE_OK;
    sqlite_insert_prepare(db, sql, s);
    if (!s->handle)
        rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle, &rest);
    enum err e = rc == SQLITE_OK ? map_params(s) : sqlite_fail(db, rc);
    if (e == OK && (!s->handle || str_trim(str_of(rest)).len > 0))
        e = db_fail(base, ERR_INTERNAL, "not exactly one statement");
    if (e != OK) {
        sqlite_finalize(&s->base);
        return e;
    }
    s->base.writes = !sqlite3_stmt_readonly(s->handle);
    s->base.columns = s->number ? 1 : sqlite3_column_count(rows_of(s));
    *ret = &s->base;
    return OK;
}

void sqlite_finalize(struct db_stmt *base)
{
    struct sqlite_stmt *s = (struct sqlite_stmt *)base;

    sqlite3_finalize(s->handle);
    sqlite3_finalize(s->row);
    free(s->arg_of);
    free(s);
}

static const char FILTER[] = "db_filter"; /* SQLite's name for the type of the pointer */

static void passes(sqlite3_context *call, int n, sqlite3_value **args)
{
    struct db_filter *f = sqlite3_value_pointer(args[0], FILTER);

    (void)n;
    sqlite3_result_int(call, f == NULL || f->passes(f, sqlite3_value_int64(args[1])));
}

int sqlite_add_functions(sqlite3 *handle)
{
    return sqlite3_create_function(handle, "passes", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL,
                                   passes, NULL, NULL);
}

static int bind_one(sqlite3_stmt *handle, int i, const struct db_arg *arg)
{
    switch (arg->kind) {
    case DB_KIND_INT:
        return sqlite3_bind_int64(handle, i, arg->v.i);
    case DB_KIND_REAL:
        return sqlite3_bind_double(handle, i, arg->v.r);
    case DB_KIND_TEXT:
        return sqlite3_bind_text64(handle, i, arg->v.s.ptr, arg->v.s.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case DB_KIND_BLOB:
        return sqlite3_bind_blob64(handle, i, arg->v.s.ptr, arg->v.s.len, SQLITE_STATIC);
    case DB_KIND_FILTER:
        return sqlite3_bind_pointer(handle, i, arg->v.filter, FILTER, NULL);
    case DB_KIND_NULL:
        break;
    }
    return sqlite3_bind_null(handle, i);
}

enum err sqlite_bind(struct db_stmt *base, struct db_args args)
{
    struct sqlite_stmt *s = (struct sqlite_stmt *)base;

    if ((size_t)s->args_wanted != args.n)
        return db_fail(base->db, ERR_INTERNAL, "%d arguments wanted, %zu given", s->args_wanted,
                       args.n);
    for (int i = 0; i < s->params; i++) {
        int rc = bind_one(s->handle, i + 1, &args.v[s->arg_of[i]]);
        if (rc != SQLITE_OK)
            return sqlite_fail((struct sqlite_db *)base->db, rc);
    }
    return OK;
}

enum err sqlite_step(struct db_stmt *base)
{
    struct sqlite_stmt *s = (struct sqlite_stmt *)base;
    int rc = s->row || s->number ? sqlite_insert_step(s) : sqlite3_step(s->handle);

    if (rc == SQLITE_ROW)
        return OK;
    if (rc == SQLITE_DONE)
        return ERR_NOT_FOUND;
    return sqlite_fail((struct sqlite_db *)base->db, rc);
}

void sqlite_reset(struct db_stmt *base)
{
    struct sqlite_stmt *s = (struct sqlite_stmt *)base;

    sqlite3_reset(s->handle);
    if (s->row_made)
        sqlite3_reset(s->row);
    s->row_made = false;
}

const char *sqlite_column_name(struct db_stmt *base, int i)
{
    struct sqlite_stmt *s = (struct sqlite_stmt *)base;

    return s->number ? s->number : sqlite3_column_name(rows_of(s), i);
}

/* An empty blob has no address in SQLite; here it is present. */
static struct str bytes_of(const void *ptr, int len)
{
    return (struct str){ptr ? ptr : "", ptr ? (size_t)len : 0};
}

/* By the value, which has its type, bytes and length for fewer calls than the column: without
 * mutexes (SQLITE_OPEN_NOMUTEX) SQLite protects no value, and needs not to. */
void sqlite_column(struct db_stmt *base, int i, struct db_arg *ret)
{
    struct sqlite_stmt *s = (struct sqlite_stmt *)base;

    if (s->number) {
        *ret = (struct db_arg){.kind = DB_KIND_INT, .v.i = s->number_made};
        return;
    }
    sqlite3_value *v = sqlite3_column_value(rows_of(s), i);
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
        ret->kind = DB_KIND_INT;
        ret->v.i = sqlite3_value_int64(v);
        return;
    case SQLITE_FLOAT:
        ret->kind = DB_KIND_REAL;
        ret->v.r = sqlite3_value_double(v);
        return;
    case SQLITE_TEXT: {
        const void *text = sqlite3_value_text(v);
        ret->kind = DB_KIND_TEXT;
        ret->v.s = bytes_of(text, sqlite3_value_bytes(v));
        return;
    }
    case SQLITE_BLOB: {
        const void *blob = sqlite3_value_blob(v);
        ret->kind = DB_KIND_BLOB;
        ret->v.s = bytes_of(blob, sqlite3_value_bytes(v));
        return;
    }
    default:
        ret->kind = DB_KIND_NULL;
        return;
    }
}

int64_t sqlite_changed(struct db_stmt *base)
{
    return sqlite3_changes64(((struct sqlite_db *)base->db)->handle);
}
