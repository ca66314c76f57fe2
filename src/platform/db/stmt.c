/* Prepared statements of one connection, found by the address of their SQL; several instances of
 * one text while cursors are open on it. Knows nothing of transactions but when a job's savepoint
 * must open. */
#include "platform/db/driver.h"

#include "base/cell.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_MAX 64 /* prepared instances of one text that are kept for the next use */

static const char SQL_DB_SAVEPOINT[] = "SAVEPOINT job";

struct entry {
    const char *sql;
    struct db_stmt *idle;
    int idle_n;
};

struct stmt_cache {
    struct entry *entries; /* open addressing, a power of two */
    size_t cap, used;
};

struct stmt_cache *stmt_cache_new(void)
{
    struct stmt_cache *c = cell_must(calloc(1, sizeof *c));

    c->cap = 256;
    c->entries = cell_must(calloc(c->cap, sizeof *c->entries));
    return c;
}

static void stmt_free(struct db_stmt *s, const struct db_driver *driver)
{
    free(s->fields);
    driver->finalize(s);
}

void stmt_cache_free(struct stmt_cache *c, const struct db_driver *driver)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->cap; i++) {
        struct db_stmt *next;
        for (struct db_stmt *s = c->entries[i].idle; s; s = next) {
            next = s->next_idle;
            stmt_free(s, driver);
        }
    }
    free(c->entries);
    free(c);
}

static struct entry *slot(struct entry *entries, size_t cap, const char *sql)
{
    uint64_t h = (uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(h >> 32) & (cap - 1);

    while (entries[i].sql && entries[i].sql != sql)
        i = (i + 1) & (cap - 1);
    return &entries[i];
}

static void cache_grow(struct stmt_cache *c)
{
    size_t cap = c->cap * 2;
    struct entry *entries = cell_must(calloc(cap, sizeof *entries));

    for (size_t i = 0; i < c->cap; i++)
        if (c->entries[i].sql)
            *slot(entries, cap, c->entries[i].sql) = c->entries[i];
    free(c->entries);
    c->entries = entries;
    c->cap = cap;
}

static struct entry *cache_entry(struct stmt_cache *c, const char *sql)
{
    struct entry *e = slot(c->entries, c->cap, sql);

    if (e->sql)
        return e;
    if (c->used * 4 >= c->cap * 3) {
        cache_grow(c);
        e = slot(c->entries, c->cap, sql);
    }
    c->used++;
    e->sql = sql;
    return e;
}

static enum err stmt_take(struct db *db, const char *sql, struct db_stmt **ret)
{
    struct entry *e = cache_entry(db->cache, sql);
    struct db_stmt *s = e->idle;

    if (s) {
        e->idle = s->next_idle;
        e->idle_n--;
    } else {
        enum err err = db->driver->prepare(db, sql, &s);
        if (err != OK)
            return err;
    }
    s->open_prev = NULL;
    s->open_next = db->open;
    if (db->open)
        db->open->open_prev = s;
    db->open = s;
    *ret = s;
    return OK;
}

void stmt_close(struct db_stmt *s)
{
    struct db *db = s->db;

    db->driver->reset(s);
    s->lazy = false;
    if (s->open_prev)
        s->open_prev->open_next = s->open_next;
    else
        db->open = s->open_next;
    if (s->open_next)
        s->open_next->open_prev = s->open_prev;

    struct entry *e = slot(db->cache->entries, db->cache->cap, s->sql);
    if (e->idle_n >= IDLE_MAX) {
        stmt_free(s, db->driver);
        return;
    }
    s->next_idle = e->idle;
    e->idle = s;
    e->idle_n++;
}

void stmt_close_all(struct db *db)
{
    while (db->open)
        stmt_close(db->open);
}

/* A job that writes nothing (refused by a rule, found nothing) never pays for its savepoint. After
 * an error on which the store has ended the transaction by itself, a further write would stand
 * alone and stay: there is none. */
static enum err before_write(struct db *db)
{
    if (!db->in_transaction)
        return OK;
    enum err e = stmt_begin(db);
    if (e != OK)
        return e;
    if (db->driver->transaction(db) == DB_TX_NONE)
        return db_fail(db, ERR_UNAVAILABLE, "the store has ended this transaction");
    if (db->one_change && db->changed)
        return db_fail(db, ERR_INTERNAL, "a second change in a job of one");
    if (!db->savepoint_wanted)
        return OK;
    e = stmt_exec(db, SQL_DB_SAVEPOINT);
    if (e != OK)
        return e;
    db->savepoint_wanted = false;
    db->savepoint_open = true;
    return OK;
}

bool stmt_may_post(const struct db_stmt *s)
{
    const struct db *db = s->db;

    return db->driver->post && s->writes && db->in_transaction && !db->careful && !db->one_change;
}

enum err stmt_begin(struct db *db)
{
    if (!db->begin_wanted)
        return OK;
    enum err e = stmt_exec(db, db->driver->sql_begin);
    db->begin_wanted = e != OK;
    return e;
}

enum err stmt_open(struct db *db, const char *sql, struct db_args args, struct db_stmt **ret)
{
    struct db_stmt *s;
    enum err e = stmt_take(db, sql, &s);

    if (e != OK)
        return e;
    if (s->writes)
        e = before_write(db);
    if (e == OK)
        e = db->driver->bind(s, args);
    if (e != OK) {
        stmt_close(s);
        return e;
    }
    *ret = s;
    return OK;
}

enum err stmt_exec(struct db *db, const char *sql)
{
    struct db_stmt *s;
    enum err e = stmt_take(db, sql, &s);

    if (e != OK)
        return e;
    e = db->driver->bind(s, DB_NO_ARGS);
    if (e == OK && db->begin_wanted && stmt_may_post(s)) /* BEGIN */
        e = db->driver->post(s);
    else
        while (e == OK)
            e = db->driver->step(s);
    stmt_close(s);
    return e == ERR_NOT_FOUND ? OK : e;
}
