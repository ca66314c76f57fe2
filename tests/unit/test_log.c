/* The log: lines are JSON whatever is in them, whole under many threads, none is lost unsaid, and
 * buffers go out at the end of a thread and of the program, once. Standard error is a pipe or a
 * file of the test's. */
#include "platform/log/line.h"
#include "platform/log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int real_stderr;
static FILE *file;

/* Standard error goes to a file until finish(). */
static void begin(void)
{
    file = tmpfile();
    assert_non_null(file);
    fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
}

static void give_back(void)
{
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
}

/* What was written; the caller's. */
static char *finish(void)
{
    give_back();
    long len = (fseek(file, 0, SEEK_END), ftell(file));
    char *text = calloc(1, (size_t)len + 1);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)len, file), len);
    fclose(file);
    return text;
}

static json_t *parse(const char *line)
{
    json_error_t e;
    json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &e);
    if (!o)
        fail_msg("%s in: %s", e.text, line);
    return o;
}

static const char *member(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static void levels(void **state)
{
    (void)state;
    enum log_level l = LOG_DEBUG;
    assert_true(log_level_parse(STR("warn"), &l));
    assert_int_equal(l, LOG_WARN);
    assert_false(log_level_parse(STR("WARN"), &l));
    assert_false(log_level_parse(STR(""), &l));

    begin();
    log_start(LOG_WARN, true);
    log_event(LOG_INFO, "a.b", "not shown");
    log_event(LOG_WARN, "a.c", "shown %d", 7);
    log_event(LOG_ERROR, "a.d", "shown");
    char *text = finish();
    char *second = strchr(text, '\n') + 1;
    second[-1] = '\0';
    json_t *o = parse(text);
    assert_string_equal(member(o, "level"), "warn");
    assert_string_equal(member(o, "event"), "a.c");
    assert_string_equal(member(o, "message"), "shown 7");
    assert_int_equal(strlen(member(o, "time")), 24);
    json_decref(o);
    assert_non_null(strstr(second, "\"a.d\""));
    free(text);
}

static void any_bytes_make_json(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *want;
    } rows[] = {
        {"plain", 5, "plain"},
        {"a\"b\\c/", 6, "a\"b\\c/"},
        {"\n\r\t\x01\x7f", 5, "\n\r\t\x01\x7f"},
        {"å€😀", 9, "å€😀"},
        {"\xff\xfe", 2, "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc3", 1, "\xef\xbf\xbd"},                                 /* cut short */
        {"\xc0\xaf", 2, "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong */
        {"\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
        {"\xf4\x90\x80\x80", 4, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"", 0, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char room[512];
        struct line l = {room, 0, sizeof room};
        line_begin(&l, 1767225600123456, "info", "x");
        line_text(&l, "value", (struct str){rows[i].bytes, rows[i].len}, 100);
        line_text(&l, "absent", STR_NULL, 100);
        line_end(&l);
        room[l.len] = '\0';
        json_t *o = parse(room);
        assert_string_equal(member(o, "time"), "2026-01-01T00:00:00.123Z");
        assert_string_equal(member(o, "value"), rows[i].want);
        assert_null(json_object_get(o, "absent"));
        json_decref(o);
    }
}

/* However small the room and long the values: JSON, and nothing behind the room's end (ASan
 * watches). */
static void lines_are_cut_never_broken(void **state)
{
    (void)state;
    char value[300];
    srandom(3);
    for (int round = 0; round < 20000; round++) {
        size_t cap = 90 + (size_t)(random() % 300);
        char *room = malloc(cap);
        struct line l = {room, 0, cap};
        for (size_t i = 0; i < sizeof value; i++)
            value[i] = (char)(round % 2 ? random() : "\"\\a\n\xc3\xa5"[random() % 6]);
        line_begin(&l, 0, "info", "x");
        for (int i = 0; i < 4; i++) {
            char name[2] = {(char)('a' + i), '\0'};
            line_text(&l, name, (struct str){value, (size_t)(random() % 300)},
                      (size_t)(random() % 300));
        }
        line_i64(&l, "n", INT64_MIN);
        line_ms(&l, "ms", 1234567);
        line_end(&l);
        json_t *o = json_loadb(room, l.len - 1, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        if (!o)
            fail_msg("%.*s", (int)l.len, room);
        json_decref(o);
        free(room);
    }
}

static struct log_access a_request(int status)
{
    return (struct log_access){
        .request_id = STR("r-1"),
        .method = STR("GET"),
        .path = STR("/users/1"),
        .route = "/users/{user_id}",
        .status = status,
        .bytes = 42,
        .duration_us = 1500,
        .user_number = 123,
        .address = STR("127.0.0.1"),
    };
}

static void access_lines(void **state)
{
    (void)state;
    begin();
    log_start(LOG_ERROR, true);
    struct log_access a = a_request(404);
    a.detail = STR("Not found");
    log_access(&a);
    assert_int_equal(lseek(STDERR_FILENO, 0, SEEK_END), 0); /* waits in the buffer */
    log_flush();
    log_flush();
    char *text = finish();
    json_t *o = parse(text);
    assert_string_equal(member(o, "event"), "http.access");
    assert_string_equal(member(o, "request_id"), "r-1");
    assert_string_equal(member(o, "method"), "GET");
    assert_string_equal(member(o, "path"), "/users/1");
    assert_string_equal(member(o, "route"), "/users/{user_id}");
    assert_string_equal(member(o, "address"), "127.0.0.1");
    assert_string_equal(member(o, "detail"), "Not found");
    assert_int_equal(json_integer_value(json_object_get(o, "status")), 404);
    assert_int_equal(json_integer_value(json_object_get(o, "bytes")), 42);
    assert_int_equal(json_integer_value(json_object_get(o, "user")), 123);
    assert_true(json_real_value(json_object_get(o, "ms")) == 1.5);
    json_decref(o);
    free(text);
}

static void access_log_off_keeps_failures_of_ours(void **state)
{
    (void)state;
    begin();
    log_start(LOG_INFO, false);
    struct log_access a = a_request(200), b = a_request(500);
    log_access(&a);
    log_access(&b);
    log_flush();
    char *text = finish();
    json_t *o = parse(text);
    assert_int_equal(json_integer_value(json_object_get(o, "status")), 500);
    assert_string_equal(member(o, "level"), "error");
    json_decref(o);
    free(text);
}

static void long_paths_are_cut(void **state)
{
    (void)state;
    char path[8000];
    memset(path, '\x01', sizeof path);
    begin();
    log_start(LOG_INFO, true);
    struct log_access a = a_request(200);
    a.path = (struct str){path, sizeof path};
    a.detail = a.path;
    log_access(&a);
    log_flush();
    char *text = finish();
    assert_true(strlen(text) <= 8192);
    json_t *o = parse(text);
    assert_int_equal(json_integer_value(json_object_get(o, "status")), 200);
    json_decref(o);
    free(text);
}

#define THREADS 8
#define LINES 2000

static void *log_much(void *arg)
{
    struct log_access a = a_request(200);
    for (int i = 0; i < LINES; i++) {
        a.bytes = i;
        a.user_number = (intptr_t)arg;
        log_access(&a);
        if (i % 100 == 50)
            log_event(LOG_INFO, "x.y", "thread %d", (int)(intptr_t)arg);
    }
    return NULL; /* the rest goes out as the thread ends */
}

static size_t count_and_parse(char *text)
{
    size_t n = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), n++)
        json_decref(parse(line));
    return n;
}

static void threads_write_whole_lines(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    begin();
    log_start(LOG_INFO, true);
    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, log_much, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    char *text = finish();
    assert_int_equal(count_and_parse(text), THREADS * (LINES + LINES / 100));
    free(text);
}

static void exit_flushes_and_fork_does_not_double(void **state)
{
    (void)state;
    begin();
    log_start(LOG_INFO, true);
    struct log_access a = a_request(200);
    log_access(&a);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        log_access(&a);
        execl("/bin/sh", "sh", "-c", "exit 9", NULL);
        _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    child = fork();
    if (child == 0) {
        log_access(&a);
        exit(0);
    }
    waitpid(child, &status, 0);
    log_flush();
    char *text = finish();
    assert_int_equal(count_and_parse(text), 2); /* ours, and the one that exited */
    free(text);
}

/* Nobody reads a full pipe: writing gives up after a while and says later how many lines are
 * missing. */
static void what_is_lost_is_counted(void **state)
{
    (void)state;
    int ends[2];
    char *text = calloc(1, 1 << 20);
    struct log_access a = a_request(200);

    assert_int_equal(pipe(ends), 0);
    fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    log_start(LOG_INFO, true);
    for (int i = 0; i < 1000; i++)
        log_access(&a); /* 200 KB into 64 */
    log_flush();
    log_event(LOG_INFO, "x.y", "lost as well");

    size_t len = 0;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    for (ssize_t n; (n = read(ends[0], text + len, 65536)) > 0;)
        len += (size_t)n;
    log_event(LOG_INFO, "x.z", "arrives");
    for (ssize_t n; (n = read(ends[0], text + len, 65536)) > 0;)
        len += (size_t)n;
    give_back();
    close(ends[0]);
    close(ends[1]);

    size_t lines = 0;
    int64_t dropped = 0;
    bool arrived = false;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *o = parse(line);
        const char *event = member(o, "event");
        lines += strcmp(event, "http.access") == 0;
        if (strcmp(event, "log.dropped") == 0)
            dropped += json_integer_value(json_object_get(o, "lines"));
        arrived = arrived || strcmp(event, "x.z") == 0;
        json_decref(o);
    }
    assert_true(arrived);
    assert_true(dropped > 1);
    assert_int_equal(lines + (size_t)dropped, 1001);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),
        cmocka_unit_test(any_bytes_make_json),
        cmocka_unit_test(lines_are_cut_never_broken),
        cmocka_unit_test(access_lines),
        cmocka_unit_test(access_log_off_keeps_failures_of_ours),
        cmocka_unit_test(long_paths_are_cut),
        cmocka_unit_test(threads_write_whole_lines),
        cmocka_unit_test(exit_flushes_and_fork_does_not_double),
        cmocka_unit_test(what_is_lost_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
