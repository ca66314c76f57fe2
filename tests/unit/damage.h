/* Pictures with bytes changed, the same ones in every run. */
#ifndef TESTS_UNIT_DAMAGE_H
#define TESTS_UNIT_DAMAGE_H

#include "platform/image/image.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Sums that fit again, so that damage gets past them into the decoder. */
static inline void mend_png(char *bytes, size_t len)
{
    const uint8_t *p = (const uint8_t *)bytes;
    size_t at = 8;

    while (len > at + 12) {
        size_t n = ((size_t)p[at] << 24) + ((size_t)p[at + 1] << 16) + ((size_t)p[at + 2] << 8) +
                   p[at + 3];
        if (n > len - at - 12)
            return;
        uint32_t crc = (uint32_t)crc32(0, p + at + 4, (uInt)n + 4);
        for (size_t i = 0; i < 4; i++)
            bytes[at + 8 + n + i] = (char)(crc >> (24 - 8 * i));
        at += n + 12;
    }
}

/* A copy with one to four bytes changed, many near its start; the caller free()s it. */
static inline char *damaged_copy(struct str s)
{
    char *copy = malloc(s.len);

    if (copy == NULL)
        abort();
    memcpy(copy, s.ptr, s.len);
    for (long n = random() % 4; n >= 0; n--) {
        size_t at = (size_t)random() % (random() % 2 ? s.len : s.len < 200 ? s.len : 200);
        copy[at] = (char)(random() % 3 ? random() : copy[at] ^ (1 << (random() % 8)));
    }
    if (random() % 4 && image_sniff((struct str){copy, s.len}) == IMAGE_PNG)
        mend_png(copy, s.len);
    return copy;
}

/* How many: what the variable says, else `preset`. */
static inline long damage_wanted(const char *variable, long preset)
{
    const char *said = getenv(variable);

    return said ? strtol(said, NULL, 10) : preset;
}

#endif
