/* The user service's SQL on the embedded store: numbers, e-mails, photos and their counts,
 * preferences that merge. */
#include "unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/db/store.h"
#include "services/user/rules.h"
#include "services/user/store.h"
#include "services/user/user.h"

static char dir[64];
static struct store *store;
static struct db *db;
static struct arena a;

static int open_store(void **state)
{
    (void)state;
    const char *why = "";
    strcpy(dir, "/tmp/bookadate-user-XXXXXX");
    assert_non_null(mkdtemp(dir));
    arena_init(&a);
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

static struct credentials create(const char *email)
{
    struct user_new in = {
        .name = STR("Jane"),
        .email = str_of(email),
        .phone = STR("+1234567890"),
        .gender = STR("female"),
        .dob = 8000,
        .password_hash = STR("hash"),
        .role = ROLE_USER,
    };
    struct credentials c = {0};
    memcpy(in.random, "0123456789abcdef", UUID_RANDOM_BYTES);
    if (user_create(db, &a, &in, 1000, &c) != OK)
        fail_msg("%s: %s", email, db_error(db));
    return c;
}

static struct user_ref by_number(int64_t n)
{
    return (struct user_ref){.kind = USER_REF_NUMBER, .number = n};
}

static struct user_ref by_uuid(struct str id)
{
    struct user_ref ref = {.kind = USER_REF_UUID};
    assert_true(uuid_parse(id, &ref.uuid));
    return ref;
}

static void numbers_count_up_and_skip_what_is_claimed(void **state)
{
    (void)state;
    struct credentials first = create("one@example.com");
    assert_int_equal(first.number, 1);
    assert_memory_equal(first.id.ptr, "00000001-", 9);

    int64_t owner = 0;
    assert_int_equal(user_number_claim(db, 2, 1), OK);
    assert_int_equal(user_number_claim(db, 3, 1), OK);
    assert_int_equal(user_number_owner(db, 2, &owner), OK);
    assert_int_equal(owner, 1);
    assert_int_equal(create("two@example.com").number, 4);

    assert_int_equal(user_number_claim(db, 2, 4), OK); /* somebody's already: nothing happens */
    assert_int_equal(user_number_owner(db, 2, &owner), OK);
    assert_int_equal(owner, 1);
    assert_int_equal(user_number_owner(db, 5, &owner), ERR_NOT_FOUND);
}

static void an_account_has_eight_aliases_at_most(void **state)
{
    (void)state;
    int64_t owner;
    create("one@example.com");
    for (int64_t n = 100; n < 100 + USER_ALIASES_MAX + 3; n++) {
        assert_int_equal(user_number_claim(db, n, 1), OK);
        enum err want = n < 100 + USER_ALIASES_MAX ? OK : ERR_NOT_FOUND;
        assert_int_equal(user_number_owner(db, n, &owner), want);
    }
}

static void an_email_has_one_account(void **state)
{
    (void)state;
    create("one@example.com");
    struct user_new in = {.name = STR("X"),
                          .email = STR("one@example.com"),
                          .password_hash = STR("h"),
                          .role = ROLE_USER};
    struct credentials c;
    assert_int_equal(db_savepoint(db), OK);
    assert_int_equal(user_create(db, &a, &in, 1, &c), ERR_CONFLICT);
    assert_int_equal(db_rollback_to(db), OK);
    assert_int_equal(create("two@example.com").number, 2); /* and its number came back */
}

static void people_are_found_in_either_spelling(void **state)
{
    (void)state;
    struct credentials c = create("one@example.com");
    struct account got;
    struct user_profile p;
    assert_int_equal(user_number_claim(db, 456, 1), OK);

    const struct user_ref GOOD[] = {by_number(1), by_number(456), by_uuid(c.id)};
    for (size_t i = 0; i < COUNT(GOOD); i++) {
        assert_int_equal(user_find(db, &a, &GOOD[i], &got), OK);
        assert_int_equal(got.number, 1);
        assert_int_equal(user_profile_find(db, &a, &GOOD[i], &p), OK);
        assert_int_equal(p.user_number, 1);
    }
    const struct user_ref BAD[] = {
        by_number(2),
        by_uuid(STR("00000001-0000-8000-8000-000000000000")), /* a prefix is no proof */
        by_uuid(STR("ffffffff-0000-4000-8000-000000000000")),
        {.kind = USER_REF_NONE}};
    for (size_t i = 0; i < COUNT(BAD); i++) {
        assert_int_equal(user_find(db, &a, &BAD[i], &got), ERR_NOT_FOUND);
        assert_int_equal(user_profile_find(db, &a, &BAD[i], &p), ERR_NOT_FOUND);
    }
    assert_int_equal(user_get(db, &a, 1, &got), OK);
    assert_str(got.name, "Jane");
    assert_int_equal(got.dob, 8000);
    assert_false(str_present(got.city));
    assert_int_equal(user_get(db, &a, 456, &got), ERR_NOT_FOUND); /* an account's own number only */
}

static struct user_profile change(struct profile_change in, enum err want)
{
    struct user_profile p = {0};
    assert_int_equal(user_profile_update(db, &a, 1, &in, 5, &p), want);
    return p;
}

static void profiles_change_field_by_field(void **state)
{
    (void)state;
    create("one@example.com");
    create("two@example.com");
    struct user_profile p = change((struct profile_change){.bio = STR("New"), .dob = I64_NULL}, OK);
    assert_str(p.bio, "New");
    assert_str(p.name, "Jane");
    assert_int_equal(p.dob, 8000);
    p = change((struct profile_change){.name = STR("Jo"), .gender = STR("x"), .dob = 7000}, OK);
    assert_str(p.name, "Jo");
    assert_str(p.gender, "x");
    assert_str(p.bio, "New");
    assert_int_equal(p.dob, 7000);

    assert_int_equal(db_savepoint(db), OK);
    change((struct profile_change){.email = STR("two@example.com"), .dob = I64_NULL}, ERR_CONFLICT);
    assert_int_equal(db_rollback_to(db), OK);
    change((struct profile_change){.email = STR("new@example.com"), .dob = I64_NULL}, OK);
    struct credentials c;
    assert_int_equal(user_credentials_by_email(db, &a, STR("new@example.com"), &c), OK);
    assert_int_equal(user_credentials_by_email(db, &a, STR("one@example.com"), &c), ERR_NOT_FOUND);
}

static struct str add_photo(int64_t owner, int n, int64_t most, enum err want)
{
    struct str name = arena_printf(&a, "00000000-0000-4000-8000-%012d.jpg", n);
    assert_int_equal(photo_expect(db, name, 100), OK);
    assert_int_equal(photo_insert(db, name, owner, 5, most, 50), want);
    return name;
}

static void verification_goes_with_its_photo(void **state)
{
    (void)state;
    create("one@example.com");
    create("two@example.com");
    add_photo(1, 1, 12, OK);
    struct str second = add_photo(1, 2, 12, OK);
    struct photo photo;
    struct account got;

    assert_int_equal(photo_get(db, &a, second, &photo), OK);
    assert_int_equal(user_set_verified(db, 2, photo.id, STR("face"), 9), ERR_NOT_FOUND);
    assert_int_equal(user_set_verified(db, 1, 999, STR("face"), 9), ERR_NOT_FOUND);
    assert_int_equal(user_set_verified(db, 1, photo.id, STR("face"), 9), OK);
    assert_int_equal(user_get(db, &a, 1, &got), OK);
    assert_int_equal(got.verified, 1);
    assert_str(got.kyc_level, "face");
    change((struct profile_change){.dob = 6000}, ERR_NOT_FOUND);
    change((struct profile_change){.gender = STR("y"), .dob = I64_NULL}, ERR_NOT_FOUND);
    change((struct profile_change){.name = STR("Z"), .dob = I64_NULL}, OK);

    struct str first = STR("00000000-0000-4000-8000-000000000001.jpg");
    assert_int_equal(photo_remove(db, first, 1, 60), OK);
    assert_int_equal(user_get(db, &a, 1, &got), OK);
    assert_int_equal(got.verified, 1);
    assert_int_equal(photo_remove(db, second, 1, 60), OK);
    assert_int_equal(user_get(db, &a, 1, &got), OK);
    assert_int_equal(got.verified, 0);
    assert_str(got.kyc_level, "basic");
}

static void photos_are_counted_and_the_profile_photo_follows(void **state)
{
    (void)state;
    create("one@example.com");
    struct user_ref me = by_number(1);
    struct user_profile p;
    struct str names[3];
    int64_t count;

    for (int i = 0; i < 3; i++)
        names[i] = add_photo(1, i, 3, OK);
    add_photo(1, 3, 3, ERR_NOT_FOUND);
    assert_int_equal(photo_count(db, 1, &count), OK);
    assert_int_equal(count, 3);
    assert_int_equal(user_profile_find(db, &a, &me, &p), OK);
    assert_str(p.profile_photo, arena_printf(&a, "/uploads/%s", names[0].ptr).ptr);

    assert_int_equal(photo_remove(db, names[0], 2, 60), ERR_NOT_FOUND); /* not theirs */
    assert_int_equal(photo_remove(db, names[0], 1, 60), OK);
    assert_int_equal(photo_remove(db, names[0], 1, 60), ERR_NOT_FOUND);
    assert_int_equal(user_profile_find(db, &a, &me, &p), OK);
    assert_str(p.profile_photo, arena_printf(&a, "/uploads/%s", names[1].ptr).ptr);
    assert_int_equal(photo_remove(db, names[2], 1, 60), OK);
    assert_int_equal(photo_remove(db, names[1], 1, 60), OK);
    assert_int_equal(user_profile_find(db, &a, &me, &p), OK);
    assert_false(str_present(p.profile_photo));
    assert_int_equal(photo_count(db, 1, &count), OK);
    assert_int_equal(count, 0);
}

static void photos_are_listed_oldest_first_in_pages(void **state)
{
    (void)state;
    create("one@example.com");
    struct rows rows;
    for (int i = 0; i < 5; i++)
        add_photo(1, 9 - i, 12, OK);
    assert_int_equal(photo_list(db, &a, 1, I64_NULL, 3, &rows), OK);
    assert_int_equal(rows.n, 3);
    const struct photo *p = rows.items;
    assert_true(p[0].id < p[1].id && p[1].id < p[2].id);
    assert_int_equal(photo_list(db, &a, 1, p[2].id, 3, &rows), OK);
    assert_int_equal(rows.n, 2);
}

static int64_t trash_at(int64_t now)
{
    struct rows rows;
    assert_int_equal(photo_trash(db, &a, now, 100, &rows), OK);
    return (int64_t)rows.n;
}

static void files_without_a_row_end_in_the_trash(void **state)
{
    (void)state;
    create("one@example.com");
    struct str kept = add_photo(1, 1, 12, OK);
    struct str lost = STR("00000000-0000-4000-8000-00000000dead.jpg");
    assert_int_equal(photo_expect(db, lost, 100), OK);
    assert_int_equal(trash_at(99), 0);
    assert_int_equal(trash_at(100), 1);
    assert_int_equal(photo_trash_take(db, lost, 99), ERR_NOT_FOUND);
    assert_int_equal(photo_trash_take(db, lost, 100), OK);
    assert_int_equal(trash_at(100), 0);
    assert_int_equal(photo_insert(db, lost, 1, 5, 12, 101),
                     ERR_NOT_FOUND); /* too late: it is gone */

    assert_int_equal(photo_remove(db, kept, 1, 200), OK);
    assert_int_equal(trash_at(199), 0);
    assert_int_equal(trash_at(200), 1);
}

static struct preferences put(struct preferences in, enum err want)
{
    struct preferences out = {0};
    assert_int_equal(user_preferences_put(db, &a, 1, &in, 7, &out), want);
    return out;
}

static void preferences_merge_and_clear(void **state)
{
    (void)state;
    struct str words[] = {STR("hiking"), STR("movies")};
    struct preferences out;
    struct account me;
    create("one@example.com");

    assert_int_equal(user_preferences(db, &a, 1, &out), OK);
    assert_true(out.age_min == I64_NULL && out.age_max == I64_NULL && out.interests.v == NULL &&
                !str_present(out.gender_preference) && !str_present(out.location_preference));

    out = put((struct preferences){.age_min = 25,
                                   .age_max = I64_NULL,
                                   .interests = {words, 2},
                                   .location_preference = STR("New York")},
              OK);
    assert_int_equal(out.age_min, 25);
    assert_int_equal(out.interests.n, 2);
    assert_int_equal(user_get(db, &a, 1, &me), OK);
    assert_str(me.city, "New York");

    out =
        put((struct preferences){.age_min = I64_NULL, .age_max = 35, .gender_preference = STR("m")},
            OK);
    assert_true(out.age_min == 25 && out.age_max == 35);
    assert_str(out.gender_preference, "m");
    assert_str(out.location_preference, "New York");
    assert_str(out.interests.v[1], "movies");

    out = put((struct preferences){.age_min = I64_NULL,
                                   .age_max = I64_NULL,
                                   .gender_preference = STR(""),
                                   .interests = {words, 0},
                                   .location_preference = STR("")},
              OK);
    assert_false(str_present(out.gender_preference) || str_present(out.location_preference));
    assert_true(out.interests.v != NULL && out.interests.n == 0);
    assert_int_equal(out.age_min, 25);
    assert_int_equal(user_get(db, &a, 1, &me), OK);
    assert_false(str_present(me.city));
}

static void age_bounds_may_not_cross_whatever_is_sent(void **state)
{
    (void)state;
    create("one@example.com");
    put((struct preferences){.age_min = 40, .age_max = 30}, ERR_CONFLICT);
    put((struct preferences){.age_min = 30, .age_max = 40}, OK);
    put((struct preferences){.age_min = 41, .age_max = I64_NULL}, ERR_CONFLICT);
    put((struct preferences){.age_min = I64_NULL, .age_max = 29}, ERR_CONFLICT);
    put((struct preferences){.age_min = 41, .age_max = 50}, OK);
}

static void passwords_change_once(void **state)
{
    (void)state;
    create("one@example.com");
    assert_int_equal(user_set_password(db, 1, STR("wrong"), STR("new"), 3), ERR_NOT_FOUND);
    assert_int_equal(user_set_password(db, 1, STR("hash"), STR("new"), 3), OK);
    assert_int_equal(user_set_password(db, 1, STR("hash"), STR("newer"), 3), ERR_NOT_FOUND);
}

static void operators_make_and_promote_accounts(void **state)
{
    (void)state;
    struct user_admin in = {STR("Root"), STR("Root@Example.com"), STR("h"), ROLE_ADMIN};
    struct account got;
    enum role was = ROLE_ADMIN;
    const char *why = NULL;

    assert_int_equal(user_admin_create(db, &a, &in, 1, &got, &was, &why), OK);
    assert_int_equal(was, ROLE_NONE);
    assert_int_equal(got.number, 1);
    assert_int_equal(got.dob, I64_NULL);

    in = (struct user_admin){STR("Other"), STR("root@example.com"), STR_NULL, ROLE_PARTNER};
    assert_int_equal(user_admin_create(db, &a, &in, 1, &got, &was, &why), OK);
    assert_int_equal(was, ROLE_ADMIN);
    assert_str(got.name, "Root");
    struct credentials c;
    assert_int_equal(user_credentials_by_email(db, &a, STR("root@example.com"), &c), OK);
    assert_str(c.role, "partner");
    assert_str(c.password_hash, "h");

    in = (struct user_admin){STR("X"), STR("x@example.com"), STR_NULL, ROLE_ADMIN};
    assert_int_equal(user_admin_create(db, &a, &in, 1, &got, &was, &why), ERR_NOT_FOUND);
    const struct user_admin BAD[] = {
        {STR("X"), STR("nobody"), STR("h"), ROLE_ADMIN},
        {STR("X"), STR("x@example.com"), STR("h"), ROLE_NONE},
        {STR(""), STR("x@example.com"), STR("h"), ROLE_ADMIN},
        {STR("a\nb"), STR("x@example.com"), STR("h"), ROLE_ADMIN},
    };
    for (size_t i = 0; i < COUNT(BAD); i++) {
        assert_int_equal(user_admin_create(db, &a, &BAD[i], 1, &got, &was, &why), ERR_INVALID);
        assert_non_null(why);
    }
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(numbers_count_up_and_skip_what_is_claimed),
        CASE(an_account_has_eight_aliases_at_most),
        CASE(an_email_has_one_account),
        CASE(people_are_found_in_either_spelling),
        CASE(profiles_change_field_by_field),
        CASE(verification_goes_with_its_photo),
        CASE(photos_are_counted_and_the_profile_photo_follows),
        CASE(photos_are_listed_oldest_first_in_pages),
        CASE(files_without_a_row_end_in_the_trash),
        CASE(preferences_merge_and_clear),
        CASE(age_bounds_may_not_cross_whatever_is_sent),
        CASE(passwords_change_once),
        CASE(operators_make_and_promote_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
