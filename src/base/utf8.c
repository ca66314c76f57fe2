/* People's text by Unicode's rules (libunistring); must not decide what a text may contain. */
#include "base/utf8.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>
#include <unictype.h>

static const uint8_t *bytes_of(struct str s)
{
    return (const uint8_t *)(s.ptr != NULL ? s.ptr : "");
}

bool utf8_visible(struct str s)
{
    const uint8_t *at = bytes_of(s);
    const uint8_t *end = at + s.len;

    while (at < end) {
        ucs4_t c;
        at += u8_mbtouc(&c, at, (size_t)(end - at));
        if (!uc_is_property_white_space(c) && !uc_is_property_default_ignorable_code_point(c))
            return true;
    }
    return false;
}

bool utf8_valid(struct str s)
{
    return s.len == 0 ||
           (memchr(s.ptr, '\0', s.len) == NULL && u8_check(bytes_of(s), s.len) == NULL);
}

size_t utf8_length(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80; /* every byte that does not continue one */
    return n;
}

/* Bytes of the white space character at the start of s, or 0. */
static size_t space_at_start(struct str s)
{
    ucs4_t c = 0;
    int len = s.len > 0 ? u8_mbtouc(&c, bytes_of(s), s.len) : 0;
    return len > 0 && uc_is_property_white_space(c) ? (size_t)len : 0;
}

static size_t space_at_end(struct str s)
{
    ucs4_t c = 0;
    const uint8_t *end = bytes_of(s) + s.len;
    const uint8_t *at = u8_prev(&c, end, bytes_of(s));
    return at != NULL && uc_is_property_white_space(c) ? (size_t)(end - at) : 0;
}

struct str utf8_trim(struct str s)
{
    size_t n = 0;
    while ((n = space_at_start(s)) > 0) {
        s.ptr += n;
        s.len -= n;
    }
    while ((n = space_at_end(s)) > 0)
        s.len -= n;
    return s;
}

/* Every run of white space as one space; `s` is trimmed. */
static struct str join_words(struct arena *a, struct str s)
{
    struct buf out = buf_new(a, s.len);
    while (s.len > 0) {
        ucs4_t c = 0;
        size_t n = (size_t)u8_mbtouc(&c, bytes_of(s), s.len); /* 1 or more, whatever the bytes */
        bool space = uc_is_property_white_space(c);
        if (!space)
            buf_put(&out, s.ptr, n);
        else if (out.ptr[out.len - 1] != ' ') /* never first: trimmed */
            buf_char(&out, ' ');
        s.ptr += n;
        s.len -= n;
    }
    return buf_view(&out);
}

struct str utf8_fold(struct arena *a, struct str s)
{
    if (!str_present(s))
        return STR_NULL;
    struct str words = join_words(a, utf8_trim(s));

    /* With a normal form u8_casefold decomposes first, which is D145's toCasefold(NFD(X)). No
     * language: a Turkish dotless i would need to be known as such. */
    size_t len = 0;
    uint8_t *folded = u8_casefold(bytes_of(words), words.len, NULL, UNINORM_NFC, NULL, &len);
    if (folded == NULL && errno == EILSEQ) /* not well-formed: equal only to itself */
        return words;
    if (folded == NULL)
        abort(); /* out of memory */
    struct str key = arena_str(a, (struct str){(const char *)folded, len});
    free(folded);
    return key;
}
