/* Verified tokens of one loop, least recently used first out. Holds whole tokens, so it wipes what
 * it drops; never decides anything but expiry. One set of keys for a cache's whole life. */
#include "platform/auth/token.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next_in_bucket;
    struct entry *newer, *older; /* by last use */
    uint64_t hash;
    char *token;
    size_t token_len;
    struct identity who;
};

struct token_cache {
    uint8_t hash_key[crypto_shorthash_KEYBYTES]; /* so that tokens cannot be chosen to collide */
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
    struct token_cache *c = calloc(1, sizeof *c);
    if (!c)
        abort();

    size_t buckets = bucket_count(entries);
    c->bucket_mask = buckets - 1;
    c->buckets = calloc(buckets, sizeof(struct entry *));
    c->entries = calloc(entries, sizeof(struct entry));
    if (!c->buckets || !c->entries)
        abort();
    c->n_entries = entries;
    for (size_t i = 0; i < entries; i++) {
        c->entries[i].next_in_bucket = c->free;
        c->free = &c->entries[i];
    }
    crypto_shorthash_keygen(c->hash_key);
    return c;
}

static void entry_wipe(struct entry *e)
{
    if (e->token)
        sodium_memzero(e->token, e->token_len);
    free(e->token);
    *e = (struct entry){0};
}

void token_cache_free(struct token_cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_entries; i++)
        entry_wipe(&c->entries[i]);
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
    struct entry **at = &c->buckets[e->hash & c->bucket_mask];
    while (*at != e)
        at = &(*at)->next_in_bucket;
    *at = e->next_in_bucket;
    order_remove(c, e);
    entry_wipe(e);
    e->next_in_bucket = c->free;
    c->free = e;
}

static uint64_t hash_of(const struct token_cache *c, struct str token)
{
    uint64_t hash;
    _Static_assert(sizeof hash == crypto_shorthash_BYTES, "SipHash gives 64 bits");
    crypto_shorthash((uint8_t *)&hash, (const uint8_t *)token.ptr, token.len, c->hash_key);
    return hash;
}

static struct entry *find(const struct token_cache *c, uint64_t hash, struct str token)
{
    for (struct entry *e = c->buckets[hash & c->bucket_mask]; e; e = e->next_in_bucket) {
        if (e->hash == hash && str_eq_secret((struct str){e->token, e->token_len}, token))
            return e;
    }
    return NULL;
}

static void insert(struct token_cache *c, uint64_t hash, struct str token,
                   const struct identity *who)
{
    char *copy = malloc(token.len);
    if (!copy)
        return; /* only slower */
    if (!c->free)
        drop(c, c->oldest);

    struct entry *e = c->free;
    c->free = e->next_in_bucket;
    memcpy(copy, token.ptr, token.len);
    *e = (struct entry){
        .next_in_bucket = c->buckets[hash & c->bucket_mask],
        .hash = hash,
        .token = copy,
        .token_len = token.len,
        .who = *who,
    };
    c->buckets[hash & c->bucket_mask] = e;
    order_push(c, e);
}

enum err token_cache_verify(struct token_cache *c, const struct token_keys *k, struct str token,
                            int64_t now_us, struct identity *ret)
{
    if (token.len == 0)
        return ERR_UNAUTHORIZED;
    uint64_t hash = hash_of(c, token);
    struct entry *e = find(c, hash, token);

    if (!e) {
        enum err err = token_verify(k, token, now_us, ret);
        if (err == OK)
            insert(c, hash, token, ret);
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
