/* Messages between the loops of this process and, where a store is shared, of its other processes:
 * publish to a topic, every subscriber on every loop hears it, on its own loop's thread. In memory;
 * at most once; in order for one publisher. What must not be lost stands in the store: a subscriber
 * hears empty bytes when something may have been said that did not reach it, and looks there. */
#ifndef PLATFORM_BUS_BUS_H
#define PLATFORM_BUS_BUS_H

#include "base/err.h"
#include "base/str.h"

struct bus;
struct workers;
struct bus_subscription;

struct bus *bus_new(struct workers *ws);
void bus_free(struct bus *b);

/* From now on carry messages to the other processes on this PostgreSQL and hear theirs, over one
 * connection and thread of the bus's own. Connects, and connects again, by itself: until it has,
 * and after each time, all subscribers hear empty bytes. LISTEN needs the server itself or a pooler
 * in session mode. ERR_UNAVAILABLE: no thread. */
enum err bus_share(struct bus *b, const char *url);
/* Send what waits (a second at most) and stop; to be called while the loops still run. */
void bus_unshare(struct bus *b);

/* bytes.len 0: look in the store. */
typedef void (*bus_fn)(void *ctx, struct str topic, struct str bytes);

/* Loop threads only; fn runs on this loop until bus_unsubscribe (same thread). */
struct bus_subscription *bus_subscribe(struct bus *b, struct str topic, bus_fn fn, void *ctx);
void bus_unsubscribe(struct bus_subscription *s);
/* Any thread. Copied. Subscribers of the calling loop hear it too, asynchronously like all others.
 * Beyond about 5,900 bytes the other processes hear the topic with empty bytes. */
void bus_publish(struct bus *b, struct str topic, struct str bytes);
/* The same, within this process. */
void bus_publish_here(struct bus *b, struct str topic, struct str bytes);

#endif
