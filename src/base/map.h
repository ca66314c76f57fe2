/* A hash map from bytes or from numbers to pointers: open addressing, grows at 3/4 full, keyed with
 * SipHash so that callers' keys cannot be chosen to collide. Keys are copied. Not thread-safe. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map;

/* Owned by the caller: map_free. Frees keys, never values. */
struct map *map_new(void);
void map_free(struct map *m);
size_t map_count(const struct map *m);

/* The value, or NULL. */
void *map_get(const struct map *m, struct str key);
/* Insert or replace; value must not be NULL. Returns the value that stood there, or NULL. */
void *map_put(struct map *m, struct str key, void *value);
/* Remove; returns the value that stood there, or NULL. */
void *map_del(struct map *m, struct str key);

/* The same with an integer as key. */
void *map_get_i64(const struct map *m, int64_t key);
void *map_put_i64(struct map *m, int64_t key, void *value);
void *map_del_i64(struct map *m, int64_t key);

/* Visit every entry in no order: start with *at = 0; false at the end. The map must not change
 * between. */
bool map_next(const struct map *m, size_t *at, struct str *ret_key, void **ret_value);

#endif
