/* Face attempts on the embedded store: which one counts as the status, and which failures are
 * recent. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/db/store.h"
#include "services/faceauth/store.h"

static char dir[64];
static struct store *store;
static struct db *db;
static struct arena a;
static int count;

static int open_store(void **state)
{
    (void)state;
    const char *why = "";
    strcpy(dir, "/tmp/bookadate-face-XXXXXX");
    assert_non_null(mkdtemp(dir));
    arena_init(&a);
    count = 0;
    struct store_options options = {.data_dir = dir, .database_url = "", .migrations = MIGRATIONS};
    if (store_open(&options, &a, &store, &why) != OK)
        fail_msg("%s", why);
    assert_int_equal(store_writer(store, &db), OK);
    assert_int_equal(db_begin(db), OK);
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    char command[96];
    assert_int_equal(db_commit(db), OK);
    store_db_close(db);
    store_close(store);
    arena_free(&a);
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    return system(command);
}

static void put(int64_t person, bool passed, double confidence, int64_t at_us)
{
    struct face_attempt t = {
        .id = arena_printf(&a, "attempt-%d", count++),
        .user_id = STR("someone"),
        .is_validated = passed,
        .confidence = confidence,
        .created_at = at_us,
        .person = person,
        .liveness = NAN,
        .reason = passed ? STR_NULL : STR("different_person"),
        .photo_id = passed ? 1 : I64_NULL,
    };
    assert_int_equal(face_attempt_insert(db, &t), OK);
}

static struct face_attempt latest(int64_t person)
{
    struct face_attempt t = {0};
    assert_int_equal(face_attempt_latest(db, &a, person, &t), OK);
    return t;
}

static void the_latest_success_else_the_latest_attempt(void **state)
{
    (void)state;
    struct face_attempt t;
    assert_int_equal(face_attempt_latest(db, &a, 1, &t), ERR_NOT_FOUND);
    put(1, false, 0.2, 10);
    put(1, false, NAN, 20);
    put(2, true, 0.9, 30);
    t = latest(1);
    assert_str(t.id, "attempt-1");
    assert_int_equal(t.is_validated, 0);
    assert_true(isnan(t.confidence));
    put(1, true, 0.91, 40);
    put(1, true, 0.95, 50);
    put(1, false, 0.1, 60);
    t = latest(1);
    assert_str(t.id, "attempt-4");
    assert_true(t.confidence == 0.95);
    assert_int_equal(t.is_validated, 1);
    assert_int_equal(t.created_at, 50);
    assert_str(t.user_id, "someone");
}

static void failures_are_counted_from_a_moment_on(void **state)
{
    (void)state;
    struct face_failures f;
    put(1, false, 0.2, 10);
    put(1, false, 0.2, 20);
    put(1, true, 0.9, 25);
    put(1, false, 0.2, 30);
    put(2, false, 0.2, 31);
    assert_int_equal(face_failures_since(db, &a, 1, 10, &f), OK); /* the one at 10 is too old */
    assert_int_equal(f.count, 2);
    assert_int_equal(f.oldest_us, 20);
    assert_int_equal(face_failures_since(db, &a, 3, 0, &f), OK);
    assert_int_equal(f.count, 0);
    assert_int_equal(f.oldest_us, I64_NULL);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_latest_success_else_the_latest_attempt),
        CASE(failures_are_counted_from_a_moment_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
