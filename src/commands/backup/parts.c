/* The parts that backing up and restoring share: see backup.h. */
#include "commands/backup/backup.h"

#include "services/user/user.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMES_A_PAGE 1000

extern char **environ;

const char *const BACKUP_KEYS[] = {"token.key", "data.key", NULL};

/* ── Folders ──────────────────────────────────────────────────────────────────────────────────────
 */

static void remove_entries(int at, const char *name, int depth)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *d; (d = readdir(dir)) != NULL;) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(dir), d->d_name, 0) != 0 && depth > 0)
            remove_entries(dirfd(dir), d->d_name, depth - 1);
    }
    closedir(dir);
    unlinkat(at, name, AT_REMOVEDIR);
}

void backup_remove_folder(const char *path)
{
    remove_entries(AT_FDCWD, path, 2);
}

bool backup_hold(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true; /* the lock goes with the descriptor, and that with the process */
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return false;
}

/* ── PostgreSQL's own tools ───────────────────────────────────────────────────────────────────────
 */

/* This environment, and the URL's parts as libpq's variables. */
static char **environment_for(const PQconninfoOption *parts, struct arena *a)
{
    size_t n = 0, at = 0;

    while (environ[n] != NULL)
        n++;
    for (const PQconninfoOption *p = parts; p->keyword != NULL; p++)
        n++;
    char **env = ARENA_ARRAY(a, n + 1, char *);
    for (const PQconninfoOption *p = parts; p->keyword != NULL; p++)
        if (p->envvar != NULL && p->val != NULL) {
            struct str line = arena_printf(a, "%s=%s", p->envvar, p->val);
            env[at] = arena_alloc(a, line.len + 1);
            memcpy(env[at++], line.ptr, line.len + 1);
        }
    for (char **e = environ; *e != NULL; e++)
        if (strncmp(*e, "PG", 2) != 0 && strncmp(*e, "BOOKADATE_", 10) != 0)
            env[at++] = *e;
    env[at] = NULL;
    return env;
}

static enum err run_tool(const char *const words[], char **env, struct arena *a,
                         const char **ret_why)
{
    pid_t pid;
    int status = 0;
    /* posix_spawn(3p): the words are not changed; the type only comes from exec's. */
    char *const *argv = (char *const *)(uintptr_t)words;

    if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, env) != 0) {
        *ret_why = arena_printf(a, "%s cannot be started: install postgresql-client", words[0]).ptr;
        return ERR_UNAVAILABLE;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return OK;
    *ret_why = arena_printf(a, "%s has failed", words[0]).ptr;
    return ERR_UNAVAILABLE;
}

enum err backup_pg_tool(const char *url, const char *const words[], struct arena *a,
                        const char **ret_why)
{
    PQconninfoOption *parts = PQconninfoParse(url, NULL);

    if (parts == NULL) {
        *ret_why = "BOOKADATE_DATABASE_URL is no postgres:// address";
        return ERR_INVALID;
    }
    enum err e = run_tool(words, environment_for(parts, a), a, ret_why);
    PQconninfoFree(parts);
    return e;
}

/* ── Photos ───────────────────────────────────────────────────────────────────────────────────────
 */

struct names {
    struct arena *a;
    struct rows *ret;
    enum err err;
};

static bool read_names(struct db *db, void *arg)
{
    struct names *n = arg;

    n->err = user_photo_names(db, n->a, n->ret);
    return n->err == OK;
}

enum err backup_photo_names(struct store *store, struct arena *a, struct rows *ret)
{
    struct names n = {a, ret, OK};
    struct db *db;

    enum err e = store_reader(store, &db);
    if (e != OK)
        return e;
    db_snapshot_use(db);
    read_names(db, &n);
    db_snapshot_end(db);
    store_db_close(db);
    return n.err;
}
