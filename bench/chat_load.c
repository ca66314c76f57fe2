/* A WebSocket client for benchmarks: opens the sockets of pairs and lets them talk, or be silent.
 * No part of the product; speaks to any server that relays a text frame to the pair's other socket.
 *
 * usage: chat_load PORT FILE ping SECONDS      each pair has one message under way, there and back
 * again chat_load PORT FILE rate SECONDS N    N messages a second in all, at fixed times, whatever
 * comes back chat_load PORT FILE idle              says "ready" when all are open, then waits for
 * the end of its input FILE: a line a socket, "path token"; lines 1 and 2 are a pair, 3 and 4, …
 * Prints: messages relayed, messages a second, p50 and p99 in ms (from when a message should have
 * been sent), CPU seconds. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS_MAX 20000
#define LATENCIES_MAX (1 << 24)
#define FRAME_MAX 4096
#define MASK "\0\0\0" /* with its own NUL four bytes: a mask that changes nothing */

struct end {
    int fd;
    size_t have;
    char *in;
};

static struct end ends[SOCKETS_MAX];
static uint32_t *latencies; /* µs */
static size_t n_ends, n_latencies;
static int64_t received, refused;

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void fail(const char *what)
{
    fprintf(stderr, "chat_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_socket(int port, const char *path, const char *token)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char text[4096];
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t have = 0;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int n = snprintf(
        text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Authorization: Bearer %s\r\n\r\n",
        path, port, token);
    if (n < 0 || (size_t)n >= sizeof text || write(fd, text, (size_t)n) != n)
        fail("handshake");
    while (have < 4 || memcmp(text + have - 4, "\r\n\r\n", 4) !=
                           0) /* a byte at a time: nothing of a frame is taken */
        if (have == sizeof text || read(fd, text + have++, 1) != 1)
            fail("handshake's answer");
    if (strncmp(text, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "chat_load: refused: %.*s\n", (int)have, text);
        exit(1);
    }
    return fd;
}

static void open_all(int port, const char *file)
{
    char path[1024], token[2048];
    FILE *f = fopen(file, "r");

    if (f == NULL)
        fail(file);
    while (n_ends < SOCKETS_MAX && fscanf(f, "%1023s %2047s", path, token) == 2)
        ends[n_ends++].fd = open_socket(port, path, token);
    fclose(f);
}

/* {"content": "<when, ns>"}: about what a short message weighs. */
static void say(struct end *e, int64_t when_ns)
{
    char frame[128];
    int n = snprintf(frame + 6, sizeof frame - 6,
                     "{\"content\":\"%019" PRId64 " see you at the fountain\"}", when_ns);

    frame[0] = (char)0x81;
    frame[1] = (char)(0x80 | n);
    memcpy(frame + 2, MASK, 4);
    if (write(e->fd, frame, (size_t)n + 6) != n + 6)
        fail("send");
}

static void hear(const char *text, size_t len, int64_t now)
{
    static const char KEY[] = "\"content\":";
    const char *at = memmem(text, len, KEY, sizeof KEY - 1);

    if (at == NULL) {
        if (refused++ == 0)
            fprintf(stderr, "chat_load: not a message: %.*s\n", (int)len, text);
        return;
    }
    at += sizeof KEY - 1;
    at += strspn(at, " \"");
    if (n_latencies < LATENCIES_MAX)
        latencies[n_latencies++] = (uint32_t)((now - strtoll(at, NULL, 10)) / 1000);
    received++;
}

/* Each whole frame in the buffer; pings do not come within a benchmark's time. Returns how many. */
static int hear_frames(struct end *e)
{
    int64_t now = now_ns();
    size_t at = 0;
    int n = 0;

    while (e->have - at >= 2) {
        size_t head = 2, len = (unsigned char)e->in[at + 1] & 127;
        if (len == 126) {
            if (e->have - at < 4)
                break;
            len = (size_t)(unsigned char)e->in[at + 2] << 8 | (unsigned char)e->in[at + 3];
            head = 4;
        }
        if (e->have - at < head + len)
            break;
        hear(e->in + at + head, len, now);
        at += head + len;
        n++;
    }
    memmove(e->in, e->in + at, e->have - at);
    e->have -= at;
    return n;
}

static int read_end(struct end *e)
{
    ssize_t n = read(e->fd, e->in + e->have, FRAME_MAX - e->have);

    if (n <= 0)
        fail("receive");
    e->have += (size_t)n;
    return hear_frames(e);
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void report(double seconds)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    qsort(latencies, n_latencies, sizeof latencies[0], by_size);
    printf("%" PRId64 " %.0f %.3f %.3f %.2f\n", received, (double)received / seconds,
           n_latencies ? latencies[n_latencies / 2] / 1e3 : 0,
           n_latencies ? latencies[n_latencies * 99 / 100] / 1e3 : 0,
           (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
}

static int watch_all(void)
{
    int poll = epoll_create1(0);

    latencies = malloc(LATENCIES_MAX * sizeof latencies[0]);
    if (poll < 0 || latencies == NULL)
        fail("epoll");
    for (size_t i = 0; i < n_ends; i++) {
        struct epoll_event ev = {.events = EPOLLIN, .data.u64 = i};
        ends[i].in = malloc(FRAME_MAX);
        if (ends[i].in == NULL || epoll_ctl(poll, EPOLL_CTL_ADD, ends[i].fd, &ev) != 0)
            fail("epoll");
    }
    return poll;
}

static void ping(int poll, double seconds)
{
    struct epoll_event evs[256];
    int64_t start = now_ns(), end = start + (int64_t)(seconds * 1e9);

    for (size_t i = 0; i < n_ends; i += 2)
        say(&ends[i], now_ns());
    while (now_ns() < end) {
        int n = epoll_wait(poll, evs, 256, 100);
        for (int i = 0; i < n; i++) {
            struct end *e = &ends[evs[i].data.u64];
            for (int k = read_end(e); k > 0; k--)
                say(e, now_ns());
        }
        if (refused > 0) /* its pair would be silent from now on */
            exit(1);
    }
    report((double)(now_ns() - start) / 1e9);
}

/* Turn by turn round the pairs; a message is late from the time when it was due. */
static void at_rate(int poll, double seconds, double rate)
{
    struct epoll_event evs[256];
    int64_t start = now_ns(), total = (int64_t)(seconds * rate), sent = 0;
    int64_t give_up = start + (int64_t)((seconds + 5) * 1e9);

    while (received + refused < total && now_ns() < give_up) {
        int64_t due = (int64_t)((double)(now_ns() - start) / 1e9 * rate);
        for (; sent < total && sent <= due; sent++)
            say(&ends[(size_t)sent % n_ends], start + (int64_t)((double)sent / rate * 1e9));
        int n = epoll_wait(poll, evs, 256, sent < total ? 1 : 100);
        for (int i = 0; i < n; i++)
            (void)read_end(&ends[evs[i].data.u64]);
    }
    report((double)(now_ns() - start) / 1e9);
    if (received < total)
        fprintf(stderr, "chat_load: %" PRId64 " of %" PRId64 " messages came\n", received, total);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    open_all(atoi(argv[1]), argv[2]);
    if (strcmp(argv[3], "idle") == 0) {
        char byte;
        puts("ready");
        fflush(stdout);
        while (read(0, &byte, 1) > 0) {
        }
    } else if (argc >= 5 && strcmp(argv[3], "ping") == 0)
        ping(watch_all(), atof(argv[4]));
    else if (argc >= 6 && strcmp(argv[3], "rate") == 0)
        at_rate(watch_all(), atof(argv[4]), atof(argv[5]));
    else
        return 2;
    return 0;
}
