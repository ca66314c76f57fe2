/* The current row of a statement into a struct, by a mapping from columns to fields that is made
 * once a statement: no name is compared on the hot path. */
#include "platform/db/driver.h"

#include <stdlib.h>
#include <string.h>

static const struct field *field_named(const struct shape *shape, const char *name)
{
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static bool twice(const struct field *const *fields, int n, const struct field *f)
{
    for (int i = 0; i < n; i++)
        if (fields[i] == f)
            return true;
    return false;
}

static enum err map_columns(struct db_stmt *s, const struct shape *shape)
{
    s->shape = NULL;
    if (!s->fields)
        s->fields = calloc((size_t)s->columns + 1, sizeof *s->fields);
    if (!s->fields)
        return db_fail(s->db, ERR_INTERNAL, "out of memory");
    for (int i = 0; i < s->columns; i++) {
        const char *name = s->db->driver->column_name(s, i);
        const struct field *f = field_named(shape, name);
        if (!f)
            return db_fail(s->db, ERR_INTERNAL, "shape %s has no field for column %s", shape->name,
                           name);
        if (twice(s->fields, i, f))
            return db_fail(s->db, ERR_INTERNAL, "column %s comes twice", name);
        s->fields[i] = f;
    }
    s->shape = shape;
    return OK;
}

static bool put_user(struct user_ref *u, const struct db_arg *v)
{
    if (v->kind == DB_KIND_TEXT)
        return user_ref_parse(v->v.s, u);
    if (v->kind != DB_KIND_INT)
        return false;
    u->kind = USER_REF_NUMBER;
    u->number = v->v.i;
    return true;
}

static bool put_real(double *at, const struct db_arg *v)
{
    if (v->kind == DB_KIND_REAL)
        *at = v->v.r;
    else if (v->kind == DB_KIND_INT)
        *at = (double)v->v.i; /* a sum of integers, a literal 0 */
    else
        return false;
    return true;
}

/* A present value into its member; false: the column's type does not fit the field's kind. */
static bool put(const struct field *f, const struct db_arg *v, struct arena *a, void *at)
{
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_TIME:
    case FIELD_DATE:
    case FIELD_CLOCK:
        *(int64_t *)at = v->v.i;
        return v->kind == DB_KIND_INT;
    case FIELD_FLAG:
        *(int8_t *)at = v->v.i != 0;
        return v->kind == DB_KIND_INT;
    case FIELD_REAL:
        return put_real(at, v);
    case FIELD_TEXT:
        if (v->kind != DB_KIND_TEXT && v->kind != DB_KIND_BLOB)
            return false;
        *(struct str *)at = arena_str(a, v->v.s);
        return true;
    case FIELD_USER:
        return put_user(at, v);
    case FIELD_TEXTS:
        return v->kind == DB_KIND_TEXT && texts_from_json(v->v.s, a, at);
    case FIELD_DATES:
    case FIELD_CLOCKS:
    case FIELD_END:
        return false;
    }
    return false;
}

enum err row_read(struct db_stmt *s, struct arena *a, const struct shape *shape, void *obj)
{
    if (s->shape != shape) {
        enum err e = map_columns(s, shape);
        if (e != OK)
            return e;
    }
    shape_clear(shape, obj);
    for (int i = 0; i < s->columns; i++) {
        const struct field *f = s->fields[i];
        struct db_arg v;
        s->db->driver->column(s, i, &v);
        if (v.kind == DB_KIND_NULL)
            continue;
        if (!put(f, &v, a, (char *)obj + f->offset))
            return db_fail(s->db, ERR_INTERNAL, "column %s does not fit the field's kind", f->name);
    }
    return OK;
}
