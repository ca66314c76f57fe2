/* Every statement of every service is one that the store accepts: a typing mistake is found without
 * a request that runs it. */
#include "store_fixture.h"

#include "services/service.h"
#include "services/services.h"

static void every_statement_is_accepted(void **state)
{
    (void)state;
    struct fixture f = {0};
    const char *why = "";
    size_t n = 0;

    fixture_dir(&f);
    if (fixture_try(&f, MIGRATIONS, false, &f.store, &why) != OK)
        fail_msg("%s", why);
    struct db *db = fixture_writer(&f);
    for (const struct service *const *s = SERVICES; *s != NULL; s++) {
        for (const char *const *sql = (*s)->queries; sql != NULL && *sql != NULL; sql++, n++) {
            if (fixture_postgres() && strstr(*sql, "passes($") != NULL)
                continue; /* SQLite's alone (db_filter) */
            if (db_prepare_only(db, *sql) != OK)
                fail_msg("%s: %s\n%s", (*s)->name, db_error(db), *sql);
        }
    }
    assert_true(n > 0);
    store_db_close(db);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
