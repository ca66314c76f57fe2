/* The chat service's handlers, spread over two files; used by this service alone. */
#ifndef SERVICES_CHAT_ROUTES_H
#define SERVICES_CHAT_ROUTES_H

#include "platform/http/route.h"

extern const struct route CHAT_ROUTES[];

/* WS /chat/ws/{session_id}/{user_id} (routes_socket.c). */
enum err chat_join(struct req *q);

#endif
