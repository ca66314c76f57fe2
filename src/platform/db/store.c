/* The store over any driver: open and migrate, connections, and the transactions of the writer with
 * a savepoint a job and hooks that run once a commit is durable. */
#include "platform/db/driver.h"

#include <stdlib.h>

static const char SQL_DB_RELEASE[] = "RELEASE SAVEPOINT job";
static const char SQL_DB_ROLLBACK_TO[] = "ROLLBACK TO SAVEPOINT job";
static const char SQL_DB_COMMIT[] = "COMMIT";
static const char SQL_DB_ROLLBACK[] = "ROLLBACK";

static enum err bring_up(struct store *s, const struct store_options *options, bool guest,
                         struct arena *a, const char **ret_why)
{
    struct db *db;
    const char *why;
    enum err e = s->driver->connect(s, true, &db, &why);

    if (e != OK) {
        *ret_why = arena_printf(a, "%s cannot be opened: %s", s->place, why).ptr;
        return e;
    }
    db->cache = stmt_cache_new();
    e = migrate(db, options->migrations, guest, a, &s->migrations_applied, ret_why);
    store_db_close(db);
    return e;
}

enum err store_open(const struct store_options *options, struct arena *a, struct store **ret,
                    const char **ret_why)
{
    struct store *s;
    bool guest = false;
    bool apart = options->database_url && options->database_url[0];
    const struct db_driver *driver = apart ? &DB_POSTGRES : &DB_SQLITE;
    enum err e = driver->open(options, a, &s, &guest, ret_why);

    if (e != OK)
        return e;
    e = bring_up(s, options, guest, a, ret_why);
    if (e != OK) {
        store_close(s);
        return e;
    }
    *ret = s;
    return OK;
}

void store_close(struct store *s)
{
    if (s)
        s->driver->close(s);
}

const char *store_place(const struct store *s)
{
    return s->place;
}

bool store_away(const struct store *s)
{
    return atomic_load(&s->away);
}

bool store_embedded(const struct store *s)
{
    return s == NULL || s->driver == &DB_SQLITE;
}

int store_migrations_applied(const struct store *s)
{
    return s->migrations_applied;
}

bool db_ready(struct db *db)
{
    return db == NULL || db->driver->ready == NULL || db->driver->ready(db);
}

static enum err connect_one(struct store *s, bool writer, struct db **ret)
{
    const char *why;

    if (s == NULL) {
        *ret = NULL;
        return OK;
    }
    enum err e = s->driver->connect(s, writer, ret, &why);
    if (e == OK)
        (*ret)->cache = stmt_cache_new();
    return e;
}

enum err store_reader(struct store *s, struct db **ret)
{
    return connect_one(s, false, ret);
}

enum err store_writer(struct store *s, struct db **ret)
{
    return connect_one(s, true, ret);
}

void store_db_close(struct db *db)
{
    if (!db)
        return;
    stmt_close_all(db);
    stmt_cache_free(db->cache, db->driver);
    free(db->hooks);
    db->driver->disconnect(db);
}

/* ── The writer's transaction ─────────────────────────────────────────────────────────────────────
 */

enum err db_begin(struct db *db)
{
    if (!db->writer || db->in_transaction)
        return db_fail(db, ERR_INTERNAL, "db_begin: not a writer, or begun already");
    enum err e = db->driver->begins_late ? OK : stmt_exec(db, db->driver->sql_begin);
    if (e != OK)
        return e;
    db->in_transaction = true;
    db->begin_wanted = db->driver->begins_late;
    db->again = DB_AGAIN_NO;
    db->savepoint_wanted = db->savepoint_open = db->one_change = db->changed = db->unguarded =
        false;
    db->hooks_n = db->hooks_at_savepoint = 0;
    return OK;
}

static enum err job_begin(struct db *db)
{
    if (!db->in_transaction)
        return db_fail(db, ERR_INTERNAL, "a job without a transaction");
    db->error[0] = '\0'; /* what an earlier job's statement said is not this one's */
    db->savepoint_wanted = db->one_change = db->changed = db->unguarded = false;
    db->hooks_at_savepoint = db->hooks_n;
    return OK;
}

enum err db_savepoint(struct db *db)
{
    enum err e = job_begin(db);

    db->savepoint_wanted = e == OK;
    return e;
}

enum err db_one_change(struct db *db)
{
    enum err e = job_begin(db);

    db->one_change = e == OK;
    return e;
}

enum err db_unguarded(struct db *db)
{
    if (!db->driver->changes)
        return db_savepoint(db);
    enum err e = job_begin(db);

    db->unguarded = e == OK;
    db->changes_before = db->driver->changes(db);
    return e;
}

/* The end of a job, either way. A store that ended the whole transaction by itself (disk full, I/O
 * error) has dropped the jobs before this one too: that must not look like success. */
static enum err job_end(struct db *db)
{
    stmt_close_all(db);
    db->savepoint_wanted = false;
    if (!db->in_transaction)
        return db_fail(db, ERR_INTERNAL, "no transaction");
    if (db->begin_wanted || db->driver->transaction(db) == DB_TX_OPEN)
        return OK;
    return db->error[0] ? ERR_UNAVAILABLE
                        : db_fail(db, ERR_UNAVAILABLE, "the store has ended this transaction");
}

enum err db_release(struct db *db)
{
    enum err e = job_end(db);

    if (e == OK && db->unguarded && !db->driver->constraints_hold(db))
        return db_fail(db, ERR_CONFLICT, "a deferred constraint does not hold");
    if (e != OK || !db->savepoint_open)
        return e;
    if (!db->driver->constraints_hold(db)) {
        e = db_rollback_to(db);
        return e == OK ? db_fail(db, ERR_CONFLICT, "a deferred constraint does not hold") : e;
    }
    db->savepoint_open = false;
    return stmt_exec(db, SQL_DB_RELEASE);
}

enum err db_rollback_to(struct db *db)
{
    enum err e = job_end(db);

    db->hooks_n = db->hooks_at_savepoint;
    if (e == OK && db->one_change && db->changed)
        return db_fail(db, ERR_INTERNAL, "a job of one change, which cannot be taken back");
    if (e == OK && db->unguarded && db->driver->changes(db) != db->changes_before)
        return db_fail(db, ERR_CONFLICT, "nothing guards this job's changes");
    if (e != OK || !db->savepoint_open)
        return e;
    db->savepoint_open = false;
    e = stmt_exec(db, SQL_DB_ROLLBACK_TO);
    return e == OK ? stmt_exec(db, SQL_DB_RELEASE) : e;
}

enum err db_commit(struct db *db)
{
    enum err e = job_end(db);

    db->committing = true;
    if (e == OK && !db->begin_wanted)
        e = stmt_exec(db, SQL_DB_COMMIT);
    db->committing = false;
    if (e != OK) {
        db_rollback(db);
        return e == ERR_INTERNAL ? ERR_INTERNAL : ERR_UNAVAILABLE;
    }
    db->in_transaction = db->begin_wanted = db->savepoint_open = false;
    db->driver->committed(db);
    for (size_t i = 0; i < db->hooks_n; i++)
        db->hooks[i].fn(db->hooks[i].arg);
    db->hooks_n = 0;
    return OK;
}

void db_rollback(struct db *db)
{
    stmt_close_all(db);
    if (db->in_transaction && !db->begin_wanted && db->driver->transaction(db) != DB_TX_NONE)
        stmt_exec(db, SQL_DB_ROLLBACK);
    db->in_transaction = db->begin_wanted = db->savepoint_wanted = db->savepoint_open = false;
    db->unguarded = false;
    db->hooks_n = 0;
}

void db_tidy(struct db *db)
{
    if (db->driver->tidy && !db->in_transaction)
        db->driver->tidy(db);
}

enum err db_on_commit(struct db *db, db_hook_fn fn, void *arg)
{
    if (!db->in_transaction)
        return db_fail(db, ERR_INTERNAL, "db_on_commit: no write transaction");
    if (db->hooks_n == db->hooks_cap) {
        size_t cap = db->hooks_cap ? db->hooks_cap * 2 : 16;
        struct db_hook *more = realloc(db->hooks, cap * sizeof *more);
        if (!more)
            return db_fail(db, ERR_INTERNAL, "out of memory");
        db->hooks = more;
        db->hooks_cap = cap;
    }
    db->hooks[db->hooks_n++] = (struct db_hook){fn, arg};
    return OK;
}

/* ── Readers ──────────────────────────────────────────────────────────────────────────────────────
 */

enum err db_snapshot_use(struct db *db)
{
    if (db == NULL)
        return OK;
    db->error[0] = '\0';
    return db->driver->snapshot_use(db);
}

void db_snapshot_end(struct db *db)
{
    if (db != NULL)
        db->driver->snapshot_end(db);
}

enum err db_prepare_only(struct db *db, const char *sql)
{
    struct db_stmt *s;

    if (db->driver->prepare_check)
        return db->driver->prepare_check(db, sql);
    enum err e = db->driver->prepare(db, sql, &s);
    if (e == OK)
        db->driver->finalize(s);
    return e;
}
