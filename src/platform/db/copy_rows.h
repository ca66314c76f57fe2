/* What copying shares between its parts: a table, the digest of its rows, and PostgreSQL's way to
 * take many rows. Private to this folder. */
#ifndef PLATFORM_DB_COPY_ROWS_H
#define PLATFORM_DB_COPY_ROWS_H

#include "platform/db/driver.h"

/* The same for the same rows in any order. */
struct digest {
    int64_t rows;
    uint64_t low, high;
};

struct copy_table {
    const char *name;
    const char *columns; /* "id, name, …" */
    int columns_n;
    struct digest digest;
};

/* Add a row; `room` is reused from row to row. */
void digest_add(struct digest *d, struct buf *room, const struct db_arg *row, int n);
bool digest_same(const struct digest *a, const struct digest *b);

/* ── postgres_copy.c: within db's transaction ─────────────────────────────────────────────────────
 */

/* COPY into a table: begin, rows, end; an error ends it. */
enum err pg_copy_begin(struct db *db, const struct copy_table *t);
enum err pg_copy_row(struct db *db, struct buf *room, const struct db_arg *row, int n);
enum err pg_copy_end(struct db *db, struct buf *room);
/* The next identity of t.column is at least `next`. */
enum err pg_identity_from(struct db *db, const char *table, const char *column, int64_t next);

#endif
