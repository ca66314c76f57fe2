/* Bringing a schema up: order, once each, all or nothing, and the databases and directories that
 * are refused, each with one sentence. */
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static struct fixture fx;

static int setup(void **state)
{
    (void)state;
    fixture_dir(&fx);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_remove(&fx);
    return 0;
}

static void opens(const struct migration *list, int applied)
{
    struct store *s = NULL;
    const char *why = "";

    if (fixture_try(&fx, list, false, &s, &why) != OK)
        fail_msg("%s", why);
    assert_int_equal(store_migrations_applied(s), applied);
    store_close(s);
}

static void refuses(const struct migration *list, const char *part)
{
    struct store *s = NULL;
    const char *why = "";

    assert_int_not_equal(fixture_try(&fx, list, false, &s, &why), OK);
    assert_null(s);
    if (!strstr(why, part) || strchr(why, '\n'))
        fail_msg("got \"%s\", want \"…%s…\"", why, part);
}

#define A1                                                                                         \
    {                                                                                              \
        "a", 1, "0001_init", "CREATE TABLE a1 (id {{identity}});"                                  \
    }
#define A2                                                                                         \
    {                                                                                              \
        "a", 2, "0002_more", "ALTER TABLE a1 ADD COLUMN b1 BIGINT;"                                \
    }
#define B1                                                                                         \
    {                                                                                              \
        "b", 1, "0001_init", "CREATE TABLE b1 (id BIGINT PRIMARY KEY);"                            \
    }
#define P1                                                                                         \
    {                                                                                              \
        "platform", 1, "0001_init", "CREATE TABLE p1 (data {{blob}});"                             \
    }
/* Only works after "platform": the fixed order, whatever the list's. */
#define A3_AFTER_P                                                                                 \
    {                                                                                              \
        "a", 1, "0001_init", "INSERT INTO p1 (data) VALUES (NULL);"                                \
    }

static void once_each_in_a_fixed_order(void **state)
{
    (void)state;
    opens((const struct migration[]){B1, A3_AFTER_P, P1, {0}}, 3);
    opens((const struct migration[]){A3_AFTER_P, B1, P1, {0}}, 0);
}

static void later_steps_follow(void **state)
{
    (void)state;
    opens((const struct migration[]){A1, {0}}, 1);
    opens((const struct migration[]){A1, A2, B1, {0}}, 2);
    opens((const struct migration[]){A2, B1, A1, {0}}, 0);
}

static void a_newer_database(void **state)
{
    (void)state;
    opens((const struct migration[]){A1, A2, {0}}, 2);
    refuses((const struct migration[]){A1, {0}}, "newer than this program: it has a/0002_more");
    refuses((const struct migration[]){B1, {0}}, "newer than this program: it has a/0001_init");
}

static void a_changed_step(void **state)
{
    (void)state;
    opens((const struct migration[]){A1, {0}}, 1);
    refuses((const struct migration[]){{"a", 1, "0001_init", "CREATE TABLE a1 (id {{identity}}) ;"},
                                       {0}},
            "a/0001_init is not the one");
}

static void a_gap_in_the_program(void **state)
{
    (void)state;
    refuses((const struct migration[]){A2, {0}}, "gap before 0002_more");
    refuses((const struct migration[]){A1, A1, {0}}, "gap before 0001_init");
}

static void a_gap_in_the_database(void **state)
{
    (void)state;
    static const struct migration list[] = {A1, A2, {0}};
    static const char SQL_TEST_FORGET[] = "DELETE FROM schema_migrations WHERE number = 1";
    struct store *s = NULL;
    struct db *db = NULL;
    const char *why = "";

    opens(list, 2);
    assert_int_equal(fixture_try(&fx, list, false, &s, &why), OK);
    assert_int_equal(store_writer(s, &db), OK);
    assert_ok(db, db_run(db, SQL_TEST_FORGET, DB_NO_ARGS, NULL));
    store_db_close(db);
    store_close(s);
    refuses(list, "gap before 0002_more");
}

static void a_step_that_fails_leaves_nothing(void **state)
{
    (void)state;
    refuses(
        (const struct migration[]){
            A1,
            {"b", 1, "0001_init", "CREATE TABLE b1 (id BIGINT); CREATE TABLE a1 (id BIGINT);"},
            {0}},
        fixture_postgres()
            ? "b/0001_init failed, nothing of it was kept: relation \"a1\" already exists"
            : "b/0001_init failed, nothing of it was kept: table a1 already exists");
    opens((const struct migration[]){A1, B1, {0}}, 1);
}

static void an_unknown_token(void **state)
{
    (void)state;
    refuses(
        (const struct migration[]){{"a", 1, "0001_init", "CREATE TABLE x (id {{idenity}});"}, {0}},
        "unknown {{token}}");
}

static void a_guest_never_migrates(void **state)
{
    (void)state;
    static const struct migration old[] = {A1, {0}}, new[] = {A1, A2, {0}};
    struct store *server = NULL, *guest = NULL;
    const char *why = "";

    assert_int_equal(fixture_try(&fx, old, false, &server, &why), OK);
    assert_int_equal(fixture_try(&fx, new, true, &guest, &why), ERR_CONFLICT);
    assert_non_null(strstr(why, "another version"));
    assert_int_equal(fixture_try(&fx, old, true, &guest, &why), OK);
    store_close(guest);
    store_close(server);
}

static void put_file(const char *name, const char *bytes)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", fx.dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(bytes, f);
    fclose(f);
}

static void a_file_that_is_no_database(void **state)
{
    (void)state;
    if (fixture_postgres())
        return;
    char text[4097] = "";

    memset(text, 'x', sizeof text - 1);
    put_file("bookadate.db", text);
    refuses((const struct migration[]){A1, {0}}, "cannot be opened: file is not a database");
}

static void directories(void **state)
{
    (void)state;
    struct store_options o = {.database_url = "",
                              .migrations = (const struct migration[]){A1, {0}}};
    struct store *s = NULL;
    const char *why = "";
    struct stat st;
    char path[128];

    snprintf(path, sizeof path, "%s/new", fx.dir);
    o.data_dir = path;
    assert_int_equal(store_open(&o, &fx.arena, &s, &why), OK);
    store_close(s);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/new/bookadate.db", fx.dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    o.data_dir = path; /* a file */
    assert_int_equal(store_open(&o, &fx.arena, &s, &why), ERR_UNAVAILABLE);
    assert_non_null(strstr(why, "is not writable: Not a directory"));
    o.data_dir = "/proc/nowhere/data";
    assert_int_equal(store_open(&o, &fx.arena, &s, &why), ERR_UNAVAILABLE);
    assert_non_null(strstr(why, "The data directory /proc/nowhere/data cannot be made"));
    o.data_dir = "/proc";
    assert_int_equal(store_open(&o, &fx.arena, &s, &why), ERR_UNAVAILABLE);
    assert_non_null(strstr(why, "The data directory /proc is not writable"));

    snprintf(path, sizeof path, "rm -r '%s/new'", fx.dir);
    assert_int_equal(system(path), 0);
}

/* What the build has embedded works on an empty database, and again on its own. */
static void the_programs_own(void **state)
{
    (void)state;
    int n = 0;

    while (MIGRATIONS[n].owner)
        n++;
    assert_true(n > 0);
    opens(MIGRATIONS, n);
    opens(MIGRATIONS, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(once_each_in_a_fixed_order),
        T(later_steps_follow),
        T(a_newer_database),
        T(a_changed_step),
        T(a_gap_in_the_program),
        T(a_gap_in_the_database),
        T(a_step_that_fails_leaves_nothing),
        T(an_unknown_token),
        T(a_guest_never_migrates),
        T(a_file_that_is_no_database),
        T(directories),
        T(the_programs_own),
    };
    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
