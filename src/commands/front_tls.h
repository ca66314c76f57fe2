/* TLS of the running program: the certificate, which listeners speak it, and what is warned of.
 * Main thread only. */
#ifndef COMMANDS_FRONT_TLS_H
#define COMMANDS_FRONT_TLS_H

#include "platform/config/config.h"
#include "platform/http/front.h"

#include <signal.h>

struct tls_identity;

/* Read the certificate that the settings name. *ret NULL: they name none. ERR_INVALID and a
 * sentence, as tls_identity_load(). */
enum err front_tls_open(const struct config *c, struct arena *a, struct tls_identity **ret,
                        const char **ret_why);
/* The listeners of these fronts, one for each on each address of BOOKADATE_BIND: with TLS the
 * gateway's speaks it, and one more sends plain HTTP there where that is wished. In the arena. */
struct http_listener *front_tls_listeners(const struct config *c, struct tls_identity *tls,
                                          struct front *fronts, size_t n_fronts, struct arena *a,
                                          size_t *ret_n);
/* Log a certificate that ends soon, and listeners that others reach in the clear. */
void front_tls_warn(const struct config *c, struct tls_identity *tls, const struct front *fronts,
                    size_t n_fronts);
/* Whole days until the certificate ends; true when that is a reason to warn. */
bool front_tls_ends_soon(struct tls_identity *tls, int64_t now_us, int64_t *ret_days);

/* Wait for one of these signals and return it. Where a certificate is named SIGHUP means "read it
 * anew" and is not returned, nor is it under nohup; the certificate (NULL: none here) is looked at
 * once a day too. */
int front_tls_wait(const sigset_t *set, const struct config *c, struct tls_identity *tls);

#endif
