/* The shapes that callers can send, taken from the route tables, so that a new route is fuzzed by
 * being there. */
#ifndef TESTS_FUZZ_SHAPES_H
#define TESTS_FUZZ_SHAPES_H

#include "fuzz.h"

#include "services/chat/fields.h"
#include "services/services.h"

#include <jansson.h>

static inline bool shape_named(const struct shape *shape, struct str name)
{
    return shape != NULL && str_eq(str_of(shape->name), name);
}

/* The shape of that name among all bodies and queries, or NULL. */
static inline const struct shape *shape_find(struct str name)
{
    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        for (const struct route *r = (*s)->routes; r->path != NULL; r++) {
            if (shape_named(r->in, name))
                return r->in;
            if (shape_named(r->query, name))
                return r->query;
        }
    return shape_named(&CHAT_SAID, name) ? &CHAT_SAID : NULL;
}

static inline void must_be_json(const struct buf *b)
{
    json_t *v = json_loadb(b->ptr, b->len, JSON_REJECT_DUPLICATES, NULL);

    HOLDS(v != NULL);
    json_decref(v);
}

/* What was read can be written, and so can what was wrong with it. */
static inline void shape_check(const struct shape *shape, enum err e, const void *obj,
                               const struct field_errors *errors, const char *why, struct arena *a)
{
    struct buf b = buf_new(a, 64);

    HOLDS(e == OK || e == ERR_BAD_REQUEST || e == ERR_INVALID);
    HOLDS((e == ERR_INVALID) == (errors->head != NULL));
    HOLDS((e == ERR_BAD_REQUEST) == (why != NULL));
    if (e == OK)
        json_write(&b, shape, obj);
    else
        json_write_error(&b, why != NULL ? str_of(why) : STR("wrong"), errors, STR_NULL);
    must_be_json(&b);
}

#endif
