/* Registrations for reviewers: listed, looked at, decided. Every look is audited; documents leave
 * this process only to an admin. */
#include "services/user/routes.h"

#include "platform/audit/audit.h"
#include "services/user/registrations.h"

#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

#define TARGET "registration %" PRId64

static enum err not_found(struct req *q)
{
    return req_fail(q, ERR_NOT_FOUND, "Registration not found");
}

/* GET /admin/registrations?status=: oldest first, paged. 422. */
enum err registrations_list(struct req *q)
{
    struct registration_search in;
    struct rows rows;
    int64_t limit, cursor;

    enum err e = req_query(q, &REGISTRATION_SEARCH, &in);
    if (e == OK)
        e = req_page(q, &limit, &cursor);
    if (e == OK)
        e = registration_list(q->db, q->arena, in.status, cursor, limit + 1, &rows);
    if (e != OK)
        return e;
    audit_read(q, "registrations.read", "registrations", 0);
    return req_reply_page(q, &REGISTRATION, &rows, limit, "id");
}

static enum err find(struct req *q, struct registration *ret)
{
    int64_t id;

    enum err e = req_path_i64(q, "registration_id", &id);
    if (e == OK)
        e = registration_get(q->db, q->arena, id, ret);
    return e == ERR_NOT_FOUND ? not_found(q) : e;
}

/* GET /admin/registrations/{registration_id}. 404. */
enum err registrations_get(struct req *q)
{
    struct registration r = {0};

    enum err e = find(q, &r);
    if (e != OK)
        return e;
    audit_read(q, "registration.read", TARGET, r.id);
    return req_reply(q, 200, &REGISTRATION, &r);
}

/* ── Documents ── */

struct view_work {
    struct req *q;
    int64_t id;
    const char *name;
};

static enum err view_in(struct db *db, void *arg)
{
    const struct view_work *w = arg;

    return audit_put(w->q, db, "registration.document.read", TARGET, w->id);
}

/* Bytes that lie in no file, as one to be sent. */
static enum err reply_bytes(struct req *q, struct str bytes)
{
    int fd = memfd_create("document", MFD_CLOEXEC);

    if (fd < 0)
        return ERR_UNAVAILABLE;
    for (size_t at = 0; at < bytes.len;) {
        ssize_t n = write(fd, bytes.ptr + at, bytes.len - at);
        if (n <= 0) {
            close(fd);
            return ERR_UNAVAILABLE;
        }
        at += (size_t)n;
    }
    req_header(q, "Cache-Control", STR("no-store"));
    return req_reply_file(q, fd, (int64_t)bytes.len, "image/jpeg",
                          arena_printf(q->arena, "\"%.*s\"", STR_ARG(q->id)));
}

static const char *document_name(struct str named)
{
    for (int i = 0; i < 2; i++)
        if (str_eq(named, str_of(DOCUMENT_NAMES[i])))
            return DOCUMENT_NAMES[i];
    return NULL;
}

/* GET /admin/registrations/{registration_id}/documents/{name}: a JPEG. Audited before it is sent.
 * 404 also when it was purged. */
enum err registrations_document(struct req *q)
{
    const struct tx tx = req_tx(q);
    struct view_work w = {.q = q, .name = document_name(req_path_text(q, "name"))};
    struct str jpeg;

    enum err e = req_path_i64(q, "registration_id", &w.id);
    if (e == OK)
        e = w.name != NULL ? document_get(&tx, w.id, w.name, &jpeg) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Document not found");
    if (e == OK)
        e = req_transaction(q, view_in, &w);
    return e == OK ? reply_bytes(q, jpeg) : e;
}

/* ── Deciding ── */

static enum err decide(struct req *q, struct str status, struct str reason, const char *action)
{
    const struct tx tx = req_tx(q);
    const struct registration_decision d = {status, reason, q->caller.number};
    struct registration r = {0};
    bool done;

    enum err e = find(q, &r);
    if (e != OK)
        return e;
    struct verdict v = registration_step(r.status, status, &done);
    if (v.err != OK)
        return req_fail_verdict(q, v);
    if (!done) {
        e = registration_decide(&tx, &r, &d);
        if (e == ERR_NOT_FOUND) /* somebody else was faster */
            return db_read_again(q->db);
        if (e == OK)
            e = audit_put(q, q->db, action, TARGET, r.id);
        if (e == OK)
            e = registration_get(q->db, q->arena, r.id, &r);
    }
    return e == OK ? req_reply(q, 200, &REGISTRATION, &r) : e;
}

/* POST …/approve: also when it has been. 404; 409 it was rejected. */
enum err registrations_approve(struct req *q)
{
    return decide(q, STR("approved"), STR_NULL, "registration.approve");
}

/* POST …/reject: with a reason for the records. 404; 409 it was approved; 422. */
enum err registrations_reject(struct req *q)
{
    struct registration_rejection in;

    enum err e = req_json(q, &REGISTRATION_REJECTION, &in);
    return e == OK ? decide(q, STR("rejected"), in.reason, "registration.reject") : e;
}
