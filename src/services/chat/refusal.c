/* Connections that are only told why they may not stay, so that a browser can show it; nothing they
 * send is looked at. */
#include "services/chat/live.h"

#include "base/cell.h"

#include <string.h>

struct refusal {
    size_t len;
    char frame[];
};

void *chat_refusal_new(struct str why)
{
    struct arena a;

    arena_init(&a);
    struct str frame = wire_error(&a, why);
    struct refusal *r = cell_new(sizeof(*r) + frame.len);
    r->len = frame.len;
    memcpy(r->frame, frame.ptr, frame.len);
    arena_free(&a);
    return r;
}

static void on_open(struct ws *ws, void *ctx)
{
    const struct refusal *r = ctx;

    (void)ws_send(ws, (struct str){r->frame, r->len});
    ws_close(ws, WS_CLOSE_POLICY, NULL);
}

static void on_message(struct ws *ws, void *ctx, bool binary, struct str bytes)
{
    (void)ws;
    (void)ctx;
    (void)binary;
    (void)bytes;
}

static void on_closed(struct ws *ws, void *ctx)
{
    (void)ws;
    cell_free(ctx);
}

const struct ws_events CHAT_REFUSAL_EVENTS = {
    .open = on_open,
    .message = on_message,
    .closed = on_closed,
};
