/* Who a request may speak for and from where: Host, CORS origin, token. Used by the dispatcher
 * before any handler. */
#ifndef PLATFORM_HTTP_ACCESS_H
#define PLATFORM_HTTP_ACCESS_H

#include "platform/http/route.h"

/* Without allow_remote only Host localhost, 127.0.0.1 and [::1] are served, so that a page
 * elsewhere cannot reach a developer's machine by rebinding its name. */
bool access_host_allowed(const struct req *q);
/* Did somebody on this machine send it: a loopback peer that speaks for nobody else (no
 * X-Forwarded-For, no Forwarded), and no page of another site that a browser here shows? */
bool access_local(const struct req *q);
/* Add the CORS headers that the Origin of this request is due (none when it is not allowed). Fetch
 * standard §3.2. */
void access_cors_headers(struct req *q);
/* Is this a CORS preflight? Then answer it (204) with the methods of `allowed`
 * (router_match.allowed). */
bool access_is_preflight(const struct req *q);
void access_preflight_reply(struct req *q, unsigned allowed);
/* May this origin open a WebSocket? No Origin (not a browser) may. */
bool access_origin_allowed(const struct req *q);
/* Read the token from wherever this route (NULL: none) takes it and fill q->caller; false when
 * there is none or it does not count. */
bool access_identify(struct req *q, const struct route *route);
/* 308 to the same address with https, on this port; ERR_BAD_REQUEST when the request names no host.
 */
enum err access_to_https(struct req *q, int port);
/* "GET, HEAD, POST" of router_match.allowed, in the arena. */
struct str access_methods(struct arena *a, unsigned allowed);

/* Does this request send a form, and may it? Once it has its route. */
bool access_takes_form(const struct req *q);

#endif
