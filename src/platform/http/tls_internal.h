/* What the two halves of TLS on a connection share: tls.c (lives, receiving) and tls_send.c.
 * Nobody else includes it. */
#ifndef PLATFORM_HTTP_TLS_INTERNAL_H
#define PLATFORM_HTTP_TLS_INTERNAL_H

#include "platform/http/engine.h"

#include <openssl/ssl.h>

#define RECORD_BYTES ((size_t)SSL3_RT_MAX_PLAIN_LENGTH)

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

/* The scratch is empty again; it is kept unless something large went through. */
void tls_cipher_done(struct tls_scratch *s);
/* Send what OpenSSL has to say of its own: handshakes, tickets, alerts. May drop the connection. */
void tls_send_own(struct conn *c, struct tls_scratch *s);

#endif
