/* Password hashes and what makes a password too easy. Never logs, never keeps a copy. */
#include "platform/auth/password.h"

#include "base/str.h"
#include "platform/clock.h"
#include "platform/metrics/metrics.h"

#include <sodium.h>
#include <string.h>
#include <zxcvbn.h>

/* zxcvbn's time grows with the square of the length and more. */
#define WEAKNESS_LOOK_BYTES 64
/* A common word with a little behind it ("password1") counts as common when zxcvbn gives it fewer
 * guesses than this. */
#define WEAKNESS_BITS 10.0
#define WEAKNESS_TAIL_BYTES 4

enum err password_hash(struct str password, struct arena *a, struct str *ret_hash)
{
    char hash[crypto_pwhash_STRBYTES];
    int64_t begun_us = clock_monotonic_us();

    if (sodium_init() < 0 ||
        crypto_pwhash_str_alg(hash, password.ptr, password.len, PASSWORD_OPS, PASSWORD_MEMORY_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ERR_UNAVAILABLE;
    metric_observe(METRIC_PASSWORD_SECONDS, clock_monotonic_us() - begun_us);
    *ret_hash = arena_str(a, str_of(hash));
    return OK;
}

/* argon2id, m=19456, t=2, p=1 of a random password that nobody has; the cost is what matters. */
static const char STAND_IN[] = "$argon2id$v=19$m=19456,t=2,p=1$"
                               "dhUCoexvSHOWvgfuZrP2MQ$mrpdQLJoiRxFVA1RhQlzsI/RQ0mljm9gwPBAOGSoXSE";

bool password_verify(struct str password, struct str hash)
{
    char text[crypto_pwhash_STRBYTES] = {0};
    bool known = str_present(hash) && hash.len < sizeof text;

    if (sodium_init() < 0)
        return false;
    if (known)
        memcpy(text, hash.ptr, hash.len);
    else
        memcpy(text, STAND_IN, sizeof STAND_IN);
    int64_t begun_us = clock_monotonic_us();
    bool good = crypto_pwhash_str_verify(text, password.ptr, password.len) == 0;
    metric_observe(METRIC_PASSWORD_SECONDS, clock_monotonic_us() - begun_us);
    sodium_memzero(text, sizeof text);
    return known && good;
}

bool password_needs_rehash(struct str hash)
{
    char text[crypto_pwhash_STRBYTES] = {0};

    if (!str_present(hash) || hash.len >= sizeof text)
        return true;
    memcpy(text, hash.ptr, hash.len);
    return crypto_pwhash_str_needs_rehash(text, PASSWORD_OPS, PASSWORD_MEMORY_BYTES) != 0;
}

/* ── Weakness ── */

static const char *weakness_of_type(ZxcTypeMatch_t type)
{
    if (type & MULTIPLE_MATCH)
        return "is only a repetition";

    switch (type) {
    case DICTIONARY_MATCH:
    case DICT_LEET_MATCH:
    case USER_MATCH:
    case USER_LEET_MATCH:
        return "is among the most common passwords";
    case REPEATS_MATCH:
        return "is only a repetition";
    case SEQUENCE_MATCH:
        return "is only a sequence of characters";
    case SPATIAL_MATCH:
        return "is only a run of keys on the keyboard";
    case NON_MATCH:
    case BRUTE_MATCH:
    case DATE_MATCH:
    case YEAR_MATCH:
    case LONG_PWD_MATCH:
    case MULTIPLE_MATCH:
        return NULL;
    }
    return NULL;
}

/* Digits or signs only, from `at` to the end, and few of them. */
static bool short_tail(const char *text, size_t at)
{
    const char *tail = text + at;
    size_t len = strlen(tail);
    return len <= WEAKNESS_TAIL_BYTES &&
           strcspn(tail, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

/* Does one match of zxcvbn's make up the whole text, or all but a short tail of a very common one?
 */
static const char *weakness_of_text(const char *text)
{
    ZxcMatch_t *matches = NULL;
    double bits = ZxcvbnMatch(text, NULL, &matches);
    const char *why = NULL;

    if (matches && matches->Length >= 0) {
        size_t end = (size_t)matches->Length;
        if (!matches->Next || (bits < WEAKNESS_BITS && short_tail(text, end)))
            why = weakness_of_type(matches->Type);
    }
    ZxcvbnFreeInfo(matches);
    return why;
}

static const char *weakness_of_bytes(struct str bytes)
{
    char text[WEAKNESS_LOOK_BYTES + 1] = {0};
    memcpy(text, bytes.ptr, bytes.len);
    const char *why = weakness_of_text(text);
    sodium_memzero(text, sizeof text);
    return why;
}

const char *password_weakness(struct str password, struct str email)
{
    struct str rest = email;
    struct str local = str_cut(&rest, '@');

    if (str_present(email) && (str_eq_nocase(password, email) || str_eq_nocase(password, local)))
        return "must not be the e-mail address";
    if (password.len == 0)
        return NULL; /* its length is somebody else's rule */
    if (password.len <= WEAKNESS_LOOK_BYTES)
        return weakness_of_bytes(password);

    /* A longer one is one pattern only when both its ends are. */
    struct str head = {password.ptr, WEAKNESS_LOOK_BYTES};
    struct str tail = {password.ptr + password.len - WEAKNESS_LOOK_BYTES, WEAKNESS_LOOK_BYTES};
    const char *why = weakness_of_bytes(head);
    return why && weakness_of_bytes(tail) ? why : NULL;
}
