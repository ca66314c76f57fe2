/* Sealing with libsodium: see seal.h. Keys are derived (BLAKE2b) from the texts in the settings,
 * and wiped when the ring goes. Never logs, never stores. */
#include "platform/crypt/seal.h"

#include "platform/clock.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define ID_BYTES 8
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define HEAD_BYTES (1 + ID_BYTES + NONCE_BYTES)

_Static_assert(HEAD_BYTES + TAG_BYTES == SEAL_OVERHEAD_BYTES, "the header says otherwise");

struct seal_key {
    uint8_t id[ID_BYTES];
    uint8_t seal[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    uint8_t mark[crypto_generichash_KEYBYTES];
};

struct seal_ring {
    size_t n;
    char id[2 * ID_BYTES + 1];
    struct seal_key keys[SEAL_KEYS_MAX];
};

/* ── Keys ── */

static void derive(struct str secret, const char *use, uint8_t *ret, size_t len)
{
    uint8_t master[crypto_generichash_KEYBYTES];

    crypto_generichash(master, sizeof master, (const uint8_t *)secret.ptr, secret.len,
                       (const uint8_t *)"bookadate data key", 18);
    crypto_generichash(ret, len, (const uint8_t *)use, strlen(use), master, sizeof master);
    sodium_memzero(master, sizeof master);
}

static enum err add_key(struct seal_ring *ring, struct str secret)
{
    if (secret.len < SEAL_SECRET_MIN_BYTES || ring->n == SEAL_KEYS_MAX)
        return ERR_INVALID;
    struct seal_key *k = &ring->keys[ring->n++];
    uint8_t id[crypto_generichash_BYTES_MIN];
    derive(secret, "id", id, sizeof id);
    memcpy(k->id, id, ID_BYTES);
    derive(secret, "seal", k->seal, sizeof k->seal);
    derive(secret, "mark", k->mark, sizeof k->mark);
    return OK;
}

enum err seal_ring_new(struct str secret, struct str older, struct seal_ring **ret)
{
    if (sodium_init() < 0)
        return ERR_UNAVAILABLE;
    struct seal_ring *ring = sodium_malloc(sizeof *ring);
    if (ring == NULL)
        return ERR_UNAVAILABLE;
    memset(ring, 0, sizeof *ring);

    enum err e = add_key(ring, secret);
    while (e == OK && str_present(older)) {
        struct str one = str_trim(str_cut(&older, ','));
        if (one.len > 0)
            e = add_key(ring, one);
    }
    if (e != OK) {
        seal_ring_free(ring);
        return e;
    }
    sodium_bin2hex(ring->id, sizeof ring->id, ring->keys[0].id, ID_BYTES);
    sodium_mprotect_readonly(ring);
    *ret = ring;
    return OK;
}

void seal_ring_free(struct seal_ring *ring)
{
    sodium_free(ring); /* wipes */
}

struct str seal_key_id(const struct seal_ring *ring)
{
    return str_of(ring->id);
}

size_t seal_keys(const struct seal_ring *ring)
{
    return ring->n;
}

/* ── Sealing ── */

struct str seal(const struct seal_ring *ring, struct str context, struct str plain, struct arena *a)
{
    uint8_t *out = arena_alloc(a, HEAD_BYTES + plain.len + TAG_BYTES);
    uint8_t *nonce = out + 1 + ID_BYTES;
    unsigned long long len = 0;

    out[0] = VERSION;
    memcpy(out + 1, ring->keys[0].id, ID_BYTES);
    random_fill(nonce, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + HEAD_BYTES, &len, (const uint8_t *)plain.ptr,
                                               plain.len, (const uint8_t *)context.ptr, context.len,
                                               NULL, nonce, ring->keys[0].seal);
    return (struct str){(char *)out, HEAD_BYTES + (size_t)len};
}

static const struct seal_key *key_of(const struct seal_ring *ring, const uint8_t *id)
{
    for (size_t i = 0; i < ring->n; i++)
        if (memcmp(ring->keys[i].id, id, ID_BYTES) == 0)
            return &ring->keys[i];
    return NULL;
}

enum err seal_open(const struct seal_ring *ring, struct str context, struct str sealed,
                   struct arena *a, struct str *ret)
{
    const uint8_t *in = (const uint8_t *)sealed.ptr;

    if (sealed.len < SEAL_OVERHEAD_BYTES || in[0] != VERSION)
        return ERR_INVALID;
    const struct seal_key *key = key_of(ring, in + 1);
    if (key == NULL)
        return ERR_NOT_FOUND;
    size_t room = sealed.len - SEAL_OVERHEAD_BYTES;
    uint8_t *out = arena_alloc(a, room + 1); /* also for nothing there is an address */
    unsigned long long len = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            out, &len, NULL, in + HEAD_BYTES, sealed.len - HEAD_BYTES, (const uint8_t *)context.ptr,
            context.len, in + 1 + ID_BYTES, key->seal) != 0)
        return ERR_INVALID;
    *ret = (struct str){(char *)out, (size_t)len};
    return OK;
}

int64_t seal_mark(const struct seal_ring *ring, size_t key, uint64_t salt, struct str bytes)
{
    crypto_generichash_state state;
    uint64_t out[crypto_generichash_BYTES_MIN / sizeof(uint64_t)];

    crypto_generichash_init(&state, ring->keys[key].mark, sizeof ring->keys[key].mark, sizeof out);
    crypto_generichash_update(&state, (const uint8_t *)&salt, sizeof salt);
    crypto_generichash_update(&state, (const uint8_t *)bytes.ptr, bytes.len);
    crypto_generichash_final(&state, (uint8_t *)out, sizeof out);
    return (int64_t)(out[0] >> 1);
}
