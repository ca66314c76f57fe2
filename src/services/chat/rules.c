/* The chat's decisions; no I/O, no SQL, no JSON. */
#include "services/chat/rules.h"

#include "base/utf8.h"

int64_t chat_meeting_second(int64_t asked_us)
{
    int64_t fraction = asked_us % US_PER_SECOND;

    return asked_us - (fraction < 0 ? fraction + US_PER_SECOND : fraction);
}

struct chat_window chat_window_of(int64_t meeting_us, int64_t duration_minutes)
{
    return (struct chat_window){
        .start_us = meeting_us - CHAT_MARGIN_US,
        .end_us = meeting_us + duration_minutes * US_PER_MINUTE + CHAT_MARGIN_US,
    };
}

enum chat_status chat_status_at(const struct chat_window *w, bool ended, int64_t now_us)
{
    if (ended || now_us >= w->end_us)
        return CHAT_EXPIRED;
    return now_us < w->start_us ? CHAT_PENDING : CHAT_ACTIVE;
}

const char *chat_status_name(enum chat_status s)
{
    switch (s) {
    case CHAT_PENDING:
        return "pending";
    case CHAT_ACTIVE:
        return "active";
    case CHAT_EXPIRED:
        break;
    }
    return "expired";
}

enum chat_status chat_session_show(struct chat_session *s, int64_t now_us)
{
    struct chat_window w = {s->start_time, s->end_time};
    enum chat_status status = chat_status_at(&w, s->ended_at != I64_NULL, now_us);

    s->status = str_of(chat_status_name(status));
    return status;
}

struct verdict chat_may_open(const struct chat_window *w, bool allow_past, int64_t now_us)
{
    int64_t first = us_of_date_clock(date_from_civil(1970, 1, 1), 0);
    int64_t last = us_of_date_clock(date_from_civil(2101, 1, 1), 0);

    if (w->start_us < first - CHAT_MARGIN_US || w->start_us >= last - CHAT_MARGIN_US)
        return verdict_no(ERR_INVALID, "must be between 1970 and 2100");
    if (!allow_past && now_us >= w->end_us)
        return verdict_no(ERR_BAD_REQUEST, "meeting_time is in the past");
    return VERDICT_OK;
}

int chat_side(const struct chat_session *s, int64_t number)
{
    if (number == s->person_1)
        return 1;
    return number == s->person_2 ? 2 : 0;
}

struct verdict chat_may_read(const struct chat_session *s, int64_t number)
{
    if (chat_side(s, number) == 0)
        return verdict_no(ERR_FORBIDDEN, "User not part of this session");
    return VERDICT_OK;
}

struct verdict chat_may_join(const struct chat_session *s, int64_t number, bool wait,
                             int64_t now_us, struct arena *a)
{
    struct chat_window w = {s->start_time, s->end_time};
    struct verdict v = chat_may_read(s, number);

    if (v.err != OK)
        return v;
    enum chat_status status = chat_status_at(&w, s->ended_at != I64_NULL, now_us);
    if (status == CHAT_EXPIRED)
        return verdict_no(ERR_CONFLICT, "Chat session has expired");
    if (status == CHAT_ACTIVE || wait)
        return VERDICT_OK;
    char when[DATETIME_LEN];
    datetime_format(w.start_us, when);
    struct str why = arena_printf(a, "Chat session opens at %.*s", DATETIME_LEN, when);
    return verdict_no(ERR_CONFLICT, why.ptr);
}

struct verdict chat_said_check(const struct chat_said *in, enum chat_kind *ret_kind)
{
    if (str_present(in->type) && str_eq(in->type, STR("typing"))) {
        *ret_kind = CHAT_TYPING;
    } else if (str_present(in->type) && str_eq(in->type, STR("read"))) {
        *ret_kind = CHAT_READ;
    } else if (!str_present(in->type) || str_eq(in->type, STR("text"))) {
        *ret_kind = CHAT_TEXT;
        if (!str_present(in->content) || utf8_trim(in->content).len == 0)
            return verdict_no(ERR_INVALID, "Message content is empty");
    } else {
        return verdict_no(ERR_INVALID, "type must be text, typing or read");
    }
    if (str_present(in->content) && utf8_length(in->content) > CHAT_CONTENT_MAX)
        return verdict_no(ERR_INVALID, "Message content is longer than 4096 characters");
    return VERDICT_OK;
}

bool chat_typing_allowed(int64_t *second, int64_t *n, int64_t now_us)
{
    int64_t this_second = now_us / US_PER_SECOND;

    if (this_second != *second)
        *n = 0;
    *second = this_second;
    return (*n)++ < CHAT_TYPING_PER_SECOND;
}
