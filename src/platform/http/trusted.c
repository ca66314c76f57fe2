/* Which peers are proxies whose X-Forwarded-For is believed, and whom it names. Pure. */
#include "platform/http/trusted.h"

#include "platform/http/engine.h"

#include <netinet/in.h>
#include <string.h>

#define RANGES_MAX 64

struct range {
    uint8_t address[16];
    unsigned bits; /* that must agree, of 128 */
};

struct trusted {
    struct range ranges[RANGES_MAX];
    size_t n;
};

static bool parse_address(struct str text, uint8_t ret[16], bool *ret_v4)
{
    char terminated[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(terminated))
        return false;
    memcpy(terminated, text.ptr, text.len);
    terminated[text.len] = '\0';
    memset(ret, 0, 16);
    ret[10] = ret[11] = 0xff;
    *ret_v4 = uv_inet_pton(AF_INET, terminated, ret + 12) == 0;
    return *ret_v4 || uv_inet_pton(AF_INET6, terminated, ret) == 0;
}

/* "10.0.0.0/8" or one address. */
static bool parse_range(struct str text, struct range *ret)
{
    int64_t bits = 0;
    bool v4 = false;
    struct str rest = text;
    struct str address = str_cut(&rest, '/');

    if (!parse_address(address, ret->address, &v4))
        return false;
    ret->bits = 128;
    if (!str_present(rest))
        return true;
    if (!str_to_i64(rest, &bits) || bits < 0 || bits > (v4 ? 32 : 128))
        return false;
    ret->bits = (unsigned)bits + (v4 ? 96 : 0);
    return true;
}

enum err trusted_parse(struct str list, struct arena *a, struct trusted **ret, const char **ret_why)
{
    struct trusted *t = ARENA_NEW(a, struct trusted);
    struct str rest = str_eq_nocase(str_trim(list), STR("none")) ? STR_NULL : list;

    while (str_present(rest)) {
        struct str one = str_trim(str_cut(&rest, ','));
        if (one.len == 0)
            continue;
        if (t->n == RANGES_MAX || !parse_range(one, &t->ranges[t->n++])) {
            *ret_why = arena_printf(a,
                                    "BOOKADATE_TRUSTED_PROXIES has \"%.*s\": it takes up to %d "
                                    "addresses such as 10.0.0.7 or 10.0.0.0/8, or the word none",
                                    STR_ARG(one), RANGES_MAX)
                           .ptr;
            return ERR_INVALID;
        }
    }
    *ret = t;
    return OK;
}

static bool in_range(const struct range *r, const uint8_t address[16])
{
    size_t bytes = r->bits / 8;
    unsigned rest = r->bits % 8;

    if (memcmp(r->address, address, bytes) != 0)
        return false;
    return rest == 0 || ((r->address[bytes] ^ address[bytes]) >> (8 - rest)) == 0;
}

bool trusted_has(const struct trusted *t, const uint8_t address[16])
{
    for (size_t i = 0; t != NULL && i < t->n; i++)
        if (in_range(&t->ranges[i], address))
            return true;
    return false;
}

/* The last element; *list ends before it. */
static struct str cut_last(struct str *list)
{
    size_t comma = list->len;

    while (comma > 0 && list->ptr[comma - 1] != ',')
        comma--;
    struct str last = {list->ptr + comma, list->len - comma};
    *list = comma > 0 ? (struct str){list->ptr, comma - 1} : STR_NULL;
    return str_trim(last);
}

/* Each proxy adds the peer that it saw to the end, in the last line or in a further one: read from
 * there, what stands behind a proxy that is not ours is anybody's word. */
struct str trusted_client(const struct trusted *t, struct arena *a, const struct http_head *head,
                          struct str peer)
{
    uint8_t address[16];
    bool v4 = false;

    for (size_t i = head->n_headers; i > 0; i--) {
        if (!str_eq_nocase(head->headers[i - 1].name, STR("X-Forwarded-For")))
            continue;
        struct str list = head->headers[i - 1].value;
        while (str_present(list)) {
            if (!parse_address(cut_last(&list), address, &v4))
                return peer;
            peer = address_text(a, address);
            if (!trusted_has(t, address))
                return peer;
        }
    }
    return peer;
}

struct str trusted_network(struct arena *a, struct str address)
{
    uint8_t bytes[16];
    bool v4;

    if (memchr(address.ptr, ':', address.len) == NULL || !parse_address(address, bytes, &v4))
        return address;
    size_t n = address_client_bytes(bytes);
    memset(bytes + n, 0, sizeof(bytes) - n);
    return address_text(a, bytes);
}

struct str trusted_scheme(const struct http_head *head)
{
    struct str given = http_header_get(head, "X-Forwarded-Proto");

    return str_present(given) && str_eq_nocase(given, STR("https")) ? STR("https") : STR("http");
}
