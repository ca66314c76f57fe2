/* Revocations: what each kind hits, that a loop's view gives the same answer as asking every entry,
 * that nothing counts before it is durable, and that a full load gives the same as the running
 * process had. The store is a stand-in here. */
#include "platform/auth/revocation.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ── A stand-in for the store ── */

struct row {
    int64_t id, number, every, spare, at_us, expires_us;
    char jti[UUID_LEN + 1]; /* "" is NULL */
};

struct db {
    struct row *rows;
    size_t n;
    int64_t last_id;
    struct {
        db_hook_fn fn;
        void *arg;
    } hooks[4096];
    size_t n_hooks;
    enum err fail;
};

struct db_cursor {
    struct db *db;
    size_t at;
    int64_t after;
};

struct db_arg db_i64(int64_t v)
{
    return (struct db_arg){.kind = DB_KIND_INT, .v.i = v};
}

struct db_arg db_text(struct str s)
{
    return (struct db_arg){.kind = s.ptr ? DB_KIND_TEXT : DB_KIND_NULL, .v.s = s};
}

static void db_prune(struct db *db, int64_t now_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < db->n; i++) {
        if (db->rows[i].expires_us > now_us)
            db->rows[kept++] = db->rows[i];
    }
    db->n = kept;
}

enum err db_run(struct db *db, const char *sql, struct db_args args, int64_t *ret_changed)
{
    (void)ret_changed;
    assert_int_equal(strncmp(sql, "DELETE", 6), 0);
    if (db->fail == OK)
        db_prune(db, args.v[0].v.i);
    return db->fail;
}

enum err db_int(struct db *db, const char *sql, struct db_args args, int64_t *ret)
{
    assert_int_equal(strncmp(sql, "INSERT", 6), 0);
    if (db->fail != OK)
        return db->fail;
    assert_int_equal(args.n, 6);
    db->rows = realloc(db->rows, (db->n + 1) * sizeof *db->rows);
    struct row *r = &db->rows[db->n++];
    *r = (struct row){0, args.v[0].v.i, args.v[2].v.i, args.v[3].v.i, args.v[4].v.i, args.v[5].v.i,
                      ""};
    if (args.v[1].kind == DB_KIND_TEXT)
        memcpy(r->jti, args.v[1].v.s.ptr, UUID_LEN);
    *ret = r->id = ++db->last_id;
    return OK;
}

enum err db_on_commit(struct db *db, db_hook_fn fn, void *arg)
{
    assert_true(db->n_hooks < sizeof db->hooks / sizeof *db->hooks);
    db->hooks[db->n_hooks].fn = fn;
    db->hooks[db->n_hooks++].arg = arg;
    return OK;
}

enum err db_cursor_open(struct db *db, struct arena *a, const char *sql, struct db_args args,
                        struct db_cursor **ret)
{
    (void)sql;
    *ret = ARENA_NEW(a, struct db_cursor);
    **ret = (struct db_cursor){db, 0, args.v[0].v.i};
    return db->fail;
}

static void *member(const struct shape *shape, void *obj, const char *name)
{
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++) {
        if (strcmp(f->name, name) == 0)
            return (char *)obj + f->offset;
    }
    fail_msg("no member %s", name);
    return NULL;
}

enum err db_cursor_next(struct db_cursor *c, struct arena *a, const struct shape *shape, void *ret)
{
    while (c->at < c->db->n && c->db->rows[c->at].expires_us <= c->after)
        c->at++;
    if (c->at == c->db->n)
        return ERR_NOT_FOUND;
    const struct row *r = &c->db->rows[c->at++];
    *(int64_t *)member(shape, ret, "id") = r->id;
    *(int64_t *)member(shape, ret, "number") = r->number;
    *(int64_t *)member(shape, ret, "every") = r->every;
    *(int64_t *)member(shape, ret, "spare") = r->spare;
    *(int64_t *)member(shape, ret, "at_us") = r->at_us;
    *(int64_t *)member(shape, ret, "expires_us") = r->expires_us;
    *(struct str *)member(shape, ret, "jti") = r->jti[0] ? arena_str(a, str_of(r->jti)) : STR_NULL;
    return OK;
}

enum err db_all(struct db *db, struct arena *a, const char *sql, const struct shape *shape,
                struct rows *ret, struct db_args args)
{
    char *items = arena_alloc(a, (db->n + 1) * shape->size);
    struct db_cursor c = {db, 0, INT64_MIN};
    size_t n = 0;

    (void)sql;
    while (n < (size_t)args.v[1].v.i && c.at < db->n) {
        if (db->rows[c.at].id <= args.v[0].v.i)
            c.at++;
        else
            db_cursor_next(&c, a, shape, items + n++ * shape->size);
    }
    *ret = (struct rows){items, n};
    return db->fail;
}

void db_cursor_close(struct db_cursor *c)
{
    (void)c;
}

static void commit(struct db *db)
{
    for (size_t i = 0; i < db->n_hooks; i++)
        db->hooks[i].fn(db->hooks[i].arg);
    db->n_hooks = 0;
}

/* ── The tests ── */

static struct db db;
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    memset(&db, 0, sizeof db);
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(db.rows);
    arena_free(&arena);
    return 0;
}

static struct uuid jti_of(int n)
{
    uint8_t bytes[UUID_RANDOM_BYTES] = {0};
    bytes[0] = (uint8_t)n;
    bytes[1] = (uint8_t)(n >> 8);
    return uuid_v4(bytes);
}

static struct identity token(int64_t number, int jti, int64_t issued_us)
{
    return (struct identity){
        .number = number, .jti = jti_of(jti), .issued_us = issued_us, .role = ROLE_USER};
}

static struct revocation one(int64_t number, int jti)
{
    return (struct revocation){.number = number, .jti = jti_of(jti), .expires_us = 1000};
}

static struct revocation all(int64_t number, int64_t at_us, int spare)
{
    return (struct revocation){
        .number = number,
        .all = true,
        .at_us = at_us,
        .spare_jti = spare > 0,
        .jti = spare > 0 ? jti_of(spare) : (struct uuid){""},
        .expires_us = 1000,
    };
}

static struct revocations *load(int64_t now_us)
{
    struct revocations *r = NULL;
    assert_int_equal(revocations_load(&db, now_us, &r), OK);
    return r;
}

static void add(struct revocations *r, struct revocation e)
{
    assert_int_equal(revocation_add(&db, &arena, r, &e), OK);
}

static bool allow(struct revocations *r, int loop, struct identity who)
{
    return revocations_allow(r, loop, &who);
}

static void hits(void **state)
{
    (void)state;
    const struct {
        struct revocation entry;
        struct identity who;
        bool want;
    } rows[] = {
        {one(1, 7), token(1, 7, 10), true},     {one(1, 7), token(1, 8, 10), false},
        {one(1, 7), token(2, 7, 10), false},    {all(1, 10, 0), token(1, 7, 9), true},
        {all(1, 10, 0), token(1, 7, 10), true}, {all(1, 10, 0), token(1, 7, 11), false},
        {all(1, 10, 0), token(2, 7, 9), false}, {all(1, 10, 7), token(1, 7, 9), false},
        {all(1, 10, 7), token(1, 8, 9), true},  {all(1, 10, 7), token(1, 8, 11), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (revocation_hits(&rows[i].entry, &rows[i].who) != rows[i].want)
            fail_msg("row %zu", i);
    }
}

static void counts_once_durable(void **state)
{
    (void)state;
    struct revocations *r = load(0);
    assert_true(allow(r, 0, token(1, 7, 10)));
    add(r, one(1, 7));
    assert_true(allow(r, 0, token(1, 7, 10)));
    commit(&db);
    assert_false(allow(r, 0, token(1, 7, 10)));
    assert_false(allow(r, 63, token(1, 7, 10))); /* a loop that never looked before */
    assert_true(allow(r, 0, token(1, 8, 10)));
    assert_true(allow(r, 0, token(2, 7, 10)));
    revocations_free(r);
}

static void store_errors_come_back(void **state)
{
    (void)state;
    struct revocations *r = load(0);
    struct revocation e = one(1, 7);
    db.fail = ERR_UNAVAILABLE;
    assert_int_equal(revocation_add(&db, &arena, r, &e), ERR_UNAVAILABLE);
    assert_int_equal(revocations_prune(&db, r, 0), ERR_UNAVAILABLE);
    assert_int_equal(db.n_hooks, 0);
    revocations_free(r);
    r = NULL;
    assert_int_equal(revocations_load(&db, 0, &r), ERR_UNAVAILABLE);
    assert_null(r);
    revocations_free(NULL);
}

static void heard(void *ctx, const struct revocation *entry)
{
    *(int64_t *)ctx += entry->number;
}

static void listener_hears_what_is_durable(void **state)
{
    (void)state;
    struct revocations *r = load(0);
    int64_t sum = 0;
    revocations_listen(r, heard, &sum);
    add(r, one(3, 7));
    add(r, all(4, 5, 0));
    assert_int_equal(sum, 0);
    commit(&db);
    assert_int_equal(sum, 7);
    revocations_free(r);
}

/* A change of password spares the token it came with; one later spares another; "all" spares none.
 */
static void several_alls_of_one_account(void **state)
{
    (void)state;
    struct revocations *r = load(0);
    add(r, all(1, 10, 1));
    commit(&db);
    assert_true(allow(r, 0, token(1, 1, 5)));
    assert_false(allow(r, 0, token(1, 2, 5)));
    add(r, all(1, 20, 3));
    commit(&db);
    assert_false(allow(r, 0, token(1, 1, 5)));
    assert_true(allow(r, 0, token(1, 3, 15)));
    assert_false(allow(r, 0, token(1, 3, 10))); /* the first one had not spared it */
    add(r, all(1, 30, 0));
    commit(&db);
    assert_false(allow(r, 0, token(1, 3, 15)));
    assert_true(allow(r, 0, token(1, 4, 31)));
    revocations_free(r);
}

static struct revocation random_entry(void)
{
    int64_t number = 1 + random() % 3;
    int jti = (int)(10 * number + random() % 6);
    struct revocation e =
        random() % 4 == 0 ? one(number, jti) : all(number, random() % 30, random() % 5 ? jti : 0);
    e.expires_us = 100 + random() % 100;
    return e;
}

/* Every token that there can be, asked of the view and of each entry there is. A token's id is one
 * account's. */
static void same_as_asking_each(struct revocations *r, int loop, const struct revocation *entries,
                                size_t n)
{
    for (int64_t number = 1; number <= 3; number++) {
        for (int at = 0; at < 6 * 32; at++) {
            struct identity who = token(number, (int)(10 * number) + at % 6, at / 6);
            bool hit = false;
            for (size_t i = 0; i < n && !hit; i++)
                hit = revocation_hits(&entries[i], &who);
            assert_int_equal(revocations_allow(r, loop, &who), !hit);
        }
    }
}

static void views_agree_with_the_entries(void **state)
{
    (void)state;
    srandom(7);
    for (int round = 0; round < 100; round++) {
        struct revocation entries[12];
        struct revocations *r = load(0);
        for (size_t i = 0; i < 12; i++) {
            entries[i] = random_entry();
            add(r, entries[i]);
            commit(&db);
            same_as_asking_each(r, (int)(i % 3), entries, i + 1);
        }
        /* a restart knows the same */
        struct revocations *again = load(0);
        same_as_asking_each(again, 0, entries, 12);
        revocations_free(again);

        /* and what has expired is forgotten everywhere */
        assert_int_equal(revocations_prune(&db, r, 150), OK);
        size_t kept = 0;
        for (size_t i = 0; i < 12; i++) {
            if (entries[i].expires_us > 150)
                entries[kept++] = entries[i];
        }
        assert_int_equal(db.n, kept);
        same_as_asking_each(r, 0, entries, kept);
        revocations_free(r);
        db.n = 0;
    }
}

#define READERS 3
static struct revocations *shared;
static _Atomic int durable; /* how many are */

static void *reader(void *arg)
{
    int loop = (int)(intptr_t)arg;
    while (atomic_load(&durable) < 2000) {
        int known = atomic_load(&durable);
        if (known > 0 && allow(shared, loop, token(known, known, 1)))
            return arg; /* was durable before we asked, and yet it counts */
    }
    return NULL;
}

static void loops_see_what_was_durable_before(void **state)
{
    (void)state;
    pthread_t threads[READERS];
    shared = load(0);
    atomic_store(&durable, 0);
    for (intptr_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader, (void *)(i + 1)), 0);
    for (int i = 1; i <= 2000; i++) {
        add(shared, i % 2 ? one(i, i) : all(i, 2, 0));
        commit(&db);
        atomic_store(&durable, i);
    }
    for (int i = 0; i < READERS; i++) {
        void *bad;
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
    revocations_free(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hits, setup, teardown),
        cmocka_unit_test_setup_teardown(counts_once_durable, setup, teardown),
        cmocka_unit_test_setup_teardown(store_errors_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(listener_hears_what_is_durable, setup, teardown),
        cmocka_unit_test_setup_teardown(several_alls_of_one_account, setup, teardown),
        cmocka_unit_test_setup_teardown(views_agree_with_the_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(loops_see_what_was_durable_before, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
