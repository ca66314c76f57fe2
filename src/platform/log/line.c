/* Writes JSON log lines into a fixed room. Allocates nothing and cannot fail. */
#include "platform/log/line.h"

#include "base/datetime.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define END_BYTES 3 /* "}\n", and a quote that may have to be closed before it */

/* All or nothing, so that an escape is never cut in two. */
static bool put(struct line *l, const char *bytes, size_t len)
{
    if (l->cap - l->len < len + END_BYTES)
        return false;
    memcpy(l->ptr + l->len, bytes, len);
    l->len += len;
    return true;
}

static void put_text(struct line *l, const char *text)
{
    put(l, text, strlen(text));
}

/* Bytes of the well-formed UTF-8 character at p (Unicode §3.9, table 3-7), or 0. */
static size_t utf8_char(const unsigned char *p, size_t left)
{
    size_t len = p[0] < 0x80   ? 1
                 : p[0] < 0xc2 ? 0
                 : p[0] < 0xe0 ? 2
                 : p[0] < 0xf0 ? 3
                 : p[0] < 0xf5 ? 4
                               : 0;

    if (len == 0 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return len;
}

/* One character of the value; returns how many of its bytes are done, 0 when there is no room left.
 */
static size_t put_char(struct line *l, const unsigned char *p, size_t left)
{
    char escape[8];
    size_t len = utf8_char(p, left);

    if (len == 0)
        return put(l, "\xef\xbf\xbd", 3) ? 1 : 0;
    if (p[0] == '"' || p[0] == '\\') {
        escape[0] = '\\';
        escape[1] = (char)p[0];
        return put(l, escape, 2) ? 1 : 0;
    }
    if (p[0] < 0x20 || p[0] == 0x7f) {
        snprintf(escape, sizeof escape, "\\u%04x", p[0]);
        return put(l, escape, 6) ? 1 : 0;
    }
    return put(l, (const char *)p, len) ? len : 0;
}

static bool put_name(struct line *l, const char *name, size_t room)
{
    size_t len = strlen(name);
    if (l->cap - l->len < len + room + 4 + END_BYTES)
        return false;
    put(l, ",\"", 2);
    put(l, name, len);
    put(l, "\":", 2);
    return true;
}

void line_begin(struct line *l, int64_t now_us, const char *level, const char *event)
{
    char time[DATETIME_LEN];
    char head[64];
    int64_t ms = (now_us % US_PER_SECOND + US_PER_SECOND) % US_PER_SECOND / 1000;

    datetime_format(now_us, time);
    snprintf(head, sizeof head, "{\"time\":\"%.*s.%03dZ\"", DATETIME_LEN, time, (int)ms);
    put_text(l, head);
    line_text(l, "level", str_of(level), 16);
    line_text(l, "event", str_of(event), 64);
}

void line_text(struct line *l, const char *name, struct str value, size_t max)
{
    const unsigned char *p = (const unsigned char *)value.ptr;
    size_t shown = value.len < max ? value.len : max;
    size_t at = 0;

    if (!str_present(value) || !put_name(l, name, 8))
        return;
    put(l, "\"", 1);
    while (at < shown) {
        size_t done = put_char(l, p + at, value.len - at);
        if (done == 0)
            break;
        at += done;
    }
    if (at < value.len)
        put(l, "\xe2\x80\xa6", 3);
    l->ptr[l->len++] = '"'; /* put() keeps room for it */
}

void line_i64(struct line *l, const char *name, int64_t value)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRId64, value);
    if (put_name(l, name, (size_t)len))
        put(l, text, (size_t)len);
}

void line_ms(struct line *l, const char *name, int64_t us)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%" PRId64 ".%03d", us / 1000, (int)(us % 1000));
    if (us >= 0 && put_name(l, name, (size_t)len))
        put(l, text, (size_t)len);
}

void line_end(struct line *l)
{
    l->ptr[l->len++] = '}';
    l->ptr[l->len++] = '\n';
}
