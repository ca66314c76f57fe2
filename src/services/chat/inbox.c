/* What clients say: checked, stored by the writer, and once that is durable acknowledged to the
 * sender and made known to every loop. A socket has few messages under way; its client waits for
 * the rest. */
#include "services/chat/live.h"

#include "base/cell.h"
#include "platform/bus/bus.h"
#include "platform/clock.h"
#include "platform/loop/work.h"
#include "services/chat/store.h"

#include <stddef.h>
#include <string.h>

#define SPARE_MAX 256       /* sayings a loop keeps, with a block of memory each */
#define SPARE_USED_MAX 3072 /* bytes: what a short message leaves is one small block */

struct bus_post {
    struct bus *bus;
    struct str topic;
    struct str bytes;
};

struct chat_saying {
    struct work work;
    struct arena arena;
    struct chat_saying *next; /* among the spare ones */
    struct chat_socket *socket;
    struct chat_loop *home;
    struct app *app;
    struct chat_said in;
    enum chat_kind kind;
    int64_t session;
    int64_t person;
    int64_t origin;
    struct uuid sender_id;
    uint8_t random[UUID_RANDOM_BYTES]; /* for the message's id */
    struct str answer;                 /* for the sender, or absent */
    struct bus_post post;
};

static struct chat_saying *saying_of(struct work *w)
{
    return (struct chat_saying *)(void *)((char *)w - offsetof(struct chat_saying, work));
}

static void saying_free(struct chat_saying *m)
{
    struct chat_loop *home = m->home;

    if (home->n_spare < SPARE_MAX && m->arena.used_bytes <= SPARE_USED_MAX) {
        arena_reset(&m->arena);
        m->next = home->spare;
        home->spare = m;
        home->n_spare++;
        return;
    }
    arena_free(&m->arena);
    cell_free(m);
}

void chat_inbox_stop(struct chat_loop *home)
{
    while (home->spare != NULL) {
        struct chat_saying *m = home->spare;
        home->spare = m->next;
        arena_free(&m->arena);
        cell_free(m);
    }
    home->n_spare = SPARE_MAX; /* those under way are not kept either */
}

/* Memory for one, empty: the spare one that was used last, or a new one. */
static struct chat_saying *saying_take(struct chat_loop *home)
{
    struct chat_saying *m = home->spare;

    if (m == NULL) {
        m = CELL_NEW(struct chat_saying);
        arena_init(&m->arena);
        return m;
    }
    home->spare = m->next;
    home->n_spare--;
    const struct arena kept = m->arena;
    *m = (struct chat_saying){.arena = kept};
    return m;
}

/* The system is asked once for many ids. */
static void take_random(struct chat_loop *home, uint8_t out[UUID_RANDOM_BYTES])
{
    if (home->n_random < UUID_RANDOM_BYTES) {
        random_fill(home->random, sizeof(home->random));
        home->n_random = sizeof(home->random);
    }
    home->n_random -= UUID_RANDOM_BYTES;
    memcpy(out, home->random + home->n_random, UUID_RANDOM_BYTES);
}

static void post(void *arg)
{
    const struct bus_post *p = arg;

    bus_publish(p->bus, p->topic, p->bytes);
}

static void prepare_post(struct chat_saying *m, const struct note *n)
{
    m->post =
        (struct bus_post){m->app->bus, note_topic(&m->arena, m->session), note_write(&m->arena, n)};
}

/* Whoever types says nothing yet: a text that is never stored is not relayed either. */
static void prepare_signal(struct chat_saying *m, int64_t now_us)
{
    bool marks = m->kind == CHAT_READ && str_present(m->in.content);
    const struct chat_signal signal = {
        .sender_id = uuid_str(&m->sender_id),
        .content = marks ? m->in.content : STR(""),
        .timestamp = now_us,
        .type = m->in.type,
    };
    const struct note n = {NOTE_SIGNAL, 0, m->origin, wire_signal(&m->arena, &signal)};

    prepare_post(m, &n);
}

/* ── On the writer ── */

static enum err store_read(struct chat_saying *m, struct db *db)
{
    int64_t now_us = clock_now_us();
    int64_t seq;
    bool all = !str_present(m->in.content) || m->in.content.len == 0;
    struct chat_session row;
    enum err e = chat_session_get(db, &m->arena, m->session, &row);

    if (e != OK)
        return e;
    seq = row.messages_count;
    if (!all)
        e = chat_message_seq(db, m->session, m->in.content, &seq);
    if (e == ERR_NOT_FOUND)
        m->answer = wire_error(&m->arena, STR("Message not found"));
    if (e != OK)
        return e;
    e = chat_read_put(db, m->session, m->person, seq, now_us);
    if (e == OK)
        prepare_signal(m, now_us);
    return e == OK ? db_on_commit(db, post, &m->post) : e;
}

static void acknowledge(struct chat_saying *m, const struct chat_message *stored)
{
    const struct chat_ack ack = {stored->id, m->in.client_id, stored->timestamp};

    if (str_present(m->in.client_id))
        m->answer = wire_ack(&m->arena, &ack);
}

static enum err store_text(struct chat_saying *m, struct db *db)
{
    struct chat_message stored;
    bool again;
    struct chat_message_new new_message = {
        .session = m->session,
        .sender = m->person,
        .client_id = m->in.client_id,
        .origin = m->origin,
        .content = m->in.content,
        .now_us = clock_now_us(),
    };
    memcpy(new_message.random, m->random, sizeof(m->random));
    enum err e = chat_message_put(db, &m->arena, &new_message, &stored, &again);

    if (e == ERR_CONFLICT)
        m->answer = wire_error(&m->arena, STR("Chat session has expired"));
    if (e != OK)
        return e;
    acknowledge(m, &stored);
    if (again)
        return ERR_CONFLICT; /* nobody else hears it */
    stored.sender_id = uuid_str(&m->sender_id);
    stored.content = m->in.content;
    stored.type = STR("text");
    const struct note n = {NOTE_MESSAGE, stored.seq, m->origin, wire_message(&m->arena, &stored)};
    prepare_post(m, &n);
    return db_on_commit(db, post, &m->post);
}

static void saying_run(struct work *w, struct db *db)
{
    struct chat_saying *m = saying_of(w);

    m->answer = STR_NULL;
    enum err e = m->kind == CHAT_READ ? store_read(m, db) : store_text(m, db);

    w->rollback = e != OK;
    if (e != OK && !str_present(m->answer))
        m->answer = wire_error(&m->arena, STR("The message could not be stored; send it again"));
}

/* ── On the socket's loop ── */

static void saying_done(struct work *w)
{
    struct chat_saying *m = saying_of(w);
    struct chat_socket *s = m->socket;

    s->in_flight--;
    if (w->stored != OK)
        m->answer = wire_error(&m->arena, STR("The message could not be stored; send it again"));
    if (str_present(m->answer))
        chat_send(s, m->answer);
    saying_free(m);
    if (s->ws != NULL && !s->leaving)
        ws_pause(s->ws, false);
    chat_socket_unref(s);
}

/* With PostgreSQL two messages of one sender could be stored by two workers in either order: one at
 * a time there. */
static int in_flight_max(const struct chat_socket *s)
{
    bool embedded = loop_reader(ws_loop(s->ws)) != NULL;

    return embedded ? CHAT_IN_FLIGHT_MAX : 1;
}

static void store_saying(struct chat_socket *s, struct chat_saying *m)
{
    take_random(m->home, m->random);
    m->work.one_change = m->kind == CHAT_READ;
    m->work.run = saying_run;
    m->work.done = saying_done;
    if (!work_submit(m->app->workers, WORK_WRITE, &m->work)) {
        chat_send_error(s, "Too much is waiting already; send the message again shortly");
        saying_free(m);
        return;
    }
    s->refs++;
    s->in_flight++;
    if (s->in_flight >= in_flight_max(s))
        ws_pause(s->ws, true);
}

static void send_typing(struct chat_socket *s, struct chat_saying *m, int64_t now_us)
{
    if (chat_typing_allowed(&s->typing_second, &s->typing_n, now_us)) {
        prepare_signal(m, now_us);
        post(&m->post);
    }
    saying_free(m);
}

/* Is this the time to say anything? Tells the client if not. */
static bool session_open(struct chat_socket *s, int64_t now_us)
{
    switch (chat_status_at(&s->room->window, false, now_us)) {
    case CHAT_PENDING:
        chat_send_error(s, "Chat session has not started yet");
        return false;
    case CHAT_ACTIVE:
        chat_admit(s); /* its timer is due at this very moment */
        return true;
    case CHAT_EXPIRED:
        chat_leave(s, WIRE_EXPIRED, WS_CLOSE_NORMAL, "Chat session has expired");
        break;
    }
    return false;
}

/* NULL when it was acceptable, else the sentence for the sender. */
static const char *understand(struct chat_saying *m, struct str bytes)
{
    struct field_errors errors = {0};
    const char *why = "";
    enum err e = shape_from_json(&CHAT_SAID, bytes, &m->arena, &m->in, &errors, &why);

    if (e == ERR_INVALID && errors.head != NULL)
        return arena_printf(&m->arena, "%s %.*s", errors.head->field, STR_ARG(errors.head->message))
            .ptr;
    if (e != OK) /* no word of a body, and of its lines: here it is a message */
        return why == SHAPE_NOT_OBJECT ? "A message is a JSON object"
                                       : "The message is not valid JSON";
    struct verdict v = chat_said_check(&m->in, &m->kind);
    return v.err != OK ? v.why : NULL;
}

static struct chat_saying *saying_new(struct chat_socket *s)
{
    struct chat_saying *m = saying_take(s->room->home);

    m->socket = s;
    m->home = s->room->home;
    m->app = chat_app(s);
    m->session = s->room->session;
    m->person = s->person;
    m->origin = s->origin;
    m->sender_id = uuid_unpack(&s->room->user_ids[s->side - 1]);
    return m;
}

void chat_inbox(struct ws *ws, void *ctx, bool binary, struct str bytes)
{
    struct chat_socket *s = ctx;
    int64_t now_us = clock_now_us();

    (void)ws;
    if (s->leaving || !session_open(s, now_us))
        return;
    if (binary) {
        chat_send_error(s, "Binary messages are not read here; send text");
        return;
    }
    struct chat_saying *m = saying_new(s);
    const char *why = understand(m, bytes);
    if (why != NULL) {
        chat_send_error(s, why);
        saying_free(m);
        return;
    }
    if (m->kind == CHAT_TYPING)
        send_typing(s, m, now_us);
    else
        store_saying(s, m);
}
