/* multipart/form-data: the same result for any split of the bytes, and what is refused. */
#include "unit.h"

#include "platform/http/form.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define B "xYzZy"
#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_PART(name, file, type)                                                                \
    "Content-Disposition: form-data; name=\"" name "\"; filename=\"" file                          \
    "\"\r\nContent-Type: " type "\r\n\r\n"

static char spool_dir[] = "/tmp/form-test-XXXXXX";

static const char WHOLE[] =
    "this is the preamble\r\nof two lines\r\n--" B
    " \t\r\n" FIELD("first") "one\r\n--" B "\r\n" FILE_PART(
        "image", "a.jpg",
        "image/jpeg") "\r\n-\r\r\n--xYz\r\n\r\n--" B
                      "\r\n" FIELD("empty") "\r\n--" B "\r\n"
                                            "content-disposition:form-data;name=bare\r\nX-Other: "
                                            "y\r\n\r\nlast\r\n--" B "--\r\nepilogue --" B "\r\n";

static void check_whole(const struct form *f)
{
    const struct form_part *p = form_first(f);

    assert_str(p->name, "first");
    assert_false(str_present(p->filename));
    assert_false(str_present(p->content_type));
    assert_str(p->bytes, "one");
    p = p->next;
    assert_str(p->name, "image");
    assert_str(p->filename, "a.jpg");
    assert_str(p->content_type, "image/jpeg");
    assert_str(p->bytes, "\r\n-\r\r\n--xYz\r\n");
    p = p->next;
    assert_str(p->name, "empty");
    assert_true(str_present(p->bytes));
    assert_int_equal(p->bytes.len, 0);
    p = p->next;
    assert_str(p->name, "bare");
    assert_str(p->bytes, "last");
    assert_null(p->next);
    assert_ptr_equal(form_get(f, "bare"), p);
    assert_null(form_get(f, "Bare"));
}

/* Feed in pieces that end at each cut; each piece is its own allocation, so that an overrun is
 * seen. */
static enum err feed_cut(struct form *f, const char *bytes, size_t len, const size_t *cuts,
                         size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i <= n; i++) {
        size_t end = i < n ? cuts[i] : len;
        char *piece = malloc(end - at + 1);
        memcpy(piece, bytes + at, end - at);
        enum err e = form_feed(f, piece, end - at);
        free(piece);
        if (e != OK)
            return e;
        at = end;
    }
    return form_finish(f);
}

static void test_every_split_in_two(void **state)
{
    size_t len = sizeof(WHOLE) - 1;

    (void)state;
    for (size_t cut = 0; cut <= len; cut++) {
        struct arena a = {0};
        struct form *f = form_new(&a, STR(B), spool_dir);
        assert_int_equal(feed_cut(f, WHOLE, len, &cut, 1), OK);
        check_whole(f);
        form_free(f);
        arena_free(&a);
    }
}

static void test_every_split_in_three(void **state)
{
    size_t len = sizeof(WHOLE) - 1;

    (void)state;
    for (size_t i = 0; i <= len; i += 3)
        for (size_t j = i; j <= len; j += 7) {
            struct arena a = {0};
            struct form *f = form_new(&a, STR(B), spool_dir);
            assert_int_equal(feed_cut(f, WHOLE, len, (size_t[]){i, j}, 2), OK);
            check_whole(f);
            form_free(f);
            arena_free(&a);
        }
}

static void test_byte_by_byte(void **state)
{
    struct arena a = {0};
    struct form *f = form_new(&a, STR(B), spool_dir);

    (void)state;
    for (size_t i = 0; i < sizeof(WHOLE) - 1; i++)
        assert_int_equal(form_feed(f, &WHOLE[i], 1), OK);
    assert_int_equal(form_finish(f), OK);
    check_whole(f);
    form_free(f);
    arena_free(&a);
}

/* ── What is refused ── */

struct refusal {
    const char *why;
    const char *body;
    enum err want;
};

static const struct refusal REFUSED[] = {
    {"nothing", "", ERR_BAD_REQUEST},
    {"no boundary at all", "hello", ERR_BAD_REQUEST},
    {"another boundary", "--other\r\n" FIELD("a") "x\r\n--other--\r\n", ERR_BAD_REQUEST},
    {"no closing boundary", "--" B "\r\n" FIELD("a") "x\r\n", ERR_BAD_REQUEST},
    {"ends within a part", "--" B "\r\n" FIELD("a") "x", ERR_BAD_REQUEST},
    {"ends within headers", "--" B "\r\nContent-Disposition: form-data; na", ERR_BAD_REQUEST},
    {"ends with one dash", "--" B "\r\n" FIELD("a") "x\r\n--" B "-", ERR_BAD_REQUEST},
    {"text behind the boundary", "--" B "x\r\n" FIELD("a") "x\r\n--" B "--", ERR_BAD_REQUEST},
    {"text behind padding", "--" B " x\r\n" FIELD("a") "x\r\n--" B "--", ERR_BAD_REQUEST},
    {"one dash and text", "--" B "-x\r\n", ERR_BAD_REQUEST},
    {"no name", "--" B "\r\nContent-Disposition: form-data\r\n\r\nx\r\n--" B "--", ERR_BAD_REQUEST},
    {"no headers", "--" B "\r\n\r\nx\r\n--" B "--", ERR_BAD_REQUEST},
    {"no disposition", "--" B "\r\nContent-Type: a/b\r\n\r\nx\r\n--" B "--", ERR_BAD_REQUEST},
    {"another disposition",
     "--" B "\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--" B "--",
     ERR_BAD_REQUEST},
    {"two dispositions",
     "--" B "\r\nContent-Disposition: form-data; name=\"a\"\r\n" FIELD("b") "x\r\n--" B "--",
     ERR_BAD_REQUEST},
    {"bare LF in headers",
     "--" B "\r\nContent-Disposition: form-data; name=\"a\"\n\r\nx\r\n--" B "--", ERR_BAD_REQUEST},
    {"bare CR in headers",
     "--" B "\r\nContent-Disposition: form-data;\rname=\"a\"\r\n\r\nx\r\n--" B "--",
     ERR_BAD_REQUEST},
    {"a folded header",
     "--" B "\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\nx\r\n--" B "--",
     ERR_BAD_REQUEST},
    {"a header without colon", "--" B "\r\nnonsense\r\n" FIELD("a") "x\r\n--" B "--",
     ERR_BAD_REQUEST},
    {"a space before the colon", "--" B "\r\nX : y\r\n" FIELD("a") "x\r\n--" B "--",
     ERR_BAD_REQUEST},
    {"a control character", "--" B "\r\nX: \x01\r\n" FIELD("a") "x\r\n--" B "--", ERR_BAD_REQUEST},
    {"base64", "--" B "\r\nContent-Transfer-Encoding: base64\r\n" FIELD("a") "eA==\r\n--" B "--",
     ERR_BAD_REQUEST},
    {"bare LF lines", "--" B "\n" FIELD("a") "x\n--" B "--\n", ERR_BAD_REQUEST},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        size_t len = strlen(REFUSED[i].body);
        for (size_t cut = 0; cut <= len; cut++) {
            struct arena a = {0};
            struct form *f = form_new(&a, STR(B), spool_dir);
            enum err e = feed_cut(f, REFUSED[i].body, len, &cut, 1);
            if (e != REFUSED[i].want)
                fail_msg("%s, cut at %zu: %s", REFUSED[i].why, cut, err_name(e));
            assert_int_equal(form_feed(f, "x", 1), e); /* it stays refused */
            assert_int_equal(form_finish(f), e);
            form_free(f);
            arena_free(&a);
        }
    }
}

static void test_accepted_oddities(void **state)
{
    static const char *const GOOD[] = {
        "--" B "--",
        "--" B "--\r\n",
        "\r\n--" B "\r\n" FIELD("a") "x\r\n--" B "--garbage",
        "--" B "\r\nContent-Transfer-Encoding: Binary\r\n" FIELD("a") "x\r\n--" B "--",
        "--" B "\r\n" FIELD("a") "--" B "\r\n--" B "--", /* a boundary not at a line's start */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(GOOD); i++) {
        struct arena a = {0};
        struct form *f = form_new(&a, STR(B), spool_dir);
        assert_int_equal(form_feed(f, GOOD[i], strlen(GOOD[i])), OK);
        assert_int_equal(form_finish(f), OK);
        form_free(f);
        arena_free(&a);
    }
}

static void test_bad_boundaries(void **state)
{
    char long_one[72];

    (void)state;
    memset(long_one, 'b', sizeof(long_one));
    struct str bad[] = {STR_NULL, STR(""), STR("a\r\nb"), {long_one, 71}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct arena a = {0};
        struct form *f = form_new(&a, bad[i], spool_dir);
        assert_int_equal(form_feed(f, "--x\r\n", 5), ERR_BAD_REQUEST);
        form_free(f);
        arena_free(&a);
    }
    form_free(NULL);
}

/* ── Limits ── */

static enum err feed_text(struct form *f, const char *text)
{
    return form_feed(f, text, strlen(text));
}

static enum err feed_many(struct form *f, char c, size_t n)
{
    char block[1000];

    memset(block, c, sizeof(block));
    for (size_t left = n; left > 0;) {
        size_t len = left < sizeof(block) ? left : sizeof(block);
        enum err e = form_feed(f, block, len);
        if (e != OK)
            return e;
        left -= len;
    }
    return OK;
}

static void test_field_limit(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct arena a = {0};
        struct form *f = form_new(&a, STR(B), spool_dir);
        assert_int_equal(feed_text(f, "--" B "\r\n" FIELD("a")), OK);
        enum err e = feed_many(f, 'x', FORM_FIELD_MAX_BYTES + over);
        assert_int_equal(e, over ? ERR_TOO_LARGE : OK);
        if (!over) {
            assert_int_equal(feed_text(f, "\r\n--" B "--"), OK);
            assert_int_equal(form_get(f, "a")->bytes.len, FORM_FIELD_MAX_BYTES);
        }
        form_free(f);
        arena_free(&a);
    }
}

static void test_header_and_part_limits(void **state)
{
    struct arena a = {0};
    struct form *f = form_new(&a, STR(B), spool_dir);

    (void)state;
    assert_int_equal(feed_text(f, "--" B "\r\nX: "), OK);
    assert_int_equal(feed_many(f, 'y', FORM_HEADERS_MAX_BYTES), ERR_TOO_LARGE);
    form_free(f);
    f = form_new(&a, STR(B), spool_dir);
    assert_int_equal(feed_text(f, "--" B), OK);
    for (unsigned i = 0; i < FORM_PARTS_MAX; i++)
        assert_int_equal(feed_text(f, "\r\n" FIELD("a") "x\r\n--" B), OK);
    assert_int_equal(feed_text(f, "\r\n" FIELD("a")), ERR_TOO_LARGE);
    form_free(f);
    arena_free(&a);
}

static size_t files_in(const char *dir)
{
    size_t n = 0;
    DIR *d = opendir(dir);

    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

/* Around the size at which a file goes to disk, and far beyond; nothing is left in the directory,
 * memory stays bounded. */
static void test_files_of_all_sizes(void **state)
{
    static const size_t SIZES[] = {0, 1, 65535, 65536, 65537, 131072, 131073, 3000000};

    (void)state;
    for (size_t i = 0; i < COUNT(SIZES); i++) {
        struct arena a = {0};
        struct form *f = form_new(&a, STR(B), spool_dir);
        assert_int_equal(feed_text(f, "--" B "\r\n" FILE_PART("image", "", "image/png")), OK);
        assert_int_equal(feed_many(f, 'p', SIZES[i]), OK);
        assert_int_equal(
            feed_text(f, "\r\n--" B "\r\n" FILE_PART("image", "2", "x/y") "second\r\n--" B "--"),
            OK);
        assert_int_equal(form_finish(f), OK);
        struct str got = form_get(f, "image")->bytes;
        assert_int_equal(got.len, SIZES[i]);
        for (size_t k = 0; k < got.len; k++)
            assert_int_equal(got.ptr[k], 'p');
        assert_str(form_first(f)->next->bytes, "second");
        assert_true(a.used_bytes < 200000);
        assert_int_equal(files_in(spool_dir), 0);
        form_free(f);
        arena_free(&a);
    }
}

static void test_unfinished_file_and_no_directory(void **state)
{
    struct arena a = {0};
    struct form *f = form_new(&a, STR(B), spool_dir);

    (void)state;
    assert_int_equal(feed_text(f, "--" B "\r\n" FILE_PART("image", "x", "image/png")), OK);
    assert_int_equal(feed_many(f, 'p', 300000), OK);
    form_free(f); /* the client went away */
    f = form_new(&a, STR(B), "/nonexistent/spool");
    assert_int_equal(feed_text(f, "--" B "\r\n" FILE_PART("image", "x", "image/png")), OK);
    assert_int_equal(feed_many(f, 'p', 65536), OK);
    assert_int_equal(feed_many(f, 'p', 1), ERR_UNAVAILABLE);
    form_free(f);
    arena_free(&a);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(test_every_split_in_two),
        cmocka_unit_test(test_every_split_in_three),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_accepted_oddities),
        cmocka_unit_test(test_bad_boundaries),
        cmocka_unit_test(test_field_limit),
        cmocka_unit_test(test_header_and_part_limits),
        cmocka_unit_test(test_files_of_all_sizes),
        cmocka_unit_test(test_unfinished_file_and_no_directory),
    };

    if (mkdtemp(spool_dir) == NULL)
        return 1;
    int failed = cmocka_run_group_tests(TESTS, NULL, NULL);
    rmdir(spool_dir);
    return failed;
}
