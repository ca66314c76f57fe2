/* Seals what must lie encrypted at rest (faces, documents): XChaCha20-Poly1305 with a random nonce,
 * bound to where it belongs, so that a row moved to another person opens no more. Knows nobody's
 * data, keeps none. Any thread. */
#ifndef PLATFORM_CRYPT_SEAL_H
#define PLATFORM_CRYPT_SEAL_H

#include "base/arena.h"
#include "base/err.h"

#define SEAL_SECRET_MIN_BYTES 32
#define SEAL_OVERHEAD_BYTES 49 /* version, key id, nonce, tag */
#define SEAL_KEYS_MAX 8

struct seal_ring;

/* secret: the key's text, SEAL_SECRET_MIN_BYTES or more; older: comma-separated texts that seal
 * nothing any more and still open, or empty. ERR_INVALID: one is too short, or there are more than
 * SEAL_KEYS_MAX. */
enum err seal_ring_new(struct str secret, struct str older, struct seal_ring **ret);
/* NULL is fine. */
void seal_ring_free(struct seal_ring *ring);

/* Which key seals now, as 16 hexadecimal digits; says nothing of the key. Lives with the ring. */
struct str seal_key_id(const struct seal_ring *ring);
/* `context` names where the bytes belong ("face 12 photo 3") and must be the same to open them. In
 * the arena. */
struct str seal(const struct seal_ring *ring, struct str context, struct str plain,
                struct arena *a);
/* ERR_NOT_FOUND: a key that this ring does not have; ERR_INVALID: altered, or of another context.
 * In the arena. */
enum err seal_open(const struct seal_ring *ring, struct str context, struct str sealed,
                   struct arena *a, struct str *ret);

/* How many keys there are, the sealing one first. */
size_t seal_keys(const struct seal_ring *ring);
/* A number of 63 bits that only who has this key can make of the bytes, for looking up what is not
 * to be stored. `salt` keeps uses apart. */
int64_t seal_mark(const struct seal_ring *ring, size_t key, uint64_t salt, struct str bytes);

#endif
