/* What a request is for: its target in origin or absolute form, and the authority that Host names
 * (RFC 9112 §3.2, RFC 9110 §7.2). No I/O. */
#include "platform/http/engine.h"

#include <netinet/in.h>
#include <string.h>

static bool is_port(struct str s)
{
    int64_t port = 0;

    if (s.len == 0)
        return true; /* "host:" (RFC 3986 §3.2.3) */
    return s.len <= 5 && s.ptr[0] != '-' && str_to_i64(s, &port) && port <= 65535;
}

static bool is_ipv6(struct str s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr ignored;

    if (s.len == 0 || s.len >= sizeof(text))
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return uv_inet_pton(AF_INET6, text, &ignored) == 0;
}

bool authority_valid(struct str s)
{
    static const char MARKS[] = "-._~!$&'()*+,;=%";
    size_t i = 0;

    if (s.len > 0 && s.ptr[0] == '[') {
        const char *end = memchr(s.ptr, ']', s.len);
        if (end == NULL || !is_ipv6((struct str){s.ptr + 1, (size_t)(end - s.ptr) - 1}))
            return false;
        i = (size_t)(end - s.ptr) + 1;
    } else {
        for (; i < s.len && s.ptr[i] != ':'; i++) {
            char c = s.ptr[i];
            bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!alnum && (c == '\0' || strchr(MARKS, c) == NULL))
                return false;
        }
    }
    if (i == 0 || i > 255)
        return false;
    return i == s.len || (s.ptr[i] == ':' && is_port((struct str){s.ptr + i + 1, s.len - i - 1}));
}

static void split_query(struct http_head *head, struct str rest)
{
    const char *mark = memchr(rest.ptr, '?', rest.len);

    head->path = rest;
    head->query = STR_NULL;
    if (mark != NULL) {
        head->path.len = (size_t)(mark - rest.ptr);
        head->query = (struct str){mark + 1, rest.len - head->path.len - 1};
    }
    if (head->path.len == 0)
        head->path = STR("/");
}

/* "http://host:port/path?query" (RFC 9112 §3.2.2): its authority replaces Host. */
static bool split_absolute(struct http_head *head, struct str *ret_authority)
{
    struct str t = head->target;
    size_t scheme = 0;

    if (t.len > 7 && str_eq_nocase((struct str){t.ptr, 7}, STR("http://")))
        scheme = 7;
    else if (t.len > 8 && str_eq_nocase((struct str){t.ptr, 8}, STR("https://")))
        scheme = 8;
    if (scheme == 0)
        return false;
    size_t end = scheme;
    while (end < t.len && t.ptr[end] != '/' && t.ptr[end] != '?')
        end++;
    *ret_authority = (struct str){t.ptr + scheme, end - scheme};
    split_query(head, (struct str){t.ptr + end, t.len - end});
    return authority_valid(*ret_authority);
}

bool target_split(struct http_head *head, struct str *ret_authority)
{
    struct str t = head->target;

    if (t.len == 0 || memchr(t.ptr, '#', t.len) != NULL)
        return false;
    if (t.ptr[0] == '/' || (t.len == 1 && t.ptr[0] == '*' && head->method == OPTIONS)) {
        split_query(head, t);
        return true;
    }
    return split_absolute(head, ret_authority);
}
