/* Revocations in the real store: durable with the handler's transaction or not at all, the same
 * after a restart, and pruned. */
#include "store_fixture.h"

#include "platform/auth/revocation.h"

static struct fixture f;

static int open_store(void **state)
{
    const char *why = "";

    (void)state;
    memset(&f, 0, sizeof f);
    fixture_dir(&f);
    if (fixture_try(&f, MIGRATIONS, false, &f.store, &why) != OK)
        fail_msg("%s", why);
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static struct uuid jti_of(uint8_t n)
{
    uint8_t bytes[UUID_RANDOM_BYTES] = {n};
    return uuid_v4(bytes);
}

static struct identity token(int64_t number, uint8_t jti, int64_t issued_us)
{
    return (struct identity){.number = number, .jti = jti_of(jti), .issued_us = issued_us};
}

static void add(struct db *db, struct revocations *r, struct revocation e)
{
    assert_ok(db, revocation_add(db, &f.arena, r, &e));
}

static struct revocations *load(struct db *db, int64_t now_us)
{
    struct revocations *r = NULL;
    assert_ok(db, revocations_load(db, now_us, &r));
    return r;
}

static bool allow(struct revocations *r, struct identity who)
{
    return revocations_allow(r, 0, &who);
}

static void every_statement_is_accepted(void **state)
{
    (void)state;
    struct db *db = fixture_writer(&f);
    for (const char *const *sql = REVOCATION_QUERIES; *sql; sql++) {
        if (db_prepare_only(db, *sql) != OK)
            fail_msg("%s\n%s", db_error(db), *sql);
    }
    store_db_close(db);
}

static void only_what_is_committed_counts(void **state)
{
    (void)state;
    struct db *db = fixture_writer(&f);
    struct revocations *r = load(db, 0);

    assert_ok(db, db_begin(db));
    assert_ok(db, db_savepoint(db));
    add(db, r, (struct revocation){.number = 1, .jti = jti_of(1), .expires_us = 100});
    assert_ok(db, db_rollback_to(db)); /* its handler failed */
    assert_ok(db, db_savepoint(db));
    add(db, r, (struct revocation){.number = 1, .jti = jti_of(2), .expires_us = 100});
    assert_ok(db, db_release(db));
    assert_true(allow(r, token(1, 2, 5)));
    assert_ok(db, db_commit(db));
    assert_true(allow(r, token(1, 1, 5)));
    assert_false(allow(r, token(1, 2, 5)));
    revocations_free(r);

    r = load(db, 0); /* after a restart */
    assert_true(allow(r, token(1, 1, 5)));
    assert_false(allow(r, token(1, 2, 5)));
    revocations_free(r);
    store_db_close(db);
}

static void everything_comes_back(void **state)
{
    (void)state;
    struct db *db = fixture_writer(&f);
    struct revocations *r = load(db, 0);

    assert_ok(db, db_begin(db));
    add(db, r, (struct revocation){.number = 1, .all = true, .at_us = 10, .expires_us = 100});
    add(db, r,
        (struct revocation){.number = 2,
                            .all = true,
                            .at_us = 10,
                            .spare_jti = true,
                            .jti = jti_of(7),
                            .expires_us = 200});
    assert_ok(db, db_commit(db));
    for (int round = 0; round < 2; round++) {
        assert_false(allow(r, token(1, 7, 10)));
        assert_true(allow(r, token(1, 7, 11)));
        assert_true(allow(r, token(2, 7, 10)));
        assert_false(allow(r, token(2, 8, 10)));
        revocations_free(r);
        r = load(db, 0);
    }

    assert_ok(db, db_begin(db));
    assert_ok(db, revocations_prune(db, r, 100));
    assert_ok(db, db_commit(db));
    assert_true(allow(r, token(1, 7, 10)));
    assert_false(allow(r, token(2, 8, 10)));
    assert_int_equal(fixture_int(db, "SELECT count(*) FROM revoked_tokens"), 1);
    revocations_free(r);
    store_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_statement_is_accepted, open_store, close_store),
        cmocka_unit_test_setup_teardown(only_what_is_committed_counts, open_store, close_store),
        cmocka_unit_test_setup_teardown(everything_comes_back, open_store, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
