/* What the parts of the OpenAPI document's writer share. */
#ifndef PLATFORM_HTTP_OPENAPI_INTERNAL_H
#define PLATFORM_HTTP_OPENAPI_INTERNAL_H

#include "platform/http/openapi.h"
#include "platform/json/compose.h"
#include "platform/json/schema.h"

#define SCHEMAS "#/components/schemas/"

struct openapi {
    struct buf b;
    const struct openapi_source *source;
};

/* One method of a path, under its name. */
void openapi_operation(struct openapi *o, const struct openapi_tag *tag, const struct route *t);
/* "responses". */
void openapi_answers(struct openapi *o, const struct route *t);
/* "responses" and "headers" of the components, and the schemas of errors. */
void openapi_error_schemas(struct buf *b);
void openapi_answer_components(struct buf *b);
/* The component a shape stands in: with "Input" behind it when replies have it too. */
struct str openapi_component(const struct openapi *o, const struct shape *shape,
                             enum schema_side side);
/* Does the path, the query or the body name a user? */
bool openapi_names_user(const struct openapi *o, const struct route *t);
/* Next "{name}" of a path from *at; false: no more. */
bool openapi_next_parameter(struct str *rest, struct str *ret_name);
bool openapi_pages(const struct route *t);

#endif
