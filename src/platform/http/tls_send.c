/* The sending half of TLS on a connection: see tls.h. Encrypts into the loop's scratch and hands
 * that to the socket; what cannot go out at once is copied. */
#include "platform/http/tls_internal.h"

#include <openssl/err.h>
#include <string.h>

#define CIPHER_KEPT_BYTES ((size_t)256 * 1024)

void tls_cipher_done(struct tls_scratch *s)
{
    s->cipher_len = 0;
    if (s->cipher_cap <= CIPHER_KEPT_BYTES)
        return;
    cell_free(s->cipher);
    s->cipher = NULL;
    s->cipher_cap = 0;
}

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
    if (str_present(first))
        memcpy(w->bytes, first.ptr, first.len);
    if (str_present(second))
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
        tls_cipher_done(s);
        return UV_EPROTO;
    }
    uv_buf_t buf = uv_buf_init(s->cipher, (unsigned)s->cipher_len);
    int written = uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);
    if (written < 0 && written != UV_EAGAIN) {
        tls_cipher_done(s);
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
    tls_cipher_done(s);
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
    tls_cipher_done(s);
    cell_free(t->unsent);
    t->unsent = NULL;
    t->unsent_len = 0;
    return error;
}

void tls_send_own(struct conn *c, struct tls_scratch *s)
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
    tls_cipher_done(s);
    if (failed)
        conn_drop(c);
}
