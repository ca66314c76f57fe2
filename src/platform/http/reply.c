/* A reply as bytes: status line, headers, and the body compressed where that was asked for. No I/O.
 */
#include "platform/http/engine.h"

#include <string.h>
#include <time.h>

#define JOIN_MAX_BYTES 2048u /* cheaper to copy than to hand to the kernel as a second piece */

/* ── The head's fixed parts ── */

static struct str status_line(int status)
{
#define LINE(code, text)                                                                           \
    case code:                                                                                     \
        return STR("HTTP/1.1 " #code " " text "\r\n")
    switch (status) {
        LINE(101, "Switching Protocols");
        LINE(200, "OK");
        LINE(201, "Created");
        LINE(202, "Accepted");
        LINE(204, "No Content");
        LINE(206, "Partial Content");
        LINE(301, "Moved Permanently");
        LINE(302, "Found");
        LINE(303, "See Other");
        LINE(304, "Not Modified");
        LINE(307, "Temporary Redirect");
        LINE(308, "Permanent Redirect");
        LINE(400, "Bad Request");
        LINE(401, "Unauthorized");
        LINE(403, "Forbidden");
        LINE(404, "Not Found");
        LINE(405, "Method Not Allowed");
        LINE(408, "Request Timeout");
        LINE(409, "Conflict");
        LINE(410, "Gone");
        LINE(412, "Precondition Failed");
        LINE(413, "Content Too Large");
        LINE(414, "URI Too Long");
        LINE(415, "Unsupported Media Type");
        LINE(416, "Range Not Satisfiable");
        LINE(417, "Expectation Failed");
        LINE(422, "Unprocessable Content");
        LINE(426, "Upgrade Required");
        LINE(429, "Too Many Requests");
        LINE(431, "Request Header Fields Too Large");
        LINE(500, "Internal Server Error");
        LINE(502, "Bad Gateway");
        LINE(503, "Service Unavailable");
        LINE(504, "Gateway Timeout");
        LINE(505, "HTTP Version Not Supported");
    default:
        return STR_NULL;
    }
#undef LINE
}

static void two_digits(char *at, int v)
{
    at[0] = (char)('0' + v / 10);
    at[1] = (char)('0' + v % 10);
}

/* "Date: Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7), made once a second. */
static const char *date_line(struct http_loop *home)
{
    static const char DAYS[] = "SunMonTueWedThuFriSat";
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t now = time(NULL);
    struct tm tm;

    if (now == home->date_s)
        return home->date_line;
    home->date_s = now;
    gmtime_r(&now, &tm);
    char *line = home->date_line;
    memcpy(line, "Date: Ddd, 00 Mmm 0000 00:00:00 GMT\r\n", DATE_LINE_LEN + 1);
    memcpy(line + 6, DAYS + 3 * tm.tm_wday, 3);
    two_digits(line + 11, tm.tm_mday);
    memcpy(line + 14, MONTHS + 3 * tm.tm_mon, 3);
    two_digits(line + 18, (tm.tm_year + 1900) / 100);
    two_digits(line + 20, tm.tm_year % 100);
    two_digits(line + 23, tm.tm_hour);
    two_digits(line + 26, tm.tm_min);
    two_digits(line + 29, tm.tm_sec);
    return line;
}

/* ── The head ── */

/* Written without checks into room that was measured first. */
static char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

#define PUT(at, literal) put((at), "" literal, sizeof(literal) - 1)

static char *put_i64(char *at, int64_t v)
{
    char digits[20];
    size_t n = 0;
    uint64_t rest = v < 0 ? 0 : (uint64_t)v;

    do {
        digits[sizeof(digits) - ++n] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    return put(at, digits + sizeof(digits) - n, n);
}

/* A value with a control character would end its line, and what follows would be the caller's to
 * choose. */
static bool value_safe(struct str v)
{
    unsigned bad = 0;

    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.ptr[i];
        bad |= (unsigned)(c < 0x20 && c != '\t') | (unsigned)(c == 0x7f);
    }
    return bad == 0;
}

static size_t headers_room(const struct http_reply *r)
{
    size_t room = 512 + r->lines.len + (r->content_type != NULL ? strlen(r->content_type) : 0);

    for (size_t i = 0; i < r->n_headers; i++)
        room += r->headers[i].name.len + r->headers[i].value.len + 4;
    return room;
}

static char *put_headers(char *at, const struct http_reply *r)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        struct str name = r->headers[i].name;
        struct str value = r->headers[i].value;
        if (!str_present(value) || !value_safe(value))
            continue;
        at = put(at, name.ptr, name.len);
        at = PUT(at, ": ");
        at = put(at, value.ptr, value.len);
        at = PUT(at, "\r\n");
    }
    return str_present(r->lines) ? put(at, r->lines.ptr, r->lines.len) : at;
}

static char *put_connection(char *at, const struct exchange *ex)
{
    if (ex->q.reply.status == 101)
        return PUT(at, "Connection: Upgrade\r\n");
    if (!ex->keep)
        return PUT(at, "Connection: close\r\n");
    if (ex->q.head.http10)
        return PUT(at, "Connection: keep-alive\r\n");
    return at;
}

struct payload {
    struct str body;
    int64_t length; /* what Content-Length says; -1: leave it out */
    bool gzipped;
    bool varies;
};

/* `joined`: with the body behind it. */
static struct str make_head(struct exchange *ex, const struct payload *p, bool joined)
{
    const struct http_reply *r = &ex->q.reply;
    struct str line = status_line(r->status);
    char *head = arena_alloc(&ex->arena, headers_room(r) + (joined ? p->body.len : 0));
    char *at = head;

    if (str_present(line)) {
        at = put(at, line.ptr, line.len);
    } else {
        at = put_i64(PUT(at, "HTTP/1.1 "), r->status);
        at = PUT(at, " Status\r\n");
    }
    at = put(at, date_line(ex->q.conn->home), DATE_LINE_LEN);
    if (r->content_type != NULL) {
        at = PUT(at, "Content-Type: ");
        at = put(at, r->content_type, strlen(r->content_type));
        at = PUT(at, "\r\n");
    }
    if (p->length >= 0) {
        at = put_i64(PUT(at, "Content-Length: "), p->length);
        at = PUT(at, "\r\n");
    }
    if (ex->reply_chunked)
        at = PUT(at, "Transfer-Encoding: chunked\r\n");
    if (p->gzipped)
        at = PUT(at, "Content-Encoding: gzip\r\n");
    if (p->varies)
        at = PUT(at, "Vary: Accept-Encoding\r\n");
    at = put_connection(put_headers(at, r), ex);
    at = PUT(at, "\r\n");
    ex->head_len = (size_t)(at - head);
    if (joined)
        at = put(at, p->body.ptr, p->body.len);
    return (struct str){head, (size_t)(at - head)};
}

/* ── What the reply says ── */

static bool status_bodiless(int status)
{
    return status == 204 || status == 304 || (status >= 100 && status < 200);
}

bool reply_bodiless(const struct exchange *ex)
{
    return ex->q.head.method == HEAD || status_bodiless(ex->q.reply.status);
}

static struct payload make_payload(struct exchange *ex)
{
    const struct http_reply *r = &ex->q.reply;
    struct payload p = {.body = r->content_type != NULL ? r->body : STR_NULL};

    ex->bodiless = reply_bodiless(ex);
    if (status_bodiless(r->status)) {
        p.length = -1;
        return p;
    }
    if (ex->reply_begun) {
        p.length = ex->reply_length;
        return p;
    }
    if (r->file >= 0) {
        p.body = STR_NULL;
        p.length = r->file_bytes;
        return p;
    }
    if (r->compress && p.body.len >= HTTP_GZIP_MIN_BYTES) {
        p.varies = true;
        struct str small = STR_NULL;
        if (gzip_accepted(ex->encodings))
            small = gzip_compress(&ex->q.conn->home->gzip, &ex->arena, p.body);
        if (str_present(small)) {
            p.body = small;
            p.gzipped = true;
        }
    }
    p.length = (int64_t)p.body.len;
    return p;
}

struct str reply_write(struct exchange *ex, struct str *ret_body)
{
    struct payload p = make_payload(ex);

    bool joined = !ex->bodiless && p.body.len > 0 && p.body.len <= JOIN_MAX_BYTES;

    *ret_body = joined ? STR_NULL : p.body;
    return make_head(ex, &p, joined);
}
