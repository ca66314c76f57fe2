/* From a parsed request to its handler and back: request id, Host, CORS, token, route, limits,
 * thread, error body, access log. The same for every front; knows nothing of dating. */
#ifndef PLATFORM_HTTP_DISPATCH_H
#define PLATFORM_HTTP_DISPATCH_H

#include "platform/http/http.h"

/* For http_server_options.callbacks; its app is a struct app, its listeners' tags are struct front.
 */
extern const struct http_callbacks DISPATCH_CALLBACKS;

#endif
