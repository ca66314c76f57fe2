/* `bookadate migrate --from data --to postgres://…`: moves an installation from SQLite to
 * PostgreSQL and shows how far it is. The photos stay where they are. */
#include "commands/commands.h"

#include "platform/clock.h"
#include "platform/db/copy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_LEN 30
#define DAY_US (INT64_C(86400) * 1000000)
#define REDRAW_US 100000
#define DATABASE_FILE "bookadate.db"

/* ── How far ──────────────────────────────────────────────────────────────────────────────────────
 */

struct show {
    bool terminal;
    int64_t drawn_us;
};

static void draw(struct show *s, const struct copy_progress *p)
{
    int64_t now_us = clock_monotonic_us();
    int64_t all = p->rows_all > 0 ? p->rows_all : 1;
    int filled = (int)(p->rows * BAR_LEN / all);

    if (now_us - s->drawn_us < REDRAW_US && p->rows < all)
        return;
    s->drawn_us = now_us;
    fprintf(stderr, "\r[%.*s%*s] %3d %%  %s %-24.24s %12lld rows", filled,
            "##############################", BAR_LEN - filled, "", (int)(p->rows * 100 / all),
            p->checking ? "checking" : "copying ", p->table, (long long)p->table_rows);
}

static void on_progress(void *ctx, const struct copy_progress *p)
{
    struct show *s = ctx;

    if (s->terminal)
        draw(s, p);
    else if (p->table_done)
        fprintf(stderr, "%s %s: %lld rows\n", p->checking ? "checked" : "copied", p->table,
                (long long)p->table_rows);
}

/* ── The move ─────────────────────────────────────────────────────────────────────────────────────
 */

/* "data", "data/" or "data/bookadate.db", where there is one. */
static const char *directory_of(const char *from, struct arena *a, const char **ret_why)
{
    struct str dir = str_of(from);

    if (str_ends(dir, STR("/" DATABASE_FILE)))
        dir.len -= sizeof "/" DATABASE_FILE - 1;
    while (dir.len > 1 && dir.ptr[dir.len - 1] == '/')
        dir.len--;
    dir = arena_str(a, dir);
    struct str file = arena_printf(a, "%s/" DATABASE_FILE, dir.ptr);
    if (access(file.ptr, R_OK) == 0)
        return dir.ptr;
    *ret_why = arena_printf(a, "--from: there is no installation in %s: %s cannot be read", dir.ptr,
                            file.ptr)
                   .ptr;
    return NULL;
}

static enum err open_both(const char *dir, const char *url, struct arena *a, struct store *ret[2],
                          const char **ret_why)
{
    struct store_options from = {.data_dir = dir, .database_url = "", .migrations = MIGRATIONS};
    struct store_options to = {.data_dir = dir,
                               .database_url = url,
                               .migrations = MIGRATIONS,
                               .timeout_us = DAY_US,
                               .unprepared = true}; /* each statement is used once */
    enum err e = store_open(&from, a, &ret[0], ret_why);

    return e == OK ? store_open(&to, a, &ret[1], ret_why) : e;
}

static enum err move(const char *dir, const char *url, struct arena *a, const char **ret_why)
{
    struct store *stores[2] = {NULL, NULL};
    struct show show = {.terminal = isatty(STDERR_FILENO)};
    const struct copy_watcher watcher = {on_progress, &show};
    struct copied copied;

    enum err e = open_both(dir, url, a, stores, ret_why);
    if (e == OK)
        e = store_copy(stores[0], stores[1], MIGRATIONS, &watcher, a, &copied, ret_why);
    if (show.drawn_us)
        fputc('\n', stderr);
    if (e == OK)
        printf("Moved %lld rows of %d tables to %s; every table was read back and is the same.\n"
               "Photos and the token secret stay in %s: keep BOOKADATE_DATA_DIR on it, and set\n"
               "BOOKADATE_DATABASE_URL. %s is as it was: keep it as a backup.\n",
               (long long)copied.rows, copied.tables, store_place(stores[1]), dir,
               store_place(stores[0]));
    store_close(stores[1]);
    store_close(stores[0]);
    return e;
}

int command_move(const char *from, const char *to)
{
    struct arena a;
    const char *why = NULL;
    enum err e = ERR_INVALID;

    if (!from || !to)
        return command_misused(
            "moving takes both: migrate --from data --to postgres://user:password@host/database");
    if (!str_starts(str_of(to), STR("postgres")))
        return command_misused(
            "--to must begin with postgres://; the way back to SQLite does not exist");
    arena_init(&a);
    if ((from = directory_of(from, &a, &why)))
        e = move(from, to, &a, &why);
    if (e != OK)
        command_fail("%s", why);
    arena_free(&a);
    return e == OK ? 0 : 1;
}
