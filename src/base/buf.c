/* A text that grows in an arena; must not free or hand out anything else. */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#define CAP_MIN ((size_t)64)

struct buf buf_new(struct arena *a, size_t cap)
{
    if (cap < CAP_MIN)
        cap = CAP_MIN;
    return (struct buf){.arena = a, .ptr = arena_alloc(a, cap), .cap = cap};
}

char *buf_room(struct buf *b, size_t more)
{
    if (b->cap - b->len < more) {
        size_t cap = b->cap;
        while (cap - b->len < more)
            cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2; /* SIZE_MAX ends the process */
        b->ptr = arena_grow(b->arena, b->ptr, b->cap, cap, 1);
        b->cap = cap;
    }
    return b->ptr + b->len;
}

void buf_put(struct buf *b, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    memcpy(buf_room(b, len), bytes, len);
    b->len += len;
}

void buf_char(struct buf *b, char c)
{
    *buf_room(b, 1) = c;
    b->len++;
}

void buf_str(struct buf *b, struct str s)
{
    buf_put(b, s.ptr, s.len);
}

void buf_text(struct buf *b, const char *text)
{
    buf_put(b, text, strlen(text));
}

void buf_i64(struct buf *b, int64_t v)
{
    char digits[20]; /* "-9223372036854775808" */
    size_t at = sizeof(digits);
    uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (v < 0)
        digits[--at] = '-';
    buf_put(b, digits + at, sizeof(digits) - at);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(b->ptr + b->len, b->cap - b->len, fmt, ap);
    if (len >= 0 && (size_t)len >= b->cap - b->len) /* vsnprintf's NUL needs room too */
        len = vsnprintf(buf_room(b, (size_t)len + 1), (size_t)len + 1, fmt, again);
    if (len > 0)
        b->len += (size_t)len;
    va_end(again);
    va_end(ap);
}
