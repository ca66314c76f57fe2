/* Addresses of services elsewhere, from a setting's text. Pure: looks nothing up. */
#include "platform/http/engine.h"
#include "platform/http/upstream_internal.h"

#include <string.h>

/* host ":" port, the host bracketed when it is an IPv6 address. */
static bool split(struct str authority, struct str *ret_host, struct str *ret_port)
{
    size_t colon = authority.len;

    while (colon > 0 && authority.ptr[colon - 1] != ':')
        colon--;
    if (colon < 2 || colon == authority.len)
        return false; /* no host, no colon, or no port behind it */
    *ret_host = (struct str){authority.ptr, colon - 1};
    *ret_port = (struct str){authority.ptr + colon, authority.len - colon};
    if (ret_host->ptr[0] == '[' && ret_host->ptr[ret_host->len - 1] == ']')
        *ret_host = (struct str){ret_host->ptr + 1, ret_host->len - 2};
    return true;
}

bool upstream_address_parse(struct str text, struct arena *a, struct upstream_address *ret)
{
    static const struct str SCHEME = {"http://", 7};
    struct str host;
    struct str port_text;
    int64_t port = 0;

    if (!str_starts(text, SCHEME))
        return false;
    struct str authority = {text.ptr + SCHEME.len, text.len - SCHEME.len};
    if (str_ends(authority, STR("/")))
        authority.len--;
    if (!authority_valid(authority) || !split(authority, &host, &port_text))
        return false;
    if (!str_to_i64(port_text, &port) || port < 1 || port > 65535)
        return false;
    *ret = (struct upstream_address){
        .host = arena_str(a, host).ptr,
        .port = arena_str(a, port_text).ptr,
        .authority = arena_str(a, authority),
    };
    ret->literal = uv_ip4_addr(ret->host, (int)port, (struct sockaddr_in *)&ret->ip) == 0 ||
                   uv_ip6_addr(ret->host, (int)port, (struct sockaddr_in6 *)&ret->ip) == 0;
    return true;
}
