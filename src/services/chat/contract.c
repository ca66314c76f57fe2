/* What chat.h promises to the other services; no HTTP. */
#include "services/chat/chat.h"

#include "platform/app.h"
#include "platform/bus/bus.h"
#include "platform/clock.h"
#include "services/chat/store.h"
#include "services/chat/wire.h"
#include "services/user/user.h"

enum err chat_open_for_booking(const struct tx *tx, int64_t booking_id, int64_t person_1,
                               int64_t person_2, int64_t meeting_us, int64_t duration_minutes)
{
    struct account one, two;
    struct chat_session opened;
    uint8_t random[UUID_RANDOM_BYTES];

    enum err e = user_get(tx->db, tx->arena, person_1, &one);
    if (e == OK)
        e = user_get(tx->db, tx->arena, person_2, &two);
    if (e != OK)
        return e == ERR_NOT_FOUND ? ERR_INTERNAL : e;
    random_fill(random, sizeof(random));
    const struct chat_session_new in = {
        .session_id = uuid_v4(random),
        .person_1 = person_1,
        .person_2 = person_2,
        .user1_id = one.id,
        .user2_id = two.id,
        .meeting_us = meeting_us,
        .duration_minutes = duration_minutes,
        .window = chat_window_of(meeting_us, duration_minutes),
        .now_us = tx->now_us,
    };
    return chat_session_open_for_booking(tx->db, tx->arena, &in, booking_id, &opened);
}

struct ending {
    struct bus *bus;
    struct str topic;
    struct str note;
};

static void tell_ending(void *arg)
{
    const struct ending *ending = arg;

    bus_publish(ending->bus, ending->topic, ending->note);
}

/* Once it is durable, to whoever is in one of these. */
static enum err tell_all(const struct tx *tx, const struct rows *ended, const char *why)
{
    const struct chat_session *s = ended->items;
    const struct note n = {NOTE_END, 0, 0, str_of(why)};
    enum err e = OK;

    for (size_t i = 0; e == OK && i < ended->n; i++) {
        struct ending *ending = ARENA_NEW(tx->arena, struct ending);
        *ending = (struct ending){tx->app->bus, note_topic(tx->arena, s[i].id),
                                  note_write(tx->arena, &n)};
        e = db_on_commit(tx->db, tell_ending, ending);
    }
    return e;
}

enum err chat_end_for_booking(const struct tx *tx, int64_t booking_id, const char *why)
{
    struct rows ended;

    enum err e = chat_session_end(tx->db, tx->arena, booking_id, str_of(why), tx->now_us, &ended);
    return e == OK ? tell_all(tx, &ended, why) : e;
}

enum err chat_forget(const struct tx *tx, int64_t person, const char *why)
{
    struct rows ended;

    enum err e = chat_sessions_end(tx->db, tx->arena, person, str_of(why), tx->now_us, &ended);
    if (e == OK)
        e = chat_messages_blank(tx->db, person);
    return e == OK ? tell_all(tx, &ended, why) : e;
}
