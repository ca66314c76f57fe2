/* Passwords: argon2id by libsodium (RFC 9106), with the cost in the hash. Blocks for tens of
 * milliseconds: compute threads only. */
#ifndef PLATFORM_AUTH_PASSWORD_H
#define PLATFORM_AUTH_PASSWORD_H

#include "base/arena.h"
#include "base/err.h"

#define PASSWORD_MIN_BYTES 8
#define PASSWORD_MAX_BYTES 1024
#define PASSWORD_OPS 2                    /* passes */
#define PASSWORD_MEMORY_BYTES (19u << 20) /* 19 MiB: OWASP's argon2id minimum with 2 passes */

/* PHC text in the arena. ERR_UNAVAILABLE: the memory could not be had. */
enum err password_hash(struct str password, struct arena *a, struct str *ret_hash);
/* Takes the same time for a wrong password. An absent hash (no such account) is compared with a
 * stand-in of the same cost and is always false. */
bool password_verify(struct str password, struct str hash);
/* The hash was made with other costs: hash again at the next good login. */
bool password_needs_rehash(struct str hash);
/* Is it one word of the common-passwords list, a keyboard run, a repeat or the e-mail (or its local
 * part)? NULL when acceptable, else what is wrong ("is among the most common passwords").
 * libzxcvbn. */
const char *password_weakness(struct str password, struct str email);

#endif
