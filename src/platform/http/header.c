/* Looking things up in a parsed head, and the names of methods. Pure. */
#include "platform/http/http.h"

#include <string.h>

const char *http_method_name(enum http_method m)
{
    switch (m) {
    case GET:
        return "GET";
    case POST:
        return "POST";
    case PUT:
        return "PUT";
    case DELETE:
        return "DELETE";
    case PATCH:
        return "PATCH";
    case HEAD:
        return "HEAD";
    case OPTIONS:
        return "OPTIONS";
    case HTTP_METHOD_OTHER:
        break;
    }
    return "OTHER";
}

struct str http_header_get(const struct http_head *head, const char *name)
{
    struct str wanted = str_of(name);

    for (size_t i = 0; i < head->n_headers; i++)
        if (head->headers[i].name.len == wanted.len && str_eq_nocase(head->headers[i].name, wanted))
            return head->headers[i].value;
    return STR_NULL;
}

struct str http_content_type(const struct http_head *head)
{
    struct str value = http_header_get(head, "Content-Type");

    if (!str_present(value))
        return STR_NULL;
    value = str_trim(str_cut(&value, ';'));
    return value.len > 0 ? value : STR_NULL;
}

/* The end of a parameter's value at `at`: behind its closing quote, or at the next ';'. */
static size_t value_end(struct str s, size_t at)
{
    if (at >= s.len || s.ptr[at] != '"') {
        while (at < s.len && s.ptr[at] != ';')
            at++;
        return at;
    }
    for (at++; at < s.len && s.ptr[at] != '"'; at++)
        if (s.ptr[at] == '\\')
            at++;
    return at < s.len ? at + 1 : s.len;
}

/* quoted-string (RFC 9110 §5.6.4) or token. */
static struct str unquote(struct arena *a, struct str raw)
{
    raw = str_trim(raw);
    if (raw.len == 0 || raw.ptr[0] != '"')
        return arena_str(a, raw);
    char *text = arena_alloc(a, raw.len);
    size_t len = 0;
    for (size_t i = 1; i < raw.len && raw.ptr[i] != '"'; i++) {
        if (raw.ptr[i] == '\\' && i + 1 < raw.len)
            i++;
        text[len++] = raw.ptr[i];
    }
    return (struct str){text, len};
}

struct str http_param(struct arena *a, struct str value, const char *name)
{
    struct str wanted = str_of(name);
    size_t at = 0;

    if (!str_present(value))
        return STR_NULL;
    while (at < value.len && value.ptr[at] != ';')
        at++;
    while (at < value.len) {
        size_t start = ++at; /* behind the ';' */
        while (at < value.len && value.ptr[at] != '=' && value.ptr[at] != ';')
            at++;
        if (at >= value.len || value.ptr[at] == ';')
            continue; /* a parameter without a value */
        struct str key = str_trim((struct str){value.ptr + start, at - start});
        size_t from = at + 1;
        while (from < value.len && (value.ptr[from] == ' ' || value.ptr[from] == '\t'))
            from++;
        at = value_end(value, from);
        if (str_eq_nocase(key, wanted))
            return unquote(a, (struct str){value.ptr + from, at - from});
        while (at < value.len && value.ptr[at] != ';')
            at++;
    }
    return STR_NULL;
}
