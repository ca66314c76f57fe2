/* The HTTP engine with much to move: files, large bodies both ways, compression, uploads that are
 * refused early. */
#include "http_client.h"

#include <zlib.h>

#define H " HTTP/1.1\r\nHost: a\r\n"
#define GET_HELLO "GET /hello" H "\r\n"
#define QUIET_MS 300

/* ── Files and large bodies ── */

static void check_file(const struct reply *r)
{
    const char *body = strstr(r->bytes, "\r\n\r\n") + 4;

    expect(r, "200 OK|Content-Length: 3000000");
    assert_int_equal(r->len - (size_t)(body - r->bytes), APP.file_bytes);
    for (int64_t i = 0; i < APP.file_bytes; i++)
        if (body[i] != (char)('a' + i % 26))
            fail_msg("byte %lld of the file is wrong", (long long)i);
}

static void files_whole(void **state)
{
    int small = 32768;
    int fd = dial();

    (void)state;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    put_text(fd, "GET /file" H "\r\n");
    usleep(200000);
    struct reply r = get(fd, 500);
    check_file(&r);
    drop(&r);
    put_text(fd, "HEAD /file" H "\r\n" GET_HELLO);
    r = get(fd, QUIET_MS);
    expect(&r, "Content-Length: 3000000|\r\n\r\nHTTP/1.1 200|world");
    drop(&r);
    close(fd);
}

static void file_reader_leaves(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        int finished = atomic_load(&APP.finished);
        int fd = dial();
        put_text(fd, "GET /file" H "\r\n");
        readable(fd, 1000);
        usleep((useconds_t)(i * 500));
        close(fd);
        wait_count(&APP.finished, finished + 1);
    }
    wait_connections(0);
}

static void upload_refused_early(void **state)
{
    static const char *const HEADS[] = {
        "POST /early" H "Content-Length: 8000000\r\n\r\n",
        "POST /x" H "Content-Length: 8000000\r\n\r\n",
        "POST /large" H "Transfer-Encoding: chunked\r\n\r\n7a1200\r\n",
    };
    char *bytes = calloc(1, 8000000);

    (void)state;
    for (size_t i = 0; i < COUNT(HEADS); i++) {
        int fd = dial();
        put_text(fd, HEADS[i]);
        assert_true(put_bytes(fd, bytes, 8000000)); /* all of it, before the reply is looked at */
        shutdown(fd, SHUT_WR);
        struct reply r = get(fd, 2000);
        expect(&r, i == 0 ? "401" : "413");
        assert_true(r.closed);
        drop(&r);
        close(fd);
    }
    free(bytes);
}

static void large_body_both_ways(void **state)
{
    enum { BODY = 3000000 };
    char *bytes = malloc(BODY);

    (void)state;
    for (size_t i = 0; i < BODY; i++)
        bytes[i] = (char)('!' + i % 90);
    int fd = dial();
    put_text(fd, "POST /large" H "Content-Length: 3000000\r\n\r\n");
    assert_true(put_bytes(fd, bytes, BODY));
    struct reply r = get(fd, 500);
    expect(&r, "200 OK|Content-Length: 3000012|POST /large ");
    assert_memory_equal(r.bytes + r.len - BODY, bytes, BODY);
    drop(&r);
    close(fd);
    free(bytes);
}

static void gzip_reads_back(void **state)
{
    static char plain[200000];
    int fd = dial();

    (void)state;
    put_text(fd, "GET /body?100000" H "Accept-Encoding: br, gzip\r\n\r\n");
    struct reply r = get(fd, 300);
    const char *body = strstr(r.bytes, "\r\n\r\n") + 4;
    z_stream z = {.next_in = (Bytef *)(uintptr_t)body,
                  .avail_in = (uInt)(r.len - (size_t)(body - r.bytes)),
                  .next_out = (Bytef *)plain,
                  .avail_out = sizeof(plain)};
    assert_int_equal(inflateInit2(&z, 31), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, 100000);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(plain[i], "abcdefgh\n"[i % 9]);
    inflateEnd(&z);
    drop(&r);
    close(fd);
}

static void overhead_is_bounded(void **state)
{
    char extension[20000];
    int fd = dial();

    (void)state;
    memset(extension, 'e', sizeof(extension));
    put_text(fd, "POST /x" H "Transfer-Encoding: chunked\r\n\r\n1;");
    assert_true(put_bytes(fd, extension, sizeof(extension)));
    struct reply r = get(fd, 500);
    expect(&r, "413");
    drop(&r);
    close(fd);
}

static int group_start(void **state)
{
    (void)state;
    app_start(default_options(), 2);
    return 0;
}

static int group_stop(void **state)
{
    (void)state;
    app_stop(1000 * MS);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_whole),          cmocka_unit_test(file_reader_leaves),
        cmocka_unit_test(upload_refused_early), cmocka_unit_test(large_body_both_ways),
        cmocka_unit_test(gzip_reads_back),      cmocka_unit_test(overhead_is_bounded),
    };

    return cmocka_run_group_tests(tests, group_start, group_stop);
}
