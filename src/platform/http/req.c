/* How a handler reads its input and says its answer. Runs on any thread; touches only the request's
 * own memory. */
#include "platform/http/req.h"

#include "base/utf8.h"
#include "platform/http/form.h"
#include "platform/http/route.h"
#include "platform/http/ws.h"

#include <string.h>

/* ── Reading ── */

/* Turn what a shape reader found into the reply's detail. */
static enum err input_failed(struct req *q, enum err e, const char *why)
{
    if (e == ERR_INVALID && q->errors.head != NULL)
        return req_fail(q, e, "%s %.*s", q->errors.head->field, STR_ARG(q->errors.head->message));
    if (e != OK)
        return req_fail(q, e, "%s", why);
    return OK;
}

static bool content_is_json(const struct http_head *head)
{
    struct str type = http_content_type(head);

    if (!str_present(type) || type.len == 0)
        return true;
    return str_eq_nocase(type, STR("application/json")) || str_eq_nocase(type, STR("text/json")) ||
           str_ends(type, STR("+json"));
}

static enum err take_ahead(struct req *q, const struct shape *shape, void *in)
{
    memcpy(in, q->ahead, shape->size);
    q->errors = q->ahead_errors;
    q->fail_detail = q->ahead_detail;
    return q->ahead_err;
}

/* RFC 8259 §8.1; a type that says nothing of it is fine. */
static bool charset_is_utf8(struct req *q)
{
    struct str type = http_header_get(&q->head, "Content-Type");
    struct str charset = http_param(q->arena, type, "charset");

    return !str_present(charset) || str_eq_nocase(charset, STR("utf-8"));
}

void req_json_ahead(struct req *q)
{
    const struct shape *shape = q->route->in;

    if (shape == NULL || q->form != NULL)
        return;
    void *in = arena_alloc(q->arena, shape->size);
    q->ahead_err = req_json(q, shape, in);
    q->ahead_errors = q->errors;
    q->ahead_detail = q->fail_detail;
    q->ahead = in;
}

enum err req_json(struct req *q, const struct shape *shape, void *in)
{
    const char *why = "";

    if (q->ahead != NULL && shape == q->route->in)
        return take_ahead(q, shape, in);
    if (q->body.len > 0 && !content_is_json(&q->head))
        return req_fail(q, ERR_UNSUPPORTED, "Send the body as application/json");
    if (q->body.len > 0 && !charset_is_utf8(q))
        return req_fail(q, ERR_UNSUPPORTED, "Send the body in UTF-8");
    struct str text = q->body.len > 0 ? q->body : STR("{}");
    enum err e = shape_from_json(shape, text, q->arena, in, &q->errors, &why);
    return input_failed(q, e, why);
}

/* A field's text, absent when there is none; a file of that name is no field. */
static struct str form_text(struct req *q, const char *name)
{
    const struct form_part *part = form_get(q->form, name);

    return part == NULL || str_present(part->filename) ? STR_NULL : part->bytes;
}

enum err req_form(struct req *q, const struct shape *shape, void *in)
{
    shape_clear(shape, in);
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++) {
        struct str text = form_text(q, f->name);
        if (str_present(text) && !utf8_valid(text))
            return req_fail(q, ERR_BAD_REQUEST, "The form's field %s is no UTF-8 text", f->name);
        field_from_text(f, text, q->arena, in, &q->errors);
    }
    return input_failed(q, q->errors.head == NULL ? OK : ERR_INVALID, "");
}

enum err req_query(struct req *q, const struct shape *shape, void *in)
{
    const char *why = "";
    struct str text = str_present(q->head.query) ? q->head.query : STR("");
    enum err e = shape_from_query(shape, text, q->arena, in, &q->errors, &why);

    return input_failed(q, e, why);
}

/* Which of the route's parameters has this name. Absent: a handler and its route disagree, a bug.
 */
struct str req_path_text(struct req *q, const char *name)
{
    size_t len = strlen(name);
    size_t index = 0;

    for (const char *p = strchr(q->route->path, '{'); p != NULL; p = strchr(p + 1, '{'), index++)
        if (strncmp(p + 1, name, len) == 0 && p[1 + len] == '}')
            return q->params[index];
    return STR_NULL;
}

enum err req_path_i64(struct req *q, const char *name, int64_t *ret)
{
    int64_t v;

    if (!str_to_i64(req_path_text(q, name), &v) || v < 1)
        return ERR_NOT_FOUND;
    *ret = v;
    return OK;
}

enum err req_path_uuid(struct req *q, const char *name, struct uuid *ret)
{
    return uuid_parse(req_path_text(q, name), ret) ? OK : ERR_NOT_FOUND;
}

enum err req_path_user(struct req *q, const char *name, struct user_ref *ret)
{
    return user_ref_parse(req_path_text(q, name), ret) ? OK : ERR_NOT_FOUND;
}

struct page {
    int64_t limit;
    int64_t cursor;
};

static const struct field PAGE_FIELDS[] = {
    F_INT(page, limit, 1, REQ_PAGE_MAX, 0),
    F_INT(page, cursor, 0, 0, 0),
    F_END,
};

const struct shape PAGE_QUERY = SHAPE(page, PAGE_FIELDS);

enum err req_page(struct req *q, int64_t *ret_limit, int64_t *ret_cursor)
{
    struct page page;
    enum err e = req_query(q, &PAGE_QUERY, &page);

    if (e != OK)
        return e;
    *ret_limit = page.limit == I64_NULL ? REQ_PAGE_MAX : page.limit;
    *ret_cursor = page.cursor;
    return OK;
}

/* ── Answering ── */

enum err req_reply_json(struct req *q, int status, struct str json)
{
    q->reply.status = status;
    q->reply.content_type = "application/json";
    q->reply.body = json;
    q->reply.compress = true;
    return OK;
}

enum err req_reply(struct req *q, int status, const struct shape *shape, const void *obj)
{
    struct buf b = buf_new(q->arena, 512);

    json_write(&b, shape, obj);
    return req_reply_json(q, status, buf_view(&b));
}

enum err req_reply_later(struct req *q, int status, const struct shape *shape, const void *obj)
{
    void *copy = arena_alloc(q->arena, shape->size);

    memcpy(copy, obj, shape->size);
    q->reply.status = status;
    q->later = shape;
    q->later_obj = copy;
    return OK;
}

void req_reply_written(struct req *q)
{
    if (q->later != NULL)
        req_reply(q, q->reply.status, q->later, q->later_obj);
}

enum err req_reply_list(struct req *q, int status, const struct shape *shape,
                        const struct rows *rows)
{
    struct buf b = buf_new(q->arena, 64 + rows->n * 256);
    const char *item = rows->items;

    buf_char(&b, '[');
    for (size_t i = 0; i < rows->n; i++, item += shape->size) {
        if (i > 0)
            buf_char(&b, ',');
        json_write(&b, shape, item);
    }
    buf_char(&b, ']');
    return req_reply_json(q, status, buf_view(&b));
}

static int64_t field_i64(const struct shape *shape, const void *obj, const char *name)
{
    for (const struct field *f = shape->fields; f->kind != FIELD_END; f++)
        if (strcmp(f->name, name) == 0)
            return *(const int64_t *)(const void *)((const char *)obj + f->offset);
    return I64_NULL;
}

/* Link: <path?the query as it was, with another cursor>; rel="next" (RFC 8288 §3). */
static void link_next(struct req *q, int64_t cursor)
{
    struct buf b = buf_new(q->arena, 128);
    struct str rest = q->head.query;

    buf_char(&b, '<');
    buf_str(&b, q->head.path);
    buf_char(&b, '?');
    while (str_present(rest)) {
        struct str pair = str_cut(&rest, '&');
        if (pair.len == 0 || str_starts(pair, STR("cursor=")) || str_starts(pair, STR("token=")))
            continue;
        buf_str(&b, pair);
        buf_char(&b, '&');
    }
    buf_printf(&b, "cursor=%lld>; rel=\"next\"", (long long)cursor);
    req_header(q, "Link", buf_view(&b));
}

enum err req_reply_page(struct req *q, const struct shape *shape, struct rows *rows, int64_t limit,
                        const char *cursor_field)
{
    if ((int64_t)rows->n > limit) {
        rows->n = (size_t)limit;
        const char *last = (const char *)rows->items + (rows->n - 1) * shape->size;
        link_next(q, field_i64(shape, last, cursor_field));
    }
    return req_reply_list(q, 200, shape, rows);
}

enum err req_reply_page_at(struct req *q, const struct shape *shape, struct rows *rows,
                           int64_t limit, int64_t before)
{
    if ((int64_t)rows->n > limit) {
        rows->n = (size_t)limit;
        link_next(q, before + limit);
    }
    return req_reply_list(q, 200, shape, rows);
}

enum err req_reply_message(struct req *q, int status, const char *text)
{
    struct buf b = buf_new(q->arena, 64);

    buf_text(&b, "{\"message\":");
    json_write_text(&b, str_of(text));
    buf_char(&b, '}');
    return req_reply_json(q, status, buf_view(&b));
}

enum err req_upgrade(struct req *q, const struct ws_events *events, void *ctx)
{
    const char *why = "";

    if (!ws_wants_upgrade(&q->head, &why))
        return req_fail(q, ERR_BAD_REQUEST, "%s", why);
    struct str key = http_header_get(&q->head, "Sec-WebSocket-Key");
    req_header(q, "Upgrade", STR("websocket"));
    req_header(q, "Sec-WebSocket-Accept", ws_accept_key(q->arena, key));
    /* A browser hangs up unless one of the protocols it offered is chosen; the token itself is
     * never echoed. */
    struct str offered = http_header_get(&q->head, "Sec-WebSocket-Protocol");
    if (str_present(offered) && str_eq_nocase(str_trim(str_cut(&offered, ',')), STR("bearer")))
        req_header(q, "Sec-WebSocket-Protocol", STR("bearer"));
    q->reply.status = 101;
    q->upgrade = events;
    q->upgrade_ctx = ctx;
    return OK;
}

void req_header(struct req *q, const char *name, struct str value)
{
    struct http_reply *r = &q->reply;

    if (r->n_headers < sizeof(r->headers) / sizeof(r->headers[0]))
        r->headers[r->n_headers++] = (struct http_header){str_of(name), value};
}

/* ── Failing ── */

enum err req_fail(struct req *q, enum err e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    q->fail_detail = arena_vprintf(q->arena, fmt, ap);
    va_end(ap);
    return e;
}

enum err req_fail_keep(struct req *q, enum err e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    q->fail_detail = arena_vprintf(q->arena, fmt, ap);
    va_end(ap);
    q->fail_keep = true;
    return e;
}

enum err req_fail_verdict(struct req *q, struct verdict v)
{
    return v.err == OK ? OK : req_fail(q, v.err, "%s", v.why);
}

enum err req_fail_field(struct req *q, const char *field, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    struct str message = arena_vprintf(q->arena, fmt, ap);
    va_end(ap);
    field_errors_add(&q->errors, q->arena, field, "%.*s", STR_ARG(message));
    return req_fail(q, ERR_INVALID, "%s %.*s", field, STR_ARG(message));
}

enum err req_fail_retry(struct req *q, enum err e, int64_t retry_after_s, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    q->fail_detail = arena_vprintf(q->arena, fmt, ap);
    va_end(ap);
    req_header(q, "Retry-After", arena_printf(q->arena, "%lld", (long long)retry_after_s));
    return e;
}

enum err req_transaction(struct req *q, enum err (*fn)(struct db *db, void *arg), void *arg)
{
    return work_transaction(loop_workers(q->work.origin), fn, arg);
}
