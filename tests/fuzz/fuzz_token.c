/* Tokens: as they come; and claims under a header that are signed first, so that the parser behind
 * the signature is reached ("header\nclaims"). Whoever is let in comes out the same when a token is
 * issued for them. */
#include "fuzz.h"

#include "base/datetime.h"
#include "platform/auth/jws.h"

#define NOW_US (INT64_C(1767225600) * US_PER_SECOND)
#define SECRET "0123456789abcdef0123456789abcdef"
#define SEED "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" /* RFC 8037 A.1 */

static const struct token_keys *keys(enum token_algorithm algorithm)
{
    static struct token_keys *made[2];
    struct str secret = algorithm == TOKEN_EDDSA ? STR(SEED) : STR(SECRET);

    if (made[algorithm] == NULL)
        HOLDS(token_keys_new(algorithm, secret, &made[algorithm]) == OK);
    return made[algorithm];
}

static bool same(const struct identity *x, const struct identity *y)
{
    return x->number == y->number && x->role == y->role && x->issued_us == y->issued_us &&
           x->expires_us == y->expires_us && strcmp(x->id.text, y->id.text) == 0 &&
           strcmp(x->jti.text, y->jti.text) == 0;
}

static bool try_token(const struct token_keys *k, struct str token, struct arena *a)
{
    struct identity who = {0}, again = {0};

    if (token_verify(k, token, NOW_US, &who) != OK)
        return false;
    HOLDS(who.number > 0 && who.role != ROLE_NONE && who.expires_us > NOW_US);
    HOLDS(token_verify(k, token_issue(k, &who, STR("alice@example.com"), a), NOW_US, &again) ==
              OK &&
          same(&who, &again));
    HOLDS(token_verify(k, token, who.expires_us, &again) == ERR_UNAUTHORIZED);
    return true;
}

static struct str sign(const struct token_keys *k, struct str header, struct str claims,
                       struct arena *a)
{
    struct str h = jws_encode(a, header.ptr, header.len);
    struct str c = jws_encode(a, claims.ptr, claims.len);
    struct str bytes = arena_printf(a, "%.*s.%.*s", STR_ARG(h), STR_ARG(c));
    uint8_t signature[JWS_SIGNATURE_MAX];
    size_t len = jws_sign(k, bytes, signature);

    return arena_printf(a, "%.*s.%.*s", STR_ARG(bytes), STR_ARG(jws_encode(a, signature, len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str token = fuzz_str(data, size);
    struct str claims = token;
    struct str header = fuzz_line(&claims);
    struct arena a = {0};

    (void)try_token(keys(TOKEN_EDDSA), token, &a);
    (void)try_token(keys(TOKEN_HS256), token, &a);
    struct str signed_token = sign(keys(TOKEN_HS256), header, claims, &a);
    if (try_token(keys(TOKEN_HS256), signed_token, &a))
        HOLDS(!try_token(keys(TOKEN_EDDSA), signed_token, &a));
    arena_free(&a);
    return 0;
}
