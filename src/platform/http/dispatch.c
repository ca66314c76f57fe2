/* Takes a request from its head to its reply: see dispatch.h. Runs on the loops; only run_handler()
 * may be elsewhere. */
#include "platform/http/dispatch.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/clock.h"
#include "platform/db/store.h"
#include "platform/http/access.h"
#include "platform/http/conn.h"
#include "platform/http/front.h"
#include "platform/http/proxy.h"
#include "platform/http/trusted.h"
#include "platform/http/request_id.h"
#include "platform/http/ws.h"
#include "platform/limit/limit.h"
#include "platform/log/log.h"
#include "platform/metrics/metrics.h"

#include <stddef.h>
#include <unistd.h>

/* ── Replies ── */

static bool reply_has(const struct req *q, const char *name)
{
    for (size_t i = 0; i < q->reply.n_headers; i++)
        if (str_eq(q->reply.headers[i].name, str_of(name)))
            return true;
    return false;
}

/* Replace whatever a handler had begun to say by the error's body. */
static void error_body(struct req *q, enum err e)
{
    struct buf b = buf_new(q->arena, 128);
    struct str detail = q->fail_detail;

    if (!str_present(detail) || e == ERR_INTERNAL)
        detail = str_of(err_text(e));
    json_write_error(&b, detail, e == ERR_INVALID ? &q->errors : NULL, q->fail_reason);
    if (q->reply.file >= 0)
        close(q->reply.file);
    q->reply.file = -1;
    if (q->upgrade != NULL) /* made, and never to be started */
        q->upgrade->closed(NULL, q->upgrade_ctx);
    q->upgrade = NULL;
    req_reply_json(q, err_status(e), buf_view(&b));
    if ((e == ERR_UNAVAILABLE || e == ERR_TOO_MANY) && !reply_has(q, "Retry-After"))
        req_header(q, "Retry-After", STR("1"));
    if (e == ERR_UNAUTHORIZED)
        req_header(q, "WWW-Authenticate", STR("Bearer"));
}

void dispatch_passed_headers(struct req *q)
{
    req_header(q, "X-Request-ID", q->id);
    req_header(q, "X-Content-Type-Options", STR("nosniff"));
    access_cors_headers(q);
}

static void common_headers(struct req *q)
{
    dispatch_passed_headers(q);
    if (q->reply.file < 0 && q->reply.status != 304 && !reply_has(q, "Cache-Control"))
        req_header(q, "Cache-Control", STR("no-store"));
}

void dispatch_answer(struct req *q, enum err e)
{
    q->outcome = e;
    if (e != OK)
        error_body(q, e);
    common_headers(q);
    http_send(q);
}

/* ── Before the body ─────────────────────────────────────────────────────────────────────────── */

static enum err route_missing(struct req *q, const struct router_match *match)
{
    if (match->allowed != 0) {
        req_header(q, "Allow", access_methods(q->arena, match->allowed));
        return ERR_METHOD;
    }
    return access_identify(q, NULL) ? ERR_NOT_FOUND : ERR_UNAUTHORIZED;
}

/* A gateway without a store does not know which tokens were revoked: what a good token is still
 * refused for, the service says, behind its 401. */
static bool left_to_service(const struct req *q)
{
    return q->remote != NULL && q->app->revocations == NULL && q->route->access != ACCESS_PUBLIC;
}

static enum err check_access(struct req *q)
{
    bool known = access_identify(q, q->route);

    switch (q->route->access) {
    case ACCESS_PUBLIC:
        return OK;
    case ACCESS_SOCKET:
        q->origin_refused = !access_origin_allowed(q);
        return OK;
    case ACCESS_USER:
        return known ? OK : ERR_UNAUTHORIZED;
    case ACCESS_PARTNER:
        if (!known)
            return ERR_UNAUTHORIZED;
        return q->caller.role >= ROLE_PARTNER || left_to_service(q)
                   ? OK
                   : req_fail(q, ERR_FORBIDDEN, "Only partners and admins may do this");
    case ACCESS_LOCAL:
        if (access_local(q))
            return OK;
        /* fallthrough */
    case ACCESS_ADMIN:
        if (!known)
            return ERR_UNAUTHORIZED;
        return q->caller.role == ROLE_ADMIN || left_to_service(q)
                   ? OK
                   : req_fail(q, ERR_FORBIDDEN, "Only admins may do this");
    case ACCESS_UNSET:
        break;
    }
    return ERR_INTERNAL;
}

static enum err check_rate(struct req *q)
{
    const struct config *c = q->app->config;
    const struct limit_rule requests = {"requests_per_minute", c->requests_per_minute,
                                        60 * US_PER_SECOND};
    const struct limit_rule uploads = {"uploads_per_minute", c->uploads_per_minute,
                                       60 * US_PER_SECOND};
    bool upload = access_takes_form(q);
    struct str key = trusted_network(q->arena, q->address);
    int64_t retry_after_s = 1;

    if (q->caller.number != 0) {
        struct buf number = buf_new(q->arena, 24);
        buf_i64(&number, q->caller.number);
        key = buf_view(&number);
    }
    if (limit_hit(q->app->limiter, &requests, key, q->now_us, &retry_after_s) &&
        (!upload || limit_hit(q->app->limiter, &uploads, key, q->now_us, &retry_after_s)))
        return OK;
    return req_fail_retry(q, ERR_TOO_MANY, retry_after_s,
                          "Too many requests; try again in %lld seconds", (long long)retry_after_s);
}

static enum err body_wanted(struct req *q)
{
    struct str type = http_content_type(&q->head);
    struct str coding = http_header_get(&q->head, "Content-Encoding");
    bool form = access_takes_form(q);
    size_t files = q->route->files > 1 ? (size_t)q->route->files : 1;

    q->body_mode = form ? HTTP_BODY_FORM : HTTP_BODY_BUFFER;
    q->body_max = q->route->body_max != 0 ? q->route->body_max : HTTP_BODY_DEFAULT_MAX;
    if (form && q->route->body_max == 0) /* an upload, and room for the form around it */
        q->body_max = files * (size_t)q->app->config->upload_max_bytes + HTTP_BODY_DEFAULT_MAX;
    if (form && (!str_present(type) || !str_eq_nocase(type, STR("multipart/form-data"))))
        return req_fail(q, ERR_UNSUPPORTED, "Send a form: Content-Type multipart/form-data");
    if (str_present(coding) && !str_eq_nocase(str_trim(coding), STR("identity")))
        return req_fail(q, ERR_UNSUPPORTED, "Send the body without a Content-Encoding");
    if (q->head.content_length > (int64_t)q->body_max)
        return req_fail(q, ERR_TOO_LARGE, "The body may have at most %zu bytes", q->body_max);
    return OK;
}

static enum err check_body(struct req *q)
{
    enum err refused = body_wanted(q);

    if (q->remote != NULL && refused != OK &&
        (q->route->before_body != NULL || left_to_service(q))) {
        q->body_max = SIZE_MAX; /* the service refuses it, before it takes it in */
        q->fail_detail = STR_NULL;
        return OK;
    }
    if (refused == OK || q->route->before_body == NULL)
        return refused;
    struct str detail = q->fail_detail;
    q->db = loop_reader(q->work.origin);
    if (q->db == NULL)
        return refused; /* a loop does not wait for a store that is elsewhere */
    enum err e = db_snapshot_use(q->db);
    if (e == OK)
        e = q->route->before_body(q);
    q->db = NULL;
    if (e != OK)
        return e;
    q->fail_detail = detail;
    return refused;
}

/* Where the route's service runs, when it does not run here. */
static struct upstream *remote_of(const struct front *front, const struct route *route)
{
    for (const struct front_remote *r = front->remotes; r->service != NULL; r++)
        if (route >= r->routes && route < r->routes + r->n)
            return r->upstream;
    return NULL;
}

static enum err decide(struct req *q)
{
    const struct front *front = q->listener;
    struct router_match match;

    if (!access_host_allowed(q))
        return req_fail(q, ERR_FORBIDDEN,
                        "This server answers for localhost only; BOOKADATE_ALLOW_REMOTE=1 opens it "
                        "to other names");
    router_find(front->router, q->head.method, q->head.path, q->arena, &match);
    if (match.route == NULL)
        return route_missing(q, &match);
    q->route = match.route;
    q->remote = remote_of(front, match.route);
    for (size_t i = 0; i < REQ_PARAMS_MAX; i++)
        q->params[i] = match.params[i];

    enum err e = check_access(q);
    if (e == OK)
        e = check_rate(q);
    if (e == OK)
        e = check_body(q);
    return e;
}

static void on_head(struct req *q)
{
    struct str given = http_header_get(&q->head, "X-Request-ID");

    q->work.origin = loop_here();
    q->id = request_id_usable(given) ? given : request_id_make(q->arena);
    if (conn_trusted(q->conn)) {
        q->forwarded = str_present(http_header_get(&q->head, "X-Forwarded-For"));
        q->address = trusted_client(q->app->trusted, q->arena, &q->head, q->address);
    }
    int https_port = ((const struct front *)q->listener)->https_port;
    if (https_port != 0 && access_host_allowed(q)) {
        dispatch_answer(q, access_to_https(q, https_port));
        return;
    }
    if (access_is_preflight(q) && access_host_allowed(q)) {
        struct router_match match;
        router_find(((const struct front *)q->listener)->router, OPTIONS, q->head.path, q->arena,
                    &match);
        access_preflight_reply(q, match.allowed);
        dispatch_answer(q, OK);
        return;
    }
    enum err e = decide(q);
    if (e != OK)
        dispatch_answer(q, e);
    else if (q->remote != NULL)
        proxy_prepare(q);
}

/* ── The handler ─────────────────────────────────────────────────────────────────────────────── */

#define REQ_OF(w) ((struct req *)(void *)((char *)(w)-offsetof(struct req, work)))

/* What an earlier run of the handler said: its transaction has come to nothing. */
static void forget(struct req *q)
{
    if (q->reply.file >= 0)
        close(q->reply.file);
    q->reply = (struct http_reply){.file = -1};
    q->errors = (struct field_errors){0};
    q->fail_detail = STR_NULL;
    q->fail_reason = STR_NULL;
    q->fail_keep = false;
    q->log_detail = STR_NULL;
    q->upgrade = NULL;
    q->later = NULL;
}

static void run_handler(struct work *w, struct db *db)
{
    struct req *q = REQ_OF(w);

    forget(q);
    q->db = db;
    q->outcome = q->route->handler(q);
    if ((q->outcome == ERR_INTERNAL || q->outcome == ERR_UNAVAILABLE) && db != NULL)
        q->log_detail = arena_str(q->arena, str_of(db_error(db)));
    w->rollback = q->outcome != OK && !q->fail_keep;
    q->db = NULL;
}

static void handler_done(struct work *w)
{
    struct req *q = REQ_OF(w);

    if (w->stored != OK) {
        q->fail_detail = STR_NULL;
        dispatch_answer(q, ERR_UNAVAILABLE);
        return;
    }
    if (q->outcome == OK && q->reply.status == 0) {
        q->log_detail = STR("the handler said nothing");
        q->outcome = ERR_INTERNAL;
    }
    if (q->outcome == OK)
        req_reply_written(q);
    dispatch_answer(q, q->outcome);
}

static enum work_kind work_kind_of(const struct req *q)
{
    switch (q->route->kind) {
    case WRITE:
        return WORK_WRITE;
    case COMPUTE:
        return q->form != NULL ? WORK_MEDIA : WORK_COMPUTE;
    case READ:
    case STREAM:
    case HERE:
    case ROUTE_UNSET:
        break;
    }
    return WORK_READ;
}

void dispatch_asked(struct req *q)
{
    if (q->route->kind == HERE) {
        run_handler(&q->work, NULL);
        handler_done(&q->work);
        return;
    }
    q->work.run = run_handler;
    q->work.done = handler_done;
    if (q->route->kind == WRITE)
        req_json_ahead(q);
    if (work_submit(q->app->workers, work_kind_of(q), &q->work))
        return;
    dispatch_answer(
        q, req_fail_retry(q, ERR_UNAVAILABLE, 1, "Too much is waiting already; try again shortly"));
}

static void on_request(struct req *q)
{
    q->now_us = clock_now_us();
    if (q->remote != NULL)
        proxy_start(q);
    else if (q->route->ask_first != NULL)
        q->route->ask_first(q);
    else
        dispatch_asked(q);
}

static void on_broken(struct req *q, enum err e, const char *why)
{
    if (!str_present(q->id)) { /* its head was never read */
        q->id = request_id_make(q->arena);
        q->reply.file = -1;
    }
    q->outcome = req_fail(q, e, "%s", why);
    error_body(q, e);
    common_headers(q);
}

/* ── Afterwards ── */

static void on_finished(struct req *q, int64_t sent)
{
    struct str detail = q->outcome != OK ? q->fail_detail : STR_NULL;
    if (q->errors.unknown)
        detail = STR("The body has fields that this request does not know");
    int64_t duration_us = clock_monotonic_us() - q->started_us;

    metric_request(q->route, q->reply.status, duration_us);
    if (str_present(q->log_detail))
        detail = q->log_detail;
    struct log_access line = {
        .request_id = q->id,
        .method = str_of(http_method_name(q->head.method)),
        .path = q->head.path,
        .route = q->route != NULL ? q->route->path : "",
        .status = q->reply.status,
        .bytes = sent,
        .duration_us = duration_us,
        .user_number = q->caller.number,
        .address = q->address,
        .detail = detail,
    };
    log_access(&line);
}

const struct http_callbacks DISPATCH_CALLBACKS = {
    .head = on_head,
    .request = on_request,
    .finished = on_finished,
    .broken = on_broken,
};
