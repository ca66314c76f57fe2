/* The API as documents that programs read: OpenAPI and AsyncAPI, made of the route tables. */
#ifndef SERVICES_GATEWAY_DOCUMENTS_H
#define SERVICES_GATEWAY_DOCUMENTS_H

#include "platform/app.h"
#include "platform/http/req.h"

/* Write the documents once, for the process. */
enum err documents_start(struct app *app);
void documents_stop(struct app *app);

enum err get_openapi(struct req *q);
enum err get_asyncapi(struct req *q);

#endif
