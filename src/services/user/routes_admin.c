/* What admins read of all accounts: who there is, and what admins did. Each reading is itself on
 * record. Changes nothing. */
#include "services/user/routes.h"

#include "platform/audit/audit.h"
#include "services/user/store.h"

#include <inttypes.h>

static enum err reply_account(struct req *q, struct str email)
{
    struct admin_account found;
    struct rows rows = {&found, 1};

    enum err e = user_admin_account(q->db, q->arena, email_lower(q->arena, email), &found);
    if (e == ERR_NOT_FOUND)
        rows.n = 0;
    else if (e != OK)
        return e;
    audit_read(q, "user.find", "user %" PRId64, rows.n == 1 ? found.user_number : 0);
    return req_reply_list(q, 200, &ADMIN_ACCOUNT, &rows);
}

/* GET /admin/users?email=: accounts, the newest first, in pages; with an e-mail the one that has
 * it, or none. 403; 422. */
enum err admin_users(struct req *q)
{
    struct admin_search in;
    struct rows rows = {0};
    int64_t limit = 0;
    int64_t cursor = 0;

    enum err e = req_query(q, &ADMIN_SEARCH, &in);
    if (e == OK)
        e = req_page(q, &limit, &cursor);
    if (e != OK)
        return e;
    if (str_present(in.email) && in.email.len > 0)
        return reply_account(q, in.email);
    cursor = cursor == I64_NULL ? INT64_MAX : cursor;
    e = user_admin_accounts(q->db, q->arena, cursor, limit + 1, &rows);
    if (e != OK)
        return e;
    audit_read(q, "user.list", "users", 0);
    return req_reply_page(q, &ADMIN_ACCOUNT, &rows, limit, "user_number");
}

/* GET /admin/audit: what admins did, the newest first, in pages. 403; 422. */
enum err admin_audit(struct req *q)
{
    struct rows rows = {0};
    int64_t limit = 0;
    int64_t cursor = 0;

    enum err e = req_page(q, &limit, &cursor);
    if (e == OK)
        e = audit_list(q->db, q->arena, cursor == I64_NULL ? INT64_MAX : cursor, limit + 1, &rows);
    if (e != OK)
        return e;
    audit_read(q, "audit.read", "audit trail", 0);
    return req_reply_page(q, &AUDIT_ENTRY, &rows, limit, "id");
}
