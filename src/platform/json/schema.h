/* JSON Schema (2020-12) of shapes and of their fields, for documents. What it says is what
 * shape_from_json() asks for and json_write() writes; nothing here reads data. */
#ifndef PLATFORM_JSON_SCHEMA_H
#define PLATFORM_JSON_SCHEMA_H

#include "platform/json/fields.h"

enum schema_side {
    SCHEMA_INPUT,  /* what may be sent: bounds, what is required */
    SCHEMA_OUTPUT, /* what comes: everything that is not left out, null where FIELD_NULLABLE */
};

/* One field as a schema, under `key`. A FIELD_USER of an input refers to the component UserId. */
void schema_field(struct buf *b, const char *key, const struct field *f, enum schema_side side);
/* A shape as an object's schema, under `key`. */
void schema_shape(struct buf *b, const char *key, const struct shape *shape, enum schema_side side);
/* An example put together of the fields' own; false, and nothing written, when a field that has to
 * be there has none. */
bool schema_example(struct buf *b, const char *key, const struct shape *shape,
                    enum schema_side side);
/* The component that FIELD_USER refers to: a user id in either spelling. */
void schema_user_id(struct buf *b, const char *key);
/* "matching_preferences" as "MatchingPreferences". In the arena. */
struct str schema_name(struct arena *a, const struct shape *shape);

#endif
