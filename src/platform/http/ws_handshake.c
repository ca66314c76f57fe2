/* The opening handshake of RFC 6455 §4.2; decides and computes, sends nothing. */
#include "platform/http/ws.h"

#include <string.h>

/* ── SHA-1 (RFC 3174): the handshake asks for it, and nothing here rests on its strength ── */

#define SHA1_BYTES 20
#define SHA1_BLOCK 64

static uint32_t rotate(uint32_t v, unsigned bits)
{
    return (v << bits) | (v >> (32 - bits));
}

static uint32_t sha1_mix(unsigned round, const uint32_t h[5])
{
    if (round < 20)
        return ((h[1] & h[2]) | (~h[1] & h[3])) + 0x5A827999u;
    if (round < 40)
        return (h[1] ^ h[2] ^ h[3]) + 0x6ED9EBA1u;
    if (round < 60)
        return ((h[1] & h[2]) | (h[1] & h[3]) | (h[2] & h[3])) + 0x8F1BBCDCu;
    return (h[1] ^ h[2] ^ h[3]) + 0xCA62C1D6u;
}

static void sha1_block(uint32_t state[5], const uint8_t *block)
{
    uint32_t w[80];
    uint32_t h[5];

    for (unsigned i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (unsigned i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(h, state, sizeof(h));
    for (unsigned i = 0; i < 80; i++) {
        uint32_t next = rotate(h[0], 5) + sha1_mix(i, h) + h[4] + w[i];
        h[4] = h[3];
        h[3] = h[2];
        h[2] = rotate(h[1], 30);
        h[1] = h[0];
        h[0] = next;
    }
    for (unsigned i = 0; i < 5; i++)
        state[i] += h[i];
}

/* At most SHA1_BLOCK * 2 - 9 bytes: a key and the protocol's own identifier are 60. */
static void sha1_short(const char *bytes, size_t len, uint8_t out[SHA1_BYTES])
{
    uint32_t state[5] = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u, 0xC3D2E1F0u};
    uint8_t padded[SHA1_BLOCK * 2] = {0};
    size_t blocks = (len + 9 + SHA1_BLOCK - 1) / SHA1_BLOCK;
    uint8_t *bits = padded + blocks * SHA1_BLOCK - 2;

    memcpy(padded, bytes, len);
    padded[len] = 0x80;
    bits[0] = (uint8_t)(len * 8 >> 8);
    bits[1] = (uint8_t)(len * 8);
    for (size_t i = 0; i < blocks; i++)
        sha1_block(state, padded + i * SHA1_BLOCK);
    for (unsigned i = 0; i < SHA1_BYTES; i++)
        out[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

/* ── Sec-WebSocket-Key and -Accept ── */

#define KEY_LEN 24    /* base64 of 16 bytes */
#define ACCEPT_LEN 28 /* base64 of 20 */

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool key_valid(struct str key)
{
    if (key.len != KEY_LEN || memcmp(key.ptr + KEY_LEN - 2, "==", 2) != 0)
        return false;
    for (size_t i = 0; i < KEY_LEN - 2; i++)
        if (key.ptr[i] == '\0' || strchr(BASE64, key.ptr[i]) == NULL)
            return false;
    return true;
}

struct str ws_accept_key(struct arena *a, struct str key)
{
    static const char GUID[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 §1.3 */
    char joined[KEY_LEN + sizeof(GUID)];
    uint8_t hash[SHA1_BYTES + 1] = {0};
    char *text = arena_alloc(a, ACCEPT_LEN + 1);

    key = str_trim(key);
    size_t len = key.len < KEY_LEN ? key.len : KEY_LEN;
    memcpy(joined, key.ptr, len);
    memcpy(joined + len, GUID, sizeof(GUID));
    sha1_short(joined, len + sizeof(GUID) - 1, hash);
    for (size_t i = 0; i < ACCEPT_LEN / 4; i++) {
        const uint8_t *in = hash + 3 * i;
        uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        for (size_t j = 0; j < 4; j++)
            text[4 * i + j] = BASE64[v >> (18 - 6 * j) & 63];
    }
    text[ACCEPT_LEN - 1] = '='; /* 20 bytes leave one place over */
    return (struct str){text, ACCEPT_LEN};
}

/* ── The request ── */

static size_t header_count(const struct http_head *head, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < head->n_headers; i++)
        n += str_eq_nocase(head->headers[i].name, str_of(name));
    return n;
}

/* Is the word in any of the comma-separated lists of that header? */
static bool header_lists(const struct http_head *head, const char *name, struct str word)
{
    for (size_t i = 0; i < head->n_headers; i++) {
        if (!str_eq_nocase(head->headers[i].name, str_of(name)))
            continue;
        struct str rest = head->headers[i].value;
        while (str_present(rest))
            if (str_eq_nocase(str_trim(str_cut(&rest, ',')), word))
                return true;
    }
    return false;
}

bool ws_wants_upgrade(const struct http_head *head, const char **ret_why)
{
    const char *why = NULL;
    struct str version = http_header_get(head, "Sec-WebSocket-Version");
    struct str key = http_header_get(head, "Sec-WebSocket-Key");

    if (head->method != GET || head->http10)
        why = "A WebSocket is opened with GET over HTTP/1.1";
    else if (!header_lists(head, "Upgrade", STR("websocket")))
        why = "This address speaks WebSocket: the header Upgrade: websocket is missing";
    else if (!header_lists(head, "Connection", STR("upgrade")))
        why = "The header Connection: Upgrade is missing";
    else if (!str_present(version) || !str_eq(str_trim(version), STR("13")))
        why = "Only Sec-WebSocket-Version: 13 is spoken here";
    else if (!str_present(key) || header_count(head, "Sec-WebSocket-Key") != 1 ||
             !key_valid(str_trim(key)))
        why = "Sec-WebSocket-Key must be 16 bytes in base64, once";
    else if (head->chunked || head->content_length > 0)
        why = "A WebSocket handshake has no body";
    if (why == NULL)
        return true;
    *ret_why = why;
    return false;
}
