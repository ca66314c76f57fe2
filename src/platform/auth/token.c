/* Access tokens: makes them from an identity, and an identity from them. The signature is checked
 * before anything of the payload is read; the header counts for nothing but naming the one
 * algorithm that is configured. */
#include "platform/auth/token.h"

#include "platform/auth/jws.h"
#include "base/buf.h"
#include "base/datetime.h"
#include "platform/json/fields.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#define TOKEN_MAX_BYTES 2048
#define TOKEN_HEADER_MAX_BYTES 128
#define TOKEN_CLOCK_SKEW_US (60 * US_PER_SECOND)
#define TOKEN_TIME_MAX_S INT64_C(253402300799) /* the end of the year 9999 */
#define TOKEN_NUMBER_MAX 99999999

static const struct {
    const char *name;
    struct str header; /* what we sign */
    struct str
        header_encoded; /* the same as it stands in a token, so that ours need no JSON parser */
} ALGORITHMS[] = {
    [TOKEN_HS256] = {"HS256", STR("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"),
                     STR("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9")},
    [TOKEN_EDDSA] = {"EdDSA", STR("{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}"),
                     STR("eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9")},
};

static const char *const ROLE_NAMES[] = {
    [ROLE_NONE] = "none",
    [ROLE_USER] = "user",
    [ROLE_PARTNER] = "partner",
    [ROLE_ADMIN] = "admin",
};

const char *role_name(enum role r)
{
    return ROLE_NAMES[r];
}

bool role_parse(struct str s, enum role *ret)
{
    for (enum role r = ROLE_USER; r <= ROLE_ADMIN; r++) {
        if (str_eq(s, str_of(ROLE_NAMES[r]))) {
            *ret = r;
            return true;
        }
    }
    return false;
}

/* ── Keys ── */

static bool keys_fill(struct token_keys *k, struct str secret)
{
    if (k->algorithm == TOKEN_EDDSA) {
        uint8_t seed[crypto_sign_SEEDBYTES];
        size_t len = 0;
        bool good = jws_decode(secret, seed, sizeof seed, &len) && len == sizeof seed &&
                    crypto_sign_seed_keypair(k->public_key, k->secret_key, seed) == 0;
        sodium_memzero(seed, sizeof seed);
        return good;
    }
    if (secret.len < TOKEN_SECRET_MIN_BYTES)
        return false;
    crypto_auth_hmacsha256_init(&k->hmac, (const uint8_t *)secret.ptr, secret.len);
    return true;
}

enum err token_keys_new(enum token_algorithm algorithm, struct str secret, struct token_keys **ret)
{
    if (sodium_init() < 0)
        return ERR_UNAVAILABLE;
    struct token_keys *k = sodium_malloc(sizeof *k);
    if (!k)
        return ERR_UNAVAILABLE;

    memset(k, 0, sizeof *k);
    k->algorithm = algorithm;
    if (!keys_fill(k, secret)) {
        token_keys_free(k);
        return ERR_INVALID;
    }
    *ret = k;
    return OK;
}

void token_keys_free(struct token_keys *k)
{
    sodium_free(k); /* wipes; NULL is fine */
}

/* ── Making ── */

/* RFC 7519 §2: NumericDate may have a fraction. Ours has, down to the µs, so that "all tokens
 * issued before this moment" spares one that is issued a moment later in the same second. */
static void put_time(struct buf *b, const char *name, int64_t us)
{
    buf_printf(b, ",\"%s\":%" PRId64, name, us / US_PER_SECOND);
    if (us % US_PER_SECOND != 0)
        buf_printf(b, ".%06" PRId64, us % US_PER_SECOND);
}

static void put_claims(struct buf *b, const struct identity *who, struct str email)
{
    buf_text(b, "{\"sub\":");
    json_write_text(b, uuid_str(&who->id));
    buf_printf(b, ",\"uno\":%" PRId64 ",\"email\":", who->number);
    json_write_text(b, email);
    buf_printf(b, ",\"role\":\"%s\"", role_name(who->role));
    put_time(b, "iat", who->issued_us);
    put_time(b, "exp", who->expires_us);
    buf_text(b, ",\"jti\":");
    json_write_text(b, uuid_str(&who->jti));
    buf_char(b, '}');
}

struct str token_issue(const struct token_keys *k, const struct identity *who, struct str email,
                       struct arena *a)
{
    struct buf claims = buf_new(a, 512);
    put_claims(&claims, who, email);

    struct buf token = buf_new(a, 1024);
    buf_str(&token, ALGORITHMS[k->algorithm].header_encoded);
    buf_char(&token, '.');
    buf_str(&token, jws_encode(a, claims.ptr, claims.len));

    uint8_t signature[JWS_SIGNATURE_MAX];
    size_t len = jws_sign(k, buf_view(&token), signature);
    buf_char(&token, '.');
    buf_str(&token, jws_encode(a, signature, len));
    return buf_view(&token);
}

/* ── Checking ── */

static struct str json_str(const json_t *v)
{
    if (!json_is_string(v))
        return STR_NULL;
    return (struct str){json_string_value(v), json_string_length(v)};
}

/* An object that names our algorithm, perhaps typ "JWT", and nothing else: an unknown member could
 * be a "crit" that changes how the token is to be read (RFC 7515 §4.1.11). */
static bool header_json_good(const json_t *o, const char *algorithm)
{
    const json_t *typ = json_object_get(o, "typ");

    if (!str_eq(json_str(json_object_get(o, "alg")), str_of(algorithm)))
        return false;
    if (typ && !str_eq_nocase(json_str(typ), STR("JWT")))
        return false;
    return json_object_size(o) == (typ ? 2u : 1u);
}

static bool header_good(enum token_algorithm algorithm, struct str encoded)
{
    if (str_eq(encoded, ALGORITHMS[algorithm].header_encoded))
        return true;

    uint8_t text[TOKEN_HEADER_MAX_BYTES];
    size_t len = 0;
    if (!jws_decode(encoded, text, sizeof text, &len))
        return false;
    json_t *o = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, NULL);
    bool good = header_json_good(o, ALGORITHMS[algorithm].name);
    json_decref(o);
    return good;
}

static bool signature_good(const struct token_keys *k, const struct jws_parts *p)
{
    uint8_t signature[JWS_SIGNATURE_MAX];
    size_t len = 0;

    return jws_decode(p->signature, signature, sizeof signature, &len) &&
           jws_verify(k, p->signed_bytes, signature, len);
}

/* NumericDate to µs. False: no number, or outside 1970–9999. */
static bool claim_time(const json_t *v, int64_t *ret_us)
{
    if (json_is_integer(v)) {
        json_int_t s = json_integer_value(v);
        if (s < 0 || s > TOKEN_TIME_MAX_S)
            return false;
        *ret_us = (int64_t)s * US_PER_SECOND;
        return true;
    }
    if (!json_is_real(v))
        return false;
    double s = json_real_value(v);
    if (!(s >= 0 && s <= (double)TOKEN_TIME_MAX_S))
        return false;
    *ret_us = llround(s * (double)US_PER_SECOND);
    return true;
}

static bool claim_uuid(const json_t *v, struct uuid *ret)
{
    struct str s = json_str(v);
    return str_present(s) && uuid_parse(s, ret);
}

static bool claims_fill(const json_t *o, struct identity *ret)
{
    struct str email = json_str(json_object_get(o, "email"));
    struct str role = json_str(json_object_get(o, "role"));
    const json_t *number = json_object_get(o, "uno");

    if (!claim_uuid(json_object_get(o, "sub"), &ret->id) ||
        !claim_uuid(json_object_get(o, "jti"), &ret->jti))
        return false;
    if (!json_is_integer(number) || json_integer_value(number) < 1 ||
        json_integer_value(number) > TOKEN_NUMBER_MAX)
        return false;
    if (email.len == 0 || email.len > TOKEN_EMAIL_MAX || !str_present(role) ||
        !role_parse(role, &ret->role))
        return false;
    ret->number = (int64_t)json_integer_value(number);
    return claim_time(json_object_get(o, "iat"), &ret->issued_us) &&
           claim_time(json_object_get(o, "exp"), &ret->expires_us);
}

static bool claims_parse(struct str encoded, struct identity *ret)
{
    uint8_t text[TOKEN_MAX_BYTES];
    size_t len = 0;

    if (!jws_decode(encoded, text, sizeof text, &len))
        return false;
    json_t *o = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, NULL);
    bool good = claims_fill(o, ret);
    json_decref(o);
    return good;
}

enum err token_verify(const struct token_keys *k, struct str token, int64_t now_us,
                      struct identity *ret)
{
    struct jws_parts parts;
    struct identity who = {0};

    if (token.len > TOKEN_MAX_BYTES || !jws_split(token, &parts))
        return ERR_UNAUTHORIZED;
    if (!header_good(k->algorithm, parts.header) || !signature_good(k, &parts) ||
        !claims_parse(parts.payload, &who))
        return ERR_UNAUTHORIZED;
    if (who.issued_us > now_us + TOKEN_CLOCK_SKEW_US || who.expires_us <= now_us)
        return ERR_UNAUTHORIZED;
    *ret = who;
    return OK;
}
