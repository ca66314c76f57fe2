/* A raw client for tests of the server: bytes out, bytes back, and whether the peer has closed. */
#ifndef TESTS_HTTP_CLIENT_H
#define TESTS_HTTP_CLIENT_H

#include "http_fixture.h"

struct reply {
    char *bytes; /* terminated */
    size_t len;
    bool closed; /* the server has ended the connection, in order */
    bool reset;
};

static inline int dial(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)APP.port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
        fail_msg("connect: %s", strerror(errno));
    return fd;
}

static inline bool put_bytes(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static inline void put_text(int fd, const char *text)
{
    assert_true(put_bytes(fd, text, strlen(text)));
}

static inline bool readable(int fd, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, wait_ms) > 0;
}

/* Everything until the server closes, or nothing has come for so long, or `until` was seen (NULL:
 * never). */
static inline struct reply get_until(int fd, int quiet_ms, const char *until)
{
    struct reply r = {.bytes = calloc(1, 1)};
    size_t room = 0;

    while (!r.closed && !r.reset && readable(fd, quiet_ms)) {
        if (room - r.len < 65536) {
            room = room * 2 + 131072;
            r.bytes = realloc(r.bytes, room + 1);
        }
        ssize_t n = recv(fd, r.bytes + r.len, room - r.len, 0);
        r.closed = n == 0;
        r.reset = n < 0;
        r.len += n > 0 ? (size_t)n : 0;
        r.bytes[r.len] = '\0';
        if (until != NULL && strstr(r.bytes, until) != NULL)
            break;
    }
    return r;
}

static inline struct reply get(int fd, int quiet_ms)
{
    return get_until(fd, quiet_ms, NULL);
}

static inline void drop(struct reply *r)
{
    free(r->bytes);
    r->bytes = NULL;
}

/* Do the parts come in this order? They are separated by '|'; "!" in front means: not at all. */
static inline bool says(const struct reply *r, const char *parts)
{
    struct str rest = str_of(parts);
    const char *at = r->bytes;

    while (str_present(rest)) {
        struct str part = str_cut(&rest, '|');
        bool absent = part.len > 0 && part.ptr[0] == '!';
        if (absent)
            part = (struct str){part.ptr + 1, part.len - 1};
        const char *found =
            memmem(absent ? r->bytes : at, r->len - (size_t)((absent ? r->bytes : at) - r->bytes),
                   part.ptr, part.len);
        if ((found != NULL) == absent) {
            print_error("%s \"%.*s\" in:\n%s\n", absent ? "unwanted" : "missing", STR_ARG(part),
                        r->bytes);
            return false;
        }
        if (!absent)
            at = found + part.len;
    }
    return true;
}

#define expect(r, parts) assert_true(says((r), (parts)))

static inline size_t occurrences(const struct reply *r, const char *text)
{
    const char *end = r->bytes + r->len;
    size_t len = strlen(text);
    size_t n = 0;

    for (const char *at = r->bytes; (at = memmem(at, (size_t)(end - at), text, len)) != NULL;
         at += len)
        n++;
    return n;
}

/* Wait until the counter is at least that, at most 5 s. */
static inline void wait_count(atomic_int *counter, int at_least)
{
    for (int i = 0; i < 500 && atomic_load(counter) < at_least; i++)
        usleep(10000);
    assert_true(atomic_load(counter) >= at_least);
}

static inline void wait_connections(int64_t n)
{
    for (int i = 0; i < 500 && http_server_connections(APP.server) != n; i++)
        usleep(10000);
    assert_int_equal(http_server_connections(APP.server), n);
}

#endif
