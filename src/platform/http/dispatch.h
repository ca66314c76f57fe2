/* From a parsed request to its handler and back: request id, Host, CORS, token, route, limits,
 * thread, error body, access log. The same for every front; knows nothing of dating. */
#ifndef PLATFORM_HTTP_DISPATCH_H
#define PLATFORM_HTTP_DISPATCH_H

#include "platform/http/http.h"

/* For http_server_options.callbacks; its app is a struct app, its listeners' tags are struct front.
 */
extern const struct http_callbacks DISPATCH_CALLBACKS;

struct req;

/* For those that finish a request later, on its loop: the reply, or the error's. */
void dispatch_answer(struct req *q, enum err e);
/* The headers that this process adds to a reply that it passes on. */
void dispatch_passed_headers(struct req *q);
/* The route's ask_first() has its answers. */
void dispatch_asked(struct req *q);

#endif
