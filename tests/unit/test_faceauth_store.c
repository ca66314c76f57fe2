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

/* What is taken is taken once, what is gone stays gone, and what became due meanwhile stays due. */
static void photos_are_looked_at_by_one(void **state)
{
    (void)state;
    const struct face_photo p = {.photo_id = 3, .person = 1, .name = STR("x.jpg")};
    struct rows rows;
    int64_t person = 0;
    assert_int_equal(face_photo_due(db, &p, 100), OK);
    assert_int_equal(face_photos_waiting(db, &a, 99, 9, &rows), OK);
    assert_int_equal(rows.n, 0);
    assert_int_equal(face_photos_waiting(db, &a, 100, 9, &rows), OK);
    assert_int_equal(rows.n, 1);
    assert_int_equal(face_photo_take(db, 3, 100, 500, &person), OK);
    assert_int_equal(person, 1);
    assert_int_equal(face_photo_take(db, 3, 100, 600, &person), ERR_NOT_FOUND);
    assert_int_equal(face_photo_due(db, &p, 150), OK); /* chosen as profile photo meanwhile */
    assert_int_equal(face_photo_done(db, 3, 500), OK);
    assert_int_equal(face_photos_waiting(db, &a, 150, 9, &rows), OK);
    assert_int_equal(rows.n, 1);
    for (int64_t i = 0; i < FACE_PHOTO_TRIES; i++)
        assert_int_equal(face_photo_take(db, 3, 150 + i, 151 + i, &person), OK);
    assert_int_equal(face_photos_waiting(db, &a, 9999, 9, &rows), OK);
    assert_int_equal(rows.n, 0); /* tried too often */
    assert_int_equal(face_photo_remove(db, 3), OK);
    assert_int_equal(face_photo_take(db, 3, 155, 200, &person), ERR_NOT_FOUND);
}

static void a_challenge_serves_once(void **state)
{
    (void)state;
    struct face_challenge c = {
        .id = STR("c1"), .jti = STR("j"), .person = 1, .steps = STR("a,b"), .expires_us = 100};
    struct face_challenge got;
    int64_t over = 0;
    assert_int_equal(challenge_get(db, &a, STR("j"), &got), ERR_NOT_FOUND);
    assert_int_equal(challenge_put(db, &c), OK);
    struct face_challenge first = c;
    c.id = STR("c2");
    assert_int_equal(challenge_put(db, &c), OK);
    assert_int_equal(challenge_get(db, &a, STR("j"), &got), OK);
    assert_str(got.id, "c2");
    assert_int_equal(challenge_take(db, &first, 10), ERR_NOT_FOUND);
    assert_int_equal(challenge_take(db, &c, 100), ERR_NOT_FOUND); /* over */
    assert_int_equal(challenges_over(db, 99, &over), OK);
    assert_int_equal(over, 0);
    assert_int_equal(challenges_over(db, 100, &over), OK);
    assert_int_equal(over, 1);
    assert_int_equal(challenge_take(db, &c, 99), OK);
    assert_int_equal(challenge_take(db, &c, 99), ERR_NOT_FOUND);
}

static void images_are_known_by_five_marks(void **state)
{
    (void)state;
    const int64_t IMAGE[FACE_PRINT_PARTS] = {1, 2, 3, 4, 5, 6, 7, 8};
    const int64_t FOUR[FACE_PRINT_PARTS] = {1, 2, 3, 4, 15, 16, 17, 18};
    const int64_t FIVE[FACE_PRINT_PARTS] = {21, 2, 3, 4, 25, 6, 7, 28};
    const int64_t OTHER[FACE_PRINT_PARTS] = {11, 12, 13, 14, 15, 16, 17, 18};
    assert_int_equal(FACE_PRINT_ALIKE, 5);
    bool seen = true;
    assert_int_equal(image_seen(db, IMAGE, &seen), OK);
    assert_false(seen);
    assert_int_equal(image_put(db, 1, I64_NULL, IMAGE, 50), OK);
    assert_int_equal(image_put(db, 2, I64_NULL, OTHER, 60), OK);
    assert_int_equal(image_seen(db, IMAGE, &seen), OK);
    assert_true(seen);
    assert_int_equal(image_seen(db, FIVE, &seen), OK);
    assert_true(seen);
    assert_int_equal(image_seen(db, FOUR, &seen), OK); /* four of each of two images are too few */
    assert_false(seen);
    assert_int_equal(face_forget(db, 2), OK);
    assert_int_equal(face_forget(db, 1), OK);
    assert_int_equal(image_seen(db, IMAGE, &seen), OK);
    assert_false(seen);
}

/* However old: until the photo goes, and 90 days more. */
static void marks_stand_with_their_photo(void **state)
{
    (void)state;
    const int64_t FIRST[FACE_PRINT_PARTS] = {1, 2, 3, 4, 5, 6, 7, 8};
    const int64_t ANEW[FACE_PRINT_PARTS] = {11, 12, 13, 14, 15, 16, 17, 18};
    struct rows rows;
    bool seen = true;
    assert_int_equal(image_put(db, 1, 7, FIRST, 50), OK);
    assert_int_equal(image_put(db, 1, I64_NULL, FIRST, 60), OK);
    assert_int_equal(images_over(db, &a, 59, 9, &rows), OK);
    assert_int_equal(rows.n, 0);
    assert_int_equal(images_over(db, &a, 60, 9, &rows), OK);
    assert_int_equal(rows.n, 1);
    assert_int_equal(image_purge(db, ((const struct face_image *)rows.items)->id), OK);
    assert_int_equal(image_put(db, 1, 7, ANEW, 70), OK); /* in place of the first */
    assert_int_equal(image_seen(db, FIRST, &seen), OK);
    assert_false(seen);
    assert_int_equal(image_let_go(db, 7, 80), OK);
    assert_int_equal(images_over(db, &a, 79, 9, &rows), OK);
    assert_int_equal(rows.n, 0);
    assert_int_equal(image_seen(db, ANEW, &seen), OK);
    assert_true(seen);
    assert_int_equal(images_over(db, &a, 80, 9, &rows), OK);
    assert_int_equal(rows.n, 1);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_latest_success_else_the_latest_attempt),
        CASE(failures_are_counted_from_a_moment_on),
        CASE(photos_are_looked_at_by_one),
        CASE(a_challenge_serves_once),
        CASE(images_are_known_by_five_marks),
        CASE(marks_stand_with_their_photo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
