/* The signature layer under token.h: JWS compact form (RFC 7515 §3.1) without any meaning of the
 * payload. Only auth's own files and tests include this. */
#ifndef PLATFORM_AUTH_JWS_H
#define PLATFORM_AUTH_JWS_H

#include "platform/auth/token.h"

#include <sodium.h>

#define JWS_SIGNATURE_MAX crypto_sign_BYTES

struct token_keys {
    enum token_algorithm algorithm;
    crypto_auth_hmacsha256_state hmac; /* the secret already mixed in; copied for each use */
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
};

/* The three parts of a token as sent, and what the signature is made over. */
struct jws_parts {
    struct str header;
    struct str payload;
    struct str signature;
    struct str signed_bytes; /* header "." payload */
};

/* Base64url without padding (RFC 7515 §2) in the arena. */
struct str jws_encode(struct arena *a, const void *bytes, size_t len);
/* Back into at most `max` bytes. False: a foreign character, padding, a length that cannot be, bits
 * behind the last byte that are not zero (one text for one value), or no room. */
bool jws_decode(struct str text, uint8_t *out, size_t max, size_t *ret_len);
/* Exactly three parts, none empty. */
bool jws_split(struct str token, struct jws_parts *ret);

/* Returns the signature's length: 32 (HS256) or 64 (EdDSA). */
size_t jws_sign(const struct token_keys *k, struct str bytes, uint8_t out[JWS_SIGNATURE_MAX]);
/* In a time that does not depend on where a wrong signature differs. */
bool jws_verify(const struct token_keys *k, struct str bytes, const uint8_t *signature, size_t len);

#endif
