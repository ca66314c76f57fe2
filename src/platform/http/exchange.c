/* From bytes to requests: one request at a time, pipelined ones in order, what came too early is
 * kept. Decides nothing about a request: the callbacks do. */
#include "platform/http/engine.h"

#include "platform/clock.h"
#include "platform/http/form.h"

#include <string.h>
#include <unistd.h>

/* Of a loop: some 400 ordinary requests, 60 of the longest whose memory is kept. */
#define SPARE_BYTES_MAX ((size_t)4 << 20)

/* ── An exchange's life ── */

static size_t spare_size(const struct exchange *ex)
{
    return sizeof(*ex) + arena_held(&ex->arena);
}

static void begin(struct conn *c)
{
    struct http_loop *home = c->home;
    struct exchange *ex = home->spares;

    if (ex != NULL) {
        home->spares = ex->next_spare;
        home->spare_bytes -= spare_size(ex);
    } else {
        ex = cell_new(sizeof(*ex));
        arena_init(&ex->arena);
    }
    c->ex = ex;
    c->state = CONN_HEAD;
    ex->raw = buf_new(&ex->arena, 1024);
    ex->q.arena = &ex->arena;
    ex->q.app = home->server->options.app;
    ex->q.conn = c;
    ex->q.listener = c->tag;
    ex->q.reply.file = -1;
}

/* Everything that must be zero when the next request begins; the arena keeps one block. */
static void recycle(struct http_loop *home, struct exchange *ex)
{
    struct arena arena;

    form_free(ex->q.form);
    if (ex->q.reply.file >= 0)
        close(ex->q.reply.file);
    cell_free(ex->chunk);
    arena_reset(&ex->arena);
    if (home->spare_bytes + spare_size(ex) > SPARE_BYTES_MAX || home->gone) {
        arena_free(&ex->arena);
        cell_free(ex);
        return;
    }
    arena = ex->arena;
    memset(ex, 0, sizeof(*ex));
    ex->arena = arena;
    ex->next_spare = home->spares;
    home->spares = ex;
    home->spare_bytes += spare_size(ex);
}

void exchange_finish(struct conn *c)
{
    struct exchange *ex = c->ex;
    int64_t body_sent = ex->sent_bytes - (int64_t)ex->head_len;

    if (ex->announced)
        c->home->server->options.callbacks->finished(&ex->q, body_sent > 0 ? body_sent : 0);
    c->ex = NULL;
    c->paused = c->slow = false;
    recycle(c->home, ex);
    conn_release(c);
}

void exchange_free_spares(struct http_loop *home)
{
    while (home->spares != NULL) {
        struct exchange *ex = home->spares;
        home->spares = ex->next_spare;
        arena_free(&ex->arena);
        cell_free(ex);
    }
    home->spare_bytes = 0;
}

/* ── Errors of the engine's own ── */

/* What is known of every request before its head is. */
static void announce(struct conn *c)
{
    struct exchange *ex = c->ex;

    ex->q.address = address_text(&ex->arena, c->address);
    ex->q.started_us = clock_monotonic_us();
    ex->q.now_us = clock_now_us();
    ex->announced = true;
}

void exchange_refuse(struct conn *c, enum err e, const char *why)
{
    struct req *q = &c->ex->q;

    announce(c);
    q->head = (struct http_head){0};
    c->ex->body_done = false; /* where it ends is not known */
    c->home->server->options.callbacks->broken(q, e, why);
    q->reply.close = true;
    http_send(q);
}

void exchange_break(struct conn *c, enum err e, const char *why)
{
    struct req *q = &c->ex->q;

    stream_leave(c);
    c->home->server->options.callbacks->broken(q, e, why);
    q->reply.close |= !c->ex->body_done;
    http_send(q);
}

/* ── Steps ── */

static void call_request(struct conn *c)
{
    struct exchange *ex = c->ex;
    const char *why = "";
    enum err e = body_end(ex, &why);

    if (e != OK) {
        exchange_break(c, e, why);
        return;
    }
    timer_set(c, TIMER_NONE);
    c->state = CONN_WORKING;
    c->home->server->options.callbacks->request(&ex->q);
}

static void begin_body(struct conn *c)
{
    struct exchange *ex = c->ex;
    const char *why = "";

    if (ex->q.body_mode == HTTP_BODY_STREAM) {
        stream_begin(c);
        return;
    }
    c->state = CONN_BODY;
    enum err e = body_begin(ex, &why);
    if (e != OK) {
        exchange_break(c, e, why);
        return;
    }
    if (ex->body_done) {
        call_request(c);
        return;
    }
    timer_set(c, ex->q.body_mode == HTTP_BODY_FORM ? TIMER_FORM : TIMER_BODY);
    if (ex->expects && ex->behind == 0)
        send_continue(c);
}

static void head_complete(struct conn *c, size_t behind)
{
    struct exchange *ex = c->ex;
    const char *why = "";
    enum err e = head_parse(ex, &why);

    if (e != OK) {
        exchange_refuse(c, e, why);
        return;
    }
    c->head_spent_ms = 0;
    ex->behind = behind;
    announce(c);
    c->state = CONN_DECIDING;
    c->home->server->options.callbacks->head(&ex->q);
    if (c->state == CONN_DECIDING) /* not answered already */
        begin_body(c);
}

static size_t take_head(struct conn *c, const char *bytes, size_t len)
{
    struct exchange *ex = c->ex;
    struct head_verdict v = {0};
    size_t used = head_feed(ex, bytes, len, &v);

    if (v.err != OK) {
        exchange_refuse(c, v.err, v.why);
        return len; /* nothing behind it can be trusted */
    }
    if (v.done) {
        size_t behind = len - used;
        head_complete(c, behind);
        used += c->skip;
        c->skip = 0;
        return used;
    }
    if (ex->raw.len == 0) { /* only empty lines, as old clients send behind a body */
        exchange_finish(c);
        c->state = CONN_IDLE;
        if (c->timer != TIMER_IDLE)
            timer_set(c, TIMER_IDLE);
    } else if (c->timer != TIMER_HEAD) {
        timer_set(c, TIMER_HEAD);
    }
    return used;
}

static size_t take_body(struct conn *c, const char *bytes, size_t len)
{
    struct exchange *ex = c->ex;
    const char *why = "";
    enum err e = OK;
    size_t used = body_feed(ex, bytes, len, &e, &why);

    ex->behind = len - used;
    if (e != OK) {
        exchange_break(c, e, why);
        return len;
    }
    if (ex->body_done)
        call_request(c);
    return used;
}

static size_t drop_input(struct conn *c, size_t len)
{
    c->mark += len;
    if (c->state == CONN_LINGER && c->mark > LINGER_BYTES_MAX)
        conn_drop(c);
    return len;
}

static size_t step(struct conn *c, const char *bytes, size_t len)
{
    switch ((enum conn_state)c->state) {
    case CONN_IDLE:
        begin(c);
        return take_head(c, bytes, len);
    case CONN_HEAD:
        return take_head(c, bytes, len);
    case CONN_BODY:
        return take_body(c, bytes, len);
    case CONN_STREAM:
        return stream_input(c, bytes, len);
    case CONN_UPGRADED:
        c->protocol->data(c, c->protocol_ctx, (const uint8_t *)bytes, len);
        return len;
    case CONN_LINGER:
        return drop_input(c, len);
    case CONN_FLUSHING:
    case CONN_CLOSED:
    case CONN_DECIDING:
    case CONN_WORKING:
    case CONN_SENDING:
        break;
    }
    return len;
}

/* ── The loop over what was read ── */

static bool must_wait(const struct conn *c)
{
    return c->state == CONN_WORKING || c->state == CONN_SENDING ||
           (c->state == CONN_UPGRADED && c->paused) || (c->state == CONN_STREAM && stream_waits(c));
}

/* Work through the bytes until they are used up or the next must wait; returns how many are left. A
 * handler that answers at once comes back here through http_send() → exchange_resume(), which sees
 * in_input and returns: pipelined requests are a loop, however many. */
static size_t work_through(struct conn *c, const char *bytes, size_t len)
{
    c->in_input = true;
    while (len > 0 && !must_wait(c)) {
        size_t used = step(c, bytes, len);
        bytes += used;
        len -= used;
    }
    c->in_input = false;
    return len;
}

void exchange_input(struct conn *c, const char *bytes, size_t len)
{
    size_t left = must_wait(c) ? len : work_through(c, bytes, len);

    if (left == 0) {
        if (!must_wait(c))
            conn_read_start(c); /* paused and resumed in between */
        return;
    }
    if (c->state == CONN_CLOSED)
        return;
    c->kept = cell_new(left);
    memcpy(c->kept, bytes + (len - left), left);
    c->kept_at = 0;
    c->kept_len = (uint32_t)left;
    conn_read_stop(c);
}

static void work_through_kept(struct conn *c)
{
    char *kept = c->kept;
    size_t len = c->kept_len;

    c->kept = NULL; /* so that nobody frees it under our feet */
    size_t left = work_through(c, kept + c->kept_at, len - c->kept_at);
    if (left == 0 || c->state == CONN_CLOSED) {
        explicit_bzero(kept, len);
        cell_free(kept);
        return;
    }
    c->kept = kept;
    c->kept_at = (uint32_t)(len - left);
}

void exchange_resume(struct conn *c)
{
    if (c->in_input || c->state == CONN_CLOSED)
        return;
    if (c->kept != NULL && !must_wait(c))
        work_through_kept(c);
    if (c->kept != NULL || c->state == CONN_CLOSED)
        return;
    if (c->eof)
        exchange_eof(c);
    else if (c->state != CONN_UPGRADED || !c->paused)
        conn_read_start(c);
}

void exchange_eof(struct conn *c)
{
    c->eof = true;
    conn_read_stop(c);
    /* Half-closing behind a request is fine: it is still answered. */
    bool whole = c->state == CONN_WORKING || c->state == CONN_SENDING;
    if (!whole && !(c->state == CONN_STREAM && (c->ex->body_done || c->ex->reply_begun)))
        conn_drop(c);
}
