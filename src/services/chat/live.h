/* The sockets of this process: a loop's rooms, what they are sent, and when they open and close.
 * Every call on the socket's own loop thread, except chat_live_start and _stop. See live.c for how
 * order is kept. */
#ifndef SERVICES_CHAT_LIVE_H
#define SERVICES_CHAT_LIVE_H

#include "platform/app.h"
#include "platform/auth/token.h"
#include "platform/http/ws.h"
#include "services/chat/rules.h"
#include "services/chat/wire.h"

#include <uv.h>

#define CHAT_PERSON_SOCKETS_MAX 16 /* of a session on one loop: neither shuts the other out */
#define CHAT_IN_FLIGHT_MAX 16      /* messages of one socket on their way to the store */

struct bus_subscription;

#define CHAT_RANDOM_BYTES 1024

/* What one loop's thread alone touches. */
struct chat_loop {
    struct app *app;
    struct map *rooms;                /* by session; NULL once stopped */
    struct bus_subscription *revoked; /* NULL: no socket came here yet */
    uv_timer_t timer;                 /* the next look (look.c) */
    uv_timer_t clock;                 /* the next window to open or end */
    int64_t due_us;                   /* when that is; INT64_MAX: none */
    struct chat_room *unsure;         /* may have missed something */
    bool looking;
    struct chat_saying *spare; /* for the next messages (inbox.c) */
    int n_spare;
    uint8_t random[CHAT_RANDOM_BYTES]; /* for their ids; the last n_random bytes are unused */
    size_t n_random;
};

/* One session's sockets on one loop; there while it has any. */
struct chat_room {
    struct chat_loop *home;
    int64_t session; /* its row's id */
    struct chat_window window;
    struct uuid_packed user_ids[2];
    struct bus_subscription *notes;
    struct chat_socket *first;
    struct chat_room *unsure_prev, *unsure_next; /* among its loop's */
    int64_t due_us;                              /* the next of: opens, ends */
    bool unsure;
};

/* In an order without gaps: ten thousand of them sit idle. */
struct chat_socket {
    struct ws *ws; /* NULL once closed */
    struct chat_room *room;
    struct chat_socket *prev, *next; /* in the room */
    int64_t person;
    int64_t issued_us;
    struct uuid_packed jti; /* of the token it was opened with */
    int64_t origin;         /* marks its messages in the store */
    int64_t seq;            /* it has got every message up to here */
    int64_t wanted;         /* and there are messages up to here, as far as it has heard */
    int64_t typing_second, typing_n;
    int refs;          /* the socket itself, and each job of it under way */
    uint8_t in_flight; /* CHAT_IN_FLIGHT_MAX */
    uint8_t side;      /* 1 or 2 */
    bool by_token;
    bool waiting; /* in the waiting room */
    bool leaving; /* told to close: nothing more is said or heard */
    bool full;    /* its client does not read: nothing is sent until drained */
    bool reading; /* a read of the store is under way */
    bool pumping; /* chat_catch_up is on the stack */
    bool entered; /* the first read of the store is done */
};

/* Why a socket came: everything its room will need. `who` number 0: without a token. seq: where it
 * starts. */
struct chat_entry {
    const struct chat_session *session;
    const struct identity *who;
    int64_t person;
    int64_t seq;
    bool waiting;
};

enum err chat_live_start(struct app *app);
void chat_live_stop(struct app *app);

/* A socket to be given to req_upgrade with CHAT_SOCKET_EVENTS. Any thread. */
struct chat_socket *chat_socket_new(const struct chat_entry *entry);
extern const struct ws_events CHAT_SOCKET_EVENTS;
/* A connection that is only told why not: {"error": why}, then 1008. */
void *chat_refusal_new(struct str why);
extern const struct ws_events CHAT_REFUSAL_EVENTS;

/* Send unless it is leaving; notes when its client stops reading. Relays ask `full` first, answers
 * to what a client said are few (CHAT_IN_FLIGHT_MAX). */
void chat_send(struct chat_socket *s, struct str frame);
/* {"error": why} within the conversation. */
void chat_send_error(struct chat_socket *s, const char *why);
/* Say goodbye with a frame, then close. */
void chat_leave(struct chat_socket *s, struct str frame, enum ws_close_code code, const char *why);
/* {"error": why}, then 1008 with the same sentence (at most 123 bytes). */
void chat_leave_error(struct chat_socket *s, struct str why);
/* The first socket has come to this loop (clock.c). */
void chat_clock_start(struct chat_loop *home, struct loop *loop);
/* A socket has come to this room: its waiting room and its end are kept to the second. */
void chat_clock_watch(struct chat_room *room, int64_t now_us);
/* Its window has opened: tell a socket in the waiting room. */
void chat_admit(struct chat_socket *s);
/* Give the socket what it has missed, from the store, page by page (catchup.c). */
void chat_catch_up(struct chat_socket *s);
/* Something may have been said in this room that did not come here: ask the store (look.c). */
void chat_look(struct chat_room *room);
/* The room goes. */
void chat_look_away(struct chat_room *room);
/* The first socket has come to this loop. */
void chat_look_start(struct chat_loop *home, struct loop *loop);
/* One job of the socket ended. */
void chat_socket_unref(struct chat_socket *s);
/* The loop gives up its share: nothing is kept for the next messages. */
void chat_inbox_stop(struct chat_loop *home);
/* A message came from the client (inbox.c). */
void chat_inbox(struct ws *ws, void *ctx, bool binary, struct str bytes);

struct app *chat_app(const struct chat_socket *s);

#endif
