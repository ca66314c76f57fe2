/* Access tokens: JWT (RFC 7519) in JWS compact form (RFC 7515), HS256 (RFC 7518 §3.2) or EdDSA (RFC
 * 8037), signed and verified with libsodium. One algorithm is configured; a token that names
 * another is refused. */
#ifndef PLATFORM_AUTH_TOKEN_H
#define PLATFORM_AUTH_TOKEN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/uuid.h"

enum role {
    ROLE_NONE = 0,
    ROLE_USER,
    ROLE_PARTNER,
    ROLE_ADMIN,
};

const char *role_name(enum role r);
bool role_parse(struct str s, enum role *ret);

#define TOKEN_EMAIL_MAX 254

/* Who a verified token speaks for. Plain values: it outlives the request. */
struct identity {
    int64_t number; /* user_number ("uno"); 0: nobody */
    struct uuid id; /* "sub" */
    enum role role;
    int64_t issued_us;
    int64_t expires_us;
    struct uuid jti;
};

enum token_algorithm {
    TOKEN_HS256,
    TOKEN_EDDSA,
};

struct token_keys; /* wiped on free */

#define TOKEN_SECRET_MIN_BYTES 32 /* HS256: RFC 7518 §3.2 */

/* HS256: the secret's bytes (at least 32). EdDSA: a 32-byte seed, base64url. ERR_INVALID: too short
 * or not a seed. */
enum err token_keys_new(enum token_algorithm algorithm, struct str secret, struct token_keys **ret);
void token_keys_free(struct token_keys *k);

/* A signed token in the arena. All members of `who` are used; email (1–254 bytes) is a claim for
 * the client, nobody here reads it back. */
struct str token_issue(const struct token_keys *k, const struct identity *who, struct str email,
                       struct arena *a);
/* ERR_UNAUTHORIZED: malformed, another algorithm, a bad signature, or expired at now_us (issued in
 * the future by more than 60 s counts as malformed). Longer than 2,048 bytes is malformed. */
enum err token_verify(const struct token_keys *k, struct str token, int64_t now_us,
                      struct identity *ret);

/* Verified tokens of one loop, so that a busy token is checked once (0.3 µs instead of 3–6). Least
 * recently used goes first. Expiry is checked on every use. Not thread-safe: one a loop. */
struct token_cache;
struct token_cache *token_cache_new(size_t entries);
void token_cache_free(struct token_cache *c);
enum err token_cache_verify(struct token_cache *c, const struct token_keys *k, struct str token,
                            int64_t now_us, struct identity *ret);

#endif
