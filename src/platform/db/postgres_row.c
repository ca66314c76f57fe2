/* Values out of PostgreSQL's results, which are binary: what each type is here. Sends nothing. */
#include "platform/db/postgres.h"

#include <stdlib.h>
#include <string.h>

enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23 };
enum { OID_FLOAT4 = 700, OID_FLOAT8 = 701, OID_NUMERIC = 1700 };

const char *pg_column_name(struct db_stmt *base, int i)
{
    return PQfname(((struct pg_stmt *)base)->result, i);
}

/* Network byte order. */
static uint64_t big_endian(const char *bytes, int n)
{
    uint64_t v = 0;

    for (int i = 0; i < n; i++)
        v = v << 8 | (unsigned char)bytes[i];
    return v;
}

static double real_of(const char *bytes, int n)
{
    uint64_t wide = big_endian(bytes, n);
    uint32_t narrow = (uint32_t)wide;
    double d;
    float f;

    memcpy(&d, &wide, sizeof d);
    memcpy(&f, &narrow, sizeof f);
    return n == 4 ? (double)f : d;
}

void pg_column(struct db_stmt *base, int i, struct db_arg *ret)
{
    struct pg_stmt *s = (struct pg_stmt *)base;
    const char *bytes = PQgetvalue(s->result, s->row, i);
    int n = PQgetlength(s->result, s->row, i);

    ret->kind = DB_KIND_NULL;
    if (PQgetisnull(s->result, s->row, i))
        return;
    switch (PQftype(s->result, i)) {
    case OID_INT8:
    case OID_BOOL:
        ret->kind = DB_KIND_INT;
        ret->v.i = (int64_t)big_endian(bytes, n);
        return;
    case OID_INT4:
        ret->kind = DB_KIND_INT;
        ret->v.i = (int32_t)big_endian(bytes, n);
        return;
    case OID_INT2:
        ret->kind = DB_KIND_INT;
        ret->v.i = (int16_t)big_endian(bytes, n);
        return;
    case OID_FLOAT4:
    case OID_FLOAT8:
        ret->kind = DB_KIND_REAL;
        ret->v.r = real_of(bytes, n);
        return;
    case OID_BYTEA:
    case OID_NUMERIC: /* cast it in the query */
        ret->kind = DB_KIND_BLOB;
        break;
    default:
        ret->kind = DB_KIND_TEXT;
        break;
    }
    ret->v.s = (struct str){bytes, (size_t)n};
}

int64_t pg_changed(struct db_stmt *base)
{
    return strtoll(PQcmdTuples(((struct pg_stmt *)base)->result), NULL, 10);
}

bool pg_same_row(const PGresult *a, int row_a, const PGresult *b, int row_b)
{
    for (int i = 0; i < PQnfields(a); i++) {
        int len = PQgetlength(a, row_a, i);
        bool null = PQgetisnull(a, row_a, i) != 0;
        if (null != (PQgetisnull(b, row_b, i) != 0) || len != PQgetlength(b, row_b, i) ||
            memcmp(PQgetvalue(a, row_a, i), PQgetvalue(b, row_b, i), (size_t)len) != 0)
            return false;
    }
    return true;
}
