/* A store of one test's own with a small schema: a fresh folder, or, where BOOKADATE_TEST_POSTGRES
 * names a server (tools/with_postgres.sh), a fresh schema there. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "unit.h"

#include "platform/db/store.h"

#include <dirent.h>
#include <libpq-fe.h>
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
    char schema[32]; /* PostgreSQL: of the database "postgres" … */
    char url[256];   /* … which this opens; SQLite: "" */
    struct arena arena;
    struct store *store;
    int log_pages; /* as in store_options */
};

static inline bool fixture_postgres(void)
{
    const char *server = getenv("BOOKADATE_TEST_POSTGRES");

    return server && server[0];
}

static inline void fixture_server(const char *sql)
{
    char url[256];

    snprintf(url, sizeof url, "%s/postgres", getenv("BOOKADATE_TEST_POSTGRES"));
    PGconn *conn = PQconnectdb(url);
    PGresult *r = PQexec(conn, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    PQclear(r);
    PQfinish(conn);
}

static inline void fixture_schema(struct fixture *f)
{
    static int made;
    char sql[128];

    snprintf(f->schema, sizeof f->schema, "t%ld_%d", (long)getpid(), made++);
    snprintf(f->url, sizeof f->url, "%s/postgres?options=-csearch_path%%3D%s",
             getenv("BOOKADATE_TEST_POSTGRES"), f->schema);
    snprintf(sql, sizeof sql, "CREATE SCHEMA %s", f->schema);
    fixture_server(sql);
}

static inline void fixture_schema_drop(struct fixture *f)
{
    char sql[128];

    snprintf(sql, sizeof sql, "SET client_min_messages = error; DROP SCHEMA %s CASCADE", f->schema);
    fixture_server(sql);
}

static inline void fixture_dir(struct fixture *f)
{
    f->url[0] = '\0';
    if (fixture_postgres())
        fixture_schema(f);
    snprintf(f->dir, sizeof f->dir, "%s/store-test-XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(f->dir));
    arena_init(&f->arena);
}

static inline enum err fixture_try(struct fixture *f, const struct migration *list, bool guest,
                                   struct store **ret, const char **ret_why)
{
    struct store_options o = {.data_dir = f->dir,
                              .database_url = f->url,
                              .migrations = list,
                              .guest = guest,
                              .log_pages = f->log_pages};

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
    if (f->url[0])
        fixture_schema_drop(f);
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
