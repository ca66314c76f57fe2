/* Peers' addresses: as text for logs and limits, and how many connections each has open in this
 * process. The table is shared by the loops and locked; it is touched when a connection opens or
 * closes, never by a request. */
#include "platform/http/engine.h"

#include "base/map.h"

#include <string.h>

static const uint8_t V4_PREFIX[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_v4(const uint8_t address[16])
{
    return memcmp(address, V4_PREFIX, sizeof(V4_PREFIX)) == 0;
}

/* Whoever has an IPv6 address has the 2^64 around it. */
size_t address_client_bytes(const uint8_t address[16])
{
    return is_v4(address) ? 16 : 8;
}

static char *put_byte(char *at, unsigned v)
{
    if (v >= 100)
        *at++ = (char)('0' + v / 100);
    if (v >= 10)
        *at++ = (char)('0' + v / 10 % 10);
    *at++ = (char)('0' + v % 10);
    return at;
}

struct str address_text(struct arena *a, const uint8_t address[16])
{
    char *text = arena_alloc(a, UV_IF_NAMESIZE + 46);

    if (!is_v4(address)) {
        uv_inet_ntop(AF_INET6, address, text, UV_IF_NAMESIZE + 46);
        return str_of(text);
    }
    char *at = text;
    for (int i = 12; i < 16; i++) {
        at = put_byte(at, address[i]);
        *at++ = '.';
    }
    return (struct str){text, (size_t)(at - text) - 1};
}

/* ── Connections per address ── */

struct address_table {
    uv_mutex_t mutex;
    struct map *counts; /* address → number of connections, as the pointer's value; never 0 */
    intptr_t limit;
    bool log_only;
};

struct address_table *address_table_new(int limit, bool log_only)
{
    struct address_table *t = cell_new(sizeof(*t));

    uv_mutex_init(&t->mutex);
    t->counts = map_new();
    t->limit = limit;
    t->log_only = log_only;
    return t;
}

void address_table_free(struct address_table *t)
{
    if (t == NULL)
        return;
    uv_mutex_destroy(&t->mutex);
    map_free(t->counts);
    cell_free(t);
}

static struct str key_of(const uint8_t address[16])
{
    return (struct str){(const char *)address, address_client_bytes(address)};
}

bool address_enter(struct address_table *t, const uint8_t address[16], bool *ret_over)
{
    struct str key = key_of(address);

    uv_mutex_lock(&t->mutex);
    intptr_t count = (intptr_t)map_get(t->counts, key);
    *ret_over = count >= t->limit;
    bool enter = !*ret_over || t->log_only;
    if (enter)
        map_put(t->counts, key, (void *)(count + 1));
    uv_mutex_unlock(&t->mutex);
    return enter;
}

void address_leave(struct address_table *t, const uint8_t address[16])
{
    struct str key = key_of(address);

    uv_mutex_lock(&t->mutex);
    intptr_t count = (intptr_t)map_get(t->counts, key);
    if (count > 1)
        map_put(t->counts, key, (void *)(count - 1));
    else
        map_del(t->counts, key);
    uv_mutex_unlock(&t->mutex);
}
