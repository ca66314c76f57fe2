/* Embedded files as replies: see asset.h. Reads no disk. */
#include "platform/http/asset.h"

#include "platform/http/engine.h"

extern const char ASSET_BYTES[];

const struct asset *asset_find(struct str path)
{
    for (const struct asset *a = ASSETS; a->path != NULL; a++)
        if (str_eq(str_of(a->path), path))
            return a;
    return NULL;
}

/* Our own address for sockets, in words of a policy: nothing when Host has more than a name. */
static struct str socket_sources(struct req *q)
{
    struct str host = http_header_get(&q->head, "Host");

    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '-' || c == ':';
        if (!plain)
            return STR("");
    }
    if (!str_present(host) || host.len == 0)
        return STR("");
    return arena_printf(q->arena, " ws://%.*s wss://%.*s", STR_ARG(host), STR_ARG(host));
}

static void page_headers(struct req *q, bool styles_inline)
{
    struct str sockets = socket_sources(q);

    req_header(q, "Content-Security-Policy",
               arena_printf(q->arena,
                            "default-src 'none'; script-src 'self'; style-src 'self'%s; img-src "
                            "'self' blob: data:; media-src blob:; font-src 'self'; connect-src "
                            "'self'%.*s; form-action 'none'; base-uri 'none'; frame-ancestors "
                            "'none'",
                            styles_inline ? " 'unsafe-inline'" : "", STR_ARG(sockets)));
    req_header(q, "Referrer-Policy", STR("no-referrer"));
    req_header(q, "Permissions-Policy", STR("camera=(self), microphone=(), geolocation=()"));
    req_header(q, "Cross-Origin-Opener-Policy", STR("same-origin"));
}

enum err asset_reply(struct req *q, const struct asset *asset, bool styles_inline)
{
    struct str accepted = http_header_get(&q->head, "Accept-Encoding");
    bool small = asset->gzip_bytes > 0 && gzip_accepted(accepted);

    req_header(q, "Cache-Control", STR("no-cache"));
    req_header(q, "ETag", arena_printf(q->arena, "W/%s", asset->etag));
    req_header(q, "Vary", STR("Accept-Encoding"));
    page_headers(q, styles_inline);
    if (req_has_already(q, str_of(asset->etag))) {
        q->reply.status = 304;
        return OK;
    }
    q->reply.status = 200;
    q->reply.content_type = asset->content_type;
    q->reply.body = (struct str){ASSET_BYTES + asset->offset, asset->bytes};
    if (small) {
        q->reply.body = (struct str){ASSET_BYTES + asset->gzip_offset, asset->gzip_bytes};
        req_header(q, "Content-Encoding", STR("gzip"));
    }
    return OK;
}
