/* SQL texts of one connection to PostgreSQL, by their addresses: what is known of each, and that it
 * is prepared once. Runs none. */
#include "platform/db/postgres.h"

#include "base/cell.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_TAIL " LIMIT 32" /* PG_PAGE_FIRST */

/* The highest n of $n outside quotes. */
static int highest_parameter(const char *sql)
{
    int highest = 0;
    char quote = '\0';

    for (const char *c = sql; *c; c++) {
        if (quote)
            quote = *c == quote ? '\0' : quote;
        else if (*c == '\'' || *c == '"')
            quote = *c;
        else if (*c == '$' && isdigit((unsigned char)c[1])) {
            int n = (int)strtol(c + 1, NULL, 10);
            highest = n > highest ? n : highest;
        }
    }
    return highest;
}

static struct pg_plan *plan_new(struct pg_db *db, const char *sql)
{
    struct pg_plan *p = cell_must(calloc(1, sizeof *p));

    p->sql = sql;
    p->args_wanted = highest_parameter(sql);
    p->writes = strncmp(sql, "SELECT", 6) != 0;
    p->pageable = !p->writes && !strstr(sql, "LIMIT");
    snprintf(p->name, sizeof p->name, "s%d", db->plans_n);
    snprintf(p->page_name, sizeof p->page_name, "p%d", db->plans_n);
    db->plans_n++;
    map_put_i64(db->plans, (int64_t)(intptr_t)sql, p);
    return p;
}

struct pg_plan *pg_plan_of(struct pg_db *db, const char *sql)
{
    struct pg_plan *p = map_get_i64(db->plans, (int64_t)(intptr_t)sql);

    return p ? p : plan_new(db, sql);
}

void pg_plans_free(struct pg_db *db)
{
    size_t at = 0;
    struct str key;
    void *plan;

    while (map_next(db->plans, &at, &key, &plan)) {
        free(((struct pg_plan *)plan)->page_sql);
        free(plan);
    }
    map_free(db->plans);
}

enum err pg_named(struct pg_db *db, const char *name, const char *sql, unsigned *life)
{
    if (*life == db->life)
        return OK;
    enum err e = pg_name(db, name, sql);
    if (e == OK)
        *life = db->life;
    return e;
}

const char *pg_page_sql(struct pg_plan *p)
{
    size_t bytes = strlen(p->sql) + sizeof PAGE_TAIL;

    if (!p->page_sql) {
        p->page_sql = cell_must(malloc(bytes));
        snprintf(p->page_sql, bytes, "%s" PAGE_TAIL, p->sql);
    }
    return p->page_sql;
}
