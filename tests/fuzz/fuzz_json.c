/* JSON bodies through the shapes of the routes: a line with the shape's name, then the body. Where
 * no shape has that name, through one with a field of every kind. */
#include "shapes.h"

#include "../unit/sample_shape.h"

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

    if (texts_from_json(body, &a, &texts)) {
        struct buf b = buf_new(&a, 64);
        json_write_texts(&b, &texts);
        must_be_json(&b);
    }
    arena_free(&a);
    return 0;
}
