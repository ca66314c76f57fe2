/* Many rows into PostgreSQL at once: COPY in its text format. Chooses no rows. */
#include "platform/db/copy_rows.h"
#include "platform/db/postgres.h"

#include <inttypes.h>
#include <stdio.h>

#define SEND_BYTES 65536

static enum err failed(struct pg_db *db)
{
    PGresult *r;
    enum err e = ERR_UNAVAILABLE;

    if (!db->conn)
        return e;
    PQputCopyEnd(db->conn, "given up");
    while ((r = PQgetResult(db->conn))) {
        if (PQresultStatus(r) == PGRES_FATAL_ERROR)
            e = db_fail(&db->base, ERR_UNAVAILABLE, "%.*s", pg_line(PQresultErrorMessage(r)),
                        PQresultErrorMessage(r));
        PQclear(r);
        if (PQstatus(db->conn) == CONNECTION_BAD)
            break;
    }
    return e;
}

enum err pg_copy_begin(struct db *base, const struct copy_table *t)
{
    struct pg_db *db = (struct pg_db *)base;
    char sql[2048];

    snprintf(sql, sizeof sql, "COPY %s (%s) FROM STDIN", t->name, t->columns);
    enum err e = pg_ready(db);
    if (e != OK)
        return e;
    PGresult *r = PQexec(db->conn, sql);
    e = PQresultStatus(r) == PGRES_COPY_IN ? OK : pg_fail(db, r);
    PQclear(r);
    return e;
}

/* Backslash, tab and line ends are the format's own. */
static void put_text(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        const char *escape = c == '\\'   ? "\\\\"
                             : c == '\t' ? "\\t"
                             : c == '\n' ? "\\n"
                             : c == '\r' ? "\\r"
                                         : NULL;
        if (escape)
            buf_text(b, escape);
        else
            buf_char(b, c);
    }
}

static void put_bytes(struct buf *b, struct str bytes)
{
    buf_text(b, "\\\\x");
    for (size_t i = 0; i < bytes.len; i++)
        buf_printf(b, "%02x", (unsigned char)bytes.ptr[i]);
}

static void put_value(struct buf *b, const struct db_arg *v)
{
    switch (v->kind) {
    case DB_KIND_NULL:
    case DB_KIND_FILTER:
        buf_text(b, "\\N");
        return;
    case DB_KIND_INT:
        buf_i64(b, v->v.i);
        return;
    case DB_KIND_REAL:
        buf_printf(b, "%.17g", v->v.r);
        return;
    case DB_KIND_TEXT:
        put_text(b, v->v.s);
        return;
    case DB_KIND_BLOB:
        put_bytes(b, v->v.s);
        return;
    }
}

static enum err flush(struct pg_db *db, struct buf *room)
{
    int sent = PQputCopyData(db->conn, room->ptr, (int)room->len);

    room->len = 0;
    return sent == 1 ? OK : failed(db);
}

enum err pg_copy_row(struct db *base, struct buf *room, const struct db_arg *row, int n)
{
    for (int i = 0; i < n; i++) {
        if (i > 0)
            buf_char(room, '\t');
        put_value(room, &row[i]);
    }
    buf_char(room, '\n');
    return room->len < SEND_BYTES ? OK : flush((struct pg_db *)base, room);
}

enum err pg_copy_end(struct db *base, struct buf *room)
{
    struct pg_db *db = (struct pg_db *)base;
    enum err e = room->len ? flush(db, room) : OK;

    if (e != OK)
        return e;
    if (PQputCopyEnd(db->conn, NULL) != 1)
        return failed(db);
    for (PGresult *r; (r = PQgetResult(db->conn));) {
        if (PQresultStatus(r) != PGRES_COMMAND_OK && e == OK)
            e = pg_fail(db, r);
        PQclear(r);
        if (!db->conn)
            return e;
    }
    return e;
}

/* Not setval(): what the transaction gives up shall be as it was. */
enum err pg_identity_from(struct db *base, const char *table, const char *column, int64_t next)
{
    char sql[256];

    snprintf(sql, sizeof sql, "ALTER TABLE %s ALTER COLUMN %s RESTART WITH %" PRId64, table, column,
             next);
    return base->driver->script(base, sql);
}
