/* TLS on a connection: see tls.h. OpenSSL reads and writes through a BIO of our own: out of the
 * bytes at hand, into the loop's scratch, so that an idle connection holds no buffers. Decides
 * nothing about what is said. */
#include "platform/http/tls_internal.h"

#include "base/cell.h"
#include "platform/http/engine.h"
#include "platform/http/tls_identity.h"
#include "platform/log/log.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* ── OpenSSL's way in and out ── */

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

void tls_scratch_free(struct tls_scratch *s)
{
    cell_free(s->plain);
    cell_free(s->joined);
    cell_free(s->cipher);
    *s = (struct tls_scratch){0};
}

/* ── Beginning and ending ── */

void tls_begin(struct conn *c, struct tls_identity *id)
{
    static uv_once_t once = UV_ONCE_INIT;
    struct tls *t = CELL_NEW(struct tls);

    uv_once(&once, method_make);
    BIO *bio = cell_must(BIO_new(METHOD));
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
        tls_cipher_done(t->scratch);
    }
    if (!t->pumping)
        tls_free(t);
}

bool tls_handshaking(const struct conn *c)
{
    return c->tls != NULL && !SSL_is_init_finished(c->tls->ssl);
}

/* ── In ── */

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
    bool early = tls_handshaking(c);

    ERR_clear_error();
    int n = SSL_read(t->ssl, plain, (int)RECORD_BYTES);
    int result = SSL_get_error(t->ssl, n);
    tls_send_own(c, t->scratch);
    if (c->tls != t)
        return false;
    if (early && !tls_handshaking(c))
        timer_head_spent(c);
    if (n > 0) {
        exchange_input(c, plain, (size_t)n);
        explicit_bzero(plain, (size_t)n);
    } else if (result == SSL_ERROR_ZERO_RETURN) {
        exchange_eof(c);
    } else if (result != SSL_ERROR_WANT_READ) {
        fail(c, t);
    }
    return n > 0 && t->in_len > 0; /* OpenSSL itself holds no whole record back */
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
        timer_set(c, TIMER_HEAD); /* it and the first head have the time of one */
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
