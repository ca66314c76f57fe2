/* The bus's way to the other processes of a shared store. Private to this folder. */
#ifndef PLATFORM_BUS_LINK_H
#define PLATFORM_BUS_LINK_H

#include "platform/bus/bus.h"

struct bus_link;

/* A thread that keeps a connection to this PostgreSQL; NULL: none could be started. */
struct bus_link *link_start(struct bus *b, const char *url);
/* Any thread, also after link_stop (then nothing happens). Never blocks for the network. */
void link_send(struct bus_link *l, struct str topic, struct str bytes);
/* Send what waits, a second at most, and end the thread. NULL and twice are fine. */
void link_stop(struct bus_link *l);
/* After link_stop; NULL is fine. */
void link_free(struct bus_link *l);

/* Something may have been said that did not come here: tell every subscriber. Any thread. */
void bus_missed(struct bus *b);

#endif
