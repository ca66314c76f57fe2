/* Statements over db.h: values in and out, absent ones of each kind, what each mistake is called,
 * cursors. The same on every store. */
#include "store_fixture.h"

#include <math.h>

struct thing {
    int64_t id;
    struct str name;
    int64_t qty;
    double price;
    int8_t active;
    int64_t at_us;
    int64_t day;
    int64_t clock;
    struct user_ref owner;
    struct texts words;
};

static const struct field THING_FIELDS[] = {
    F_INT(thing, id, 0, 0, 0),
    F_TEXT(thing, name, 0, 0, 0),
    F_INT(thing, qty, 0, 0, 0),
    F_REAL(thing, price, 0, 0, 0),
    F_FLAG(thing, active, 0),
    F_TIME(thing, at_us, 0),
    F_DATE(thing, day, 0),
    F_CLOCK(thing, clock, 0),
    F_USER(thing, owner, 0),
    F_TEXTS(thing, words, 0, 0, 0),
    F_END,
};
static const struct shape THING = SHAPE(thing, THING_FIELDS);

#define COLUMNS "id, name, qty, price, active, at_us, day, clock, owner, words"

static const char SQL_TEST_INSERT[] =
    "INSERT INTO things (name, qty, price, active, at_us, day, clock, owner, words)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING " COLUMNS;
static const char SQL_TEST_GET[] = "SELECT " COLUMNS " FROM things WHERE name = $1";

static struct fixture fx;
static struct db *db;

static int setup(void **state)
{
    (void)state;
    fixture_dir(&fx);
    fixture_open(&fx);
    db = fixture_writer(&fx);
    assert_ok(db, db_begin(db));
    assert_ok(db, db_savepoint(db));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    db_rollback(db);
    store_db_close(db);
    fixture_close(&fx);
    return 0;
}

/* SQLite says the number of a row that was made without looking at the row. */
static void an_insert_returns_its_number(void **state)
{
    (void)state;
    static const char SQL_NUMBER[] = "INSERT INTO things (name) VALUES ($1) "
                                     "ON CONFLICT (name) DO NOTHING RETURNING id";
    static const char SQL_NAME[] = "INSERT INTO things (name) VALUES ($1) RETURNING name";
    static const char *const names[] = {"a", "b", "c"};
    struct str said = STR_NULL;
    int64_t n = 0;

    for (size_t i = 0; i < 3; i++) {
        struct str name = str_of(names[i]);
        assert_ok(db, db_int(db, SQL_NUMBER, DB_ARGS(DB_TEXT(name)), &n));
        assert_int_equal(n, fixture_int(db, "SELECT max(id) FROM things"));
        assert_int_equal(db_int(db, SQL_NUMBER, DB_ARGS(DB_TEXT(name)), &n), ERR_NOT_FOUND);
    }
    assert_ok(db, db_bytes(db, &fx.arena, SQL_NAME, DB_ARGS(DB_TEXT(STR("d"))), &said));
    assert_true(str_eq(said, STR("d")));
}

/* On SQLite an INSERT that makes one row returns it in a way of its own (sqlite_insert.c), and
 * others do not: each says the rows that it made. */
static void an_insert_returns_its_rows(void **state)
{
    (void)state;
    static const char SQL_TWO[] = "INSERT INTO parts (id, thing_id) VALUES ($1, $2), ($3, $2) "
                                  "RETURNING id";
    static const char SQL_UPSERT[] = "INSERT INTO parts (id, thing_id) VALUES ($1, $2) "
                                     "ON CONFLICT (id) DO UPDATE SET id = parts.id + 1000 "
                                     "RETURNING id";
    static const char SQL_CLUSTERED[] = "INSERT INTO pairs (a, b) VALUES ($1, $2) RETURNING b";
    static const char SQL_ONE[] = "INSERT INTO parts (id, thing_id) VALUES ($1, $2) "
                                  "ON CONFLICT (id) DO NOTHING RETURNING id, thing_id AS qty";
    struct rows rows = {0};
    struct thing got = {0};
    int64_t n = 0;

    assert_ok(db, fixture_add(db, "whole", 1));
    int64_t whole = fixture_int(db, "SELECT max(id) FROM things");
    assert_ok(db, db_all(db, &fx.arena, SQL_TWO, &THING, &rows,
                         DB_ARGS(DB_I64(1), DB_I64(whole), DB_I64(2))));
    assert_int_equal(rows.n, 2);
    assert_ok(db, db_int(db, SQL_UPSERT, DB_ARGS(DB_I64(1), DB_I64(whole)), &n));
    assert_int_equal(n, 1001);
    assert_ok(db, db_int(db, SQL_CLUSTERED, DB_ARGS(DB_I64(7), DB_I64(8)), &n));
    assert_int_equal(n, 8);
    for (int64_t id = 3; id < 6; id++) {
        assert_ok(db,
                  db_one(db, &fx.arena, SQL_ONE, &THING, &got, DB_ARGS(DB_I64(id), DB_I64(whole))));
        assert_int_equal(got.id, id);
        assert_int_equal(got.qty, whole);
        assert_int_equal(
            db_one(db, &fx.arena, SQL_ONE, &THING, &got, DB_ARGS(DB_I64(id), DB_I64(whole))),
            ERR_NOT_FOUND);
    }
    assert_int_equal(db_one(db, &fx.arena, SQL_ONE, &THING, &got, DB_ARGS(DB_I64(9), DB_I64(-1))),
                     ERR_CONFLICT);
}

static void every_kind_comes_back(void **state)
{
    (void)state;
    struct str words[] = {STR("a \"b\""), STR("")};
    struct texts texts = {words, 2};
    struct thing in, out;

    assert_ok(db, db_one(db, &fx.arena, SQL_TEST_INSERT, &THING, &in,
                         DB_ARGS(DB_TEXT(STR("na\"me")), DB_I64(INT64_MAX), DB_REAL(-0.25),
                                 DB_I64(1), DB_I64(1234567890123456), DB_I64(-1), DB_I64(1439),
                                 DB_I64(123), db_texts(&fx.arena, &texts))));
    assert_ok(db,
              db_one(db, &fx.arena, SQL_TEST_GET, &THING, &out, DB_ARGS(DB_TEXT(STR("na\"me")))));
    assert_int_equal(in.id, out.id);
    assert_true(out.id > 0);
    assert_str(out.name, "na\"me");
    assert_int_equal(out.name.ptr[out.name.len], 0);
    assert_true(out.qty == INT64_MAX && out.price == -0.25 && out.active == 1);
    assert_true(out.at_us == 1234567890123456 && out.day == -1 && out.clock == 1439);
    assert_int_equal(out.owner.kind, USER_REF_NUMBER);
    assert_int_equal(out.owner.number, 123);
    assert_int_equal(out.words.n, 2);
    assert_str(out.words.v[0], "a \"b\"");
    assert_str(out.words.v[1], "");
}

static void absent_values_of_every_kind(void **state)
{
    (void)state;
    struct thing out;
    struct texts none = {0};

    assert_ok(db, db_one(db, &fx.arena, SQL_TEST_INSERT, &THING, &out,
                         DB_ARGS(DB_TEXT(STR("")), DB_I64(I64_NULL), DB_REAL(NAN), DB_I64(I64_NULL),
                                 DB_I64(I64_NULL), DB_I64(I64_NULL), DB_I64(I64_NULL),
                                 DB_I64(I64_NULL), db_texts(&fx.arena, &none))));
    assert_str(out.name, "");
    assert_true(out.qty == I64_NULL && isnan(out.price) && out.active == FLAG_NULL);
    assert_true(out.at_us == I64_NULL && out.day == I64_NULL && out.clock == I64_NULL);
    assert_int_equal(out.owner.kind, USER_REF_NONE);
    assert_null(out.words.v);
}

static const char SQL_TEST_SOME[] = "SELECT name FROM things WHERE name = $1";
static void members_without_a_column_are_absent(void **state)
{
    (void)state;
    struct thing out;

    memset(&out, 7, sizeof out);
    assert_ok(db, fixture_add(db, "x", 5));
    assert_ok(db, db_one(db, &fx.arena, SQL_TEST_SOME, &THING, &out, DB_ARGS(DB_TEXT(STR("x")))));
    assert_str(out.name, "x");
    assert_true(out.id == I64_NULL && isnan(out.price) && out.active == FLAG_NULL);
}

static void no_row_leaves_the_result_alone(void **state)
{
    (void)state;
    struct thing out = {.qty = 42};
    int64_t n = 43;
    struct str s = STR("as it was");
    static const char SQL_TEST_NONE[] = "SELECT qty FROM things WHERE qty = $1";

    assert_int_equal(db_one(db, &fx.arena, SQL_TEST_GET, &THING, &out, DB_ARGS(DB_TEXT(STR("no")))),
                     ERR_NOT_FOUND);
    assert_int_equal(out.qty, 42);
    assert_int_equal(db_int(db, SQL_TEST_NONE, DB_ARGS(DB_I64(1)), &n), ERR_NOT_FOUND);
    assert_int_equal(n, 43);
    assert_int_equal(db_bytes(db, &fx.arena, SQL_TEST_NONE, DB_ARGS(DB_I64(1)), &s), ERR_NOT_FOUND);
    assert_str(s, "as it was");
}

static void parameters_go_by_name(void **state)
{
    (void)state;
    static const char SQL_TEST_NAMES[] =
        "SELECT CAST($10 AS BIGINT) * 100 + CAST($2 AS BIGINT) * 10 + CAST($10 AS BIGINT)"
        " + CAST($1 AS BIGINT) + 0 * (CAST($3 AS BIGINT) + CAST($4 AS BIGINT) + CAST($5 AS BIGINT)"
        " + CAST($6 AS BIGINT) + CAST($7 AS BIGINT) + CAST($8 AS BIGINT) + CAST($9 AS BIGINT))";
    int64_t n = 0;

    assert_ok(db, db_int(db, SQL_TEST_NAMES,
                         DB_ARGS(DB_I64(1000), DB_I64(2), DB_I64(0), DB_I64(0), DB_I64(0),
                                 DB_I64(0), DB_I64(0), DB_I64(0), DB_I64(0), DB_I64(7)),
                         &n));
    assert_int_equal(n, 1727);
}

static void rows_come_all(void **state)
{
    (void)state;
    static const char SQL_TEST_LIST[] = "SELECT name, qty FROM things ORDER BY qty LIMIT $1";
    struct rows rows = {(void *)1, 9};
    char name[16];

    assert_ok(db, db_all(db, &fx.arena, SQL_TEST_LIST, &THING, &rows, DB_ARGS(DB_I64(1000))));
    assert_int_equal(rows.n, 0);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_ok(db, fixture_add(db, name, i));
    }
    for (int64_t limit = 1; limit <= 100; limit += 11) {
        assert_ok(db, db_all(db, &fx.arena, SQL_TEST_LIST, &THING, &rows, DB_ARGS(DB_I64(limit))));
        assert_int_equal(rows.n, limit);
        const struct thing *t = rows.items;
        for (size_t i = 0; i < rows.n; i++)
            assert_int_equal(t[i].qty, i);
        assert_true(t[rows.n - 1].id == I64_NULL);
    }
}

static void changes_are_counted(void **state)
{
    (void)state;
    static const char SQL_TEST_ADD_ONCE[] =
        "INSERT INTO things (name, qty) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    static const char SQL_TEST_ONCE_ID[] =
        "INSERT INTO things (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING id";
    static const char SQL_TEST_BUMP[] = "UPDATE things SET qty = qty + 1 WHERE qty > $1";
    int64_t n = -1;

    assert_ok(db, db_run(db, SQL_TEST_ADD_ONCE, DB_ARGS(DB_TEXT(STR("a")), DB_I64(1)), &n));
    assert_int_equal(n, 1);
    assert_ok(db, db_run(db, SQL_TEST_ADD_ONCE, DB_ARGS(DB_TEXT(STR("a")), DB_I64(1)), &n));
    assert_int_equal(n, 0);
    assert_int_equal(db_int(db, SQL_TEST_ONCE_ID, DB_ARGS(DB_TEXT(STR("a"))), &n), ERR_NOT_FOUND);
    assert_ok(db, fixture_add(db, "b", 5));
    assert_ok(db, db_run(db, SQL_TEST_BUMP, DB_ARGS(DB_I64(0)), &n));
    assert_int_equal(n, 2);
    assert_ok(db, db_run(db, SQL_TEST_COUNT, DB_NO_ARGS, &n));
    assert_int_equal(n, 0);
}

/* A foreign key is only checked when the statement ends: also one whose row has been read already
 * must say so. */
static void constraints_are_conflicts(void **state)
{
    (void)state;
    static const char SQL_TEST_PART[] =
        "INSERT INTO parts (id, thing_id) VALUES ($1, $2) RETURNING id";
    static const char SQL_TEST_FLAG[] = "INSERT INTO things (name, active) VALUES ($1, $2)";
    static const char SQL_TEST_PAIR[] = "INSERT INTO pairs (a, b) VALUES ($1, $2)";
    struct thing t = {.id = 77};
    int64_t n = 78;

    assert_ok(db, fixture_add(db, "a", 1));
    assert_int_equal(fixture_add(db, "a", 1), ERR_CONFLICT);
    assert_int_equal(
        db_one(db, &fx.arena, SQL_TEST_PART, &THING, &t, DB_ARGS(DB_I64(1), DB_I64(999))),
        ERR_CONFLICT);
    assert_int_equal(t.id, 77);
    assert_int_equal(db_int(db, SQL_TEST_PART, DB_ARGS(DB_I64(1), DB_I64(999)), &n), ERR_CONFLICT);
    assert_int_equal(n, 78);
    assert_int_equal(db_run(db, SQL_TEST_FLAG, DB_ARGS(DB_TEXT(STR("f")), DB_I64(2)), NULL),
                     ERR_CONFLICT);
    assert_ok(db, db_run(db, SQL_TEST_PAIR, DB_ARGS(DB_I64(1), DB_I64(2)), NULL));
    assert_int_equal(db_run(db, SQL_TEST_PAIR, DB_ARGS(DB_I64(1), DB_I64(2)), NULL), ERR_CONFLICT);
    assert_int_equal(db_run(db, SQL_TEST_FLAG, DB_ARGS(DB_TEXT(STR_NULL), DB_I64(1)), NULL),
                     ERR_INTERNAL);
    assert_int_equal(fixture_int(db, SQL_TEST_COUNT), 1);
}

static void mistakes_of_ours_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        const char *why;
        const char *postgres; /* NULL: the same */
    } cases[] = {
        {"SELECT name AS other FROM things", "no field for column other"},
        {"SELECT name AS qty FROM things", "column qty does not fit"},
        {"SELECT qty AS name FROM things", "column name does not fit"},
        {"SELECT qty AS words FROM things", "column words does not fit"},
        {"SELECT name AS words FROM things", "column words does not fit"},
        {"SELECT qty, qty FROM things", "qty comes twice"},
        {"SELECT qty FROM things WHERE qty = $1", "arguments"},
        {"SELECT qty FROM nowhere", "nowhere"},
        {"SELECT qty FROM things; SELECT 1", "one statement", "multiple commands"},
        {"", "one statement"},
        {"SELECT qty FROM things WHERE qty = ?1", "parameter", "operator does not exist"},
        {"SELECT qty FROM things WHERE qty = :x", "parameter", "syntax error"},
        {"SELECT qty FROM things WHERE name = \"a\"", "no such column", "does not exist"},
    };
    struct thing t;

    assert_ok(db, fixture_add(db, "a", 1));
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(db_one(db, &fx.arena, cases[i].sql, &THING, &t, DB_NO_ARGS), ERR_INTERNAL);
        struct rows rows = {&t, 99};
        assert_int_equal(db_all(db, &fx.arena, cases[i].sql, &THING, &rows, DB_NO_ARGS),
                         ERR_INTERNAL);
        assert_true(rows.n == 0 && rows.items == NULL);
        bool other = fixture_postgres() && cases[i].postgres;
        if (!strstr(db_error(db), other ? cases[i].postgres : cases[i].why))
            fail_msg("%s: %s", cases[i].sql, db_error(db));
    }
    assert_int_equal(db_run(db, SQL_TEST_COUNT, DB_ARGS(DB_I64(1)), NULL), ERR_INTERNAL);
    assert_int_equal(db_prepare_only(db, "SELECT FROM"), ERR_INTERNAL);
    assert_ok(db, db_prepare_only(db, SQL_TEST_INSERT));
}

static void single_values(void **state)
{
    (void)state;
    static const char SQL_TEST_QTY[] = "SELECT qty FROM things WHERE name = $1";
    static const char SQL_TEST_NAME[] = "SELECT name FROM things WHERE name = $1";
    static const char SQL_TEST_DATA[] = "SELECT data FROM things WHERE name = $1";
    static const char SQL_TEST_BLOB[] = "INSERT INTO things (name, data) VALUES ($1, $2)";
    int64_t n = 0;
    struct str s;

    assert_ok(db, fixture_add(db, "null", I64_NULL));
    assert_ok(db, db_int(db, SQL_TEST_QTY, DB_ARGS(DB_TEXT(STR("null"))), &n));
    assert_true(n == I64_NULL);
    assert_int_equal(db_int(db, SQL_TEST_NAME, DB_ARGS(DB_TEXT(STR("null"))), &n), ERR_INTERNAL);
    assert_ok(db, db_bytes(db, &fx.arena, SQL_TEST_DATA, DB_ARGS(DB_TEXT(STR("null"))), &s));
    assert_null(s.ptr);

    assert_ok(
        db, db_run(db, SQL_TEST_BLOB, DB_ARGS(DB_TEXT(STR("b")), DB_BLOB(STR("\0\xff\0"))), NULL));
    assert_ok(db, db_bytes(db, &fx.arena, SQL_TEST_DATA, DB_ARGS(DB_TEXT(STR("b"))), &s));
    assert_true(s.len == 3 && memcmp(s.ptr, "\0\xff\0", 3) == 0);
    assert_ok(db, db_run(db, SQL_TEST_BLOB, DB_ARGS(DB_TEXT(STR("e")), DB_BLOB(STR(""))), NULL));
    assert_ok(db, db_bytes(db, &fx.arena, SQL_TEST_DATA, DB_ARGS(DB_TEXT(STR("e"))), &s));
    assert_true(s.ptr != NULL && s.len == 0);
    assert_ok(db, db_bytes(db, &fx.arena, SQL_TEST_NAME, DB_ARGS(DB_TEXT(STR("b"))), &s));
    assert_str(s, "b");
}

#define CURSORS 150
static void cursors_stand_side_by_side(void **state)
{
    (void)state;
    static const char SQL_TEST_FROM[] = "SELECT qty FROM things WHERE qty >= $1 ORDER BY qty";
    struct db_cursor *c[CURSORS];
    struct thing t;
    char name[16];

    for (int i = 0; i < CURSORS; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_ok(db, fixture_add(db, name, i));
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < CURSORS; i++)
            assert_ok(db, db_cursor_open(db, &fx.arena, SQL_TEST_FROM, DB_ARGS(DB_I64(i)), &c[i]));
        for (int step = 0; step < 3; step++)
            for (int i = 0; i < CURSORS; i++) {
                enum err want = i + step < CURSORS ? OK : ERR_NOT_FOUND;
                assert_int_equal(db_cursor_next(c[i], &fx.arena, &THING, &t), want);
                if (want == OK)
                    assert_int_equal(t.qty, i + step);
            }
        for (int i = 0; i < CURSORS; i++)
            db_cursor_close(c[i]);
    }
    db_cursor_close(c[0]);
    assert_int_equal(db_cursor_next(c[0], &fx.arena, &THING, &t), ERR_NOT_FOUND);
    db_cursor_close(NULL);
}

static bool passes_threes(struct db_filter *f, int64_t n)
{
    (void)f;
    return n % 3 == 0;
}

static void a_filter_decides(void **state)
{
    (void)state;
    static const char SQL_TEST_PASSING[] =
        "SELECT qty FROM things WHERE passes($1, qty) AND qty > $2 ORDER BY qty";
    struct db_filter threes = {passes_threes};
    struct rows rows;
    char name[16];

    if (fixture_postgres()) { /* has no such function, and says so */
        assert_int_equal(db_all(db, &fx.arena, SQL_TEST_PASSING, &THING, &rows,
                                DB_ARGS(db_filter(&threes), DB_I64(3))),
                         ERR_INTERNAL);
        return;
    }
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_ok(db, fixture_add(db, name, i));
    }
    assert_ok(db, db_all(db, &fx.arena, SQL_TEST_PASSING, &THING, &rows,
                         DB_ARGS(db_filter(&threes), DB_I64(3))));
    assert_int_equal(rows.n, 5);
    for (size_t i = 0; i < rows.n; i++)
        assert_int_equal(((const struct thing *)rows.items)[i].qty, 6 + 3 * i);
    assert_ok(
        db, db_all(db, &fx.arena, SQL_TEST_PASSING, &THING, &rows, DB_ARGS(DB_I64(1), DB_I64(3))));
    assert_int_equal(rows.n, 16); /* no filter */
}

static void a_cursor_ends_for_good(void **state)
{
    (void)state;
    struct db_cursor *c;
    struct thing t;

    assert_ok(db, fixture_add(db, "a", 1));
    assert_ok(db, db_cursor_open(db, &fx.arena, SQL_TEST_GET, DB_ARGS(DB_TEXT(STR("a"))), &c));
    assert_ok(db, db_cursor_next(c, &fx.arena, &THING, &t));
    for (int i = 0; i < 3; i++)
        assert_int_equal(db_cursor_next(c, &fx.arena, &THING, &t), ERR_NOT_FOUND);
    db_cursor_close(c);
}

static void readers_refuse_to_write(void **state)
{
    (void)state;
    struct db *reader = fixture_reader(&fx);

    assert_int_equal(fixture_add(reader, "x", 1), ERR_INTERNAL);
    assert_int_equal(db_begin(reader), ERR_INTERNAL);
    assert_int_equal(db_on_commit(reader, NULL, NULL), ERR_INTERNAL);
    assert_int_equal(fixture_int(reader, SQL_TEST_COUNT), 0);
    store_db_close(reader);
}

static void letter_case_counts(void **state)
{
    (void)state;
    static const char SQL_TEST_LIKE[] = "SELECT count(*) FROM things WHERE name LIKE 'ab%'";

    assert_ok(db, fixture_add(db, "ABC", 1));
    assert_ok(db, fixture_add(db, "abc", 1));
    assert_int_equal(fixture_int(db, SQL_TEST_LIKE), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_insert_returns_its_rows),
        T(an_insert_returns_its_number),
        T(every_kind_comes_back),
        T(absent_values_of_every_kind),
        T(members_without_a_column_are_absent),
        T(no_row_leaves_the_result_alone),
        T(parameters_go_by_name),
        T(rows_come_all),
        T(changes_are_counted),
        T(constraints_are_conflicts),
        T(mistakes_of_ours_are_named),
        T(single_values),
        T(cursors_stand_side_by_side),
        T(a_filter_decides),
        T(a_cursor_ends_for_good),
        T(readers_refuse_to_write),
        T(letter_case_counts),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
