/* Host, CORS and token checks. Decides; the dispatcher answers. */
#include "platform/http/access.h"

#include "platform/app.h"
#include "platform/auth/revocation.h"
#include "platform/http/conn.h"
#include "platform/loop/work.h"

#include <string.h>

static struct str host_without_port(struct str host)
{
    if (host.len > 0 && host.ptr[0] == '[') {
        const char *end = memchr(host.ptr, ']', host.len);
        return end != NULL ? (struct str){host.ptr, (size_t)(end - host.ptr) + 1} : host;
    }
    const char *colon = memchr(host.ptr, ':', host.len);
    return colon != NULL ? (struct str){host.ptr, (size_t)(colon - host.ptr)} : host;
}

bool access_host_allowed(const struct req *q)
{
    static const char *const LOCAL[] = {"localhost", "127.0.0.1", "[::1]"};

    if (q->app->config->allow_remote)
        return true;
    struct str host = http_header_get(&q->head, "Host");
    if (!str_present(host))
        return q->head.http10; /* only HTTP/1.0 may leave it out; a browser never does */
    host = host_without_port(host);
    for (size_t i = 0; i < sizeof(LOCAL) / sizeof(LOCAL[0]); i++)
        if (str_eq_nocase(host, str_of(LOCAL[i])))
            return true;
    return false;
}

enum err access_to_https(struct req *q, int port)
{
    struct str host = host_without_port(http_header_get(&q->head, "Host"));
    struct buf b = buf_new(q->arena, q->head.target.len + 64);

    if (!str_present(host))
        return req_fail(q, ERR_BAD_REQUEST, "The Host header is missing");
    buf_printf(&b, "https://%.*s", STR_ARG(host));
    if (port != 443)
        buf_printf(&b, ":%d", port);
    buf_str(&b, q->head.path.ptr[0] == '/' ? q->head.path : STR("/")); /* OPTIONS * */
    if (str_present(q->head.query)) {
        buf_char(&b, '?');
        buf_str(&b, q->head.query);
    }
    req_header(q, "Location", buf_view(&b));
    return req_reply_message(q, 308, "This address answers over HTTPS");
}

static bool origins_any(const struct req *q)
{
    return strcmp(q->app->config->cors_origins, "*") == 0;
}

static bool origin_listed(const struct req *q, struct str origin)
{
    struct str list = str_of(q->app->config->cors_origins);

    while (str_present(list))
        if (str_eq(str_trim(str_cut(&list, ',')), origin))
            return true;
    return false;
}

/* A page that this very server gave: its origin is scheme://<our Host>. */
static bool origin_is_ours(const struct req *q, struct str origin)
{
    struct str host = http_header_get(&q->head, "Host");
    struct str scheme = str_cut(&origin, ':');

    if (!str_eq(scheme, STR("http")) && !str_eq(scheme, STR("https")))
        return false;
    return str_present(host) && str_present(origin) && str_starts(origin, STR("//")) &&
           str_eq_nocase((struct str){origin.ptr + 2, origin.len - 2}, host);
}

bool access_origin_allowed(const struct req *q)
{
    struct str origin = http_header_get(&q->head, "Origin");

    return !str_present(origin) || origins_any(q) || origin_is_ours(q, origin) ||
           origin_listed(q, origin);
}

bool access_local(const struct req *q)
{
    struct str origin = http_header_get(&q->head, "Origin");

    return conn_local(q->conn) && !str_present(http_header_get(&q->head, "X-Forwarded-For")) &&
           !str_present(http_header_get(&q->head, "Forwarded")) &&
           (!str_present(origin) || origin_is_ours(q, origin));
}

void access_cors_headers(struct req *q)
{
    struct str origin = http_header_get(&q->head, "Origin");

    if (!origins_any(q))
        req_header(q, "Vary", STR("Origin"));
    if (!str_present(origin) || !access_origin_allowed(q))
        return;
    if (origins_any(q)) {
        req_header(q, "Access-Control-Allow-Origin", STR("*"));
    } else {
        req_header(q, "Access-Control-Allow-Origin", origin);
        req_header(q, "Access-Control-Allow-Credentials", STR("true"));
    }
    req_header(q, "Access-Control-Expose-Headers", STR("X-Request-ID, Link, Retry-After"));
}

bool access_is_preflight(const struct req *q)
{
    return q->head.method == OPTIONS && str_present(http_header_get(&q->head, "Origin")) &&
           str_present(http_header_get(&q->head, "Access-Control-Request-Method"));
}

void access_preflight_reply(struct req *q, unsigned allowed)
{
    q->reply.status = 204;
    if (!access_origin_allowed(q))
        return;
    req_header(q, "Access-Control-Allow-Methods", access_methods(q->arena, allowed));
    req_header(q, "Access-Control-Allow-Headers",
               STR("Authorization, Content-Type, X-Request-ID, If-None-Match, Range"));
    req_header(q, "Access-Control-Max-Age", STR("600"));
}

struct str access_methods(struct arena *a, unsigned allowed)
{
    struct buf b = buf_new(a, 64);

    for (unsigned m = GET; m <= OPTIONS; m++) {
        if ((allowed & (1u << m)) == 0)
            continue;
        if (b.len > 0)
            buf_text(&b, ", ");
        buf_text(&b, http_method_name(m));
    }
    return buf_view(&b);
}

/* ── Token ── */

/* "Bearer <token>" (RFC 6750 §2.1; the scheme in any letter case). */
static struct str token_from_header(const struct req *q)
{
    struct str value = str_trim(http_header_get(&q->head, "Authorization"));

    if (!str_present(value))
        return STR_NULL;
    struct str scheme = str_cut(&value, ' ');
    if (!str_present(value) || !str_eq_nocase(scheme, STR("Bearer")))
        return STR_NULL;
    return str_trim(value);
}

/* "Sec-WebSocket-Protocol: bearer, <token>": the way a browser can send one. */
static struct str token_from_subprotocol(const struct req *q)
{
    struct str list = http_header_get(&q->head, "Sec-WebSocket-Protocol");

    if (!str_present(list) || !str_eq_nocase(str_trim(str_cut(&list, ',')), STR("bearer")) ||
        !str_present(list))
        return STR_NULL;
    return str_trim(str_cut(&list, ','));
}

/* A JWT has no character that a query would have to escape, so it is taken as it stands. */
static struct str token_from_query(const struct req *q)
{
    struct str rest = q->head.query;

    while (str_present(rest)) {
        struct str pair = str_cut(&rest, '&');
        if (str_starts(pair, STR("token=")))
            return (struct str){pair.ptr + 6, pair.len - 6};
    }
    return STR_NULL;
}

static struct str token_of(const struct req *q, const struct route *route)
{
    struct str token = token_from_header(q);
    bool socket = route != NULL && route->access == ACCESS_SOCKET;

    if (!str_present(token) && socket)
        token = token_from_subprotocol(q);
    bool by_query = route != NULL && (socket || (route->flags & ROUTE_QUERY_TOKEN) != 0);
    if (!str_present(token) && by_query && q->app->config->query_token)
        token = token_from_query(q);
    return token;
}

bool access_identify(struct req *q, const struct route *route)
{
    struct identity who;
    struct str token = token_of(q, route);
    int loop = loop_index(q->work.origin);

    if (!str_present(token) || token.len == 0)
        return false;
    if (token_cache_verify(q->app->token_caches[loop], q->app->keys, token, q->now_us, &who) != OK)
        return false;
    if (q->app->revocations != NULL && !revocations_allow(q->app->revocations, loop, &who))
        return false;
    q->caller = who;
    return true;
}

bool access_takes_form(const struct req *q)
{
    struct str type = http_content_type(&q->head);

    if ((q->route->flags & ROUTE_FORM) != 0)
        return true;
    return (q->route->flags & ROUTE_FORM_TOO) != 0 && str_present(type) &&
           str_eq_nocase(type, STR("multipart/form-data"));
}
