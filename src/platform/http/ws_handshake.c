/* The opening handshake of RFC 6455 §4.2; decides and computes, sends nothing. */
#include "platform/http/ws.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

/* ── Sec-WebSocket-Key and -Accept ── */

#define KEY_LEN 24    /* base64 of 16 bytes */
#define ACCEPT_LEN 28 /* base64 of 20 */

static bool key_valid(struct str key)
{
    static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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
    unsigned char hash[SHA_DIGEST_LENGTH];
    char *text = arena_alloc(a, ACCEPT_LEN + 1);

    key = str_trim(key);
    size_t len = key.len < KEY_LEN ? key.len : KEY_LEN;
    memcpy(joined, key.ptr, len);
    memcpy(joined + len, GUID, sizeof(GUID));
    SHA1((const unsigned char *)joined, len + sizeof(GUID) - 1, hash);
    EVP_EncodeBlock((unsigned char *)text, hash, sizeof(hash));
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
