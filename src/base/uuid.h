/* UUIDs as text (RFC 9562): 36 lower-case characters. Pure: randomness is passed in. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/str.h"

#define UUID_LEN 36
#define UUID_RANDOM_BYTES 16

struct uuid {
    char text[UUID_LEN + 1]; /* terminated */
};

/* The same in 16 bytes, for what is kept by the ten thousand. */
struct uuid_packed {
    uint8_t bytes[UUID_RANDOM_BYTES];
};

struct uuid_packed uuid_pack(const struct uuid *u);
struct uuid uuid_unpack(const struct uuid_packed *p);

/* Version 4 from 16 random bytes (RFC 9562 §5.4). */
struct uuid uuid_v4(const uint8_t random[UUID_RANDOM_BYTES]);
/* Version 8 (§5.8) whose first eight digits are `number` in decimal, 1–99,999,999; the rest is
 * random. */
struct uuid uuid_v8_of_number(int64_t number, const uint8_t random[UUID_RANDOM_BYTES]);
/* Any UUID in either letter case to lower-case text; false when it is not one. */
bool uuid_parse(struct str s, struct uuid *ret);
/* The number in a version-8 UUID's first eight digits; false when they are not decimal. A
 * convenience for look-ups by primary key, never a proof: the UUID is compared whole afterwards. */
bool uuid_number(const struct uuid *u, int64_t *ret);
static inline struct str uuid_str(const struct uuid *u)
{
    return (struct str){u->text, UUID_LEN};
}

#endif
