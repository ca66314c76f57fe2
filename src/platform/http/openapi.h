/* The OpenAPI 3.1 document of route tables: what a route's line and its shapes say, and nothing
 * that is written down twice. Pure text; it must not know which services there are. */
#ifndef PLATFORM_HTTP_OPENAPI_H
#define PLATFORM_HTTP_OPENAPI_H

#include "base/buf.h"
#include "platform/http/route.h"

/* A service's table, and what its tag is called. */
struct openapi_tag {
    const char *name;
    const char *about;
    const struct route *routes; /* NULL ends the list */
};

struct openapi_source {
    const char *title;
    const char *version;
    const char *about; /* Markdown */
    const struct openapi_tag *tags;
    /* What path parameters are, by name: kind, example, format; FIELD_END ends. One that is not
     * here is a text. */
    const struct field *parameters;
};

/* "securitySchemes": the ways a token travels. api_key: what the document calls a key that is no
 * Authorization header, "apiKey" in OpenAPI. */
void openapi_security_schemes(struct buf *b, const char *api_key);

/* In the arena. */
struct str openapi_write(struct arena *a, const struct openapi_source *source);

#endif
