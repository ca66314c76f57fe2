/* What PostgreSQL says of itself: see doctor.h. Asks, and changes nothing. */
#include "commands/doctor/doctor.h"

#include "base/str.h"
#include "platform/db/backup.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define WHAT "PostgreSQL"
#define OLDEST 150000

static const char *const ADVICE_REACH =
    "Is it running, does BOOKADATE_DATABASE_URL name it, and may this machine in (pg_hba.conf)?";

/* The one value of a query, in the arena; NULL: it cannot be asked (a pooler, no right). */
static const char *ask(PGconn *conn, const char *sql, struct arena *a)
{
    PGresult *r = PQexec(conn, sql);
    const char *value = NULL;

    if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1)
        value = arena_str(a, str_of(PQgetvalue(r, 0, 0))).ptr;
    PQclear(r);
    return value;
}

static void look_at_version(struct doctor *d, PGconn *conn)
{
    int version = PQserverVersion(conn);

    doctor_add(d, WHAT, version >= OLDEST ? FINDING_GOOD : FINDING_BAD,
               version >= OLDEST ? NULL : "Use PostgreSQL 15 or newer", "it answers, version %d.%d",
               version / 10000, version % 10000);
}

/* Threads of the pool and of compute, each with a connection, and the bus. */
static void look_at_connections(struct doctor *d, PGconn *conn)
{
    const char *max = ask(conn, "SHOW max_connections", &d->arena);
    int64_t want = d->config.database_pool + d->config.compute_threads * 3 / 2 + 2;
    int64_t have = 0;

    if (max == NULL || !str_to_i64(str_of(max), &have))
        return;
    doctor_add(d, WHAT " connections", want < have ? FINDING_GOOD : FINDING_BAD,
               want < have ? NULL : "Lower BOOKADATE_DATABASE_POOL, or raise max_connections",
               "each process opens up to %lld, the server takes %lld", (long long)want,
               (long long)have);
}

static void look_at_durability(struct doctor *d, PGconn *conn)
{
    const char *sync = ask(conn, "SHOW synchronous_commit", &d->arena);
    const char *fsync = ask(conn, "SHOW fsync", &d->arena);
    bool lost =
        (sync != NULL && strcmp(sync, "off") == 0) || (fsync != NULL && strcmp(fsync, "off") == 0);

    doctor_add(d, WHAT " durability", lost ? FINDING_NOTE : FINDING_GOOD,
               lost ? "Set fsync and synchronous_commit to on: what was answered may be lost else"
                    : NULL,
               "fsync is %s, synchronous_commit is %s", fsync != NULL ? fsync : "not told",
               sync != NULL ? sync : "not told");
}

/* Behind a pooler in transaction mode two statements may come to two servers: LISTEN is lost. */
static void look_for_pooler(struct doctor *d, PGconn *conn)
{
    const char *first = ask(conn, "SELECT pg_backend_pid()", &d->arena);
    int pid = PQbackendPID(conn);
    bool pooled = first != NULL && strtol(first, NULL, 10) != pid;
    bool apart = d->config.database_listen_url[0] != '\0';

    if (!pooled)
        return;
    doctor_add(d, "pooler", apart ? FINDING_GOOD : FINDING_NOTE,
               apart
                   ? NULL
                   : "In transaction mode: set BOOKADATE_DATABASE_LISTEN_URL to the server itself",
               "a pooler stands between, and LISTEN goes %s", apart ? "past it" : "through it");
}

/* Tables that are not there yet are no error: the server makes them. */
static void look_at_migrations(struct doctor *d, PGconn *conn)
{
    const char *n = ask(conn, STORE_MIGRATIONS_COUNT, &d->arena);
    int64_t applied = 0;

    if (n == NULL || !str_to_i64(str_of(n), &applied))
        doctor_add(d, "schema", FINDING_GOOD, NULL, "there is none yet; `run` makes it");
    else
        doctor_schema(d, applied);
}

static void look_at_schema(struct doctor *d, PGconn *conn)
{
    const char *may =
        ask(conn, "SELECT has_schema_privilege(current_schema(), 'CREATE')", &d->arena);
    bool well = may != NULL && may[0] == 't';

    doctor_add(d, WHAT " schema", well ? FINDING_GOOD : FINDING_NOTE,
               well ? NULL : "GRANT CREATE on the schema to it: it is how a new version migrates",
               "the role %s make tables", well ? "may" : "may not");
}

void doctor_postgres(struct doctor *d)
{
    PGconn *conn = PQconnectdb(d->config.database_url);

    if (PQstatus(conn) != CONNECTION_OK) {
        struct str why = str_trim(arena_str(&d->arena, str_of(PQerrorMessage(conn))));
        doctor_add(d, WHAT, FINDING_BAD, ADVICE_REACH, "%.*s", STR_ARG(why));
    } else {
        look_at_version(d, conn);
        look_at_connections(d, conn);
        look_at_durability(d, conn);
        look_at_schema(d, conn);
        look_at_migrations(d, conn);
        look_for_pooler(d, conn);
    }
    PQfinish(conn);
}
