/* The id that a request is known by in replies and logs: the client's, or one of our own. */
#ifndef PLATFORM_HTTP_REQUEST_ID_H
#define PLATFORM_HTTP_REQUEST_ID_H

#include "base/arena.h"

/* May a client's id be kept: 1–128 of letters, digits, '-', '_' and '.'. */
bool request_id_usable(struct str id);
/* A new one: 24 hex digits in the arena, unique in all processes (64 random bits a thread, then a
 * count). */
struct str request_id_make(struct arena *a);

#endif
