/* UTF-8 checked as it arrives (Unicode §3.9, table 3-7), so that a message fails with its first
 * wrong byte and not at its end. Keeps nothing but the state between bytes. */
#include "platform/http/ws_internal.h"

#include <string.h>

static bool utf8_lead(struct ws_utf8 *u, uint8_t b)
{
    if (b < 0xC2 || b > 0xF4)
        return b < 0x80;
    u->due = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
    u->low = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
    u->high = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
    return true;
}

bool ws_utf8_feed(struct ws_utf8 *u, const uint8_t *bytes, size_t len)
{
    const uint8_t *end = bytes + len;

    while (bytes < end) {
        uint64_t eight;
        while (u->due == 0 && end - bytes >= 8) {
            memcpy(&eight, bytes, 8);
            if ((eight & UINT64_C(0x8080808080808080)) != 0)
                break;
            bytes += 8;
        }
        if (bytes == end)
            break;
        uint8_t b = *bytes++;
        if (u->due == 0) {
            if (!utf8_lead(u, b))
                return false;
            continue;
        }
        if (b < u->low || b > u->high)
            return false;
        u->due--;
        u->low = 0x80;
        u->high = 0xBF;
    }
    return true;
}
