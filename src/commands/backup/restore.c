/* `bookadate restore FILE`: puts a backup into an empty data directory. Nothing shows there before
 * all of it has been unpacked and found whole; what fails leaves nothing behind. */
#include "commands/backup/backup.h"
#include "commands/commands.h"

#include "platform/db/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

#define FOLDER "restore.part"

struct restore {
    struct arena arena;
    struct config config;
    struct progress progress;
    const char *file, *dir, *folder; /* folder: <dir>/restore.part */
    bool made_dir;
    bool has_store, has_dump;
    int64_t entries, photos;
    const char *why;
};

static enum err fail(struct restore *r, const char *what, const char *path)
{
    r->why = arena_printf(&r->arena, "%s %s: %s", path, what, strerror(errno)).ptr;
    return ERR_UNAVAILABLE;
}

static enum err no(struct restore *r, const char *why)
{
    r->why = why;
    return ERR_INVALID;
}

/* ── Where to ─────────────────────────────────────────────────────────────────────────────────────
 */

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Is nothing in the directory but these. */
static bool holds_only(const char *path, const char *const *names)
{
    DIR *dir = opendir(path);
    bool only = dir != NULL;

    for (struct dirent *d; only && (d = readdir(dir)) != NULL;)
        only = is_one_of(d->d_name, names);
    if (dir != NULL)
        closedir(dir);
    return only;
}

static bool is_empty(const char *path)
{
    static const char *const NOTHING[] = {".", "..", "lost+found", NULL};

    return holds_only(path, NOTHING);
}

static const char *in_dir(struct restore *r, const char *name)
{
    return arena_printf(&r->arena, "%s/%s", r->dir, name).ptr;
}

/* What was unpacked, and what of it has been put in place; not a store, which makes it whole. */
static void take_back(struct restore *r)
{
    backup_remove_folder(in_dir(r, FOLDER));
    backup_remove_folder(in_dir(r, BACKUP_PHOTOS));
    for (size_t i = 0; BACKUP_KEYS[i] != NULL; i++)
        unlink(in_dir(r, BACKUP_KEYS[i]));
}

/* Its folder is made in an empty directory only, and goes at the end: where it stands with nothing
 * that a server has made, all that is there is of a restore that was interrupted. */
static bool was_interrupted(struct restore *r)
{
    const char *ours[8] = {".", "..", "lost+found", FOLDER, BACKUP_PHOTOS};
    size_t n = 5;

    for (size_t i = 0; BACKUP_KEYS[i] != NULL; i++)
        ours[n++] = BACKUP_KEYS[i];
    return access(in_dir(r, FOLDER), F_OK) == 0 && holds_only(r->dir, ours);
}

static enum err prepare(struct restore *r)
{
    r->dir = r->config.data_dir;
    r->made_dir = mkdir(r->dir, 0700) == 0;
    if (!r->made_dir && errno != EEXIST)
        return fail(r, "cannot be made", r->dir);
    if (!backup_hold(r->dir))
        return fail(r, "cannot be held for the restore", r->dir);
    if (was_interrupted(r))
        take_back(r);
    if (!is_empty(r->dir)) {
        r->why =
            arena_printf(&r->arena,
                         "%s is not empty (or no directory): a backup is put into an empty one "
                         "(BOOKADATE_DATA_DIR), with the server stopped",
                         r->dir)
                .ptr;
        return ERR_CONFLICT;
    }
    const char *folder = in_dir(r, FOLDER);
    struct str photos = arena_printf(&r->arena, "%s/" BACKUP_PHOTOS, folder);
    if (mkdir(folder, 0700) != 0)
        return fail(r, "cannot be made", folder);
    r->folder = folder;
    return mkdir(photos.ptr, 0700) == 0 ? OK : fail(r, "cannot be made", photos.ptr);
}

/* ── Unpacking ────────────────────────────────────────────────────────────────────────────────────
 */

/* The name was checked by the archive: it is a file of ours, in this folder or in photos/. */
static enum err unpack_one(struct restore *r, struct archive *ar, const struct archive_entry *entry)
{
    struct str path = arena_printf(&r->arena, "%s/%.*s", r->folder, STR_ARG(entry->name));
    int fd = open(path.ptr, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return errno == EEXIST ? no(r, "the backup holds one file twice")
                               : fail(r, "cannot be unpacked", path.ptr);
    enum err e = archive_take(ar, fd, &r->why);
    close(fd);
    r->has_store |= str_eq(entry->name, STR(BACKUP_STORE));
    r->has_dump |= str_eq(entry->name, STR(BACKUP_DUMP));
    r->photos += str_starts(entry->name, STR(BACKUP_PHOTOS "/"));
    r->entries++;
    progress_show(&r->progress, "files", r->entries, 0);
    return e;
}

static enum err unpack(struct restore *r)
{
    struct archive *ar;
    struct archive_entry entry;

    enum err e = archive_open(r->file, &r->arena, &ar, &r->why);
    if (e != OK)
        return e;
    while ((e = archive_next(ar, &entry, &r->why)) == OK) {
        e = unpack_one(r, ar, &entry);
        if (e != OK)
            break;
    }
    archive_close(ar);
    if (e != ERR_NOT_FOUND)
        return e;
    progress_end(&r->progress, "files", r->entries);
    return r->has_store != r->has_dump ? OK : no(r, "the backup holds no store");
}

/* ── Is it whole ──────────────────────────────────────────────────────────────────────────────────
 */

static enum err check_photos(struct restore *r, struct store *store)
{
    struct rows names;

    enum err e = backup_photo_names(store, &r->arena, &names);
    if (e != OK)
        return no(r, "the list of photos cannot be read");
    const struct str *all = names.items;
    for (size_t i = 0; i < names.n; i++) {
        struct str path =
            arena_printf(&r->arena, "%s/" BACKUP_PHOTOS "/%.*s", r->folder, STR_ARG(all[i]));
        if (access(path.ptr, R_OK) != 0)
            return no(r, "the backup lacks photos that its store knows");
    }
    return OK;
}

static enum err check_sqlite(struct restore *r)
{
    struct str path = arena_printf(&r->arena, "%s/" BACKUP_STORE, r->folder);
    struct store_options options = command_store(&r->config);
    struct store_file_count count;
    struct store *store;

    if (r->config.database_url[0] != '\0')
        return no(r, "this is a backup of SQLite: restore it without BOOKADATE_DATABASE_URL, then "
                     "move it with `bookadate migrate --from --to`");
    enum err e = store_file_check(path.ptr, &r->arena, &count, &r->why);
    options.data_dir = r->folder;
    if (e == OK)
        e = store_open(&options, &r->arena, &store, &r->why); /* and brings it up to date */
    if (e != OK)
        return e;
    e = check_photos(r, store);
    store_close(store);
    return e;
}

static enum err load_postgres(struct restore *r)
{
    const char *dump = arena_printf(&r->arena, "%s/" BACKUP_DUMP, r->folder).ptr;
    const char *const words[] = {"pg_restore",
                                 "--exit-on-error",
                                 "--single-transaction",
                                 "--no-owner",
                                 "--no-privileges",
                                 "--dbname=",
                                 dump,
                                 NULL};

    if (r->config.database_url[0] == '\0')
        return no(
            r, "this is a backup of PostgreSQL: set BOOKADATE_DATABASE_URL to an empty database");
    enum err e = backup_pg_tool(r->config.database_url, words, &r->arena, &r->why);
    if (e == OK && unlink(dump) != 0)
        e = fail(r, "cannot be removed", dump);
    return e;
}

/* ── Into place ───────────────────────────────────────────────────────────────────────────────────
 */

static enum err move_up(struct restore *r, const char *name)
{
    struct str from = arena_printf(&r->arena, "%s/%s", r->folder, name);
    struct str to = arena_printf(&r->arena, "%s/%s", r->dir, name);

    if (access(from.ptr, F_OK) != 0 || rename(from.ptr, to.ptr) == 0)
        return OK;
    return fail(r, "cannot be put in place", to.ptr);
}

/* The store last: before it is there, there is no installation. */
static enum err put_in_place(struct restore *r)
{
    enum err e = move_up(r, BACKUP_PHOTOS);

    for (size_t i = 0; BACKUP_KEYS[i] != NULL && e == OK; i++)
        e = move_up(r, BACKUP_KEYS[i]);
    if (e == OK)
        e = r->has_store ? move_up(r, BACKUP_STORE) : load_postgres(r);
    int fd = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (e == OK && (fd < 0 || fsync(fd) != 0))
        e = fail(r, "cannot be made durable", r->dir);
    if (fd >= 0)
        close(fd);
    return e;
}

/* ── The command ──────────────────────────────────────────────────────────────────────────────────
 */

static enum err put_back(struct restore *r)
{
    enum err e = prepare(r);

    if (e == OK)
        e = unpack(r);
    if (e == OK && r->has_store)
        e = check_sqlite(r);
    if (e == OK)
        e = put_in_place(r);
    if (r->folder != NULL)
        backup_remove_folder(r->folder);
    if (e != OK && r->folder != NULL && access(in_dir(r, BACKUP_STORE), F_OK) != 0)
        take_back(r);
    if (e != OK && r->made_dir)
        rmdir(r->dir);
    return e;
}

int command_restore(int argc, char **argv)
{
    static struct restore r;
    char **flags, **words;
    int n_flags, n_words;

    arena_init(&r.arena);
    command_split(argc, argv, &r.arena, &flags, &n_flags, &words, &n_words);
    if (n_words != 1)
        return command_misused("say: restore FILE, with BOOKADATE_DATA_DIR on an empty directory");
    r.file = words[0];
    r.progress = progress_begin();
    umask(0077);
    enum err e = sodium_init() < 0
                     ? ERR_INTERNAL
                     : config_load(n_flags, flags, environ, &r.arena, &r.config, &r.why);
    if (e == OK)
        e = put_back(&r);
    if (e == OK)
        printf("%s is in %s again: the store%s, %lld photo files and the keys. Start it with "
               "`bookadate run`.\n",
               r.file, r.dir, r.has_dump ? " (in PostgreSQL)" : "", (long long)r.photos);
    else
        command_fail("%s", r.why != NULL ? r.why : err_text(e));
    arena_free(&r.arena);
    return e == OK ? EXIT_WELL : EXIT_FAILED;
}
