/* The log: events at once, access lines by the buffer. Decides what is logged at which level; never
 * what is in a request that nobody should read. */
#include "platform/log/log.h"

#include "platform/clock.h"
#include "platform/log/line.h"
#include "platform/log/sink.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 8192
#define BUFFER_BYTES (64 * 1024)
#define MESSAGE_MAX_BYTES 4096
#define PATH_MAX_BYTES 1024
#define DETAIL_MAX_BYTES 2048

/* One thread's access lines. Its lock is its own thread's but for exit and fork. */
struct buffer {
    pthread_mutex_t lock;
    struct buffer *next; /* of all threads: under `all_lock` */
    size_t len;
    char bytes[BUFFER_BYTES];
};

static _Atomic int min_level = LOG_INFO;
static _Atomic bool access_on = true;
static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct buffer *all;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static _Thread_local struct buffer *mine;

static const char *const LEVEL_NAMES[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};

bool log_level_parse(struct str s, enum log_level *ret)
{
    for (enum log_level l = LOG_DEBUG; l <= LOG_ERROR; l++) {
        if (str_eq(s, str_of(LEVEL_NAMES[l]))) {
            *ret = l;
            return true;
        }
    }
    return false;
}

/* ── Buffers ── */

static void sink_locked(const char *lines, size_t len)
{
    pthread_mutex_lock(&sink_lock);
    sink_write(lines, len);
    pthread_mutex_unlock(&sink_lock);
}

/* With the buffer's lock held. */
static void buffer_flush(struct buffer *b)
{
    if (b->len > 0)
        sink_locked(b->bytes, b->len);
    b->len = 0;
}

static void flush_all(void)
{
    pthread_mutex_lock(&all_lock);
    for (struct buffer *b = all; b; b = b->next) {
        pthread_mutex_lock(&b->lock);
        buffer_flush(b);
        pthread_mutex_unlock(&b->lock);
    }
    pthread_mutex_unlock(&all_lock);
}

/* A thread ends: its last lines go out. */
static void buffer_free(void *arg)
{
    struct buffer *b = arg;

    pthread_mutex_lock(&all_lock);
    struct buffer **at = &all;
    while (*at != b)
        at = &(*at)->next;
    *at = b->next;
    pthread_mutex_unlock(&all_lock);
    buffer_flush(b);
    pthread_mutex_destroy(&b->lock);
    free(b);
    mine = NULL;
}

/* fork(): what is buffered belongs to the parent and is written by it alone; no lock is held by a
 * thread that the child does not have. */
static void before_fork(void)
{
    flush_all();
    pthread_mutex_lock(&all_lock);
    for (struct buffer *b = all; b; b = b->next)
        pthread_mutex_lock(&b->lock);
    pthread_mutex_lock(&sink_lock);
}

static void after_fork(bool child)
{
    pthread_mutex_unlock(&sink_lock);
    for (struct buffer *b = all; b; b = b->next) {
        if (child)
            b->len = 0;
        pthread_mutex_unlock(&b->lock);
    }
    pthread_mutex_unlock(&all_lock);
}

static void after_fork_parent(void)
{
    after_fork(false);
}

static void after_fork_child(void)
{
    after_fork(true);
}

static void start_once(void)
{
    pthread_key_create(&key, buffer_free);
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
    atexit(flush_all);
}

/* This thread's, made at its first access line; NULL when there is no memory. */
static struct buffer *buffer_mine(void)
{
    if (mine)
        return mine;
    pthread_once(&once, start_once);
    struct buffer *b = malloc(sizeof *b);
    if (!b)
        return NULL;
    b->len = 0;
    pthread_mutex_init(&b->lock, NULL);
    pthread_setspecific(key, b);
    pthread_mutex_lock(&all_lock);
    b->next = all;
    all = b;
    pthread_mutex_unlock(&all_lock);
    mine = b;
    return b;
}

/* ── What is logged ── */

void log_start(enum log_level level, bool access_log)
{
    pthread_once(&once, start_once);
    atomic_store_explicit(&min_level, (int)level, memory_order_relaxed);
    atomic_store_explicit(&access_on, access_log, memory_order_relaxed);
}

void log_flush(void)
{
    struct buffer *b = mine;

    if (!b)
        return;
    pthread_mutex_lock(&b->lock);
    buffer_flush(b);
    pthread_mutex_unlock(&b->lock);
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
    char message[MESSAGE_MAX_BYTES];
    char room[LINE_MAX_BYTES];
    struct line l = {room, 0, sizeof room};
    va_list ap;

    if ((int)level < atomic_load_explicit(&min_level, memory_order_relaxed))
        return;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    line_begin(&l, clock_now_us(), LEVEL_NAMES[level], event);
    line_text(&l, "message", str_of(message), sizeof message);
    line_end(&l);
    log_flush(); /* this thread's lines stay in order */
    sink_locked(l.ptr, l.len);
}

static void access_line(struct line *l, const struct log_access *a)
{
    line_begin(l, clock_now_us(), LEVEL_NAMES[a->status >= 500 ? LOG_ERROR : LOG_INFO],
               "http.access");
    line_text(l, "request_id", a->request_id, 128);
    line_text(l, "method", a->method, 32);
    line_text(l, "path", a->path, PATH_MAX_BYTES);
    line_text(l, "route", str_of(a->route && a->route[0] ? a->route : NULL), 128);
    line_i64(l, "status", a->status);
    line_i64(l, "bytes", a->bytes);
    line_ms(l, "ms", a->duration_us);
    if (a->user_number != 0)
        line_i64(l, "user", a->user_number);
    line_text(l, "address", a->address, 64);
    line_text(l, "detail", a->detail, DETAIL_MAX_BYTES);
    line_end(l);
}

void log_access(const struct log_access *line)
{
    char room[LINE_MAX_BYTES];
    struct line l = {room, 0, sizeof room};

    if (!atomic_load_explicit(&access_on, memory_order_relaxed) && line->status < 500)
        return;
    access_line(&l, line);
    struct buffer *b = buffer_mine();
    if (!b) {
        sink_locked(l.ptr, l.len);
        return;
    }
    pthread_mutex_lock(&b->lock);
    if (sizeof b->bytes - b->len < l.len)
        buffer_flush(b);
    memcpy(b->bytes + b->len, l.ptr, l.len);
    b->len += l.len;
    pthread_mutex_unlock(&b->lock);
}
