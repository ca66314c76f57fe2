/* One store into another: see copy.h. The rows go through driver.h, whatever they are; what only
 * SQLite knows of itself and only PostgreSQL of itself is asked here by name. */
#include "platform/db/copy.h"

#include "platform/db/copy_rows.h"

#include <sodium.h>
#include <string.h>

#define REPORT_ROWS 20000
#define PAGE_ROWS 2000

/* In the order in which they were made: whom a row refers to comes before it. */
static const char SQL_COPY_TABLES[] =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
    "AND name <> 'schema_migrations' ORDER BY rowid";
static const char SQL_COPY_COLUMNS[] = "SELECT name FROM pragma_table_info($1) ORDER BY cid";
/* The last number given, also to a row that is gone. */
static const char SQL_COPY_LAST_ID[] = "SELECT seq FROM sqlite_sequence WHERE name = $1";
static const char SQL_COPY_IDENTITY[] =
    "SELECT CAST(column_name AS TEXT) AS name FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = $1 AND is_identity = 'YES'";
/* As migrations do; and a server that starts waits for them. */
static const char ALONE[] = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10s';"
                            "SET LOCAL idle_in_transaction_session_timeout = 0;";

struct copy {
    struct store *from_store, *to_store;
    struct db *from, *to;
    const struct migration *migrations;
    const struct copy_watcher *watcher;
    struct arena *arena; /* of the whole copy */
    struct copy_table *tables;
    int n;
    struct buf row, lines; /* rooms */
    struct copy_progress progress;
};

struct name_row {
    struct str name;
};
static const struct field NAME_FIELDS[] = {F_TEXT(name_row, name, 0, 0, 0), F_END};
static const struct shape NAME = SHAPE(name_row, NAME_FIELDS);

/* ── Digests ──────────────────────────────────────────────────────────────────────────────────────
 */

static void put_number(struct buf *b, uint64_t v)
{
    buf_put(b, &v, sizeof v);
}

static void put_canonical(struct buf *b, const struct db_arg *v)
{
    buf_char(b, (char)('0' + v->kind));
    switch (v->kind) {
    case DB_KIND_NULL:
    case DB_KIND_FILTER:
        return;
    case DB_KIND_INT:
        put_number(b, (uint64_t)v->v.i);
        return;
    case DB_KIND_REAL:
        buf_put(b, &v->v.r, sizeof v->v.r);
        return;
    case DB_KIND_TEXT:
    case DB_KIND_BLOB:
        put_number(b, v->v.s.len);
        buf_put(b, v->v.s.ptr, v->v.s.len);
        return;
    }
}

void digest_add(struct digest *d, struct buf *room, const struct db_arg *row, int n)
{
    uint64_t hash[2];

    room->len = 0;
    for (int i = 0; i < n; i++)
        put_canonical(room, &row[i]);
    crypto_generichash((unsigned char *)hash, sizeof hash, (const unsigned char *)room->ptr,
                       room->len, NULL, 0);
    d->rows++;
    d->low += hash[0];
    d->high += hash[1] + (d->low < hash[0]);
}

bool digest_same(const struct digest *a, const struct digest *b)
{
    return a->rows == b->rows && a->low == b->low && a->high == b->high;
}

/* ── Tables ───────────────────────────────────────────────────────────────────────────────────────
 */

/* A text that lives as long as the copy, which makes it a statement's key. */
#define TEXT(c, ...) (arena_printf((c)->arena, __VA_ARGS__).ptr)

static enum err table_read(struct copy *c, struct str name, struct copy_table *t)
{
    struct rows columns;
    struct buf list = buf_new(c->arena, 256);
    int64_t rows;

    enum err e =
        db_all(c->from, c->arena, SQL_COPY_COLUMNS, &NAME, &columns, DB_ARGS(DB_TEXT(name)));
    if (e != OK)
        return e;
    const struct name_row *names = columns.items;
    for (size_t i = 0; i < columns.n; i++) {
        buf_text(&list, i > 0 ? ", " : "");
        buf_str(&list, names[i].name);
    }
    *t = (struct copy_table){.name = arena_str(c->arena, name).ptr,
                             .columns = arena_str(c->arena, buf_view(&list)).ptr,
                             .columns_n = (int)columns.n};
    e = db_int(c->from, TEXT(c, "SELECT count(*) FROM %s", t->name), DB_NO_ARGS, &rows);
    if (e == OK)
        c->progress.rows_all += 2 * rows;
    return e;
}

static enum err tables_read(struct copy *c)
{
    struct rows rows;
    enum err e = db_snapshot_use(c->from);

    if (e == OK)
        e = db_all(c->from, c->arena, SQL_COPY_TABLES, &NAME, &rows, DB_NO_ARGS);
    if (e != OK)
        return e;
    const struct name_row *names = rows.items;
    c->tables = ARENA_ARRAY(c->arena, rows.n + 1, struct copy_table);
    for (; e == OK && c->n < (int)rows.n; c->n++)
        e = table_read(c, names[c->n].name, &c->tables[c->n]);
    return e;
}

/* Rows that a migration puts there are in both. */
static bool seeded(const struct copy *c, const struct copy_table *t)
{
    struct str insert = arena_printf(c->arena, "INSERT INTO %s (", t->name);

    for (const struct migration *m = c->migrations; m->owner; m++)
        if (strstr(m->sql, insert.ptr))
            return true;
    return false;
}

/* ERR_CONFLICT: there are rows. */
static enum err table_empty(struct copy *c, const struct copy_table *t, const char **ret_why)
{
    int64_t one;

    if (seeded(c, t))
        return db_run(c->to, TEXT(c, "DELETE FROM %s", t->name), DB_NO_ARGS, NULL);
    enum err e = db_int(c->to, TEXT(c, "SELECT 1 FROM %s LIMIT 1", t->name), DB_NO_ARGS, &one);
    if (e == ERR_NOT_FOUND)
        return OK;
    if (e != OK)
        return e;
    *ret_why = TEXT(c, "%s is not empty (there are rows in %s): give an empty database",
                    store_place(c->to_store), t->name);
    return ERR_CONFLICT;
}

/* Nobody else reads half of it or writes beside it. */
static enum err keep_out(struct copy *c)
{
    struct buf b = buf_new(c->arena, 1024);

    buf_text(&b, ALONE);
    buf_text(&b, "LOCK TABLE ");
    for (int i = 0; i < c->n; i++)
        buf_printf(&b, "%s%s", i > 0 ? ", " : "", c->tables[i].name);
    buf_text(&b, " IN ACCESS EXCLUSIVE MODE");
    buf_char(&b, '\0');
    return c->to->driver->script(c->to, b.ptr);
}

/* ── Rows ─────────────────────────────────────────────────────────────────────────────────────────
 */

static void report(struct copy *c, const struct copy_table *t, int64_t rows, bool done)
{
    struct copy_progress p = c->progress;

    p.table = t->name;
    p.table_rows = rows;
    p.table_done = done;
    p.rows += rows;
    if (done)
        c->progress.rows += rows;
    c->watcher->fn(c->watcher->ctx, &p);
}

typedef enum err (*row_fn)(struct copy *c, const struct db_arg *row, int n);

static enum err send_row(struct copy *c, const struct db_arg *row, int n)
{
    return pg_copy_row(c->to, &c->lines, row, n);
}

/* Every row of a query into the digest, and to fn if there is one. ERR_NOT_FOUND: none came. */
static enum err each_row(struct copy *c, struct db *db, const char *sql, const struct copy_table *t,
                         struct digest *d, row_fn fn)
{
    struct db_arg row[64];
    struct db_stmt *s;
    int64_t before = d->rows;
    enum err e = t->columns_n <= 64 ? stmt_open(db, sql, DB_NO_ARGS, &s) : ERR_INTERNAL;

    if (e != OK)
        return e;
    while ((e = db->driver->step(s)) == OK) {
        for (int i = 0; i < t->columns_n; i++)
            db->driver->column(s, i, &row[i]);
        digest_add(d, &c->row, row, t->columns_n);
        e = fn ? fn(c, row, t->columns_n) : OK;
        if (e != OK)
            break;
        if (d->rows % REPORT_ROWS == 0)
            report(c, t, d->rows, false);
    }
    stmt_close(s);
    if (e != ERR_NOT_FOUND)
        return e;
    return d->rows > before ? OK : ERR_NOT_FOUND;
}

static enum err table_send(struct copy *c, struct copy_table *t)
{
    enum err e = pg_copy_begin(c->to, t);

    if (e != OK)
        return e;
    e = each_row(c, c->from, TEXT(c, "SELECT %s FROM %s", t->columns, t->name), t, &t->digest,
                 send_row);
    if (e == OK || e == ERR_NOT_FOUND)
        e = pg_copy_end(c->to, &c->lines);
    if (e == OK)
        report(c, t, t->digest.rows, true);
    return e;
}

/* ERR_INTERNAL: it is not what was sent. */
static enum err table_check(struct copy *c, struct copy_table *t)
{
    struct digest there = {0};
    const char *fetch = TEXT(c, "FETCH %d FROM copied_%s", PAGE_ROWS, t->name);
    const char *declare =
        TEXT(c, "DECLARE copied_%s CURSOR FOR SELECT %s FROM %s", t->name, t->columns, t->name);
    enum err e = c->to->driver->script(c->to, declare);

    while (e == OK)
        e = each_row(c, c->to, fetch, t, &there, NULL);
    if (e != ERR_NOT_FOUND)
        return e;
    if (!digest_same(&t->digest, &there))
        return db_fail(c->to, ERR_INTERNAL, "what was written is not what is read back");
    report(c, t, there.rows, true);
    return c->to->driver->script(c->to, TEXT(c, "CLOSE copied_%s", t->name));
}

/* ── Numbers ──────────────────────────────────────────────────────────────────────────────────────
 */

static enum err table_identity(struct copy *c, struct copy_table *t)
{
    struct name_row column;
    int64_t last = 0;
    enum err e = db_one(c->to, c->arena, SQL_COPY_IDENTITY, &NAME, &column,
                        DB_ARGS(DB_TEXT(str_of(t->name))));

    if (e != OK)
        return e == ERR_NOT_FOUND ? OK : e;
    e = db_int(c->from, SQL_COPY_LAST_ID, DB_ARGS(DB_TEXT(str_of(t->name))), &last);
    if (e == ERR_NOT_FOUND) /* never had a row, or its numbers are no more than its rows' own */
        e = db_int(c->from, TEXT(c, "SELECT MAX(%.*s) FROM %s", STR_ARG(column.name), t->name),
                   DB_NO_ARGS, &last);
    if (e == OK && last == I64_NULL)
        return OK;
    return e == OK ? pg_identity_from(c->to, t->name, column.name.ptr, last + 1) : e;
}

/* ── All of it ────────────────────────────────────────────────────────────────────────────────────
 */

static enum err failed(struct copy *c, const char *what, const char *table, enum err e,
                       const char **ret_why)
{
    const char *words = db_error(c->to)[0] ? db_error(c->to) : db_error(c->from);

    if (!*ret_why)
        *ret_why = TEXT(c, "%s %s failed, nothing was kept: %s", what, table, words);
    return e;
}

/* One step for every table. */
static enum err each_table(struct copy *c, const char *what,
                           enum err (*step)(struct copy *c, struct copy_table *t),
                           const char **ret_why)
{
    for (int i = 0; i < c->n; i++) {
        enum err e = step(c, &c->tables[i]);
        if (e != OK)
            return failed(c, what, c->tables[i].name, e, ret_why);
    }
    return OK;
}

static enum err copy_in_transaction(struct copy *c, const char **ret_why)
{
    enum err e = keep_out(c);

    if (e != OK)
        return failed(c, "Locking the tables of", store_place(c->to_store), e, ret_why);
    for (int i = 0; i < c->n; i++) {
        e = table_empty(c, &c->tables[i], ret_why);
        if (e != OK)
            return failed(c, "Looking at", c->tables[i].name, e, ret_why);
    }
    e = each_table(c, "Copying", table_send, ret_why);
    if (e != OK)
        return e;
    /* A table that waits for a deferred check cannot be altered. */
    e = c->to->driver->script(c->to, "SET CONSTRAINTS ALL IMMEDIATE");
    if (e != OK)
        return failed(c, "Checking references in", store_place(c->to_store), e, ret_why);
    e = each_table(c, "Numbering", table_identity, ret_why);
    c->progress.checking = true;
    return e == OK ? each_table(c, "Checking", table_check, ret_why) : e;
}

static enum err copy_all(struct copy *c, struct copied *ret, const char **ret_why)
{
    enum err e = tables_read(c);

    if (e != OK)
        return failed(c, "Reading", store_place(c->from_store), e, ret_why);
    e = db_begin(c->to);
    if (e == OK)
        e = copy_in_transaction(c, ret_why);
    if (e != OK) {
        db_rollback(c->to);
        return e;
    }
    e = db_commit(c->to);
    if (e != OK)
        return failed(c, "The last step on", store_place(c->to_store), e, ret_why);
    *ret = (struct copied){c->n, c->progress.rows_all / 2};
    return OK;
}

enum err store_copy(struct store *from, struct store *to, const struct migration *migrations,
                    const struct copy_watcher *watcher, struct arena *a, struct copied *ret,
                    const char **ret_why)
{
    struct copy c = {.from_store = from,
                     .to_store = to,
                     .migrations = migrations,
                     .watcher = watcher,
                     .arena = a,
                     .row = buf_new(a, 4096),
                     .lines = buf_new(a, 1 << 17)};

    *ret_why = NULL;
    enum err e = store_reader(from, &c.from);
    if (e == OK)
        e = store_writer(to, &c.to);
    if (e == OK) {
        c.to->careful = false; /* one failure ends it all */
        e = copy_all(&c, ret, ret_why);
    } else {
        *ret_why = "No connection to the stores could be made";
    }
    if (c.from)
        db_snapshot_end(c.from);
    store_db_close(c.from);
    store_db_close(c.to);
    return e;
}
