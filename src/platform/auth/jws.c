/* Signs and verifies bytes for tokens, and writes them as base64url. Knows no claims and no clock.
 */
#include "platform/auth/jws.h"

#include <string.h>

struct str jws_encode(struct arena *a, const void *bytes, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *out = arena_alloc(a, size);
    sodium_bin2base64(out, size, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return (struct str){out, size - 1};
}

bool jws_decode(struct str text, uint8_t *out, size_t max, size_t *ret_len)
{
    size_t len = 0;
    /* With no end pointer libsodium wants the whole text used up, and it refuses stray trailing
     * bits itself. */
    if (text.len == 0 || sodium_base642bin(out, max, text.ptr, text.len, NULL, &len, NULL,
                                           sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return false;
    *ret_len = len;
    return true;
}

bool jws_split(struct str token, struct jws_parts *ret)
{
    struct str rest = token;
    struct jws_parts p = {0};

    p.header = str_cut(&rest, '.');
    p.payload = str_cut(&rest, '.');
    p.signature = rest;
    if (p.header.len == 0 || p.payload.len == 0 || p.signature.len == 0)
        return false;
    if (memchr(p.signature.ptr, '.', p.signature.len))
        return false;
    p.signed_bytes = (struct str){token.ptr, p.header.len + 1 + p.payload.len};
    *ret = p;
    return true;
}

size_t jws_sign(const struct token_keys *k, struct str bytes, uint8_t out[JWS_SIGNATURE_MAX])
{
    const uint8_t *in = (const uint8_t *)bytes.ptr;

    if (k->algorithm == TOKEN_EDDSA) {
        crypto_sign_detached(out, NULL, in, bytes.len, k->secret_key);
        return crypto_sign_BYTES;
    }
    crypto_auth_hmacsha256_state state = k->hmac;
    crypto_auth_hmacsha256_update(&state, in, bytes.len);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
    return crypto_auth_hmacsha256_BYTES;
}

bool jws_verify(const struct token_keys *k, struct str bytes, const uint8_t *signature, size_t len)
{
    if (k->algorithm == TOKEN_EDDSA)
        return len == crypto_sign_BYTES &&
               crypto_sign_verify_detached(signature, (const uint8_t *)bytes.ptr, bytes.len,
                                           k->public_key) == 0;

    uint8_t wanted[JWS_SIGNATURE_MAX];
    size_t wanted_len = jws_sign(k, bytes, wanted);
    bool good = len == wanted_len && sodium_memcmp(signature, wanted, wanted_len) == 0;
    sodium_memzero(wanted, sizeof wanted);
    return good;
}
