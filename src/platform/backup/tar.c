/* Headers of a tar: see tar.h. */
#include "platform/backup/tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* struct posix_header (POSIX.1-1988, 10.1.1). */
enum {
    NAME = 0,
    MODE = 100,
    UID = 108,
    GID = 116,
    SIZE = 124,
    MTIME = 136,
    SUM = 148,
    TYPE = 156,
    MAGIC = 257,
};
#define SIZE_DIGITS 11
#define OCTAL_MAX INT64_C(077777777777)

static unsigned sum_of(const uint8_t block[TAR_BLOCK])
{
    unsigned sum = 0;

    for (unsigned i = 0; i < TAR_BLOCK; i++)
        sum += i >= SUM && i < SUM + 8 ? ' ' : block[i];
    return sum;
}

static void put_octal(uint8_t *at, int digits, int64_t value)
{
    char text[16];

    snprintf(text, sizeof(text), "%0*llo", digits, (unsigned long long)value);
    memcpy(at, text, (size_t)digits);
}

static void put_size(uint8_t *at, int64_t bytes)
{
    if (bytes <= OCTAL_MAX) {
        put_octal(at, SIZE_DIGITS, bytes);
        return;
    }
    memset(at, 0, SIZE_DIGITS + 1);
    at[0] = 0x80;
    for (int i = 0; i < 8; i++)
        at[SIZE_DIGITS - i] = (uint8_t)((uint64_t)bytes >> (8 * i));
}

void tar_write(uint8_t block[TAR_BLOCK], const char *name, int64_t bytes, int64_t now_s)
{
    memset(block, 0, TAR_BLOCK);
    snprintf((char *)block + NAME, 100, "%s", name);
    put_octal(block + MODE, 7, 0600);
    put_octal(block + UID, 7, 0);
    put_octal(block + GID, 7, 0);
    put_size(block + SIZE, bytes);
    put_octal(block + MTIME, 11, now_s);
    block[TYPE] = '0';
    memcpy(block + MAGIC, "ustar\00000", 8);
    put_octal(block + SUM, 6, sum_of(block));
    block[SUM + 6] = '\0';
    block[SUM + 7] = ' ';
}

/* Octal digits, then NULs and spaces only. */
static bool get_octal(const uint8_t *at, int room, int64_t *ret)
{
    int64_t value = 0;
    int i = 0;

    while (i < room && at[i] >= '0' && at[i] <= '7')
        value = value * 8 + (at[i++] - '0');
    bool any = i > 0;
    while (i < room && (at[i] == '\0' || at[i] == ' '))
        i++;
    *ret = value;
    return any && i == room;
}

static bool get_size(const uint8_t *at, int64_t *ret)
{
    uint64_t value = 0;

    if (at[0] != 0x80)
        return get_octal(at, SIZE_DIGITS + 1, ret);
    for (int i = 1; i <= SIZE_DIGITS; i++) {
        if (value >> 54 != 0)
            return false;
        value = value << 8 | at[i];
    }
    *ret = (int64_t)value;
    return true;
}

static bool all_zero(const uint8_t block[TAR_BLOCK])
{
    static const uint8_t ZEROS[TAR_BLOCK];

    return memcmp(block, ZEROS, TAR_BLOCK) == 0;
}

enum tar_kind tar_read(const uint8_t block[TAR_BLOCK], char *ret_name, int64_t *ret_bytes)
{
    int64_t sum;

    if (all_zero(block))
        return TAR_END;
    if (!get_octal(block + SUM, 8, &sum) || sum != sum_of(block))
        return TAR_BROKEN;
    if (memcmp(block + MAGIC, "ustar", 5) != 0 || memchr(block + NAME, '\0', 100) == NULL ||
        block[345] != '\0' || !get_size(block + SIZE, ret_bytes)) /* no name in two parts */
        return TAR_BROKEN;
    memcpy(ret_name, block + NAME, TAR_NAME_MAX + 1);
    return block[TYPE] == '0' ? TAR_FILE : TAR_OTHER;
}

bool tar_name_allowed(const char *name)
{
    static const char *const PLAIN[] = {"backup.json", "bookadate.db", "bookadate.pgdump",
                                        "token.key",   "data.key",     "SHA256SUMS"};

    for (size_t i = 0; i < sizeof(PLAIN) / sizeof(PLAIN[0]); i++)
        if (strcmp(name, PLAIN[i]) == 0)
            return true;
    if (strncmp(name, "photos/", 7) != 0)
        return false;
    size_t len = strlen(name + 7);
    return len >= 1 && len <= 64 && name[7] != '.' &&
           strspn(name + 7, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}
