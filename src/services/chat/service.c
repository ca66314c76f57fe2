/* The chat service as the program hosts it; no behaviour of its own. */
#include "services/chat/chat.h"

#include "services/chat/live.h"
#include "services/chat/routes.h"
#include "services/chat/store.h"
#include "services/service.h"

const struct service CHAT_SERVICE = {
    .name = "chat",
    .about = "Conversations around a meeting",
    .health_key = "chat_service",
    .port_offset = 1,
    .routes = CHAT_ROUTES,
    .strip = "/chat",
    .queries = CHAT_QUERIES,
    .start = chat_live_start,
    .stop = chat_live_stop,
};
