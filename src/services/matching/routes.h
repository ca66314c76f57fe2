/* The matching service's handlers, by file; the route table is in routes.c. */
#ifndef SERVICES_MATCHING_ROUTES_H
#define SERVICES_MATCHING_ROUTES_H

#include "platform/http/route.h"

/* routes_preferences.c */
enum err match_preferences_save(struct req *q);
enum err match_preferences_read(struct req *q);
enum err match_preferences_change(struct req *q);

/* routes_queue.c */
enum err match_queue_status(struct req *q);
enum err match_queue_available(struct req *q);
enum err match_queue_leave(struct req *q);

extern const struct route MATCHING_ROUTES[];

#endif
