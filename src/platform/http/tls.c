/* TLS on a connection: see tls.h. OpenSSL reads and writes through a BIO of our own: out of the
 * bytes at hand, into the loop's scratch, so that an idle connection holds no buffers. Decides
 * nothing about what is said. */
#include "platform/http/tls.h"

#include "platform/http/engine.h"
#include "platform/http/tls_identity.h"
#include "platform/log/log.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES ((size_t)SSL3_RT_MAX_PLAIN_LENGTH)
#define CIPHER_KEPT_BYTES ((size_t)256 * 1024)

struct tls {
    SSL *ssl;
    struct tls_scratch *scratch;
    const char *in; /* not yet given to OpenSSL */
    size_t in_len;
    char *held;   /* what `in` points into while the connection does not read; a cell */
    char *unsent; /* encrypted by tls_try_write(), for tls_write() to send; a cell */
    size_t unsent_len;
    bool begun;   /* the first byte was looked at */
    bool pumping; /* pump() is on the stack */
    bool broken;  /* nothing can be said any more */
};

/* ── OpenSSL's way in and out
 * ───────────────────────────────────────────────────────────────────────────────────────── */

static int bio_read(BIO *bio, char *out, int len)
{
    struct tls *t = BIO_get_data(bio);
    size_t n = (size_t)len < t->in_len ? (size_t)len : t->in_len;

    BIO_clear_retry_flags(bio);
    if (n == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(out, t->in, n);
    t->in += n;
    t->in_len -= n;
    return (int)n;
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
    struct tls_scratch *s = ((struct tls *)BIO_get_data(bio))->scratch;
    size_t need = s->cipher_len + (size_t)len;

    BIO_clear_retry_flags(bio);
    if (need > s->cipher_cap) {
        size_t cap = s->cipher_cap > 0 ? s->cipher_cap : 2 * RECORD_BYTES;
        while (cap < need)
            cap *= 2;
        char *larger = cell_new(cap);
        if (s->cipher_len > 0)
            memcpy(larger, s->cipher, s->cipher_len);
        cell_free(s->cipher);
        s->cipher = larger;
        s->cipher_cap = cap;
    }
    memcpy(s->cipher + s->cipher_len, bytes, (size_t)len);
    s->cipher_len = need;
    return len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *METHOD;

static void method_make(void)
{
    METHOD = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
    if (METHOD == NULL || BIO_meth_set_read(METHOD, bio_read) != 1 ||
        BIO_meth_set_write(METHOD, bio_write) != 1 || BIO_meth_set_ctrl(METHOD, bio_ctrl) != 1)
        abort(); /* out of memory, as everywhere */
}

/* The scratch is empty again; it is kept unless something large went through. */
static void cipher_done(struct tls_scratch *s)
{
    s->cipher_len = 0;
    if (s->cipher_cap <= CIPHER_KEPT_BYTES)
        return;
    cell_free(s->cipher);
    s->cipher = NULL;
    s->cipher_cap = 0;
}

void tls_scratch_free(struct tls_scratch *s)
{
    cell_free(s->plain);
    cell_free(s->joined);
    cell_free(s->cipher);
    *s = (struct tls_scratch){0};
}

/* ── Beginning and ending
 * ───────────────────────────────────────────────────────────────────────────────────────── */

void tls_begin(struct conn *c, struct tls_identity *id)
{
    static uv_once_t once = UV_ONCE_INIT;
    struct tls *t = CELL_NEW(struct tls);

    uv_once(&once, method_make);
    BIO *bio = BIO_new(METHOD);
    if (bio == NULL)
        abort(); /* out of memory, as everywhere */
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    t->ssl = tls_identity_session(id);
    t->scratch = &c->home->tls;
    SSL_set_bio(t->ssl, bio, bio);
    c->tls = t;
}

static void tls_free(struct tls *t)
{
    SSL_free(t->ssl);
    cell_free(t->held);
    cell_free(t->unsent);
    cell_free(t);
}

void tls_end(struct conn *c)
{
    struct tls *t = c->tls;

    c->tls = NULL;
    if (!t->broken && t->unsent == NULL && SSL_is_init_finished(t->ssl)) {
        ERR_clear_error();
        (void)SSL_shutdown(t->ssl);
        uv_buf_t buf = uv_buf_init(t->scratch->cipher, (unsigned)t->scratch->cipher_len);
        if (buf.len > 0)
            (void)uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);
        cipher_done(t->scratch);
    }
    if (!t->pumping)
        tls_free(t);
}

bool tls_handshaking(const struct conn *c)
{
    return c->tls != NULL && !SSL_is_init_finished(c->tls->ssl);
}

/* ── Out
 * ───────────────────────────────────────────────────────────────────────────────────────── */

struct cipher_write {
    uv_write_t uv;
    struct conn *c;
    uv_write_t *req; /* whose bytes these are; NULL: TLS' own */
    uv_write_cb done;
    char bytes[];
};

static void on_cipher_written(uv_write_t *uv, int status)
{
    struct cipher_write *w = (struct cipher_write *)uv;
    uv_write_t *req = w->req;
    uv_write_cb done = w->done;
    struct conn *c = w->c;

    cell_free(w);
    if (req != NULL)
        done(req, status);
    else
        conn_written(c, status);
}

/* Queue these, in two parts. */
static int queue_cipher(struct conn *c, struct str first, struct str second, uv_write_t *req,
                        uv_write_cb done)
{
    struct cipher_write *w = cell_new(sizeof(*w) + first.len + second.len);
    uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)(first.len + second.len));

    w->c = c;
    w->req = req;
    w->done = done;
    if (first.len > 0)
        memcpy(w->bytes, first.ptr, first.len);
    if (second.len > 0)
        memcpy(w->bytes + first.len, second.ptr, second.len);
    int error = uv_write(&w->uv, (uv_stream_t *)&c->tcp, &buf, 1, on_cipher_written);
    if (error != 0)
        cell_free(w);
    return error;
}

static void seal(struct tls *t, const char *bytes, size_t len)
{
    size_t written;

    if (len == 0 || t->broken)
        return;
    ERR_clear_error();
    t->broken = SSL_write_ex(t->ssl, bytes, len, &written) != 1;
}

/* Small pieces go into one record. */
static void join(struct tls *t, const char *bytes, size_t len)
{
    struct tls_scratch *s = t->scratch;

    if (s->joined == NULL)
        s->joined = cell_new(RECORD_BYTES);
    while (len > 0) {
        size_t room = RECORD_BYTES - s->joined_len;
        size_t n = len < room ? len : room;
        memcpy(s->joined + s->joined_len, bytes, n);
        s->joined_len += n;
        bytes += n;
        len -= n;
        if (s->joined_len < RECORD_BYTES)
            continue;
        seal(t, s->joined, s->joined_len);
        s->joined_len = 0;
    }
}

/* Into the scratch, except the first `skip` bytes. False: it cannot be. */
static bool encrypt(struct tls *t, const uv_buf_t *bufs, unsigned n, size_t skip)
{
    struct tls_scratch *s = t->scratch;

    for (unsigned i = 0; i < n; i++) {
        size_t leave = skip < bufs[i].len ? skip : bufs[i].len;
        const char *bytes = bufs[i].base + leave;
        size_t len = bufs[i].len - leave;
        skip -= leave;
        if (s->joined_len == 0 && (i + 1 == n || len >= RECORD_BYTES))
            seal(t, bytes, len);
        else
            join(t, bytes, len);
    }
    seal(t, s->joined, s->joined_len);
    s->joined_len = 0;
    return !t->broken;
}

int tls_try_write(struct conn *c, const uv_buf_t *bufs, unsigned n)
{
    struct tls *t = c->tls;
    struct tls_scratch *s = t->scratch;
    size_t len = 0;

    if (uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp) > 0)
        return UV_EAGAIN;
    for (unsigned i = 0; i < n; i++)
        len += bufs[i].len;
    if (!encrypt(t, bufs, n, 0)) {
        cipher_done(s);
        return UV_EPROTO;
    }
    uv_buf_t buf = uv_buf_init(s->cipher, (unsigned)s->cipher_len);
    int written = uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);
    if (written < 0 && written != UV_EAGAIN) {
        cipher_done(s);
        return written;
    }
    size_t out = written > 0 ? (size_t)written : 0;
    if (out < s->cipher_len) {
        /* The last byte stands for all that could not go out: tls_write() gets it, and sends these
         * for it. */
        t->unsent_len = s->cipher_len - out;
        t->unsent = cell_new(t->unsent_len);
        memcpy(t->unsent, s->cipher + out, t->unsent_len);
        len--;
    }
    cipher_done(s);
    return (int)len;
}

int tls_write(struct conn *c, uv_write_t *req, const uv_buf_t *bufs, unsigned n, uv_write_cb done)
{
    struct tls *t = c->tls;
    struct tls_scratch *s = t->scratch;
    struct str unsent = {t->unsent, t->unsent_len};
    int error = UV_EPROTO;

    if (encrypt(t, bufs, n, t->unsent != NULL ? 1 : 0))
        error = queue_cipher(c, unsent, (struct str){s->cipher, s->cipher_len}, req, done);
    cipher_done(s);
    cell_free(t->unsent);
    t->unsent = NULL;
    t->unsent_len = 0;
    return error;
}

/* What OpenSSL has to say of its own: handshakes, tickets, alerts. */
static void send_own(struct conn *c, struct tls_scratch *s)
{
    uv_buf_t buf = uv_buf_init(s->cipher, (unsigned)s->cipher_len);

    if (buf.len == 0)
        return;
    int n = uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);
    size_t out = n > 0 ? (size_t)n : 0;
    bool failed = n < 0 && n != UV_EAGAIN;
    if (!failed && out < buf.len)
        failed = conn_pending(c) > CONN_SEND_HIGH || /* a client that asks and never listens */
                 queue_cipher(c, (struct str){s->cipher + out, s->cipher_len - out}, STR(""), NULL,
                              NULL) != 0;
    cipher_done(s);
    if (failed)
        conn_drop(c);
}

/* ── In
 * ───────────────────────────────────────────────────────────────────────────────────────── */

static void fail(struct conn *c, struct tls *t)
{
    const char *why = ERR_reason_error_string(ERR_peek_error());
    bool early = tls_handshaking(c);

    t->broken = true;
    log_event(LOG_DEBUG, "tls.failed", "%s: %s", early ? "Handshake" : "Connection",
              why != NULL ? why : "unknown reason");
    if (early)
        conn_linger(c); /* so that the alert gets there */
    else
        conn_drop(c);
}

/* One record, or less. False: there is nothing more at hand, or it is over. */
static bool take_record(struct conn *c, struct tls *t, char *plain)
{
    ERR_clear_error();
    int n = SSL_read(t->ssl, plain, (int)RECORD_BYTES);
    int result = SSL_get_error(t->ssl, n);
    send_own(c, t->scratch);
    if (c->tls != t)
        return false;
    if (n > 0)
        exchange_input(c, plain, (size_t)n);
    else if (result == SSL_ERROR_ZERO_RETURN)
        exchange_eof(c);
    else if (result != SSL_ERROR_WANT_READ)
        fail(c, t);
    return n > 0;
}

/* What is still at hand stays, for when the connection reads again. */
static void keep_rest(struct tls *t)
{
    char *copy = NULL;

    if (t->in_len > 0) {
        copy = cell_new(t->in_len);
        memcpy(copy, t->in, t->in_len);
    }
    cell_free(t->held);
    t->held = copy;
    t->in = copy;
}

static void pump(struct conn *c)
{
    struct tls *t = c->tls;
    struct tls_scratch *s = t->scratch;
    char *plain = s->plain != NULL ? s->plain : cell_new(RECORD_BYTES);
    bool early = tls_handshaking(c);

    s->plain = NULL; /* whoever is woken meanwhile takes another one */
    t->pumping = true;
    while (c->tls == t && c->reading && take_record(c, t, plain))
        continue;
    t->pumping = false;
    cell_free(s->plain);
    s->plain = plain;
    if (c->tls != t) {
        tls_free(t);
        return;
    }
    keep_rest(t);
    if (early && !tls_handshaking(c) && c->state == CONN_IDLE)
        timer_set(c, TIMER_IDLE);
}

/* Somebody who typed http:// deserves a sentence. */
static void answer_plain_http(struct conn *c)
{
    static const char REPLY[] = "HTTP/1.1 400 Bad Request\r\n"
                                "Content-Type: text/plain; charset=utf-8\r\n"
                                "Content-Length: 57\r\n"
                                "Connection: close\r\n\r\n"
                                "This port speaks HTTPS: the address begins with https://\n";
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)REPLY, sizeof(REPLY) - 1);

    (void)uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);
    conn_linger(c);
}

void tls_input(struct conn *c, const char *bytes, size_t len)
{
    struct tls *t = c->tls;

    if (!t->begun && bytes[0] >= 'A' && bytes[0] <= 'Z') {
        answer_plain_http(c);
        return;
    }
    t->begun = true;
    if (tls_handshaking(c) && c->timer != TIMER_HEAD)
        timer_set(c, TIMER_HEAD); /* it counts into the head's time */
    t->in = bytes;
    t->in_len = len;
    pump(c);
}

void tls_resume(struct conn *c)
{
    if (!c->tls->pumping && c->tls->in_len > 0)
        pump(c);
}

bool tls_holds_input(const struct conn *c)
{
    return c->tls != NULL && c->tls->in_len > 0;
}
