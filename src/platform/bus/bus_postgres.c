/* The bus between processes over PostgreSQL's LISTEN and NOTIFY: one thread with one connection
 * that tells what waits, a batch in one statement, and hears what others tell. Must not block those
 * who publish, nor touch the store's own connections. */
#include "platform/bus/link.h"

#include "base/cell.h"
#include "platform/bus/lines.h"
#include "platform/clock.h"
#include "platform/log/log.h"

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ANSWER_US 10000000 /* who does not answer so long is not there any more */
#define STOP_US 1000000
#define PAUSE_FIRST_MS 50
#define PAUSE_MOST_MS 2000
#define BUSY_MS 100 /* between two looks at deadlines … */
#define IDLE_MS 30000

/* A channel of this installation's own: others may share the database. */
static const char CHANNEL[] =
    "SELECT 'bookadate_' || CAST(CAST('schema_migrations' AS regclass) AS oid), pg_backend_pid()";
/* In a transaction of its own, which need not be on disk: the store has what counts. */
static const char TELL[] =
    "SELECT pg_notify($1, line), set_config('synchronous_commit', 'off', true)"
    " FROM unnest(CAST($2 AS TEXT[])) AS line";

struct bus_link {
    struct bus *bus;
    char *url; /* with its password: never to be shown */
    struct lines waiting;
    pthread_t thread;
    bool running;
    int wake; /* an eventfd */

    atomic_bool stopping;

    PGconn *conn; /* these the thread's alone */
    char channel[64];
    bool telling; /* a batch is on its way … */
    int64_t answer_until_us;
    int64_t stop_at_us;
    bool away; /* said so in the log */
    bool pooler_told;
};

/* ── The connection ───────────────────────────────────────────────────────────────────────────────
 */

static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

/* Once for each time that it goes. */
static void say_away(struct bus_link *l, const char *words)
{
    if (!l->away)
        log_event(LOG_WARN, "bus.away",
                  "Other processes are not heard at once, only by asking the store: %.*s",
                  (int)strcspn(words, "\n"), words);
    l->away = true;
}

static void say_pooler(struct bus_link *l)
{
    if (!l->pooler_told)
        log_event(LOG_WARN, "bus.pooler",
                  "A pooler stands before PostgreSQL: unless it pools sessions, other processes are"
                  " heard only by asking the store; set BOOKADATE_DATABASE_LISTEN_URL to the"
                  " server itself");
    l->pooler_told = true;
}

static bool listen_now(struct bus_link *l)
{
    char listen[sizeof l->channel + sizeof "LISTEN "];
    PGresult *r = PQexec(l->conn, CHANNEL);
    int64_t backend = 0;
    bool good = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 &&
                str_to_i64(str_of(PQgetvalue(r, 0, 1)), &backend);

    if (good) {
        snprintf(l->channel, sizeof l->channel, "%s", PQgetvalue(r, 0, 0));
        if (backend != PQbackendPID(l->conn))
            say_pooler(l);
    }
    PQclear(r);
    if (!good)
        return false;
    snprintf(listen, sizeof listen, "LISTEN %s", l->channel);
    r = PQexec(l->conn, listen);
    good = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    return good;
}

static bool link_connect(struct bus_link *l)
{
    const char *const keys[] = {"connect_timeout",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                "tcp_user_timeout",
                                "fallback_application_name",
                                "dbname",
                                NULL};
    const char *const values[] = {"3", "5", "2", "3", "10000", "bookadate bus", l->url, NULL};

    l->conn = PQconnectdbParams(keys, values, 1);
    PQsetNoticeReceiver(l->conn, ignore_notice, NULL);
    if (PQstatus(l->conn) == CONNECTION_OK && listen_now(l) && PQsetnonblocking(l->conn, 1) == 0) {
        if (l->away)
            log_event(LOG_INFO, "bus.back", "Other processes are heard again");
        l->away = false;
        return true;
    }
    say_away(l, PQerrorMessage(l->conn));
    return false;
}

/* ── Telling and hearing ──────────────────────────────────────────────────────────────────────────
 */

static bool tell(struct bus_link *l)
{
    char *array = l->telling ? NULL : lines_batch(&l->waiting);

    if (!array)
        return true;
    const char *const values[] = {l->channel, array};
    l->telling = true;
    l->answer_until_us = clock_monotonic_us() + ANSWER_US;
    bool sent = PQsendQueryParams(l->conn, TELL, 2, NULL, values, NULL, NULL, 0) == 1;
    free(array);
    return sent;
}

static bool take_answers(struct bus_link *l)
{
    while (l->telling && !PQisBusy(l->conn)) {
        PGresult *r = PQgetResult(l->conn);
        bool good = !r || PQresultStatus(r) == PGRES_TUPLES_OK;
        l->telling = r != NULL;
        PQclear(r);
        if (!good) {
            l->telling = true; /* none of the batch was told */
            return false;
        }
    }
    return !l->telling || clock_monotonic_us() < l->answer_until_us;
}

static void hear_one(struct bus_link *l, const char *text)
{
    char room[PAYLOAD_MAX];
    struct payload p;

    if (!payload_read(text, room, &p) || memcmp(p.who, l->waiting.who, PAYLOAD_WHO_LEN) == 0)
        return;
    if (p.topic.len == 0)
        bus_missed(l->bus);
    else
        bus_publish_here(l->bus, p.topic, p.bytes);
}

static void hear_all(struct bus_link *l)
{
    for (PGnotify *n; (n = PQnotifies(l->conn));) {
        hear_one(l, n->extra);
        PQfreemem(n);
    }
}

/* Sleep until there is something to do, or this long. */
static void nap(struct bus_link *l, int ms, bool *ret_input)
{
    int unsent = l->conn ? PQflush(l->conn) : 0;
    struct pollfd fds[2] = {
        {.fd = l->wake, .events = POLLIN},
        {.fd = l->conn ? PQsocket(l->conn) : -1,
         .events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0))},
    };
    eventfd_t n;

    poll(fds, 2, ms);
    if (fds[0].revents)
        eventfd_read(l->wake, &n);
    *ret_input = fds[1].revents != 0;
}

/* False: the connection is lost. */
static bool round_trip(struct bus_link *l)
{
    bool input;

    if (!tell(l) || PQflush(l->conn) < 0)
        return false;
    nap(l, l->telling || l->stop_at_us ? BUSY_MS : IDLE_MS, &input);
    if (input && !PQconsumeInput(l->conn))
        return false;
    bool good = take_answers(l);
    hear_all(l);
    return good;
}

/* Until the connection is lost, or the process stops and nothing waits any more. */
static void serve(struct bus_link *l)
{
    for (bool good = true; good;) {
        if (atomic_load(&l->stopping)) {
            int64_t now_us = clock_monotonic_us();
            if (!l->stop_at_us)
                l->stop_at_us = now_us + STOP_US;
            if (now_us >= l->stop_at_us || (!l->telling && !lines_wait(&l->waiting)))
                return;
        }
        good = round_trip(l);
    }
    say_away(l, PQerrorMessage(l->conn));
}

static void hang_up(struct bus_link *l)
{
    if (l->telling)
        lines_lost(&l->waiting);
    l->telling = false;
    PQfinish(l->conn);
    l->conn = NULL;
}

static void *link_main(void *arg)
{
    struct bus_link *l = arg;
    int pause_ms = PAUSE_FIRST_MS;
    bool input;

    pthread_setname_np(pthread_self(), "bus");
    while (!atomic_load(&l->stopping)) {
        bool there = link_connect(l);
        if (there) {
            bus_missed(l->bus);
            serve(l);
        }
        hang_up(l);
        pause_ms = there ? PAUSE_FIRST_MS : pause_ms * 2;
        pause_ms = pause_ms > PAUSE_MOST_MS ? PAUSE_MOST_MS : pause_ms;
        if (!atomic_load(&l->stopping))
            nap(l, pause_ms, &input);
    }
    return NULL;
}

/* ── Starting and stopping ────────────────────────────────────────────────────────────────────────
 */

void link_send(struct bus_link *l, struct str topic, struct str bytes)
{
    if (lines_add(&l->waiting, topic, bytes))
        eventfd_write(l->wake, 1);
}

struct bus_link *link_start(struct bus *b, const char *url)
{
    struct bus_link *l = cell_must(calloc(1, sizeof *l));

    lines_init(&l->waiting);
    l->bus = b;
    l->url = cell_must(strdup(url));
    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    l->running = l->wake >= 0 && pthread_create(&l->thread, NULL, link_main, l) == 0;
    if (l->running)
        return l;
    link_free(l);
    return NULL;
}

void link_stop(struct bus_link *l)
{
    if (!l || !l->running)
        return;
    atomic_store(&l->stopping, true);
    eventfd_write(l->wake, 1);
    pthread_join(l->thread, NULL);
    l->running = false;
}

void link_free(struct bus_link *l)
{
    if (!l)
        return;
    lines_free(&l->waiting);
    if (l->wake >= 0)
        close(l->wake);
    free(l->url);
    free(l);
}
