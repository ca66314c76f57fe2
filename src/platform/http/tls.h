/* TLS between a connection's socket and its protocol: ciphertext in, what it says out, and back.
 * For the engine's own files; every call on the connection's loop thread. A connection without TLS
 * has c->tls NULL, and nothing here is called for it. */
#ifndef PLATFORM_HTTP_TLS_H
#define PLATFORM_HTTP_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct conn;
struct http_loop;
struct tls;
struct tls_identity;

/* Of each loop: zeroed at first, shared by its connections. */
struct tls_scratch {
    char *plain;  /* what one record said; NULL while somebody looks at it */
    char *joined; /* small pieces on their way into one record */
    size_t joined_len;
    char *cipher; /* what is to go out */
    size_t cipher_len, cipher_cap;
};

void tls_scratch_free(struct tls_scratch *s);

/* The connection speaks TLS from its first byte on. */
void tls_begin(struct conn *c, struct tls_identity *id);
/* The last of it: says goodbye (close_notify) where that is possible, without waiting; c->tls is
 * NULL afterwards. */
void tls_end(struct conn *c);
bool tls_handshaking(const struct conn *c);

/* What came from the socket. Leads to exchange_input(), exchange_eof(), conn_linger() and
 * conn_drop(). What comes while the connection does not read is kept (less than what one read
 * gives). */
void tls_input(struct conn *c, const char *bytes, size_t len);
/* The connection reads again: what was kept goes on as above. */
void tls_resume(struct conn *c);
/* Is something kept? */
bool tls_holds_input(const struct conn *c);

/* Like uv_try_write() and uv_write(). After a try_write that took less than everything, the rest of
 * the very same bytes must be given to tls_write() next: part of it is encrypted already. */
int tls_try_write(struct conn *c, const uv_buf_t *bufs, unsigned n);
int tls_write(struct conn *c, uv_write_t *req, const uv_buf_t *bufs, unsigned n, uv_write_cb done);

#endif
