/* The write-ahead log that is written in large pieces: what stands in it is what SQLite wrote, also
 * where a transaction outgrows its cache, reads back, is taken back, or meets a full disk. */
#include "store_fixture.h"

#include "platform/db/sqlite.h"

#include <signal.h>
#include <sys/resource.h>

static char dir[64], path[96];
static sqlite3 *writer, *reader;

static void run(sqlite3 *db, const char *sql)
{
    char *why = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

static int setup(void **state)
{
    static const char *vfs;

    (void)state;
    if (!vfs)
        vfs = sqlite_log_register();
    assert_non_null(vfs);
    snprintf(dir, sizeof dir, "%s/log-test-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/a.db", dir);
    assert_int_equal(
        sqlite3_open_v2(path, &writer, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), SQLITE_OK);
    run(writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = 10;"
                "PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (n INTEGER PRIMARY KEY, x TEXT)");
    assert_int_equal(sqlite3_open_v2(path, &reader, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    return 0;
}

static int teardown(void **state)
{
    static const char *const FILES[] = {"a.db", "a.db-wal", "a.db-shm"};
    char file[128];

    (void)state;
    sqlite3_close(writer);
    sqlite3_close(reader);
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        snprintf(file, sizeof file, "%s/%s", dir, FILES[i]);
        unlink(file);
    }
    rmdir(dir);
    return 0;
}

#define FILL(n)                                                                                    \
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < " #n ") "            \
    "INSERT INTO t (x) SELECT printf('%0900d', i) FROM c;"
#define SUM "SELECT SUM(CAST(substr(x, -9) AS INTEGER)) FROM t"
#define SUM_OF(n) ((int64_t)(n) * ((n) + 1) / 2)

static void sound(sqlite3 *db)
{
    assert_int_equal(number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
}

static void a_commit_of_any_size_is_read_by_others(void **state)
{
    (void)state;
    run(writer, FILL(1));
    assert_int_equal(number(reader, SUM), 1);
    run(writer, "DELETE FROM t;" FILL(2000)); /* 2 MB: many pieces */
    assert_int_equal(number(reader, SUM), SUM_OF(2000));
    sound(reader);
}

static void what_outgrows_the_cache_is_read_back(void **state)
{
    (void)state;
    run(writer, "BEGIN;" FILL(1000));
    assert_int_equal(number(writer, SUM), SUM_OF(1000));
    assert_int_equal(number(reader, "SELECT count(*) FROM t"), 0);
    run(writer, "UPDATE t SET x = substr(x, 1, 891) || '000000002'");
    assert_int_equal(number(writer, SUM), 2000);
    run(writer, "COMMIT");
    assert_int_equal(number(reader, SUM), 2000);
    sound(reader);
}

static void what_is_taken_back_leaves_nothing(void **state)
{
    (void)state;
    run(writer, FILL(3));
    run(writer, "BEGIN;" FILL(1000) "ROLLBACK;" FILL(4));
    assert_int_equal(number(reader, SUM), SUM_OF(3) + SUM_OF(4));
    run(writer, "PRAGMA wal_checkpoint(TRUNCATE);" FILL(5));
    assert_int_equal(number(reader, SUM), SUM_OF(3) + SUM_OF(4) + SUM_OF(5));
    sound(reader);
}

static void a_full_disk_is_said_and_heals(void **state)
{
    struct rlimit before, small;

    (void)state;
    run(writer, FILL(3));
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 300000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = sqlite3_exec(writer, FILL(2000), NULL, NULL, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true((rc & 0xff) == SQLITE_FULL || (rc & 0xff) == SQLITE_IOERR);
    assert_int_equal(number(reader, SUM), SUM_OF(3));
    run(writer, FILL(2000));
    assert_int_equal(number(reader, SUM), SUM_OF(3) + SUM_OF(2000));
    sound(reader);
}

/* Pieces wait for the commit's sync: with less than synchronous=FULL others would be told of frames
 * that are not in the file yet. */
static void the_program_syncs_each_commit(void **state)
{
    (void)state;
    struct fixture fx = {0};

    if (fixture_postgres())
        return;
    fixture_dir(&fx);
    fixture_open(&fx);
    struct db *db = fixture_writer(&fx);
    assert_int_equal(fixture_int(db, "PRAGMA synchronous"), 2);
    assert_int_equal(fixture_int(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    for (int i = 1; i <= 20; i++) {
        struct db *fresh = fixture_reader(&fx);
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        assert_ok(db, db_begin(db));
        assert_ok(db, fixture_add(db, name, i));
        assert_ok(db, db_commit(db));
        assert_int_equal(fixture_int(fresh, SQL_TEST_COUNT), i);
        store_db_close(fresh);
    }
    store_db_close(db);
    fixture_close(&fx);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_commit_of_any_size_is_read_by_others),
        T(what_outgrows_the_cache_is_read_back),
        T(what_is_taken_back_leaves_nothing),
        T(a_full_disk_is_said_and_heals),
        cmocka_unit_test(the_program_syncs_each_commit),
    };
    return cmocka_run_group_tests_name("sqlite_log", tests, NULL, NULL);
}
