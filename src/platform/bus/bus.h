/* Messages between the loops of this process (and, one day, of others): publish to a topic, every
 * subscriber on every loop hears it, on its own loop's thread. In memory; at most once; in order
 * for one publisher. */
#ifndef PLATFORM_BUS_BUS_H
#define PLATFORM_BUS_BUS_H

#include "base/str.h"

struct bus;
struct workers;
struct bus_subscription;

struct bus *bus_new(struct workers *ws);
void bus_free(struct bus *b);

typedef void (*bus_fn)(void *ctx, struct str topic, struct str bytes);

/* Loop threads only; fn runs on this loop until bus_unsubscribe (same thread). */
struct bus_subscription *bus_subscribe(struct bus *b, struct str topic, bus_fn fn, void *ctx);
void bus_unsubscribe(struct bus_subscription *s);
/* Any thread. Copied. Subscribers of the calling loop hear it too, asynchronously like all others.
 */
void bus_publish(struct bus *b, struct str topic, struct str bytes);

#endif
