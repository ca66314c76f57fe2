/* A store of one test's own: a fresh folder (or what BOOKADATE_TEST_DATABASE_URL names) with a
 * small schema. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "unit.h"

#include "platform/db/store.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static const struct migration FIXTURE_MIGRATIONS[] = {
    {"platform", 1, "0001_init",
     "CREATE TABLE things (id {{identity}}, name TEXT NOT NULL UNIQUE, qty BIGINT,"
     " price DOUBLE PRECISION, active BIGINT CHECK (active IN (0, 1)), at_us BIGINT, day BIGINT,"
     " clock BIGINT, owner BIGINT, words TEXT, data {{blob}});"
     "CREATE TABLE parts (id BIGINT PRIMARY KEY,"
     " thing_id BIGINT NOT NULL REFERENCES things (id));"
     "CREATE TABLE later (id BIGINT PRIMARY KEY,"
     " thing_id BIGINT NOT NULL REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED);"
     "CREATE TABLE pairs (a BIGINT, b BIGINT, PRIMARY KEY (a, b)){{clustered}};"},
    {0},
};

struct fixture {
    char dir[64];
    struct arena arena;
    struct store *store;
    int log_pages; /* as in store_options */
};

static inline void fixture_dir(struct fixture *f)
{
    snprintf(f->dir, sizeof f->dir, "%s/store-test-XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(f->dir));
    arena_init(&f->arena);
}

static inline enum err fixture_try(struct fixture *f, const struct migration *list, bool guest,
                                   struct store **ret, const char **ret_why)
{
    const char *url = getenv("BOOKADATE_TEST_DATABASE_URL");
    struct store_options o = {f->dir, url ? url : "", list, guest, f->log_pages};

    return store_open(&o, &f->arena, ret, ret_why);
}

static inline void fixture_open(struct fixture *f)
{
    const char *why = "";

    if (fixture_try(f, FIXTURE_MIGRATIONS, false, &f->store, &why) != OK)
        fail_msg("%s", why);
}

static inline void fixture_remove(struct fixture *f)
{
    char path[512];
    DIR *d = opendir(f->dir);

    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", f->dir, e->d_name);
        unlink(path);
    }
    if (d)
        closedir(d);
    rmdir(f->dir);
    arena_free(&f->arena);
}

static inline void fixture_close(struct fixture *f)
{
    store_close(f->store);
    fixture_remove(f);
}

static inline struct db *fixture_writer(struct fixture *f)
{
    struct db *db = NULL;

    assert_int_equal(store_writer(f->store, &db), OK);
    return db;
}

static inline struct db *fixture_reader(struct fixture *f)
{
    struct db *db = NULL;

    assert_int_equal(store_reader(f->store, &db), OK);
    return db;
}

#define assert_ok(db, e) fixture_ok((db), (e), __FILE__, __LINE__)
static inline void fixture_ok(struct db *db, enum err e, const char *file, int line)
{
    if (e != OK) {
        print_error("%s: %s\n", err_name(e), db_error(db));
        _fail(file, line);
    }
}

static inline int64_t fixture_int(struct db *db, const char *sql)
{
    int64_t n = 0;

    assert_ok(db, db_int(db, sql, DB_NO_ARGS, &n));
    return n;
}

static const char SQL_TEST_COUNT[] = "SELECT count(*) FROM things";
static const char SQL_TEST_ADD[] = "INSERT INTO things (name, qty) VALUES ($1, $2)";

static inline enum err fixture_add(struct db *db, const char *name, int64_t qty)
{
    return db_run(db, SQL_TEST_ADD, DB_ARGS(DB_TEXT(str_of(name)), DB_I64(qty)), NULL);
}

#endif
