/* The inside of the readers: set one field from one value that a caller sent. Each returns false
 * after it has added what is wrong to the errors, and then leaves the member absent. For this
 * folder only. */
#ifndef PLATFORM_JSON_FIELD_VALUE_H
#define PLATFORM_JSON_FIELD_VALUE_H

#include "platform/json/fields.h"

struct field_reader {
    struct arena *arena;
    struct field_errors *errors;
};

/* Where the member lies in the struct. */
void *field_at(const struct field *f, void *obj);

/* Does this text count as no value at all? FIELD_EMPTY_ABSENT, after FIELD_TRIM. */
bool field_text_absent(const struct field *f, struct str v);

bool field_set_i64(struct field_reader *r, const struct field *f, int64_t v, void *obj);
bool field_set_real(struct field_reader *r, const struct field *f, double v, void *obj);
bool field_set_flag(const struct field *f, bool v, void *obj);
/* A text for any kind but lists: digits for numbers, "2026-01-15" for dates, the text itself. */
bool field_set_text(struct field_reader *r, const struct field *f, struct str v, void *obj);
bool field_set_user_number(struct field_reader *r, const struct field *f, int64_t v, void *obj);
/* Lists: every item as its text, in an array of the arena that the member may keep. */
bool field_set_list(struct field_reader *r, const struct field *f, struct texts items, void *obj);
/* The value has the wrong type: say what the kind wants. Always false. */
bool field_wrong_kind(struct field_reader *r, const struct field *f);

/* json_plain.c: all of shape_from_json (obj cleared before), for text that is surely an object of
 * plain members; texts are copied into the arena. False: it is not, and nothing was done. */
bool json_plain_read(struct field_reader *r, const struct shape *shape, struct str text, void *obj);
/* shape_from_json the long way, whatever the text is: the same result. */
enum err shape_from_any_json(const struct shape *shape, struct str text, struct arena *a, void *obj,
                             struct field_errors *errors, const char **ret_why);

#endif
