/* Request bodies: by length or in chunks (llhttp), within the limit that head() set, into memory or
 * into a form. No I/O of its own. */
#include "platform/http/engine.h"

#include "platform/http/form.h"
#include "platform/http/stream.h"

#include <string.h>

#define OVERHEAD_MAX_BYTES ((size_t)16384) /* chunk extensions and trailers: nobody reads them */
#define FIRST_BODY_BYTES ((size_t)4096)
#define BOUNDARY_MAX 70u /* RFC 2046 §5.1.1 */

/* ── llhttp ── */

static int fail(struct exchange *ex, enum err e)
{
    ex->body_err = e;
    return HPE_USER;
}

static int on_body(llhttp_t *p, const char *at, size_t len)
{
    struct exchange *ex = p->data;

    if (len > ex->q.body_max - ex->body_bytes)
        return fail(ex, ERR_TOO_LARGE);
    ex->body_bytes += len;
    if (ex->q.stream != NULL) {
        ex->q.stream->body(&ex->q, at, len);
        return 0;
    }
    if (ex->q.form == NULL) {
        buf_put(&ex->body, at, len);
        return 0;
    }
    enum err e = form_feed(ex->q.form, at, len);
    return e == OK ? 0 : fail(ex, e);
}

/* A chunk announces its size before it is here. */
static int on_chunk(llhttp_t *p)
{
    struct exchange *ex = p->data;

    return p->content_length > ex->q.body_max - ex->body_bytes ? fail(ex, ERR_TOO_LARGE) : 0;
}

static int on_overhead(llhttp_t *p, const char *at, size_t len)
{
    struct exchange *ex = p->data;

    (void)at;
    ex->overhead_bytes += len + 2;
    return ex->overhead_bytes > OVERHEAD_MAX_BYTES ? fail(ex, ERR_TOO_LARGE) : 0;
}

static int on_done(llhttp_t *p)
{
    struct exchange *ex = p->data;

    ex->body_done = true;
    return HPE_PAUSED;
}

static llhttp_settings_t BODY_SETTINGS = {
    .on_body = on_body,
    .on_chunk_header = on_chunk,
    .on_chunk_extension_name = on_overhead,
    .on_chunk_extension_value = on_overhead,
    .on_header_field = on_overhead,
    .on_header_value = on_overhead,
    .on_message_complete = on_done,
};

/* ── Steps ── */

static enum err begin_form(struct exchange *ex, const char **ret_why)
{
    struct str type = http_header_get(&ex->q.head, "Content-Type");
    struct str boundary = http_param(&ex->arena, type, "boundary");

    if (!str_present(boundary) || boundary.len == 0 || boundary.len > BOUNDARY_MAX) {
        *ret_why = "The form's Content-Type has no boundary";
        return ERR_BAD_REQUEST;
    }
    ex->q.form = form_new(&ex->arena, boundary, ex->q.conn->home->server->options.spool_dir);
    return OK;
}

enum err body_begin(struct exchange *ex, const char **ret_why)
{
    const struct http_head *head = &ex->q.head;

    if (head->content_length > 0 && (uint64_t)head->content_length > ex->q.body_max) {
        *ret_why = err_text(ERR_TOO_LARGE);
        return ERR_TOO_LARGE;
    }
    if (ex->q.body_mode == HTTP_BODY_FORM)
        return begin_form(ex, ret_why);
    if (ex->body_done)
        return OK;
    /* Room grows with what really comes, not with what is announced. */
    size_t room = ex->behind > FIRST_BODY_BYTES ? ex->behind : FIRST_BODY_BYTES;
    if (head->content_length >= 0 && (size_t)head->content_length < room)
        room = (size_t)head->content_length;
    ex->body = buf_new(&ex->arena, room);
    return OK;
}

static enum err explain(const struct exchange *ex, const char **ret_why)
{
    enum err e = ex->body_err != OK ? ex->body_err : ERR_BAD_REQUEST;

    *ret_why = err_text(e);
    if (ex->body_err == OK)
        *ret_why = "The chunks of the body are malformed";
    else if (e == ERR_BAD_REQUEST)
        *ret_why = "The form is malformed";
    return e;
}

size_t body_feed(struct exchange *ex, const char *bytes, size_t len, enum err *ret_err,
                 const char **ret_why)
{
    ex->parser.settings = &BODY_SETTINGS;
    llhttp_errno_t code = llhttp_execute(&ex->parser, bytes, len);
    if (code == HPE_OK)
        return len;
    if (ex->body_done)
        return (size_t)(llhttp_get_error_pos(&ex->parser) - bytes);
    *ret_err = explain(ex, ret_why);
    return len;
}

enum err body_end(struct exchange *ex, const char **ret_why)
{
    if (ex->q.form == NULL) {
        ex->q.body = ex->body.len > 0 ? buf_view(&ex->body) : STR("");
        return OK;
    }
    enum err e = form_finish(ex->q.form);
    if (e == OK)
        return OK;
    *ret_why = e == ERR_BAD_REQUEST ? "The form ends before its last boundary" : err_text(e);
    return e;
}
