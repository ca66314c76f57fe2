/* "<who>.<n>.<topic>.<bytes>", the last two in base64: see payload.h. */
#include "platform/bus/payload.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* At `at` of text, behind a dot. False: no room. */
static bool put(char text[PAYLOAD_MAX], size_t *at, struct str part)
{
    size_t room = PAYLOAD_MAX - *at;

    if (room < 2 + sodium_base64_ENCODED_LEN(part.len, BASE64))
        return false;
    text[(*at)++] = '.';
    text[*at] = '\0';
    if (part.len)
        sodium_bin2base64(text + *at, room - 1, (const unsigned char *)part.ptr, part.len, BASE64);
    *at += strlen(text + *at);
    return true;
}

bool payload_write(const struct payload *p, char text[PAYLOAD_MAX])
{
    int n = snprintf(text, PAYLOAD_MAX, "%.*s.%" PRIu64, PAYLOAD_WHO_LEN, p->who, p->n);
    size_t at = (size_t)n;

    if (!put(text, &at, p->topic))
        return false;
    return put(text, &at, p->bytes) || put(text, &at, STR(""));
}

/* The next part of text, decoded into room. */
static bool take(struct str *rest, char *room, size_t *used, struct str *ret)
{
    struct str part = str_cut(rest, '.');
    size_t len = 0;
    unsigned char *to = (unsigned char *)room + *used;

    if (!str_present(part) || sodium_base642bin(to, PAYLOAD_MAX - *used, part.ptr, part.len, NULL,
                                                &len, NULL, BASE64) != 0)
        return false;
    *ret = (struct str){(char *)to, len};
    *used += len;
    return true;
}

bool payload_read(const char *text, char room[PAYLOAD_MAX], struct payload *ret)
{
    struct str rest = str_of(text);
    struct str who = str_cut(&rest, '.');
    struct str n = str_present(rest) ? str_cut(&rest, '.') : STR_NULL;
    int64_t number;
    size_t used = 0;

    if (who.len != PAYLOAD_WHO_LEN || !str_present(n) || !str_to_i64(n, &number) || number < 0 ||
        !str_present(rest) || !take(&rest, room, &used, &ret->topic) || !str_present(rest) ||
        !take(&rest, room, &used, &ret->bytes) || str_present(rest))
        return false;
    memcpy(ret->who, who.ptr, who.len);
    ret->who[PAYLOAD_WHO_LEN] = '\0';
    ret->n = (uint64_t)number;
    return true;
}
