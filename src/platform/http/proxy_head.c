/* What a gateway passes on of a request's and of an answer's head, and what ends with the hop
 * (RFC 9110 §7.6.1). Pure. */
#include "platform/http/proxy.h"

#include <string.h>

#define IS(name, literal) str_eq_nocase((name), STR(literal))

/* Headers of one hop, and the framing, which each hop has of its own. */
static bool ends_here(struct str name)
{
    switch (name.len) {
    case 2:
        return IS(name, "TE");
    case 7:
        return IS(name, "Trailer") || IS(name, "Upgrade");
    case 10:
        return IS(name, "Connection") || IS(name, "Keep-Alive");
    case 14:
        return IS(name, "Content-Length");
    case 16:
        return IS(name, "Proxy-Connection");
    case 17:
        return IS(name, "Transfer-Encoding");
    case 18:
        return IS(name, "Proxy-Authenticate");
    case 19:
        return IS(name, "Proxy-Authorization");
    default:
        return false;
    }
}

/* What only the gateway says to a service: a client's word for it is dropped. */
static bool gateways_own(struct str name)
{
    switch (name.len) {
    case 4:
        return IS(name, "Host");
    case 6:
        return IS(name, "Expect");
    case 9:
        return IS(name, "Forwarded") || IS(name, "X-Real-IP");
    case 12:
        return IS(name, "X-Request-ID");
    default:
        return name.len > 12 && IS(((struct str){name.ptr, 12}), "X-Forwarded-");
    }
}

/* What only the gateway says to a client. */
static bool said_here(const struct http_header *h)
{
    switch (h->name.len) {
    case 4:
        return IS(h->name, "Date") || (IS(h->name, "Vary") && IS(h->value, "Origin"));
    case 12:
        return IS(h->name, "X-Request-ID");
    default:
        return IS(h->name, "X-Content-Type-Options") ||
               (h->name.len > 15 && IS(((struct str){h->name.ptr, 15}), "Access-Control-"));
    }
}

/* Does "Connection: a, b" name this header too? */
static bool connection_names(const struct http_header *headers, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        struct str list = headers[i].value;
        if (headers[i].name.len != 10 || !IS(headers[i].name, "Connection"))
            continue;
        while (str_present(list))
            if (str_eq_nocase(str_trim(str_cut(&list, ',')), name))
                return true;
    }
    return false;
}

/* Does it name any that must be looked for? */
static bool connection_lists(const struct http_header *headers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str v = headers[i].value;
        if (headers[i].name.len == 10 && IS(headers[i].name, "Connection") &&
            !IS(v, "keep-alive") && !IS(v, "close") && !IS(v, "upgrade"))
            return true;
    }
    return false;
}

static void put_header(struct buf *b, struct str name, struct str value)
{
    char *at = buf_room(b, name.len + value.len + 4);

    memcpy(at, name.ptr, name.len);
    memcpy(at + name.len, ": ", 2);
    memcpy(at + name.len + 2, value.ptr, value.len);
    memcpy(at + name.len + 2 + value.len, "\r\n", 2);
    b->len += name.len + value.len + 4;
}

static void put_own(struct buf *b, const struct req *q, const struct proxy_peer *peer)
{
    const struct http_head *head = &q->head;
    struct str host = http_header_get(head, "Host");

    put_header(b, STR("Host"), str_present(host) ? host : STR("localhost"));
    put_header(b, STR("X-Request-ID"), q->id);
    put_header(b, STR("X-Forwarded-For"), peer->address);
    put_header(b, STR("X-Forwarded-Proto"), peer->scheme);
    if (peer->socket)
        buf_text(b, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
    if (peer->expect)
        buf_text(b, "Expect: 100-continue\r\n");
    if (head->chunked) {
        buf_text(b, "Transfer-Encoding: chunked\r\n");
    } else if (head->content_length >= 0) {
        buf_text(b, "Content-Length: ");
        buf_i64(b, head->content_length);
        buf_text(b, "\r\n");
    }
}

struct str proxy_request_head(const struct req *q, const struct proxy_peer *peer)
{
    const struct http_head *head = &q->head;
    bool lists = connection_lists(head->headers, head->n_headers);
    struct buf b = buf_new(q->arena, 1024);

    buf_text(&b, http_method_name(head->method));
    buf_char(&b, ' ');
    buf_str(&b, head->path);
    if (str_present(head->query)) {
        buf_char(&b, '?');
        buf_str(&b, head->query);
    }
    buf_text(&b, " HTTP/1.1\r\n");
    for (size_t i = 0; i < head->n_headers; i++) {
        const struct http_header *h = &head->headers[i];
        if (ends_here(h->name) || gateways_own(h->name))
            continue;
        if (lists && connection_names(head->headers, head->n_headers, h->name))
            continue;
        put_header(&b, h->name, h->value);
    }
    put_own(&b, q, peer);
    buf_text(&b, "\r\n");
    return buf_view(&b);
}

struct str proxy_reply_lines(struct arena *a, const struct upstream_head *head)
{
    bool lists = connection_lists(head->headers, head->n_headers);
    struct buf b = buf_new(a, 512);

    for (size_t i = 0; i < head->n_headers; i++) {
        const struct http_header *h = &head->headers[i];
        bool upgrade = head->status == 101 && IS(h->name, "Upgrade");
        if (!upgrade && (ends_here(h->name) || said_here(h)))
            continue;
        if (lists && !upgrade && connection_names(head->headers, head->n_headers, h->name))
            continue;
        put_header(&b, h->name, h->value);
    }
    return buf_view(&b);
}
