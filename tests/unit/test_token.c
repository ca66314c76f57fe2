/* Tokens: the RFCs' own vectors, what comes back from what was issued, a table of forgeries, and
 * the cache. */
#include "base/datetime.h"
#include "platform/auth/jws.h"
#include "platform/auth/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW_US (INT64_C(1767225600) * US_PER_SECOND + 123456)
#define SECRET "0123456789abcdef0123456789abcdef"
#define SEED "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" /* RFC 8037 A.1 */
#define SUB "00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c"
#define EMAIL "alice \"a\" \\ <å>@example.org"
#define JTI "7c9e6679-7425-40de-944b-e07fc1f90ae7"

static struct arena arena;
static struct token_keys *hs256, *other, *eddsa;

static struct token_keys *keys(enum token_algorithm algorithm, struct str secret)
{
    struct token_keys *k = NULL;
    assert_int_equal(token_keys_new(algorithm, secret, &k), OK);
    return k;
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    hs256 = keys(TOKEN_HS256, STR(SECRET));
    other = keys(TOKEN_HS256, STR("another secret of thirty-two bytes"));
    eddsa = keys(TOKEN_EDDSA, STR(SEED));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    token_keys_free(hs256);
    token_keys_free(other);
    token_keys_free(eddsa);
    arena_free(&arena);
    return 0;
}

static struct identity somebody(void)
{
    struct identity who = {
        .number = 123,
        .role = ROLE_USER,
        .issued_us = NOW_US,
        .expires_us = NOW_US + 2 * US_PER_HOUR,
    };
    assert_true(uuid_parse(STR(SUB), &who.id));
    assert_true(uuid_parse(STR(JTI), &who.jti));
    return who;
}

static struct str sign_parts(const struct token_keys *k, const char *header, const char *payload)
{
    struct str h = jws_encode(&arena, header, strlen(header));
    struct str p = jws_encode(&arena, payload, strlen(payload));
    struct str bytes = arena_printf(&arena, "%.*s.%.*s", STR_ARG(h), STR_ARG(p));
    uint8_t signature[JWS_SIGNATURE_MAX];
    size_t len = jws_sign(k, bytes, signature);
    return arena_printf(&arena, "%.*s.%.*s", STR_ARG(bytes),
                        STR_ARG(jws_encode(&arena, signature, len)));
}

/* RFC 7515 appendix A.1. */
static void rfc7515_a1(void **state)
{
    (void)state;
    const struct str key_text = STR(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    const struct str input = STR("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                                 "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                                 "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ");
    uint8_t key[64], signature[JWS_SIGNATURE_MAX];
    size_t len = 0;

    assert_true(jws_decode(key_text, key, sizeof key, &len));
    assert_int_equal(len, 64);
    struct token_keys *k = keys(TOKEN_HS256, (struct str){(const char *)key, len});
    len = jws_sign(k, input, signature);
    assert_int_equal(len, 32);
    assert_string_equal(jws_encode(&arena, signature, len).ptr,
                        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_true(jws_verify(k, input, signature, len));
    signature[31] ^= 1;
    assert_false(jws_verify(k, input, signature, len));
    assert_false(jws_verify(k, input, signature, 0));
    token_keys_free(k);
}

/* RFC 8037 appendix A.4 and A.5. */
static void rfc8037_a4(void **state)
{
    (void)state;
    const struct str input = STR("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    uint8_t signature[JWS_SIGNATURE_MAX];
    size_t len = jws_sign(eddsa, input, signature);

    assert_string_equal(jws_encode(&arena, eddsa->public_key, sizeof eddsa->public_key).ptr,
                        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_string_equal(
        jws_encode(&arena, signature, len).ptr,
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    assert_true(jws_verify(eddsa, input, signature, len));
    signature[0] ^= 1;
    assert_false(jws_verify(eddsa, input, signature, len));
}

static void issued_comes_back(void **state)
{
    (void)state;
    const struct token_keys *each[] = {hs256, eddsa};
    for (size_t i = 0; i < 2; i++) {
        struct identity who = somebody(), got = {0};
        struct str token = token_issue(each[i], &who, STR(EMAIL), &arena);
        assert_int_equal(token_verify(each[i], token, NOW_US, &got), OK);
        assert_memory_equal(&got, &who, sizeof who);
    }
}

/* Two tokens of one second can be told apart by their time, and reading it back is exact to the µs.
 */
static void times_keep_their_microseconds(void **state)
{
    (void)state;
    for (int64_t us = 0; us < 2 * US_PER_SECOND; us += 99991) {
        struct identity who = somebody(), got = {0};
        who.issued_us = NOW_US - NOW_US % US_PER_SECOND + us;
        who.expires_us = who.issued_us + US_PER_HOUR;
        struct str token = token_issue(hs256, &who, STR(EMAIL), &arena);
        assert_int_equal(token_verify(hs256, token, NOW_US, &got), OK);
        assert_int_equal(got.issued_us, who.issued_us);
        assert_int_equal(got.expires_us, who.expires_us);
    }
}

static void time_bounds(void **state)
{
    (void)state;
    static const struct {
        int64_t issued, expires, now;
        enum err want;
    } rows[] = {
        {0, 10, 9, OK},
        {0, 10, 10, ERR_UNAUTHORIZED}, /* RFC 7519 §4.1.4: "on or after" */
        {0, 10, 11, ERR_UNAUTHORIZED},
        {60 * US_PER_SECOND, 90 * US_PER_SECOND, 0, OK},
        {60 * US_PER_SECOND + 1, 90 * US_PER_SECOND, 0, ERR_UNAUTHORIZED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity who = somebody(), got;
        who.issued_us = NOW_US + rows[i].issued;
        who.expires_us = NOW_US + rows[i].expires;
        struct str token = token_issue(hs256, &who, STR(EMAIL), &arena);
        assert_int_equal(token_verify(hs256, token, NOW_US + rows[i].now, &got), rows[i].want);
    }
}

#define GOOD_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define CLAIMS(sub, uno, email, role, iat, exp, jti)                                               \
    "{\"sub\":" sub ",\"uno\":" uno ",\"email\":" email ",\"role\":" role ",\"iat\":" iat          \
    ",\"exp\":" exp ",\"jti\":" jti "}"
#define Q(s) "\"" s "\""
#define IAT "1767225600"
#define EXP "1767232800"
#define GOOD_CLAIMS CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), IAT, EXP, Q(JTI))

/* All signed with the right key: what is wrong is said, not how it is signed. */
static void headers_and_claims(void **state)
{
    (void)state;
    static const struct {
        const char *header, *payload;
        enum err want;
    } rows[] = {
        {GOOD_HEADER, GOOD_CLAIMS, OK},
        {"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", GOOD_CLAIMS, OK},
        {"{\"alg\":\"HS256\"}", GOOD_CLAIMS, OK},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("admin"), IAT ".25", EXP ".5", Q(JTI)),
         OK},
        {"{\"alg\":\"none\",\"typ\":\"JWT\"}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":\"None\"}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":\"hs256\"}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":\"HS512\"}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":\"EdDSA\"}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":[\"HS256\"]}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":\"HS256\",\"alg\":\"HS256\"}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":\"HS256\",\"typ\":\"JOSE\"}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":\"HS256\",\"typ\":1}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{\"alg\":\"HS256\",\"jwk\":{}}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"{}", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"[]", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {"\"HS256\"", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {GOOD_HEADER " x", GOOD_CLAIMS, ERR_UNAUTHORIZED},
        {GOOD_HEADER, "{}", ERR_UNAUTHORIZED},
        {GOOD_HEADER, "null", ERR_UNAUTHORIZED},
        {GOOD_HEADER, GOOD_CLAIMS "x", ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS("123", "123", Q("a@b.org"), Q("user"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q("123"), "123", Q("a@b.org"), Q("user"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "0", Q("a@b.org"), Q("user"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "-1", Q("a@b.org"), Q("user"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "100000000", Q("a@b.org"), Q("user"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "12.0", Q("a@b.org"), Q("user"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), Q("123"), Q("a@b.org"), Q("user"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q(""), Q("user"), IAT, EXP, Q(JTI)), ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", "null", Q("user"), IAT, EXP, Q(JTI)), ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("root"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("none"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), "null", IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), Q(IAT), EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), "-1", EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), "-0.5", EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER,
         CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), IAT, "9223372036854775807", Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), IAT, "1e300", Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), IAT, "1767225600", Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), IAT, "null", Q(JTI)),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), IAT, EXP, Q("x")),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123", Q("a@b.org"), Q("user"), IAT, EXP, "null"),
         ERR_UNAUTHORIZED},
        {GOOD_HEADER, CLAIMS(Q(SUB), "123,\"uno\":1", Q("a@b.org"), Q("user"), IAT, EXP, Q(JTI)),
         ERR_UNAUTHORIZED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity got = {.number = -1};
        struct str token = sign_parts(hs256, rows[i].header, rows[i].payload);
        enum err e = token_verify(hs256, token, NOW_US, &got);
        if (e != rows[i].want)
            print_message("row %zu: %s . %s\n", i, rows[i].header, rows[i].payload);
        assert_int_equal(e, rows[i].want);
        if (e != OK)
            assert_int_equal(got.number, -1); /* untouched on failure */
    }
}

static void long_values_are_refused(void **state)
{
    (void)state;
    char local[300];
    memset(local, 'a', sizeof local);
    for (int len = 252; len <= 256; len++) {
        struct identity got;
        struct str claims = arena_printf(
            &arena, CLAIMS(Q(SUB), "1", "\"%.*s@b\"", Q("user"), IAT, EXP, Q(JTI)), len, local);
        enum err e = token_verify(hs256, sign_parts(hs256, GOOD_HEADER, claims.ptr), NOW_US, &got);
        assert_int_equal(e, len + 2 <= TOKEN_EMAIL_MAX ? OK : ERR_UNAUTHORIZED);
    }
    /* White space in front is fine until the whole token is longer than 2,048 bytes. */
    for (int pad = 1100; pad <= 1500; pad++) {
        struct identity got;
        struct str claims = arena_printf(&arena, "%*s%s", pad, "", GOOD_CLAIMS);
        struct str token = sign_parts(hs256, GOOD_HEADER, claims.ptr);
        assert_int_equal(token_verify(hs256, token, NOW_US, &got),
                         token.len <= 2048 ? OK : ERR_UNAUTHORIZED);
        arena_reset(&arena);
    }
}

static void other_keys_and_algorithms(void **state)
{
    (void)state;
    struct identity who = somebody(), got;
    struct str a = token_issue(hs256, &who, STR(EMAIL), &arena);
    struct str b = token_issue(eddsa, &who, STR(EMAIL), &arena);

    assert_int_equal(token_verify(other, a, NOW_US, &got), ERR_UNAUTHORIZED);
    assert_int_equal(token_verify(eddsa, a, NOW_US, &got), ERR_UNAUTHORIZED);
    assert_int_equal(token_verify(hs256, b, NOW_US, &got), ERR_UNAUTHORIZED);

    /* The public key taken as an HMAC secret, said to be HS256 or EdDSA. */
    struct token_keys *confused =
        keys(TOKEN_HS256, (struct str){(const char *)eddsa->public_key, sizeof eddsa->public_key});
    assert_int_equal(
        token_verify(eddsa, sign_parts(confused, GOOD_HEADER, GOOD_CLAIMS), NOW_US, &got),
        ERR_UNAUTHORIZED);
    assert_int_equal(
        token_verify(eddsa, sign_parts(confused, "{\"alg\":\"EdDSA\"}", GOOD_CLAIMS), NOW_US, &got),
        ERR_UNAUTHORIZED);
    token_keys_free(confused);
}

/* Everything that can be cut off, flipped, put in or doubled makes it a bad token. */
static void every_byte_counts(void **state)
{
    (void)state;
    const struct token_keys *each[] = {hs256, eddsa};
    struct identity who = somebody(), got;

    for (size_t k = 0; k < 2; k++) {
        struct str token = token_issue(each[k], &who, STR(EMAIL), &arena);
        char *copy =
            malloc(token.len + 1); /* exactly as long as it says, so that ASan sees one byte more */
        for (size_t i = 0; i < token.len; i++) {
            assert_int_equal(token_verify(each[k], (struct str){token.ptr, i}, NOW_US, &got),
                             ERR_UNAUTHORIZED);
            for (int bit = 0; bit < 8; bit++) {
                memcpy(copy, token.ptr, token.len);
                copy[i] = (char)(copy[i] ^ (1 << bit));
                assert_int_equal(token_verify(each[k], (struct str){copy, token.len}, NOW_US, &got),
                                 ERR_UNAUTHORIZED);
            }
        }
        for (int c = 0; c < 256; c++) {
            memcpy(copy, token.ptr, token.len);
            copy[token.len] = (char)c;
            assert_int_equal(token_verify(each[k], (struct str){copy, token.len + 1}, NOW_US, &got),
                             ERR_UNAUTHORIZED);
        }
        free(copy);
    }
}

static void shapes_that_are_no_token(void **state)
{
    (void)state;
    struct identity who = somebody(), got;
    struct str token = token_issue(hs256, &who, STR(EMAIL), &arena);
    struct jws_parts p;
    assert_true(jws_split(token, &p));

    struct str rows[] = {
        STR_NULL,
        STR(""),
        STR("."),
        STR(".."),
        STR("..."),
        STR("a.b"),
        STR("a.b.c"),
        arena_printf(&arena, "%.*s.%.*s.", STR_ARG(p.header), STR_ARG(p.payload)),
        arena_printf(&arena, "%.*s.%.*s", STR_ARG(p.header), STR_ARG(p.payload)),
        arena_printf(&arena, "%.*s..%.*s", STR_ARG(p.header), STR_ARG(p.signature)),
        arena_printf(&arena, ".%.*s.%.*s", STR_ARG(p.payload), STR_ARG(p.signature)),
        arena_printf(&arena, "%.*s.%.*s", STR_ARG(token), STR_ARG(p.signature)),
        arena_printf(&arena, "%.*s=", STR_ARG(token)),
        arena_printf(&arena, " %.*s", STR_ARG(token)),
        arena_printf(&arena, "%.*s\n", STR_ARG(token)),
        arena_printf(&arena, "Bearer %.*s", STR_ARG(token)),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(token_verify(hs256, rows[i], NOW_US, &got), ERR_UNAUTHORIZED);
}

static void base64url_is_canonical(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"AA", true},     {"AB", false},   {"AAA", true},  {"AAB", false},  {"A", false},
        {"AAAAA", false}, {"AA==", false}, {"A A", false}, {"AA\n", false}, {"+A", false},
        {"/A", false},    {"-A", true},    {"_w", true},   {"AAAA", true},  {"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[8];
        size_t len;
        if (jws_decode(str_of(rows[i].text), out, sizeof out, &len) != rows[i].good)
            fail_msg("\"%s\"", rows[i].text);
    }
    uint8_t two[2];
    size_t len;
    assert_true(jws_decode(STR("AAA"), two, sizeof two, &len));
    assert_false(jws_decode(STR("AAAA"), two, sizeof two, &len));
}

static void secrets_have_a_least_length(void **state)
{
    (void)state;
    struct token_keys *k = NULL;
    assert_int_equal(token_keys_new(TOKEN_HS256, STR(""), &k), ERR_INVALID);
    assert_int_equal(token_keys_new(TOKEN_HS256, STR("0123456789abcdef0123456789abcde"), &k),
                     ERR_INVALID);
    assert_int_equal(token_keys_new(TOKEN_EDDSA, STR("0123456789abcdef0123456789abcdef"), &k),
                     ERR_INVALID);
    assert_int_equal(token_keys_new(TOKEN_EDDSA, STR(SEED "A"), &k), ERR_INVALID);
    assert_int_equal(token_keys_new(TOKEN_EDDSA, STR(""), &k), ERR_INVALID);
    assert_null(k);
    token_keys_free(NULL);
}

static void roles(void **state)
{
    (void)state;
    enum role r = ROLE_NONE;
    assert_true(role_parse(STR("partner"), &r));
    assert_int_equal(r, ROLE_PARTNER);
    assert_false(role_parse(STR("none"), &r));
    assert_false(role_parse(STR("Admin"), &r));
    assert_false(role_parse(STR(""), &r));
    assert_string_equal(role_name(ROLE_ADMIN), "admin");
}

static void cache_says_what_the_check_says(void **state)
{
    (void)state;
    struct token_cache *c = token_cache_new(8);
    struct identity who = somebody(), got;
    struct str tokens[32];

    for (int i = 0; i < 32; i++) {
        who.number = i + 1;
        who.expires_us = NOW_US + (i + 1) * US_PER_SECOND;
        tokens[i] = token_issue(i % 5 == 4 ? other : hs256, &who, STR(EMAIL), &arena);
    }
    srandom(1);
    for (int round = 0; round < 20000; round++) {
        int i = (int)(random() % (round % 2 ? 32 : 6));
        int64_t now = NOW_US + (round / 500) * US_PER_SECOND;
        enum err want = token_verify(hs256, tokens[i], now, &who);
        assert_int_equal(token_cache_verify(c, hs256, tokens[i], now, &got), want);
        if (want == OK)
            assert_memory_equal(&got, &who, sizeof who);
    }
    assert_int_equal(token_cache_verify(c, hs256, STR_NULL, NOW_US, &got), ERR_UNAUTHORIZED);
    token_cache_free(c);
    token_cache_free(NULL);
}

/* A cached token is not checked again (a wrong key goes unnoticed); the least recently used is what
 * goes. */
static void cache_drops_the_least_recently_used(void **state)
{
    (void)state;
    struct token_cache *c = token_cache_new(3);
    struct identity who = somebody(), got;
    struct str tokens[4];

    for (int i = 0; i < 4; i++) {
        who.number = i + 1;
        tokens[i] = token_issue(hs256, &who, STR(EMAIL), &arena);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(token_cache_verify(c, hs256, tokens[i], NOW_US, &got), OK);
    assert_int_equal(token_cache_verify(c, other, tokens[0], NOW_US, &got), OK);
    assert_int_equal(token_cache_verify(c, hs256, tokens[3], NOW_US, &got), OK); /* 1 goes */
    assert_int_equal(token_cache_verify(c, other, tokens[1], NOW_US, &got), ERR_UNAUTHORIZED);
    assert_int_equal(token_cache_verify(c, other, tokens[0], NOW_US, &got), OK);
    assert_int_equal(token_cache_verify(c, other, tokens[2], NOW_US, &got), OK);
    assert_int_equal(got.number, 3);
    token_cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc7515_a1),
        cmocka_unit_test(rfc8037_a4),
        cmocka_unit_test(issued_comes_back),
        cmocka_unit_test(times_keep_their_microseconds),
        cmocka_unit_test(time_bounds),
        cmocka_unit_test(headers_and_claims),
        cmocka_unit_test(long_values_are_refused),
        cmocka_unit_test(other_keys_and_algorithms),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(shapes_that_are_no_token),
        cmocka_unit_test(base64url_is_canonical),
        cmocka_unit_test(secrets_have_a_least_length),
        cmocka_unit_test(roles),
        cmocka_unit_test(cache_says_what_the_check_says),
        cmocka_unit_test(cache_drops_the_least_recently_used),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
