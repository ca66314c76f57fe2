/* What all readers and writers of shapes share: absence, the list of errors, user ids. No JSON in
 * here. */
#include "platform/json/fields.h"
#include "platform/json/field_value.h"

#include <math.h>
#include <string.h>

#define USER_NUMBER_MAX INT64_C(99999999)

void *field_at(const struct field *f, void *obj)
{
    return (char *)obj + f->offset;
}

static void field_clear(const struct field *f, void *obj)
{
    void *at = field_at(f, obj);
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_TIME:
    case FIELD_DATE:
    case FIELD_CLOCK:
        *(int64_t *)at = I64_NULL;
        break;
    case FIELD_REAL:
        *(double *)at = NAN;
        break;
    case FIELD_FLAG:
        *(int8_t *)at = FLAG_NULL;
        break;
    case FIELD_TEXT:
    case FIELD_USER:
    case FIELD_TEXTS:
    case FIELD_DATES:
    case FIELD_CLOCKS:
    case FIELD_END:
        break; /* zero is absent: done for the whole struct */
    }
}

void shape_clear(const struct shape *shape, void *obj)
{
    memset(obj, 0, shape->size);
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        field_clear(f, obj);
}

static bool has_error(const struct field_errors *errors, const char *field)
{
    for (const struct field_error *e = errors->head; e != NULL; e = e->next) {
        if (strcmp(e->field, field) == 0)
            return true;
    }
    return false;
}

void field_errors_add(struct field_errors *errors, struct arena *a, const char *field,
                      const char *fmt, ...)
{
    if (has_error(errors, field))
        return;
    struct field_error *e = ARENA_NEW(a, struct field_error);
    va_list ap;
    va_start(ap, fmt);
    e->field = field;
    e->message = arena_vprintf(a, fmt, ap);
    va_end(ap);

    if (errors->tail == NULL)
        errors->tail = &errors->head;
    *errors->tail = e;
    errors->tail = &e->next;
}

bool user_ref_parse(struct str s, struct user_ref *ret)
{
    struct user_ref ref = {0};
    if (uuid_parse(s, &ref.uuid)) {
        ref.kind = USER_REF_UUID;
    } else {
        if (!str_to_i64(s, &ref.number) || ref.number < 1 || ref.number > USER_NUMBER_MAX)
            return false;
        ref.kind = USER_REF_NUMBER;
    }
    *ret = ref;
    return true;
}

struct str user_ref_text(const struct user_ref *ref, struct arena *a)
{
    switch (ref->kind) {
    case USER_REF_NUMBER:
        return arena_printf(a, "%lld", (long long)ref->number);
    case USER_REF_UUID:
        return arena_str(a, uuid_str(&ref->uuid));
    case USER_REF_NONE:
        break;
    }
    return STR_NULL;
}
