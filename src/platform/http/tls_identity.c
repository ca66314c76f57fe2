/* Certificates and keys: see tls_identity.h. Everything that is negotiated is decided here. */
#include "platform/http/tls_identity.h"

#include "base/cell.h"
#include "base/datetime.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

/* OpenSSL's own list at security level 2, without key exchange that has no forward secrecy (RFC
 * 9325 §4.1). */
#define CIPHERS "DEFAULT:!kRSA:!PSK:!SRP"

struct tls_identity {
    char *certificate, *key; /* paths */
    uv_mutex_t mutex;        /* guards what follows */
    SSL_CTX *context;
    int64_t ends_us;
};

/* ── Reading ── */

struct reading {
    const char *certificate, *key;
    int64_t now_us;
    struct arena *a;
    const char **ret_why;
    SSL_CTX *context;
    int64_t ends_us;
    bool passphrase_asked;
};

/* What OpenSSL said last; its queue is empty afterwards. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    return text != NULL ? text : "unknown reason";
}

static enum err refuse(struct reading *r, struct str why)
{
    *r->ret_why = why.ptr;
    return ERR_INVALID;
}

static int on_passphrase(char *buf, int size, int writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)writing;
    ((struct reading *)ctx)->passphrase_asked = true;
    return -1; /* or OpenSSL would ask the terminal */
}

static enum err check_readable(struct reading *r, const char *what, const char *path)
{
    FILE *f = fopen(path, "re");

    if (f != NULL && fgetc(f) != EOF) {
        fclose(f);
        return OK;
    }
    int error = errno;
    bool empty = f != NULL && feof(f);
    if (f != NULL)
        fclose(f);
    return refuse(r, arena_printf(r->a, "The TLS %s %s cannot be read: %s", what, path,
                                  empty ? "it is empty" : strerror(error)));
}

static enum err read_certificate(struct reading *r)
{
    enum err e = check_readable(r, "certificate", r->certificate);

    if (e != OK)
        return e;
    if (SSL_CTX_use_certificate_chain_file(r->context, r->certificate) == 1)
        return OK;
    return refuse(r, arena_printf(r->a,
                                  "The TLS certificate %s cannot be used (%s); it must be a chain "
                                  "in PEM form, the server's own certificate first",
                                  r->certificate, reason()));
}

static bool is_mismatch(unsigned long error)
{
    int why = ERR_GET_REASON(error);

    if (ERR_GET_LIB(error) == ERR_LIB_SSL)
        return why == SSL_R_NO_CERTIFICATE_ASSIGNED; /* RSA here, elliptic curves there */
    return ERR_GET_LIB(error) == ERR_LIB_X509 &&
           (why == X509_R_KEY_VALUES_MISMATCH || why == X509_R_KEY_TYPE_MISMATCH);
}

static enum err read_key(struct reading *r)
{
    enum err e = check_readable(r, "key", r->key);

    if (e != OK)
        return e;
    if (SSL_CTX_use_PrivateKey_file(r->context, r->key, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_check_private_key(r->context) == 1)
        return OK;
    if (r->passphrase_asked) {
        ERR_clear_error();
        return refuse(r, arena_printf(r->a,
                                      "The TLS key %s is protected by a passphrase, which nobody "
                                      "could type in: store it without one",
                                      r->key));
    }
    if (is_mismatch(ERR_peek_last_error())) {
        ERR_clear_error();
        return refuse(r, arena_printf(r->a, "The TLS key %s does not belong to the certificate %s",
                                      r->key, r->certificate));
    }
    return refuse(
        r, arena_printf(r->a,
                        "The TLS key %s cannot be used (%s); it must be a private key in PEM form",
                        r->key, reason()));
}

static int64_t us_of(const ASN1_TIME *t)
{
    struct tm tm = {0};

    return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * US_PER_SECOND : 0;
}

static enum err check_dates(struct reading *r)
{
    const X509 *leaf = SSL_CTX_get0_certificate(r->context);
    int64_t begins_us = us_of(X509_get0_notBefore(leaf));
    char day[DATE_LEN];

    r->ends_us = us_of(X509_get0_notAfter(leaf));
    if (r->ends_us <= r->now_us) {
        date_format(date_of_us(r->ends_us), day);
        return refuse(r, arena_printf(r->a, "The TLS certificate %s has expired on %.*s",
                                      r->certificate, DATE_LEN, day));
    }
    if (begins_us > r->now_us) {
        date_format(date_of_us(begins_us), day);
        return refuse(r, arena_printf(r->a, "The TLS certificate %s counts only from %.*s on",
                                      r->certificate, DATE_LEN, day));
    }
    return OK;
}

/* ── What is negotiated ── */

/* RFC 7301 §3.2: a client that offers protocols, and none of ours, is refused. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *in, unsigned in_len, void *ctx)
{
    static const unsigned char OURS[] = "\x08http/1.1";
    unsigned char *chosen;

    (void)ssl;
    (void)ctx;
    if (SSL_select_next_proto(&chosen, out_len, OURS, sizeof(OURS) - 1, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *context_new(struct reading *r)
{
    SSL_CTX *context = cell_must(SSL_CTX_new(TLS_server_method()));

    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_cipher_list(context, CIPHERS);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT |
                                     SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    /* An idle connection holds no record buffers. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    /* Sessions resume by tickets, which the clients keep. */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    SSL_CTX_set_default_passwd_cb(context, on_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, r);
    return context;
}

/* r->context is the caller's when this is OK. */
static enum err read_both(struct reading *r)
{
    ERR_clear_error();
    r->context = context_new(r);
    enum err e = read_certificate(r);
    if (e == OK)
        e = read_key(r);
    if (e == OK)
        e = check_dates(r);
    SSL_CTX_set_default_passwd_cb_userdata(r->context, NULL);
    if (e != OK)
        SSL_CTX_free(r->context);
    return e;
}

/* ── The identity ── */

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(cell_new(size), text, size);
}

enum err tls_identity_load(const char *certificate, const char *key, int64_t now_us,
                           struct arena *a, struct tls_identity **ret, const char **ret_why)
{
    struct reading r = {certificate, key, now_us, a, ret_why, .context = NULL};
    enum err e = read_both(&r);

    if (e != OK)
        return e;
    struct tls_identity *id = CELL_NEW(struct tls_identity);
    id->certificate = copy_of(certificate);
    id->key = copy_of(key);
    uv_mutex_init(&id->mutex);
    id->context = r.context;
    id->ends_us = r.ends_us;
    *ret = id;
    return OK;
}

enum err tls_identity_reload(struct tls_identity *id, int64_t now_us, struct arena *a,
                             const char **ret_why)
{
    struct reading r = {id->certificate, id->key, now_us, a, ret_why, .context = NULL};
    enum err e = read_both(&r);

    if (e != OK)
        return e;
    uv_mutex_lock(&id->mutex);
    SSL_CTX *old = id->context;
    id->context = r.context;
    id->ends_us = r.ends_us;
    uv_mutex_unlock(&id->mutex);
    SSL_CTX_free(old); /* connections that use it hold it */
    return OK;
}

void tls_identity_free(struct tls_identity *id)
{
    if (id == NULL)
        return;
    SSL_CTX_free(id->context);
    uv_mutex_destroy(&id->mutex);
    cell_free(id->certificate);
    cell_free(id->key);
    cell_free(id);
}

int64_t tls_identity_ends_us(struct tls_identity *id)
{
    uv_mutex_lock(&id->mutex);
    int64_t ends_us = id->ends_us;
    uv_mutex_unlock(&id->mutex);
    return ends_us;
}

struct ssl_st *tls_identity_session(struct tls_identity *id)
{
    uv_mutex_lock(&id->mutex);
    SSL *ssl = cell_must(SSL_new(id->context));
    uv_mutex_unlock(&id->mutex);
    SSL_set_accept_state(ssl);
    return ssl;
}
