/* Comparing, trimming and splitting borrowed bytes; must not allocate, and knows nothing of
 * Unicode. */
#include "base/str.h"

#include <sodium.h>
#include <string.h>

struct str str_of(const char *text)
{
    return (struct str){text, text != NULL ? strlen(text) : 0};
}

bool str_eq(struct str a, struct str b)
{
    if (a.ptr == NULL || b.ptr == NULL)
        return a.ptr == b.ptr;
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* Not tolower(): that one asks the locale. */
static unsigned char ascii_lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.ptr == NULL || b.ptr == NULL)
        return a.ptr == b.ptr;
    if (a.len != b.len)
        return false;
    if (memcmp(a.ptr, b.ptr, a.len) == 0) /* nearly always, if ever */
        return true;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    }
    return true;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

static bool ascii_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && ascii_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && ascii_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct str str_cut(struct str *rest, char sep)
{
    struct str head = *rest;
    const char *at = head.len > 0 ? memchr(head.ptr, sep, head.len) : NULL;
    if (at == NULL) {
        *rest = STR_NULL;
        return head;
    }
    head.len = (size_t)(at - head.ptr);
    *rest = (struct str){at + 1, rest->len - head.len - 1};
    return head;
}

bool str_to_i64(struct str s, int64_t *ret)
{
    bool minus = s.len > 0 && s.ptr[0] == '-';
    size_t first = minus ? 1 : 0;
    if (s.len - first < 1 || s.len - first > 19)
        return false;

    uint64_t v = 0; /* 19 digits always fit */
    for (size_t i = first; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.ptr[i] - '0');
    }
    if (v >
        INT64_MAX) /* the lowest number there is means "absent" here, so it does not fit either */
        return false;
    *ret = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

int str_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool str_eq_secret(struct str a, struct str b)
{
    if (a.ptr == NULL || b.ptr == NULL)
        return a.ptr == b.ptr;
    return a.len == b.len && sodium_memcmp(a.ptr, b.ptr, a.len) == 0;
}
