/* What user.h promises to the other services. No HTTP but the acting user's 403; no rules of
 * theirs. */
#include "services/user/user.h"

#include "platform/app.h"
#include "platform/http/route.h"
#include "platform/outbox/outbox.h"
#include "services/user/rules.h"
#include "services/user/sql.h"
#include "services/user/store.h"

#include <inttypes.h>
#include <stdio.h>

#define ACCOUNT_SELECT                                                                             \
    "SELECT u.number, u.id, u.name, u.dob, p.location_preference AS city, u.verified, "            \
    "u.kyc_level FROM users u LEFT JOIN user_preferences p ON p.number = u.number "

const char SQL_USER_ACCOUNT_BY_OWN_NUMBER[] = ACCOUNT_SELECT "WHERE u.number = $1";
const char SQL_USER_ACCOUNT_BY_NUMBER[] =
    ACCOUNT_SELECT "WHERE u.number = (SELECT owner FROM user_numbers WHERE number = $1)";
const char SQL_USER_ACCOUNT_BY_ID[] = ACCOUNT_SELECT "WHERE u.number = $1 AND u.id = $2";
const char SQL_USER_PHOTOS[] = "SELECT id, name FROM user_photos WHERE owner = $1 ORDER BY id";
const char SQL_USER_SET_VERIFIED[] =
    "UPDATE users SET verified = 1, verified_photo = $2, "
    "kyc_level = CASE WHEN kyc_level IN ('id', 'face_live') THEN kyc_level ELSE $3 END, "
    "updated_at = $4 "
    "WHERE number = $1 AND EXISTS (SELECT 1 FROM user_photos WHERE id = $2 AND owner = $1)";

const char SQL_USER_PHOTO_IS[] = "SELECT id FROM user_photos WHERE id = $1 AND owner = $2";
const char SQL_USER_FACE_PHOTOS[] =
    "SELECT u.verified, u.verified_photo, v.name AS verified_name, p.id AS profile_photo, "
    "p.name AS profile_name FROM users u LEFT JOIN user_photos v ON v.id = u.verified_photo "
    "LEFT JOIN user_photos p ON p.owner = u.number "
    "AND '" PHOTO_URL_PREFIX "' || p.name = u.profile_photo WHERE u.number = $1";
const char SQL_USER_CLEAR_VERIFIED[] =
    "UPDATE users SET verified = 0, verified_photo = NULL, "
    "kyc_level = CASE WHEN kyc_level IN ('face', 'face_live') THEN 'basic' ELSE kyc_level END, "
    "updated_at = $4 WHERE number = $1 AND verified = 1 AND verified_photo = $2 "
    "AND profile_photo = '" PHOTO_URL_PREFIX "' || CAST($3 AS TEXT)";

enum err user_get(struct db *db, struct arena *a, int64_t number, struct account *ret)
{
    return db_one(db, a, SQL_USER_ACCOUNT_BY_OWN_NUMBER, &ACCOUNT, ret, DB_ARGS(DB_I64(number)));
}

enum err user_get_held(struct db *db, struct arena *a, int64_t number, struct account *ret)
{
    enum err e = user_hold(db, number);
    return e == OK ? user_get(db, a, number, ret) : e;
}

enum err user_find(struct db *db, struct arena *a, const struct user_ref *ref, struct account *ret)
{
    int64_t number;

    if (ref->kind == USER_REF_NUMBER)
        return db_one(db, a, SQL_USER_ACCOUNT_BY_NUMBER, &ACCOUNT, ret,
                      DB_ARGS(DB_I64(ref->number)));
    if (ref->kind != USER_REF_UUID || !uuid_number(&ref->uuid, &number))
        return ERR_NOT_FOUND;
    return db_one(db, a, SQL_USER_ACCOUNT_BY_ID, &ACCOUNT, ret,
                  DB_ARGS(DB_I64(number), DB_TEXT(uuid_str(&ref->uuid))));
}

/* ── The acting user ── */

struct claim {
    int64_t number;
    int64_t caller;
    int64_t owner; /* whose it is afterwards; 0: still nobody's */
};

/* Take an unowned number where the setting lets one. */
static enum err claim(struct req *q, struct db *writer, struct claim *c)
{
    if (!q->app->config->claim_numbers)
        return OK;
    enum err e = user_hold(writer, c->caller); /* how many one may have is counted */
    if (e == OK)
        e = user_number_claim(writer, c->number, c->caller);
    if (e == OK)
        e = user_number_owner(writer, c->number, &c->owner);
    return e == ERR_NOT_FOUND ? OK : e;
}

static enum err not_yours(struct req *q, const struct user_ref *named)
{
    struct str text = user_ref_text(named, q->arena);

    if (named->kind == USER_REF_UUID)
        return req_fail(q, ERR_FORBIDDEN, "user_id %.*s is not yours: yours is %s", STR_ARG(text),
                        q->caller.id.text);
    return req_fail(q, ERR_FORBIDDEN, "user_id %.*s is not yours: yours is %" PRId64, STR_ARG(text),
                    q->caller.number);
}

/* writer: NULL where nothing is claimed. */
static enum err acting_by_number(struct req *q, struct db *writer, int64_t number, bool *ret_owned)
{
    struct claim c = {.number = number, .caller = q->caller.number};

    enum err e = user_number_owner(writer != NULL ? writer : q->db, number, &c.owner);
    if (e == ERR_NOT_FOUND)
        e = writer != NULL ? claim(q, writer, &c) : OK;
    *ret_owned = c.owner == q->caller.number;
    return e;
}

enum err user_acting(struct req *q, const struct user_ref *named, int64_t *ret_shown)
{
    bool owned = true;
    int64_t shown = q->caller.number;

    if (named->kind == USER_REF_UUID) {
        owned = str_eq(uuid_str(&named->uuid), uuid_str(&q->caller.id));
    } else if (named->kind == USER_REF_NUMBER && named->number != q->caller.number) {
        shown = named->number;
        struct db *writer = q->route->kind == WRITE ? q->db : NULL;
        enum err e = acting_by_number(q, writer, named->number, &owned);
        if (e != OK)
            return e;
    }
    if (!owned)
        return not_yours(q, named);
    *ret_shown = shown;
    return OK;
}

enum err user_acting_path(struct req *q, int64_t *ret_shown)
{
    struct user_ref named;
    struct account other;

    enum err e = req_path_user(q, "user_id", &named);
    if (e != OK)
        return req_fail(q, e, "User not found");
    e = user_acting(q, &named, ret_shown);
    if (e != ERR_FORBIDDEN || named.kind != USER_REF_UUID)
        return e;
    if (user_find(q->db, q->arena, &named, &other) == ERR_NOT_FOUND)
        return req_fail(q, ERR_NOT_FOUND, "User not found");
    return e;
}

enum err user_path_check(struct req *q)
{
    struct user_ref named = {0};
    struct account account;

    enum err e = req_path_user(q, "user_id", &named);
    if (e == OK)
        e = user_find(q->db, q->arena, &named, &account);
    if (e == OK)
        return account.number == q->caller.number ? OK : not_yours(q, &named);
    if (e != ERR_NOT_FOUND)
        return e;
    /* A number that nobody owns may become the caller's own; anybody else's it is not. */
    if (named.kind == USER_REF_NUMBER)
        return q->app->config->claim_numbers ? OK : not_yours(q, &named);
    return req_fail(q, e, "User not found");
}

enum err user_path_claim(struct req *q, struct db *writer)
{
    struct user_ref named;
    bool owned = true;

    enum err e = req_path_user(q, "user_id", &named);
    if (e == OK && named.kind == USER_REF_NUMBER && named.number != q->caller.number)
        e = acting_by_number(q, writer, named.number, &owned);
    return e == OK && !owned ? not_yours(q, &named) : e;
}

enum err user_readable_path(struct req *q, int64_t *ret_number)
{
    struct user_ref named;
    struct account account;
    int64_t shown;

    if (q->caller.role != ROLE_ADMIN) {
        enum err e = user_acting_path(q, &shown);
        if (e == OK)
            *ret_number = q->caller.number;
        return e;
    }
    enum err e = req_path_user(q, "user_id", &named);
    if (e == OK)
        e = user_find(q->db, q->arena, &named, &account);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "User not found");
    if (e == OK)
        *ret_number = account.number;
    return e;
}

/* ── Face checks ── */

enum err user_photos(struct db *db, struct arena *a, int64_t number, struct rows *ret)
{
    return db_all(db, a, SQL_USER_PHOTOS, &USER_PHOTO, ret, DB_ARGS(DB_I64(number)));
}

enum err user_photo_held(struct db *db, int64_t number, int64_t photo_id)
{
    int64_t id;

    enum err e = user_hold(db, number);
    return e == OK ? db_int(db, SQL_USER_PHOTO_IS, DB_ARGS(DB_I64(photo_id), DB_I64(number)), &id)
                   : e;
}

enum err user_face_photos(struct db *db, struct arena *a, int64_t number,
                          struct user_face_photos *ret)
{
    return db_one(db, a, SQL_USER_FACE_PHOTOS, &USER_FACE_PHOTOS, ret, DB_ARGS(DB_I64(number)));
}

static enum err tell(struct db *db, const char *event, int64_t number, int64_t now_us)
{
    char json[64];
    int n = snprintf(json, sizeof json, "{\"user_number\":%" PRId64 "}", number);

    return outbox_put(db, event, number, (struct str){json, (size_t)n}, now_us);
}

enum err user_clear_verified(struct db *db, int64_t number, const struct user_face_photos *was,
                             int64_t now_us)
{
    int64_t changed = 0;

    enum err e = db_run(db, SQL_USER_CLEAR_VERIFIED,
                        DB_ARGS(DB_I64(number), DB_I64(was->verified_photo),
                                DB_TEXT(was->profile_name), DB_I64(now_us)),
                        &changed);
    return e == OK && changed == 1 ? tell(db, "user.unverified", number, now_us) : e;
}

enum err user_set_verified(struct db *db, int64_t number, int64_t photo_id, struct str level,
                           int64_t now_us)
{
    int64_t changed = 0;

    enum err e = user_hold(db, number);
    if (e == OK)
        e = db_run(db, SQL_USER_SET_VERIFIED,
                   DB_ARGS(DB_I64(number), DB_I64(photo_id), DB_TEXT(level), DB_I64(now_us)),
                   &changed);
    if (e != OK)
        return e;
    if (changed == 0)
        return ERR_NOT_FOUND;
    return tell(db, "user.verified", number, now_us);
}
