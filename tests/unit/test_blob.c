/* Blobs: there and back, once only, names that are refused, what is never followed, and no room. */
#include "platform/blob/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static struct blob_store *store;
static char base[64], dir[96];

static int setup(void **state)
{
    (void)state;
    const char *why = "";
    arena_init(&arena);
    strcpy(base, "/tmp/bookadate-blob-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(dir, sizeof dir, "%s/a/photos", base);
    assert_int_equal(blob_open(dir, &store, &why), OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    blob_close(store);
    snprintf(command, sizeof command, "rm -r %s", base);
    assert_int_equal(system(command), 0);
    arena_free(&arena);
    return 0;
}

static const char *in_dir(const char *name)
{
    return arena_printf(&arena, "%s/%s", dir, name).ptr;
}

static int files(void)
{
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void there_and_back(void **state)
{
    (void)state;
    struct str got = STR_NULL, bytes = {"a\0b\xff", 4};
    struct stat st;
    int fd;
    int64_t size;

    assert_int_equal(blob_put(store, STR("x-1.jpg"), bytes), OK);
    assert_int_equal(blob_read(store, STR("x-1.jpg"), 100, &arena, &got), OK);
    assert_true(str_eq(got, bytes));
    assert_int_equal(blob_read(store, STR("x-1.jpg"), 4, &arena, &got), OK);
    assert_int_equal(blob_read(store, STR("x-1.jpg"), 3, &arena, &got), ERR_TOO_LARGE);
    assert_int_equal(blob_get(store, STR("x-1.jpg"), &fd, &size), OK);
    assert_int_equal(size, 4);
    close(fd);
    assert_int_equal(stat(in_dir("x-1.jpg"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(files(), 1);

    assert_int_equal(blob_put(store, STR("x-1.jpg"), STR("other")), ERR_CONFLICT);
    assert_int_equal(blob_read(store, STR("x-1.jpg"), 100, &arena, &got), OK);
    assert_true(str_eq(got, bytes));

    assert_int_equal(blob_delete(store, STR("x-1.jpg")), OK);
    assert_int_equal(blob_delete(store, STR("x-1.jpg")), OK);
    assert_int_equal(blob_read(store, STR("x-1.jpg"), 100, &arena, &got), ERR_NOT_FOUND);
    assert_int_equal(files(), 0);

    assert_int_equal(blob_put(store, STR("empty"), STR("")), OK);
    assert_int_equal(blob_read(store, STR("empty"), 0, &arena, &got), OK);
    assert_true(str_present(got) && got.len == 0);
}

static void names(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        ".",
        "..",
        ".hidden",
        ".new-0000000000000000",
        "../x",
        "a/b",
        "/etc/passwd",
        "A",
        "a_b",
        "a b",
        "a\n",
        "ä",
        "a%2fb",
        "a\\b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", /* 65 */
    };
    struct str got, nul = {"a\0b", 3};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(blob_put(store, str_of(BAD[i]), STR("x")), ERR_NOT_FOUND);
        assert_int_equal(blob_read(store, str_of(BAD[i]), 10, &arena, &got), ERR_NOT_FOUND);
        assert_int_equal(blob_delete(store, str_of(BAD[i])), OK);
    }
    assert_int_equal(blob_put(store, nul, STR("x")), ERR_NOT_FOUND);
    assert_int_equal(blob_put(store, STR_NULL, STR("x")), ERR_NOT_FOUND);
    assert_int_equal(files(), 0);
    assert_int_equal(
        blob_put(store, STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                 STR("x")),
        OK);
    assert_int_equal(blob_put(store, STR("a..b-"), STR("x")), OK);
}

static void only_plain_files(void **state)
{
    (void)state;
    struct str got;
    assert_int_equal(symlink("/etc/hostname", in_dir("link")), 0);
    assert_int_equal(mkdir(in_dir("folder"), 0700), 0);
    assert_int_equal(mkfifo(in_dir("pipe"), 0600), 0);
    assert_int_equal(blob_read(store, STR("link"), 1000, &arena, &got), ERR_NOT_FOUND);
    assert_int_equal(blob_read(store, STR("folder"), 1000, &arena, &got), ERR_NOT_FOUND);
    assert_int_equal(blob_read(store, STR("pipe"), 1000, &arena, &got),
                     ERR_NOT_FOUND); /* and does not hang */
    assert_int_equal(blob_put(store, STR("link"), STR("x")), ERR_CONFLICT);
}

static void opening_clears_what_was_left_half_written(void **state)
{
    (void)state;
    const char *why = "";
    struct stat st;
    fclose(fopen(in_dir(".new-0123456789abcdef"), "w"));
    assert_int_equal(blob_put(store, STR("kept"), STR("x")), OK);
    blob_close(store);
    assert_int_equal(blob_open(dir, &store, &why), OK);
    assert_int_equal(files(), 1);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void directories_that_cannot_be_used(void **state)
{
    (void)state;
    struct blob_store *b = NULL;
    const char *why = "";
    fclose(fopen(in_dir("file"), "w"));
    assert_int_equal(blob_open(in_dir("file"), &b, &why), ERR_UNAVAILABLE);
    assert_non_null(strstr(why, "/file"));
    assert_int_equal(blob_open("/proc/nothing/photos", &b, &why), ERR_UNAVAILABLE);
    assert_non_null(strstr(why, "/proc/nothing"));
    assert_int_equal(blob_open("", &b, &why), ERR_UNAVAILABLE);
    char *path = calloc(1, 10000);
    memset(path, 'a', 9999);
    assert_int_equal(blob_open(path, &b, &why), ERR_UNAVAILABLE);
    free(path);
    assert_null(b);
    blob_close(NULL);
}

/* No room left (here: a limit on the size of files): nothing of it stays. */
static void no_room(void **state)
{
    (void)state;
    struct rlimit old, small;
    char *large = calloc(1, 100000);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){50000, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    enum err e = blob_put(store, STR("large"), (struct str){large, 100000});
    setrlimit(RLIMIT_FSIZE, &old);
    free(large);
    assert_int_equal(e, ERR_UNAVAILABLE);
    assert_int_equal(files(), 0);
}

static _Atomic int winners;

static void *put_the_same(void *arg)
{
    enum err e = blob_put(store, STR("same"), STR("x"));
    if (e == OK)
        atomic_fetch_add(&winners, 1);
    return e == OK || e == ERR_CONFLICT ? NULL : arg;
}

static void one_of_many_wins(void **state)
{
    (void)state;
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, put_the_same, &winners);
    for (size_t i = 0; i < 8; i++) {
        void *bad;
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
    assert_int_equal(winners, 1);
    assert_int_equal(files(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(names, setup, teardown),
        cmocka_unit_test_setup_teardown(only_plain_files, setup, teardown),
        cmocka_unit_test_setup_teardown(opening_clears_what_was_left_half_written, setup, teardown),
        cmocka_unit_test_setup_teardown(directories_that_cannot_be_used, setup, teardown),
        cmocka_unit_test_setup_teardown(no_room, setup, teardown),
        cmocka_unit_test_setup_teardown(one_of_many_wins, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
