/* What the bus says to other processes as text that PostgreSQL carries: who, a number of its own
 * (equal payloads of one transaction would be told once), topic and bytes. Pure. Private to this
 * folder. */
#ifndef PLATFORM_BUS_PAYLOAD_H
#define PLATFORM_BUS_PAYLOAD_H

#include "base/str.h"

#define PAYLOAD_MAX 8000 /* NOTIFY takes less than this, the final NUL counted */
#define PAYLOAD_WHO_LEN 16

struct payload {
    char who[PAYLOAD_WHO_LEN + 1]; /* the process that said it */
    uint64_t n;
    struct str topic; /* len 0: everything */
    struct str bytes; /* len 0: look in the store */
};

/* Letters, digits, '-', '_' and '.' only. Bytes that are too many are left out. False: not even the
 * topic has room. */
bool payload_write(const struct payload *p, char text[PAYLOAD_MAX]);
/* Topic and bytes are put into room. False: not one of ours. */
bool payload_read(const char *text, char room[PAYLOAD_MAX], struct payload *ret);

#endif
