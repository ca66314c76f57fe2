/* Answers of services elsewhere: grammar in llhttp (strict), limits here; whatever could be read in
 * two ways is no answer (RFC 9112). No I/O. */
#include "platform/http/upstream_internal.h"

#include <string.h>

#define INTERIM_MAX 16u
#define OVERHEAD_MAX ((size_t)16 * 1024) /* chunk extensions and trailers: nobody reads them */

/* ── The head: it lies in one piece, so every span comes once ── */

static int on_field(llhttp_t *p, const char *at, size_t len)
{
    struct upstream_conn *u = p->data;

    if (u->head.n_headers == UPSTREAM_FIELDS_MAX || len == 0)
        return HPE_USER;
    struct http_header *h = &u->home->headers[u->head.n_headers++];
    h->name = (struct str){at, len};
    h->value = (struct str){at + len, 0};
    return 0;
}

static int on_value(llhttp_t *p, const char *at, size_t len)
{
    struct upstream_conn *u = p->data;

    if (u->head.n_headers == 0)
        return HPE_USER;
    u->home->headers[u->head.n_headers - 1].value = (struct str){at, len};
    return 0;
}

/* 1: no body follows; 2: nor another answer. */
static int on_headers_complete(llhttp_t *p)
{
    struct upstream_conn *u = p->data;
    bool length = (p->flags & F_CONTENT_LENGTH) != 0;
    bool encoded = (p->flags & F_TRANSFER_ENCODING) != 0;
    int status = p->status_code;

    if ((length && encoded) || (encoded && (p->flags & F_CHUNKED) == 0))
        return -1;
    if (status < 100 || status > 599 || p->http_major != 1 || p->content_length > INT64_MAX)
        return -1;
    u->head.status = status;
    u->head.content_length = length ? (int64_t)p->content_length : -1;
    u->keep = llhttp_should_keep_alive(p) != 0;
    if (status == 101)
        return 2;
    return status < 200 || status == 204 || status == 304 || u->call->head_only;
}

static int on_complete(llhttp_t *p)
{
    struct upstream_conn *u = p->data;

    u->complete = true;
    return HPE_PAUSED;
}

static llhttp_settings_t HEAD_SETTINGS = {
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
    .on_message_complete = on_complete,
};

/* ── The body ── */

static int on_body(llhttp_t *p, const char *at, size_t len)
{
    struct upstream_conn *u = p->data;

    if (u->call != NULL)
        u->call->events->body(u->call, at, len);
    return u->call != NULL ? 0 : HPE_USER; /* cancelled meanwhile */
}

static int on_overhead(llhttp_t *p, const char *at, size_t len)
{
    struct upstream_conn *u = p->data;

    (void)at;
    u->overhead_bytes += len + 2;
    return u->overhead_bytes > OVERHEAD_MAX ? HPE_USER : 0;
}

static llhttp_settings_t BODY_SETTINGS = {
    .on_body = on_body,
    .on_chunk_extension_name = on_overhead,
    .on_chunk_extension_value = on_overhead,
    .on_header_field = on_overhead,
    .on_header_value = on_overhead,
    .on_message_complete = on_complete,
};

/* ── Steps ── */

void upstream_expect(struct upstream_conn *u)
{
    llhttp_init(&u->parser, HTTP_RESPONSE, &HEAD_SETTINGS);
    u->parser.data = u;
    u->complete = false;
    u->head = (struct upstream_head){.headers = u->home->headers};
}

/* Lines end with CR LF, none is folded, and no other CR or LF is about. */
static bool lines_clean(struct str head)
{
    for (size_t i = 0; i < head.len; i++) {
        if (head.ptr[i] != '\r' && head.ptr[i] != '\n')
            continue;
        if (head.ptr[i] != '\r' || i + 1 == head.len || head.ptr[i + 1] != '\n')
            return false;
        i++;
        if (i + 1 < head.len && (head.ptr[i + 1] == ' ' || head.ptr[i + 1] == '\t'))
            return false;
    }
    return true;
}

static void give_end(struct upstream_conn *u, size_t behind)
{
    struct upstream_call *call = u->call;

    upstream_detach(u, u->keep && behind == 0);
    call->events->end(call);
}

/* A whole head. False: this connection's input is at its end, one way or another. */
static bool head_done(struct upstream_conn *u, struct str head, size_t behind)
{
    llhttp_errno_t code = HPE_INVALID_HEADER_TOKEN;

    if (lines_clean(head))
        code = llhttp_execute(&u->parser, head.ptr, head.len);
    bool good =
        u->head.status != 0 &&
        (code == HPE_OK || (u->complete && (code == HPE_PAUSED || code == HPE_PAUSED_UPGRADE)));
    bool interim = u->head.status < 200 && u->head.status != 101;
    if (!good || (interim && ++u->n_interim > INTERIM_MAX)) {
        upstream_close(u, UPSTREAM_BROKEN);
        return false;
    }
    u->in_body = !interim;
    u->parser.settings = &BODY_SETTINGS;
    for (size_t i = 0; i < u->head.n_headers; i++)
        u->home->headers[i].value = str_trim(u->home->headers[i].value);
    if (!interim || u->head.status == 100)
        u->call->events->head(u->call, &u->head);
    if (u->call == NULL || u->state != UP_BUSY)
        return u->state == UP_SPLICED;
    if (interim) {
        upstream_expect(u);
        return true;
    }
    if (!u->complete)
        return true;
    give_end(u, behind);
    return false;
}

/* Take bytes of a head; returns how many, or SIZE_MAX when nothing more is to be taken. */
static size_t take_head(struct upstream_conn *u, const char *bytes, size_t len)
{
    size_t held = u->held_len;

    if (held == 0) { /* mostly all of it at once */
        const char *end = memmem(bytes, len, "\r\n\r\n", 4);
        if (end != NULL) {
            struct str head = {bytes, (size_t)(end - bytes) + 4};
            return head_done(u, head, len - head.len) ? head.len : SIZE_MAX;
        }
    }
    if (u->held == NULL)
        u->held = cell_new(UPSTREAM_HEAD_MAX);
    size_t n = len < UPSTREAM_HEAD_MAX - held ? len : UPSTREAM_HEAD_MAX - held;
    memcpy(u->held + held, bytes, n);
    size_t from = held > 3 ? held - 3 : 0;
    const char *end = memmem(u->held + from, held + n - from, "\r\n\r\n", 4);
    if (end == NULL) {
        u->held_len = held + n;
        if (u->held_len == UPSTREAM_HEAD_MAX)
            upstream_close(u, UPSTREAM_BROKEN);
        return n;
    }
    struct str head = {u->held, (size_t)(end - u->held) + 4};
    u->held_len = 0;
    bool on = head_done(u, head, len - (head.len - held));
    return on ? head.len - held : SIZE_MAX;
}

static size_t take_body(struct upstream_conn *u, const char *bytes, size_t len)
{
    llhttp_errno_t code = llhttp_execute(&u->parser, bytes, len);

    if (u->call == NULL || u->state != UP_BUSY)
        return SIZE_MAX;
    if (u->complete) {
        give_end(u, len - (size_t)(llhttp_get_error_pos(&u->parser) - bytes));
        return SIZE_MAX;
    }
    if (code == HPE_OK)
        return len;
    upstream_close(u, UPSTREAM_BROKEN);
    return SIZE_MAX;
}

void upstream_input(struct upstream_conn *u, const char *bytes, size_t len)
{
    u->heard = true;
    while (len > 0 && u->call != NULL && (u->state == UP_BUSY || u->state == UP_SPLICED)) {
        size_t used = len;
        if (u->state == UP_SPLICED)
            u->call->events->body(u->call, bytes, len);
        else
            used = u->in_body ? take_body(u, bytes, len) : take_head(u, bytes, len);
        if (used == SIZE_MAX)
            return;
        bytes += used;
        len -= used;
    }
    if (u->state == UP_IDLE) /* nobody asked */
        upstream_close(u, UPSTREAM_BROKEN);
    else if (u->call != NULL && u->state == UP_BUSY && u->in_body)
        u->call->events->settled(u->call);
}

void upstream_eof(struct upstream_conn *u)
{
    bool ends = u->state == UP_BUSY && u->in_body && !u->complete;

    if (ends)
        llhttp_finish(&u->parser); /* sets u->complete where the end of the body is this one */
    if (ends && u->complete) {
        u->keep = false;
        give_end(u, 0);
        return;
    }
    upstream_close(u, UPSTREAM_BROKEN);
}
