/* Request heads, all at once and in pieces: the same verdict and the same head; and what is read
 * out of its headers afterwards. */
#include "exchange.h"

#include "platform/http/trusted.h"
#include "platform/http/ws.h"

static void check_same(const struct http_head *x, const struct http_head *y)
{
    HOLDS(x->method == y->method && str_eq(x->target, y->target));
    HOLDS(str_eq(x->path, y->path) && str_eq(x->query, y->query));
    HOLDS(x->content_length == y->content_length && x->chunked == y->chunked);
    HOLDS(x->keep_alive == y->keep_alive && x->upgrade == y->upgrade && x->http10 == y->http10);
    HOLDS(x->n_headers == y->n_headers);
    for (size_t i = 0; i < x->n_headers; i++) {
        HOLDS(str_eq(x->headers[i].name, y->headers[i].name));
        HOLDS(str_eq(x->headers[i].value, y->headers[i].value));
    }
}

/* What a good head promises to whoever reads it. */
static void check_good(const struct http_head *h)
{
    HOLDS(h->n_headers <= HTTP_HEAD_MAX_FIELDS + 1 && h->target.len <= HTTP_URI_MAX_BYTES);
    HOLDS(h->path.len > 0 && (h->path.ptr[0] == '/' || str_eq(h->path, STR("*"))));
    HOLDS(memchr(h->target.ptr, '\0', h->target.len) == NULL);
    HOLDS(!(h->chunked && h->content_length >= 0));
    HOLDS(h->http10 || str_present(http_header_get(h, "Host")));
    for (size_t i = 0; i < h->n_headers; i++) {
        struct str v = h->headers[i].value;
        HOLDS(h->headers[i].name.len > 0);
        for (size_t k = 0; k < v.len; k++)
            HOLDS(v.ptr[k] != '\r' && v.ptr[k] != '\n' && v.ptr[k] != '\0');
    }
}

static void read_headers(struct exchange *ex)
{
    static struct arena kept;
    static struct trusted *proxies;
    struct http_head *h = &ex->q.head;
    struct arena *a = &ex->arena;
    const char *why = NULL;

    if (proxies == NULL)
        HOLDS(trusted_parse(STR("127.0.0.1, ::1, 10.0.0.0/8"), &kept, &proxies, &why) == OK);
    struct str client = trusted_client(proxies, a, h, STR("127.0.0.1"));
    HOLDS(str_present(client) && client.len > 0 && client.len < 64);
    struct str scheme = trusted_scheme(h);
    HOLDS(str_eq(scheme, STR("http")) || str_eq(scheme, STR("https")));
    (void)http_content_type(h);
    (void)http_param(a, http_header_get(h, "Content-Type"), "boundary");
    (void)gzip_accepted(http_header_get(h, "Accept-Encoding"));
    if (ws_wants_upgrade(h, &why))
        HOLDS(ws_accept_key(a, http_header_get(h, "Sec-WebSocket-Key")).len == 28);
    else
        HOLDS(why != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t STEPS[] = {1, 7, 61};
    struct str bytes = fuzz_str(data, size);
    struct exchange *whole = exchange_new(NULL);
    size_t used, used_again;
    bool done, done_again;

    enum err e = head_take(whole, bytes, size > 0 ? size : 1, &used, &done);
    if (e == OK && done)
        check_good(&whole->q.head);
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        struct exchange *cut = exchange_new(NULL);
        HOLDS(head_take(cut, bytes, STEPS[i], &used_again, &done_again) == e);
        HOLDS(e != OK || done == done_again);
        if (e == OK && done) {
            HOLDS(used == used_again);
            check_same(&whole->q.head, &cut->q.head);
        }
        exchange_free(cut);
    }
    if (e == OK && done)
        read_headers(whole);
    exchange_free(whole);
    return 0;
}
