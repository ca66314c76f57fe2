/* A hash map with linear probing and backward-shift deletion (Knuth, TAOCP 3, §6.4 algorithm R),
 * keyed with SipHash-2-4 (libsodium's crypto_shorthash); must not touch what the values point to.
 */
#include "base/map.h"

#include "base/cell.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN ((size_t)16)

/* 24 bytes: half of a table's hash is enough to say where an entry belongs. */
struct slot {
    uint32_t hash;
    uint32_t len;
    void *value; /* NULL: the slot is free */
    union {
        char *heap;
        char inl[sizeof(char *)]; /* a key that fits, as every integer does */
    } key;
};

struct map {
    struct slot *slots;
    size_t mask; /* slots − 1; a power of two of them */
    size_t count;
    unsigned char secret[crypto_shorthash_KEYBYTES];
};

struct map *map_new(void)
{
    if (sodium_init() < 0)
        abort(); /* no randomness on this system: collisions could be chosen */
    struct map *m = cell_must(calloc(1, sizeof(*m)));
    m->slots = cell_must(calloc(SLOTS_MIN, sizeof(*m->slots)));
    m->mask = SLOTS_MIN - 1;
    crypto_shorthash_keygen(m->secret);
    return m;
}

static const char *slot_key(const struct slot *s)
{
    return s->len <= sizeof(s->key.inl) ? s->key.inl : s->key.heap;
}

static void slot_free_key(struct slot *s)
{
    if (s->len > sizeof(s->key.inl))
        free(s->key.heap);
}

static void slot_set_key(struct slot *s, struct str key)
{
    assert(key.len <= UINT32_MAX);
    s->len = (uint32_t)key.len;
    char *to = s->key.inl;
    if (key.len > sizeof(s->key.inl))
        to = s->key.heap = cell_must(malloc(key.len));
    if (key.len > 0)
        memcpy(to, key.ptr, key.len);
}

void map_free(struct map *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i <= m->mask; i++) {
        if (m->slots[i].value != NULL)
            slot_free_key(&m->slots[i]);
    }
    free(m->slots);
    free(m);
}

size_t map_count(const struct map *m)
{
    return m->count;
}

static uint32_t hash_of(const struct map *m, struct str key)
{
    union {
        unsigned char bytes[crypto_shorthash_BYTES];
        uint32_t number;
    } out;
    const char *bytes = key.len > 0 ? key.ptr : "";
    crypto_shorthash(out.bytes, (const unsigned char *)bytes, key.len, m->secret);
    return out.number;
}

static bool slot_holds(const struct slot *s, uint32_t hash, struct str key)
{
    return s->hash == hash && s->len == key.len &&
           (key.len == 0 || memcmp(slot_key(s), key.ptr, key.len) == 0);
}

/* The slot that holds the key, or the free one where it belongs. One is always free. */
static size_t find(const struct map *m, uint32_t hash, struct str key)
{
    size_t i = (size_t)hash & m->mask;
    while (m->slots[i].value != NULL && !slot_holds(&m->slots[i], hash, key))
        i = (i + 1) & m->mask;
    return i;
}

void *map_get(const struct map *m, struct str key)
{
    return m->slots[find(m, hash_of(m, key), key)].value;
}

static void grow(struct map *m)
{
    size_t n_old = m->mask + 1;
    struct slot *old = m->slots;
    m->slots = cell_must(calloc(n_old * 2, sizeof(*m->slots)));
    m->mask = n_old * 2 - 1;
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].value == NULL)
            continue;
        size_t to = (size_t)old[i].hash & m->mask;
        while (m->slots[to].value != NULL)
            to = (to + 1) & m->mask;
        m->slots[to] = old[i];
    }
    free(old);
}

void *map_put(struct map *m, struct str key, void *value)
{
    assert(value != NULL);
    uint32_t hash = hash_of(m, key);
    struct slot *s = &m->slots[find(m, hash, key)];
    void *before = s->value;
    if (before == NULL && (m->count + 1) * 4 > (m->mask + 1) * 3) {
        grow(m);
        s = &m->slots[find(m, hash, key)];
    }
    if (before == NULL) {
        slot_set_key(s, key);
        s->hash = hash;
        m->count++;
    }
    s->value = value;
    return before;
}

/* Move followers of a freed slot back, so that no search stops too early. */
static void close_hole(struct map *m, size_t hole)
{
    for (size_t i = (hole + 1) & m->mask; m->slots[i].value != NULL; i = (i + 1) & m->mask) {
        size_t home = (size_t)m->slots[i].hash & m->mask;
        if (((i - home) & m->mask) < ((i - hole) & m->mask))
            continue; /* its home lies behind the hole */
        m->slots[hole] = m->slots[i];
        hole = i;
    }
    m->slots[hole] = (struct slot){0};
}

void *map_del(struct map *m, struct str key)
{
    size_t at = find(m, hash_of(m, key), key);
    void *before = m->slots[at].value;
    if (before == NULL)
        return NULL;
    slot_free_key(&m->slots[at]);
    m->count--;
    close_hole(m, at);
    return before;
}

static struct str key_of_i64(const int64_t *key)
{
    return (struct str){(const char *)key, sizeof(*key)};
}

void *map_get_i64(const struct map *m, int64_t key)
{
    return map_get(m, key_of_i64(&key));
}

void *map_put_i64(struct map *m, int64_t key, void *value)
{
    return map_put(m, key_of_i64(&key), value);
}

void *map_del_i64(struct map *m, int64_t key)
{
    return map_del(m, key_of_i64(&key));
}

bool map_next(const struct map *m, size_t *at, struct str *ret_key, void **ret_value)
{
    for (; *at <= m->mask; (*at)++) {
        const struct slot *s = &m->slots[*at];
        if (s->value == NULL)
            continue;
        *ret_key = (struct str){slot_key(s), s->len};
        *ret_value = s->value;
        (*at)++;
        return true;
    }
    return false;
}
