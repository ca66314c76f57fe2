/* JSON bodies through the shapes of the routes: a line with the shape's name, then the body. Where
 * no shape has that name, through one with a field of every kind. */
#include "shapes.h"

#include "../unit/sample_shape.h"
#include "platform/json/field_value.h"

/* The long way says the same. */
static void check_long_way(const struct shape *shape, struct str body, enum err e, const void *obj,
                           const struct field_errors *errors, struct arena *a)
{
    struct field_errors other_errors = {0};
    const char *why = NULL;
    struct buf one = buf_new(a, 64), other = buf_new(a, 64);
    void *slow = arena_alloc(a, shape->size);

    HOLDS(shape_from_any_json(shape, body, a, slow, &other_errors, &why) == e);
    if (e == ERR_BAD_REQUEST)
        return;
    json_write_error(&one, STR(""), errors, STR_NULL);
    json_write_error(&other, STR(""), &other_errors, STR_NULL);
    json_write(&one, shape, obj);
    json_write(&other, shape, slow);
    HOLDS(str_eq(buf_view(&one), buf_view(&other)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = fuzz_str(data, size);
    struct arena a = {0};
    struct field_errors errors = {0};
    const char *why = NULL;
    struct texts texts;

    const struct shape *shape = shape_find(fuzz_line(&body));
    if (shape == NULL)
        shape = &SAMPLE_STRICT;
    void *obj = arena_alloc(&a, shape->size);
    enum err e = shape_from_json(shape, body, &a, obj, &errors, &why);
    shape_check(shape, e, obj, &errors, why, &a);
    check_long_way(shape, body, e, obj, &errors, &a);

    if (texts_from_json(body, &a, &texts)) {
        struct buf b = buf_new(&a, 64);
        json_write_texts(&b, &texts);
        must_be_json(&b);
    }
    arena_free(&a);
    return 0;
}
