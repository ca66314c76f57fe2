/* Answers with an open file: validators, conditions and one byte range (RFC 9110 §8.8.3, §13, §14).
 */
#include "platform/http/req.h"

#include <string.h>
#include <unistd.h>

/* Is our strong etag one of the list, or the list "*"? A weak twin counts for If-None-Match
 * (§13.1.2), not for If-Range. */
static bool etag_listed(struct str list, struct str etag, bool weak_counts)
{
    if (str_eq(str_trim(list), STR("*")))
        return true;
    while (str_present(list)) {
        struct str one = str_trim(str_cut(&list, ','));
        if (weak_counts && str_starts(one, STR("W/")))
            one = (struct str){one.ptr + 2, one.len - 2};
        if (str_eq(one, etag))
            return true;
    }
    return false;
}

bool req_has_already(const struct req *q, struct str etag)
{
    struct str if_none = http_header_get(&q->head, "If-None-Match");

    return str_present(if_none) && etag_listed(if_none, etag, true);
}

enum range_kind {
    RANGE_WHOLE, /* none asked for, or one that we may ignore (several, another unit, malformed) */
    RANGE_PART,
    RANGE_OUTSIDE,
};

/* "bytes=a-b", "bytes=a-", "bytes=-n" against a file of `bytes` (§14.1.2). */
static enum range_kind range_parse(struct str value, int64_t bytes, int64_t *ret_first,
                                   int64_t *ret_last)
{
    int64_t first = 0;
    int64_t last = bytes - 1;

    if (!str_starts(value, STR("bytes=")) || memchr(value.ptr, ',', value.len) != NULL)
        return RANGE_WHOLE;
    struct str rest = {value.ptr + 6, value.len - 6};
    struct str from = str_trim(str_cut(&rest, '-'));
    if (!str_present(rest))
        return RANGE_WHOLE;
    struct str to = str_trim(rest);

    if (from.len == 0) {
        int64_t suffix;
        if (!str_to_i64(to, &suffix) || suffix < 0)
            return RANGE_WHOLE;
        if (suffix == 0 || bytes == 0)
            return RANGE_OUTSIDE;
        first = suffix < bytes ? bytes - suffix : 0;
    } else {
        if (!str_to_i64(from, &first) || (to.len > 0 && !str_to_i64(to, &last)) || last < 0)
            return RANGE_WHOLE;
        if (first >= bytes)
            return RANGE_OUTSIDE;
        if (to.len > 0 && last < first)
            return RANGE_WHOLE;
        if (last >= bytes)
            last = bytes - 1;
    }
    *ret_first = first;
    *ret_last = last;
    return RANGE_PART;
}

static enum range_kind range_wanted(struct req *q, int64_t bytes, struct str etag,
                                    int64_t *ret_first, int64_t *ret_last)
{
    struct str range = http_header_get(&q->head, "Range");
    struct str if_range = http_header_get(&q->head, "If-Range");

    if (!str_present(range) || (str_present(if_range) && !etag_listed(if_range, etag, false)))
        return RANGE_WHOLE;
    return range_parse(range, bytes, ret_first, ret_last);
}

enum err req_reply_file(struct req *q, int fd, int64_t bytes, const char *content_type,
                        struct str etag)
{
    int64_t first = 0;
    int64_t last = bytes - 1;

    req_header(q, "ETag", etag);
    req_header(q, "Accept-Ranges", STR("bytes"));
    if (req_has_already(q, etag)) {
        close(fd);
        q->reply.status = 304;
        return OK;
    }
    switch (range_wanted(q, bytes, etag, &first, &last)) {
    case RANGE_OUTSIDE:
        close(fd);
        req_header(q, "Content-Range", arena_printf(q->arena, "bytes */%lld", (long long)bytes));
        return req_fail(q, ERR_RANGE, "The file has %lld bytes", (long long)bytes);
    case RANGE_PART:
        req_header(q, "Content-Range",
                   arena_printf(q->arena, "bytes %lld-%lld/%lld", (long long)first, (long long)last,
                                (long long)bytes));
        q->reply.status = 206;
        break;
    case RANGE_WHOLE:
        q->reply.status = 200;
        break;
    }
    q->reply.content_type = content_type;
    q->reply.file = fd;
    q->reply.file_offset = first;
    q->reply.file_bytes = last - first + 1;
    return OK;
}
