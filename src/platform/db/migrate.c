/* Brings a database's schema up to this program's: numbered steps of each owner, once each, in one
 * transaction each, with checksums so that history cannot change unnoticed. Never goes back. */
#include "platform/clock.h"
#include "platform/db/driver.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct applied {
    struct str owner;
    int64_t number;
    struct str name;
    struct str checksum;
};

static const struct field APPLIED_FIELDS[] = {
    F_TEXT(applied, owner, 0, 0, 0),
    F_INT(applied, number, 0, 0, 0),
    F_TEXT(applied, name, 0, 0, 0),
    F_TEXT(applied, checksum, 0, 0, 0),
    F_END,
};
static const struct shape APPLIED = SHAPE(applied, APPLIED_FIELDS);

static const char SQL_MIGRATE_TABLE[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " owner TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL,"
    " applied_us BIGINT NOT NULL, PRIMARY KEY (owner, number))";
static const char SQL_MIGRATE_APPLIED[] =
    "SELECT owner, number, name, checksum FROM schema_migrations ORDER BY owner, number";
static const char SQL_MIGRATE_DONE[] =
    "SELECT count(*) FROM schema_migrations WHERE owner = $1 AND number = $2";
static const char SQL_MIGRATE_RECORD[] =
    "INSERT INTO schema_migrations (owner, number, name, checksum, applied_us)"
    " VALUES ($1, $2, $3, $4, $5)";

struct plan {
    const struct migration **steps; /* in the order of application */
    size_t n;
};

#define CHECKSUM_LEN (2 * crypto_hash_sha256_BYTES)

static struct str checksum(struct arena *a, const char *sql)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[CHECKSUM_LEN + 1];

    crypto_hash_sha256(hash, (const unsigned char *)sql, strlen(sql));
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return arena_str(a, str_of(hex));
}

/* "platform" first, for services build on it; then by name; then by number. */
static int by_order(const void *x, const void *y)
{
    const struct migration *a = *(const struct migration *const *)x;
    const struct migration *b = *(const struct migration *const *)y;
    int a_first = strcmp(a->owner, "platform") == 0, b_first = strcmp(b->owner, "platform") == 0;

    if (a_first != b_first)
        return b_first - a_first;
    int order = strcmp(a->owner, b->owner);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static enum err plan_make(const struct migration *list, struct arena *a, struct plan *ret,
                          const char **ret_why)
{
    size_t n = 0;

    while (list[n].owner)
        n++;
    const struct migration **steps = ARENA_ARRAY(a, n + 1, const struct migration *);
    for (size_t i = 0; i < n; i++)
        steps[i] = &list[i];
    qsort(steps, n, sizeof *steps, by_order);
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && strcmp(steps[i - 1]->owner, steps[i]->owner) == 0;
        int expected = same ? steps[i - 1]->number + 1 : 1;
        if (steps[i]->number == expected)
            continue;
        *ret_why = arena_printf(a, "This program's migrations of %s have a gap before %s",
                                steps[i]->owner, steps[i]->name)
                       .ptr;
        return ERR_INTERNAL;
    }
    *ret = (struct plan){steps, n};
    return OK;
}

static const struct migration *plan_find(const struct plan *p, struct str owner, int64_t number)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->steps[i]->number == number && str_eq(str_of(p->steps[i]->owner), owner))
            return p->steps[i];
    return NULL;
}

/* What one recorded step says about the database; `expected` is its number if there is no gap
 * before it. */
static enum err check_one(const struct plan *p, const struct applied *r, int64_t expected,
                          struct arena *a, const char **ret_why)
{
    const struct migration *m = plan_find(p, r->owner, r->number);

    if (!m) {
        *ret_why =
            arena_printf(a,
                         "The database is newer than this program: it has %.*s/%.*s, which is not"
                         " known here; run a newer bookadate",
                         STR_ARG(r->owner), STR_ARG(r->name))
                .ptr;
        return ERR_CONFLICT;
    }
    if (r->number != expected) {
        *ret_why = arena_printf(a,
                                "The database's migrations of %s have a gap before %.*s: it was"
                                " changed by hand; restore a backup",
                                m->owner, STR_ARG(r->name))
                       .ptr;
        return ERR_CONFLICT;
    }
    if (!str_eq(r->checksum, checksum(a, m->sql))) {
        *ret_why =
            arena_printf(a,
                         "Migration %s/%s is not the one that this database was made with; run"
                         " the bookadate that made it",
                         m->owner, m->name)
                .ptr;
        return ERR_CONFLICT;
    }
    return OK;
}

static enum err check_applied(const struct plan *p, const struct rows *rows, struct arena *a,
                              const char **ret_why)
{
    const struct applied *r = rows->items;

    for (size_t i = 0; i < rows->n; i++) {
        bool same = i > 0 && str_eq(r[i - 1].owner, r[i].owner);
        enum err e = check_one(p, &r[i], same ? r[i - 1].number + 1 : 1, a, ret_why);
        if (e != OK)
            return e;
    }
    return OK;
}

static bool is_applied(const struct rows *rows, const struct migration *m)
{
    const struct applied *r = rows->items;

    for (size_t i = 0; i < rows->n; i++)
        if (r[i].number == m->number && str_eq(r[i].owner, str_of(m->owner)))
            return true;
    return false;
}

/* What a token at the start of `at` stands for; NULL: no such token. */
static const char *token_text(const struct db_driver *driver, struct str at)
{
    if (str_starts(at, STR("{{identity}}")))
        return driver->identity;
    if (str_starts(at, STR("{{rowid}}")))
        return driver->rowid;
    if (str_starts(at, STR("{{blob}}")))
        return driver->blob;
    if (str_starts(at, STR("{{postgres}}")))
        return driver->postgres;
    return str_starts(at, STR("{{clustered}}")) ? driver->clustered : NULL;
}

/* The text with its tokens as this store writes them; NULL: an unknown one. */
static const char *for_store(const struct db_driver *driver, const char *sql, struct arena *a)
{
    struct buf b = buf_new(a, strlen(sql) + 256);

    for (const char *at; (at = strstr(sql, "{{"));) {
        const char *text = token_text(driver, str_of(at));
        if (!text)
            return NULL;
        buf_put(&b, sql, (size_t)(at - sql));
        buf_text(&b, text);
        sql = strstr(at, "}}") + 2;
    }
    buf_text(&b, sql);
    buf_char(&b, '\0');
    return b.ptr;
}

/* Other processes may migrate at the same time: each step, and the table that records them, is for
 * one at a time. */
static enum err begin_alone(struct db *db)
{
    enum err e = db_begin(db);

    if (e == OK && db->driver->sql_migration_lock)
        e = db->driver->script(db, db->driver->sql_migration_lock);
    return e;
}

static enum err end(struct db *db, enum err e)
{
    if (e == OK)
        return db_commit(db);
    db_rollback(db);
    return e;
}

static enum err make_table(struct db *db)
{
    enum err e = begin_alone(db);

    if (e == OK)
        e = db->driver->script(db, SQL_MIGRATE_TABLE);
    return end(db, e);
}

static enum err apply_in_transaction(struct db *db, const struct migration *m, const char *sql,
                                     struct arena *a, int *ret_applied)
{
    int64_t done = 0;
    enum err e =
        db_int(db, SQL_MIGRATE_DONE, DB_ARGS(DB_TEXT(str_of(m->owner)), DB_I64(m->number)), &done);

    if (e == OK && done > 0)
        return OK; /* by another process, while this one waited */
    ++*ret_applied;
    if (e == OK)
        e = db->driver->script(db, sql);
    if (e != OK)
        return e;
    return db_run(db, SQL_MIGRATE_RECORD,
                  DB_ARGS(DB_TEXT(str_of(m->owner)), DB_I64(m->number), DB_TEXT(str_of(m->name)),
                          DB_TEXT(checksum(a, m->sql)), DB_I64(clock_now_us())),
                  NULL);
}

static enum err apply(struct db *db, const struct migration *m, struct arena *a, int *ret_applied,
                      const char **ret_why)
{
    const char *sql = for_store(db->driver, m->sql, a);
    enum err e = sql ? begin_alone(db) : db_fail(db, ERR_INTERNAL, "unknown {{token}}");

    if (e == OK)
        e = apply_in_transaction(db, m, sql, a, ret_applied);
    if (sql)
        e = end(db, e);
    if (e != OK)
        *ret_why = arena_printf(a, "Migration %s/%s failed, nothing of it was kept: %s", m->owner,
                                m->name, db_error(db))
                       .ptr;
    return e;
}

static enum err apply_missing(struct db *db, const struct plan *p, const struct rows *applied,
                              bool guest, struct arena *a, int *ret_applied, const char **ret_why)
{
    for (size_t i = 0; i < p->n; i++) {
        if (is_applied(applied, p->steps[i]))
            continue;
        if (guest) {
            *ret_why =
                "The server that is running is of another version than this program: stop it, or"
                " use its own bookadate";
            return ERR_CONFLICT;
        }
        enum err e = apply(db, p->steps[i], a, ret_applied, ret_why);
        if (e != OK)
            return e;
    }
    return OK;
}

enum err migrate(struct db *db, const struct migration *list, bool guest, struct arena *a,
                 int *ret_applied, const char **ret_why)
{
    struct plan plan;
    struct rows applied = {0};
    enum err e = plan_make(list, a, &plan, ret_why);

    if (e != OK)
        return e;
    if (!guest)
        e = make_table(db);
    if (e == OK)
        e = db_all(db, a, SQL_MIGRATE_APPLIED, &APPLIED, &applied, DB_NO_ARGS);
    if (e != OK) {
        *ret_why =
            arena_printf(a, "The database's migrations cannot be read: %s", db_error(db)).ptr;
        return e;
    }
    e = check_applied(&plan, &applied, a, ret_why);
    if (e != OK)
        return e;
    return apply_missing(db, &plan, &applied, guest, a, ret_applied, ret_why);
}
