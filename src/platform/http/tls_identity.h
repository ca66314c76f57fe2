/* What a TLS front shows of itself: a certificate chain and its key, read from PEM files, and what
 * is negotiated with them. Knows no connections. TLS 1.2 and 1.3, ALPN "http/1.1". */
#ifndef PLATFORM_HTTP_TLS_IDENTITY_H
#define PLATFORM_HTTP_TLS_IDENTITY_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct ssl_st;
struct tls_identity;

/* Read and check both files. ERR_INVALID and one sentence naming the file and what is wrong with
 * it: unreadable, no PEM, too weak, expired or not yet valid at now_us, a key that is protected by
 * a passphrase or belongs to another certificate. */
enum err tls_identity_load(const char *certificate, const char *key, int64_t now_us,
                           struct arena *a, struct tls_identity **ret, const char **ret_why);
/* The same files again: connections made from now on see what they hold now. On an error (as above)
 * the old ones stay. Any thread. */
enum err tls_identity_reload(struct tls_identity *id, int64_t now_us, struct arena *a,
                             const char **ret_why);
/* When the last connection has gone; NULL is fine. */
void tls_identity_free(struct tls_identity *id);

/* When the certificate in force ends, µs since 1970. Any thread. */
int64_t tls_identity_ends_us(struct tls_identity *id);
/* A server's side of one connection, without its bytes' way in and out; the caller's. Any thread.
 */
struct ssl_st *tls_identity_session(struct tls_identity *id);

#endif
