/* The user service's rules: pure functions over texts and dates; no I/O, no SQL, no JSON. */
#include "services/user/rules.h"

#include "base/datetime.h"
#include "base/text_checks.h"
#include "base/utf8.h"

#include <string.h>

#define HOST_LABEL_MAX_BYTES 63
#define PHONE_DIGITS_MIN 7
#define PHONE_DIGITS_MAX 15

static const char EMAIL_BAD[] = "is not an e-mail address";
static const char PHOTO_SUFFIX[] = ".jpg";
static const char THUMBNAIL_SUFFIX[] = "-thumb.jpg";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_atom_char(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

static bool local_part_good(struct str local)
{
    if (local.len == 0 || local.len > EMAIL_LOCAL_MAX_BYTES)
        return false;
    while (str_present(local)) {
        struct str atom = str_cut(&local, '.');
        if (atom.len == 0)
            return false;
        for (size_t i = 0; i < atom.len; i++) {
            if (!is_atom_char(atom.ptr[i]))
                return false;
        }
    }
    return true;
}

static bool host_label_good(struct str label)
{
    if (label.len == 0 || label.len > HOST_LABEL_MAX_BYTES)
        return false;
    if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!is_letter(label.ptr[i]) && !is_digit(label.ptr[i]) && label.ptr[i] != '-')
            return false;
    }
    return true;
}

static bool host_good(struct str host)
{
    size_t labels = 0;
    struct str last = STR_NULL;

    while (str_present(host)) {
        last = str_cut(&host, '.');
        if (!host_label_good(last))
            return false;
        labels++;
    }
    /* An all-digit top label is an IP address, not a mail domain. */
    for (size_t i = 0; i < last.len; i++) {
        if (!is_digit(last.ptr[i]))
            return labels >= 2;
    }
    return false;
}

const char *email_problem(struct str email)
{
    struct str host = email;
    struct str local = str_cut(&host, '@');

    if (email.len > EMAIL_MAX_BYTES || !str_present(host))
        return EMAIL_BAD;
    return local_part_good(local) && host_good(host) ? NULL : EMAIL_BAD;
}

const char *phone_problem(struct str phone)
{
    static const char bad[] = "must be in international form, like +1234567890";
    size_t digits = phone.len - 1;

    if (phone.len == 0 || phone.ptr[0] != '+' || digits < PHONE_DIGITS_MIN ||
        digits > PHONE_DIGITS_MAX || phone.ptr[1] == '0')
        return bad;
    for (size_t i = 1; i < phone.len; i++) {
        if (!is_digit(phone.ptr[i]))
            return bad;
    }
    return NULL;
}

static bool held(const struct str *keys, size_t n, struct str key)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(keys[i], key))
            return true;
    }
    return false;
}

size_t interests_tidy(struct arena *a, struct str *items, size_t n)
{
    struct str *keys = ARENA_ARRAY(a, n + 1, struct str);
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct str item = utf8_trim(items[i]);
        struct str key = utf8_fold(a, item);
        if (item.len == 0 || held(keys, kept, key))
            continue;
        keys[kept] = key;
        items[kept++] = item;
    }
    return kept;
}

const char *gender_problem(struct str gender)
{
    if (str_eq_nocase(str_trim(gender), STR("any")))
        return "may not be \"any\": that is only something sought";
    return line_problem(gender);
}

const char *registration_problem(struct str status)
{
    if (str_eq(status, STR("pending")) || str_eq(status, STR("approved")) ||
        str_eq(status, STR("rejected")))
        return NULL;
    return "is one of pending, approved and rejected";
}

struct verdict registration_step(struct str now, struct str wanted, bool *ret_done)
{
    *ret_done = str_eq(now, wanted);
    if (*ret_done || str_eq(now, STR("pending")))
        return VERDICT_OK;
    return verdict_no(ERR_CONFLICT, str_eq(now, STR("approved"))
                                        ? "The registration has been approved already"
                                        : "The registration has been rejected already");
}

const char *dob_problem(int64_t dob_days, int64_t today_days)
{
    return dob_days <= latest_dob_of_age(USER_ADULT_AGE, today_days)
               ? NULL
               : "must be at least 18 years ago";
}

struct str email_lower(struct arena *a, struct str email)
{
    char *lower = arena_alloc(a, email.len + 1);
    for (size_t i = 0; i < email.len; i++) {
        char c = email.ptr[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (struct str){lower, email.len};
}

bool photo_file_parse(struct str name, struct photo_file *ret)
{
    struct uuid id;
    if (name.len < UUID_LEN || !uuid_parse((struct str){name.ptr, UUID_LEN}, &id) ||
        memcmp(id.text, name.ptr, UUID_LEN) != 0)
        return false;

    struct str rest = {name.ptr + UUID_LEN, name.len - UUID_LEN};
    bool thumbnail = str_eq(rest, str_of(THUMBNAIL_SUFFIX));
    if (!thumbnail && !str_eq(rest, str_of(PHOTO_SUFFIX)))
        return false;

    memcpy(ret->name, id.text, UUID_LEN);
    memcpy(ret->name + UUID_LEN, PHOTO_SUFFIX, sizeof PHOTO_SUFFIX);
    ret->thumbnail = thumbnail;
    return true;
}

struct str photo_thumbnail_name(struct arena *a, struct str photo_name)
{
    return arena_printf(a, "%.*s%s", UUID_LEN, photo_name.ptr, THUMBNAIL_SUFFIX);
}

bool photo_url_parse(struct str url, struct photo_file *ret)
{
    struct str prefix = STR(PHOTO_URL_PREFIX);
    struct photo_file file;

    if (str_starts(url, prefix))
        url = (struct str){url.ptr + prefix.len, url.len - prefix.len};
    if (!photo_file_parse(url, &file) || file.thumbnail)
        return false;
    *ret = file;
    return true;
}

enum view profile_view(struct str match_status)
{
    if (str_eq(match_status, STR("matched")))
        return VIEW_MATCHED;
    return str_eq(match_status, STR("pending")) ? VIEW_PENDING : VIEW_NONE;
}
