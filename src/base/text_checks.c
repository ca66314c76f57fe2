/* What people may write in a field: see text_checks.h. Knows no field. */
#include "base/text_checks.h"

#include "base/utf8.h"

static unsigned char byte_at(struct str text, size_t i)
{
    return i < text.len ? (unsigned char)text.ptr[i] : 0;
}

/* U+0000–1F and U+7F–9F. */
static bool control_at(struct str text, size_t i)
{
    unsigned char c = byte_at(text, i), next = byte_at(text, i + 1);

    return c < 0x20 || c == 0x7F || (c == 0xC2 && next >= 0x80 && next < 0xA0);
}

/* U+202A–202E and U+2066–2069, which turn what stands around them. */
static bool bidi_override_at(struct str text, size_t i)
{
    unsigned char second = byte_at(text, i + 1), third = byte_at(text, i + 2);

    if (byte_at(text, i) != 0xE2)
        return false;
    return (second == 0x80 && third >= 0xAA && third <= 0xAE) ||
           (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

const char *line_problem(struct str text)
{
    if (text.len > 0 && !utf8_visible(text))
        return "must have a visible character";
    for (size_t i = 0; i < text.len; i++) {
        if (control_at(text, i) || bidi_override_at(text, i))
            return "must be one line without control characters";
    }
    return NULL;
}

const char *prose_problem(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (control_at(text, i) && c != '\n' && c != '\r' && c != '\t')
            return "must not have control characters but line breaks and tabs";
    }
    return NULL;
}
