/* The front door: /health, and the routes of all services behind one address. */
#ifndef SERVICES_GATEWAY_GATEWAY_H
#define SERVICES_GATEWAY_GATEWAY_H

#include "services/service.h"

extern const struct service GATEWAY_SERVICE;
/* The pages for browsers (setting `console`): no part of the API. */
extern const struct route GATEWAY_PAGES[];

/* What every endpoint takes and answers, as OpenAPI 3.1; the chat's socket as AsyncAPI 3.0. In the
 * arena. */
struct str gateway_openapi(struct arena *a);
struct str gateway_asyncapi(struct arena *a);

#endif
