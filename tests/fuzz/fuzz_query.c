/* Query strings through the shapes of the routes: a line with the shape's name, then the query.
 * Where no shape has that name, through one with a field of every kind. */
#include "shapes.h"

#include "../unit/sample_shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str query = fuzz_str(data, size);
    struct arena a = {0};
    struct field_errors errors = {0};
    const char *why = NULL;

    const struct shape *shape = shape_find(fuzz_line(&query));
    if (shape == NULL)
        shape = &SAMPLE;
    void *obj = arena_alloc(&a, shape->size);
    enum err e = shape_from_query(shape, query, &a, obj, &errors, &why);
    shape_check(shape, e, obj, &errors, why, &a);
    arena_free(&a);
    return 0;
}
