/* Verified tokens of one loop, least recently used first out; never decides anything but expiry.
 * One set of keys for a cache's whole life. A token is known by 128 bits of SipHash under a key of
 * the cache's own: nobody can choose one that is taken for another, and no token is held. */
#include "platform/auth/token.h"

#include "base/cell.h"

#include <sodium.h>
#include <stdlib.h>

struct mark {
    uint64_t low, high;
};

struct entry {
    struct entry *next_in_bucket;
    struct entry *newer, *older; /* by last use */
    struct mark mark;
    struct identity who;
};

struct token_cache {
    uint8_t key[crypto_shorthash_siphashx24_KEYBYTES];
    struct entry *newest, *oldest;
    struct entry *free;
    size_t bucket_mask;
    struct entry **buckets;
    struct entry *entries;
    size_t n_entries;
};

static size_t bucket_count(size_t entries)
{
    size_t n = 16;
    while (n < entries)
        n *= 2;
    return n;
}

struct token_cache *token_cache_new(size_t entries)
{
    if (entries == 0)
        entries = 1;
    struct token_cache *c = cell_must(calloc(1, sizeof *c));

    size_t buckets = bucket_count(entries);
    c->bucket_mask = buckets - 1;
    c->buckets = cell_must(calloc(buckets, sizeof(struct entry *)));
    c->entries = cell_must(calloc(entries, sizeof(struct entry)));
    c->n_entries = entries;
    for (size_t i = 0; i < entries; i++) {
        c->entries[i].next_in_bucket = c->free;
        c->free = &c->entries[i];
    }
    randombytes_buf(c->key, sizeof c->key);
    return c;
}

void token_cache_free(struct token_cache *c)
{
    if (!c)
        return;
    sodium_memzero(c->key, sizeof c->key);
    free(c->entries);
    free(c->buckets);
    free(c);
}

static void order_remove(struct token_cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
    e->newer = e->older = NULL;
}

static void order_push(struct token_cache *c, struct entry *e)
{
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop(struct token_cache *c, struct entry *e)
{
    struct entry **at = &c->buckets[e->mark.low & c->bucket_mask];
    while (*at != e)
        at = &(*at)->next_in_bucket;
    *at = e->next_in_bucket;
    order_remove(c, e);
    e->next_in_bucket = c->free;
    c->free = e;
}

static struct mark mark_of(const struct token_cache *c, struct str token)
{
    struct mark m;
    _Static_assert(sizeof m == crypto_shorthash_siphashx24_BYTES, "SipHash-2-4 with 128 bits");
    crypto_shorthash_siphashx24((uint8_t *)&m, (const uint8_t *)token.ptr, token.len, c->key);
    return m;
}

static struct entry *find(const struct token_cache *c, struct mark m)
{
    for (struct entry *e = c->buckets[m.low & c->bucket_mask]; e; e = e->next_in_bucket) {
        if (((e->mark.low ^ m.low) | (e->mark.high ^ m.high)) == 0)
            return e;
    }
    return NULL;
}

static void insert(struct token_cache *c, struct mark m, const struct identity *who)
{
    if (!c->free)
        drop(c, c->oldest);

    struct entry *e = c->free;
    c->free = e->next_in_bucket;
    *e = (struct entry){
        .next_in_bucket = c->buckets[m.low & c->bucket_mask],
        .mark = m,
        .who = *who,
    };
    c->buckets[m.low & c->bucket_mask] = e;
    order_push(c, e);
}

enum err token_cache_verify(struct token_cache *c, const struct token_keys *k, struct str token,
                            int64_t now_us, struct identity *ret)
{
    if (token.len == 0)
        return ERR_UNAUTHORIZED;
    struct mark m = mark_of(c, token);
    struct entry *e = find(c, m);

    if (!e) {
        enum err err = token_verify(k, token, now_us, ret);
        if (err == OK)
            insert(c, m, ret);
        return err;
    }
    if (e->who.expires_us <= now_us) {
        drop(c, e);
        return ERR_UNAUTHORIZED;
    }
    order_remove(c, e);
    order_push(c, e);
    *ret = e->who;
    return OK;
}
