/* What `bookadate admin create` does to the store. Asks the terminal nothing; the caller hashes and
 * commits. */
#include "services/user/user.h"

#include "base/text_checks.h"
#include "base/utf8.h"
#include "platform/clock.h"
#include "services/user/rules.h"
#include "services/user/store.h"

#define NAME_MAX_LEN 100

static const char *admin_problem(const struct user_admin *in)
{
    if (email_problem(in->email) != NULL)
        return "The e-mail is not an e-mail address";
    if (in->role != ROLE_ADMIN && in->role != ROLE_PARTNER && in->role != ROLE_USER)
        return "The role must be admin, partner or user";
    return NULL;
}

static const char *new_account_problem(const struct user_admin *in)
{
    if (!utf8_valid(in->name) || line_problem(in->name) != NULL)
        return "The name must be one line of text";
    size_t length = utf8_length(in->name);
    return length < 1 || length > NAME_MAX_LEN ? "The name must have 1 to 100 characters" : NULL;
}

static enum err make(struct db *writer, struct arena *a, const struct user_admin *in,
                     struct str email, int64_t now_us, struct credentials *ret)
{
    struct user_new account = {
        .name = in->name,
        .email = email,
        .dob = I64_NULL,
        .password_hash = in->password_hash,
        .role = in->role,
    };
    random_fill(account.random, sizeof account.random);
    return user_create(writer, a, &account, now_us, ret);
}

enum err user_admin_create(struct db *writer, struct arena *a, const struct user_admin *in,
                           int64_t now_us, struct account *ret, enum role *ret_was,
                           const char **ret_why)
{
    struct credentials c;
    struct str email = email_lower(a, in->email);

    *ret_why = admin_problem(in);
    if (*ret_why != NULL)
        return ERR_INVALID;
    enum err e = user_credentials_by_email(writer, a, email, &c);
    *ret_was = ROLE_NONE;
    if (e == OK) {
        e = role_parse(c.role, ret_was) ? OK : ERR_INTERNAL;
        if (e == OK)
            e = user_set_role(writer, c.number, in->role, now_us);
    } else if (e == ERR_NOT_FOUND) {
        if (!str_present(in->password_hash))
            return e;
        *ret_why = new_account_problem(in);
        e = *ret_why != NULL ? ERR_INVALID : make(writer, a, in, email, now_us, &c);
    }
    return e != OK ? e : user_get(writer, a, c.number, ret);
}
