/* The bus in memory: each loop keeps its own subscriptions, a bit mask a topic's hash says which
 * loops to wake. Keeps no message, knows nothing of what they mean; link.h reaches other processes.
 */
#include "platform/bus/link.h"

#include "base/cell.h"
#include "platform/loop/work.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A power of two, about as many as a loop has topics on a busy day: those that share a bucket are
 * gone through one by one, and wake loops in vain. */
#define BUCKETS 4096

struct bus_subscription {
    struct bus_shard *shard;
    struct topic *topic;
    bus_fn fn; /* NULL: unsubscribed while its topic was being delivered */
    void *ctx;
    struct bus_subscription *next;
};

/* Small: every idle chat room has one. */
struct topic {
    struct bus_subscription *first;
    struct topic *next; /* in its bucket */
    int delivering;
    unsigned name_len;
    char name[];
};

/* What one loop's thread alone touches. */
struct bus_shard {
    struct bus *bus;
    struct loop *loop;
    struct topic *topics[BUCKETS];
};

struct bus {
    int loops;
    struct bus_link *link;           /* to other processes; NULL: none */
    _Atomic uint64_t masks[BUCKETS]; /* bit i: loop i has a subscriber in this bucket */
    struct bus_shard shards[];
};

/* One published message, and its way to each loop that wants it. */
struct message {
    atomic_int deliveries_left;
    bool everywhere;         /* for all topics */
    struct str topic, bytes; /* behind the deliveries */
    struct delivery {
        struct task task;
        struct bus_shard *shard;
        struct message *message;
    } deliveries[];
};

/* FNV-1a: topics are our own words and numbers, and a collision costs one wake-up. */
static unsigned bucket_of(struct str topic)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < topic.len; i++)
        h = (h ^ (unsigned char)topic.ptr[i]) * 16777619u;
    return h & (BUCKETS - 1);
}

struct bus *bus_new(struct workers *ws)
{
    int loops = workers_loop_count(ws);
    struct bus *b = cell_must(calloc(1, sizeof *b + (size_t)loops * sizeof b->shards[0]));

    b->loops = loops;
    for (int i = 0; i < loops; i++) {
        b->shards[i].bus = b;
        b->shards[i].loop = workers_loop(ws, i);
    }
    return b;
}

static void topic_free(struct topic *t)
{
    for (struct bus_subscription *s = t->first, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    free(t);
}

static void topics_free(struct topic *first)
{
    for (struct topic *t = first, *next; t; t = next) {
        next = t->next;
        topic_free(t);
    }
}

void bus_free(struct bus *b)
{
    if (!b)
        return;
    link_free(b->link);
    for (int i = 0; i < b->loops; i++)
        for (int bucket = 0; bucket < BUCKETS; bucket++)
            topics_free(b->shards[i].topics[bucket]);
    free(b);
}

static struct str name_of(const struct topic *t)
{
    return (struct str){t->name, t->name_len};
}

/* What points to this topic; to NULL at the end of its bucket when there is none. */
static struct topic **topic_at(struct bus_shard *shard, struct str name)
{
    struct topic **at = &shard->topics[bucket_of(name)];

    while (*at && !str_eq(name_of(*at), name))
        at = &(*at)->next;
    return at;
}

static struct topic *topic_new(struct bus_shard *shard, struct str name)
{
    struct topic *t = cell_must(calloc(1, sizeof *t + name.len));

    memcpy(t->name, name.ptr, name.len);
    t->name_len = (unsigned)name.len;
    *topic_at(shard, name) = t;
    atomic_fetch_or(&shard->bus->masks[bucket_of(name)], UINT64_C(1) << loop_index(shard->loop));
    return t;
}

/* Drop what is unsubscribed, and the topic with its last subscriber; not while somebody walks the
 * list. */
static void topic_tidy(struct bus_shard *shard, struct topic *t)
{
    if (t->delivering)
        return;
    for (struct bus_subscription **at = &t->first; *at;) {
        struct bus_subscription *s = *at;
        if (s->fn) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        free(s);
    }
    if (t->first)
        return;
    unsigned bucket = bucket_of(name_of(t));
    *topic_at(shard, name_of(t)) = t->next;
    if (!shard->topics[bucket])
        atomic_fetch_and(&shard->bus->masks[bucket], ~(UINT64_C(1) << loop_index(shard->loop)));
    topic_free(t);
}

struct bus_subscription *bus_subscribe(struct bus *b, struct str topic, bus_fn fn, void *ctx)
{
    struct bus_shard *shard = &b->shards[loop_index(loop_here())];
    struct topic *t = *topic_at(shard, topic);
    struct bus_subscription *s = cell_must(calloc(1, sizeof *s));

    if (!t)
        t = topic_new(shard, topic);
    /* At the front: a delivery under way does not meet it. */
    *s = (struct bus_subscription){
        .shard = shard, .topic = t, .fn = fn, .ctx = ctx, .next = t->first};
    t->first = s;
    return s;
}

void bus_unsubscribe(struct bus_subscription *s)
{
    if (!s)
        return;
    s->fn = NULL;
    topic_tidy(s->shard, s->topic);
}

static void hear(struct topic *t, struct str bytes)
{
    t->delivering++;
    for (struct bus_subscription *s = t->first; s; s = s->next)
        if (s->fn)
            s->fn(s->ctx, name_of(t), bytes);
    t->delivering--;
}

/* Those who hear may come and go meanwhile: the topics there are now are kept until all have
 * heard, and those that come have missed nothing. */
static void hear_everywhere(struct bus_shard *shard, struct str bytes)
{
    for (int i = 0; i < BUCKETS; i++)
        for (struct topic *t = shard->topics[i]; t; t = t->next)
            t->delivering++;
    for (int i = 0; i < BUCKETS; i++)
        for (struct topic *t = shard->topics[i]; t; t = t->next)
            if (t->delivering)
                hear(t, bytes);
    for (int i = 0; i < BUCKETS; i++)
        for (struct topic *t = shard->topics[i], *next; t; t = next) {
            next = t->next;
            if (t->delivering) {
                t->delivering--;
                topic_tidy(shard, t);
            }
        }
}

static void deliver(struct task *task)
{
    struct delivery *d = (struct delivery *)task;
    struct message *m = d->message;
    struct topic *t = m->everywhere ? NULL : *topic_at(d->shard, m->topic);

    if (m->everywhere)
        hear_everywhere(d->shard, m->bytes);
    if (t) {
        hear(t, m->bytes);
        topic_tidy(d->shard, t);
    }
    if (atomic_fetch_sub(&m->deliveries_left, 1) == 1)
        free(m);
}

static struct message *message_new(int deliveries, struct str topic, struct str bytes)
{
    size_t head = sizeof(struct message) + (size_t)deliveries * sizeof(struct delivery);
    struct message *m = cell_must(malloc(head + topic.len + bytes.len + 1));
    char *text = (char *)m + head;

    memcpy(text, topic.ptr, topic.len);
    if (bytes.len)
        memcpy(text + topic.len, bytes.ptr, bytes.len);
    text[topic.len + bytes.len] = '\0';
    m->topic = (struct str){text, topic.len};
    m->bytes = (struct str){text + topic.len, bytes.len};
    m->everywhere = false;
    atomic_init(&m->deliveries_left, deliveries);
    return m;
}

/* After the last post the message may be gone. */
static void post(struct bus *b, struct message *m, uint64_t mask, int n)
{
    for (int i = 0, d = 0; d < n; i++) {
        if (!(mask >> i & 1))
            continue;
        m->deliveries[d] = (struct delivery){{.fn = deliver}, &b->shards[i], m};
        loop_post(b->shards[i].loop, &m->deliveries[d].task);
        d++;
    }
}

void bus_publish_here(struct bus *b, struct str topic, struct str bytes)
{
    uint64_t mask = atomic_load(&b->masks[bucket_of(topic)]);

    if (!mask)
        return;
    int n = __builtin_popcountll(mask);
    post(b, message_new(n, topic, bytes), mask, n);
}

void bus_missed(struct bus *b)
{
    struct message *m = message_new(b->loops, STR(""), STR(""));

    m->everywhere = true;
    post(b, m, UINT64_MAX, b->loops);
}

void bus_publish(struct bus *b, struct str topic, struct str bytes)
{
    bus_publish_here(b, topic, bytes);
    if (b->link)
        link_send(b->link, topic, bytes);
}

enum err bus_share(struct bus *b, const char *url)
{
    b->link = link_start(b, url);
    return b->link ? OK : ERR_UNAVAILABLE;
}

void bus_unshare(struct bus *b)
{
    if (b)
        link_stop(b->link);
}
