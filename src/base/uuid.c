/* UUIDs as lower-case text (RFC 9562); must not ask the system for randomness. */
#include "base/uuid.h"

#include <string.h>

#define NUMBER_MAX INT64_C(99999999)
#define NUMBER_DIGITS 8
#define VERSION_AT 14 /* in the text: xxxxxxxx-xxxx-Vxxx-Nxxx-xxxxxxxxxxxx */
#define VARIANT_AT 19

static bool is_dash_at(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static struct uuid text_of(const uint8_t bytes[UUID_RANDOM_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    struct uuid u = {0};
    size_t nibble = 0;
    for (size_t i = 0; i < UUID_LEN; i++) {
        if (is_dash_at(i)) {
            u.text[i] = '-';
            continue;
        }
        uint8_t byte = bytes[nibble / 2];
        u.text[i] = hex[nibble % 2 == 0 ? byte >> 4 : byte & 0x0F];
        nibble++;
    }
    return u;
}

/* §4.1, §4.2: the variant's two bits and the version's four replace random ones. */
static struct uuid from_bytes(const uint8_t random[UUID_RANDOM_BYTES], uint8_t version)
{
    uint8_t bytes[UUID_RANDOM_BYTES];
    memcpy(bytes, random, sizeof(bytes));
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | (version << 4));
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    return text_of(bytes);
}

struct uuid uuid_v4(const uint8_t random[UUID_RANDOM_BYTES])
{
    return from_bytes(random, 4);
}

struct uuid uuid_v8_of_number(int64_t number, const uint8_t random[UUID_RANDOM_BYTES])
{
    struct uuid u = from_bytes(random, 8);
    for (int i = NUMBER_DIGITS - 1; i >= 0; i--) {
        u.text[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return u;
}

/* The digit in lower case, or 0. */
static char hex_digit(char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
        return c;
    return c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : '\0';
}

bool uuid_parse(struct str s, struct uuid *ret)
{
    if (s.len != UUID_LEN)
        return false;
    struct uuid u = {0};
    for (size_t i = 0; i < UUID_LEN; i++) {
        u.text[i] = is_dash_at(i) ? s.ptr[i] : hex_digit(s.ptr[i]);
        if (u.text[i] == '\0' || (is_dash_at(i) && u.text[i] != '-'))
            return false;
    }
    *ret = u;
    return true;
}

static uint8_t hex_number(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

struct uuid_packed uuid_pack(const struct uuid *u)
{
    struct uuid_packed p = {0};
    size_t nibble = 0;
    for (size_t i = 0; i < UUID_LEN; i++) {
        if (is_dash_at(i))
            continue;
        uint8_t *byte = &p.bytes[nibble++ / 2];
        *byte = (uint8_t)(*byte << 4 | hex_number(u->text[i]));
    }
    return p;
}

struct uuid uuid_unpack(const struct uuid_packed *p)
{
    return text_of(p->bytes);
}

bool uuid_number(const struct uuid *u, int64_t *ret)
{
    if (u->text[VERSION_AT] != '8' || strchr("89ab", u->text[VARIANT_AT]) == NULL)
        return false;
    int64_t number = 0;
    if (!str_to_i64((struct str){u->text, NUMBER_DIGITS}, &number) || number < 1 ||
        number > NUMBER_MAX)
        return false;
    *ret = number;
    return true;
}
