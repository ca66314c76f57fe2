/* A connection made of buffers, for one program that tests the WebSocket engine: it stands in for
 * conn.c, so that what is sent can be looked at and no socket is needed. */
#ifndef TESTS_BUFFER_CONN_H
#define TESTS_BUFFER_CONN_H

#include "platform/http/ws_internal.h"

#include <stdlib.h>
#include <string.h>

struct conn {
    uint8_t out[1 << 20];
    size_t out_len;
    size_t pending; /* what conn_pending says */
    bool paused, closed_soon, closed_now;
    const struct conn_protocol *protocol;
    void *ctx;
};

static struct conn line;
static uv_loop_t uv;

void conn_take_over(struct conn *c, const struct conn_protocol *protocol, void *ctx)
{
    c->protocol = protocol;
    c->ctx = ctx;
}

bool conn_send(struct conn *c, const void *bytes, size_t len)
{
    if (len > sizeof(c->out) - c->out_len)
        abort();
    memcpy(c->out + c->out_len, bytes, len);
    c->out_len += len;
    return c->pending <= CONN_SEND_HIGH;
}

size_t conn_pending(const struct conn *c)
{
    return c->pending;
}

void conn_pause(struct conn *c, bool paused)
{
    c->paused = paused;
}

void conn_close(struct conn *c, bool at_once)
{
    *(at_once ? &c->closed_now : &c->closed_soon) = true;
}

struct loop *conn_loop(const struct conn *c)
{
    (void)c;
    return NULL;
}

void *conn_app(const struct conn *c)
{
    (void)c;
    return NULL;
}

uv_loop_t *loop_uv(struct loop *l)
{
    (void)l;
    return &uv;
}

#endif
