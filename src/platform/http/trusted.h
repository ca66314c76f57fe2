/* Which peers are proxies whose X-Forwarded-For is believed, and whom it names; who is one
 * client. Pure. */
#ifndef PLATFORM_HTTP_TRUSTED_H
#define PLATFORM_HTTP_TRUSTED_H

#include "platform/http/http.h"

struct trusted;

/* "127.0.0.1, ::1, 10.0.0.0/8" into the arena; "" and "none" trust nobody. ERR_INVALID with one
 * sentence. */
enum err trusted_parse(struct str list, struct arena *a, struct trusted **ret,
                       const char **ret_why);
/* IPv4 as ::ffff:a.b.c.d. NULL trusts nobody. */
bool trusted_has(const struct trusted *t, const uint8_t address[16]);
/* The client that trusted peers speak for: the last address in X-Forwarded-For that is none of
 * them; `peer` when it names none. In the arena. */
struct str trusted_client(const struct trusted *t, struct arena *a, const struct http_head *head,
                          struct str peer);
/* Whom limits by address count: the address, or the IPv6 /64 around it, which is one customer's. In
 * the arena. */
struct str trusted_network(struct arena *a, struct str address);
/* The scheme that the client used towards them: "https" or "http". */
struct str trusted_scheme(const struct http_head *head);

#endif
