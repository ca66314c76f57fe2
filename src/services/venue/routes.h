/* The venue service's handlers, for its route table; and what several of them share. */
#ifndef SERVICES_VENUE_ROUTES_H
#define SERVICES_VENUE_ROUTES_H

#include "platform/http/route.h"
#include "services/venue/fields.h"

extern const struct route VENUE_ROUTES[];

/* routes_slots.c */
enum err slots_create(struct req *q);
enum err slots_create_bulk(struct req *q);
enum err slots_list(struct req *q);
enum err slots_delete(struct req *q);
enum err slots_mark_unavailable(struct req *q);
enum err slots_mark_available(struct req *q);
/* routes_reviews.c */
enum err reviews_create(struct req *q);
enum err reviews_list(struct req *q);
enum err reviews_delete(struct req *q);

/* ── Shared (routes.c) ── */

/* The path's venue_id. ERR_NOT_FOUND "Venue not found" when it is no id. */
enum err venues_path(struct req *q, int64_t *ret_id);
/* A venue that stands. ERR_NOT_FOUND "Venue not found". */
enum err venues_get(struct req *q, int64_t id, struct venue *ret);
/* It stands, and the caller may change it. ERR_FORBIDDEN; ERR_NOT_FOUND likewise. */
enum err venues_changeable(struct req *q, int64_t id);

#endif
