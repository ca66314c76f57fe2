/* `bookadate backup FILE`: one file with all that an installation is made of, taken while it runs.
 * What cannot be read back whole is no backup: it is removed again. */
#include "commands/backup/backup.h"
#include "commands/commands.h"

#include "base/datetime.h"
#include "platform/clock.h"
#include "platform/db/backup.h"
#include "platform/json/compose.h"

#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

struct backup {
    struct arena arena;
    struct config config;
    struct progress progress;
    const char *file;   /* what was asked for */
    const char *part;   /* the same until it is whole */
    const char *folder; /* for the copy of the store */
    struct archive *archive;
    bool embedded;
    struct store_file_count count;
    int64_t photos, bytes; /* of the file */
    const char *why;
};

static void on_pages(void *ctx, int64_t done, int64_t all)
{
    progress_show(ctx, "store (pages)", done, all);
}

static enum err fail(struct backup *b, const char *what, const char *path)
{
    b->why = arena_printf(&b->arena, "%s %s: %s", path, what, strerror(errno)).ptr;
    return ERR_UNAVAILABLE;
}

/* ── The store ────────────────────────────────────────────────────────────────────────────────────
 */

static enum err copy_sqlite(struct backup *b, const char *to)
{
    const struct backup_watcher watcher = {on_pages, &b->progress};

    enum err e = store_file_copy(b->config.data_dir, to, &watcher, &b->arena, &b->why);
    if (e == OK)
        e = store_file_check(to, &b->arena, &b->count, &b->why);
    if (e == OK)
        progress_end(&b->progress, "rows", b->count.rows);
    return e;
}

static enum err copy_postgres(struct backup *b, const char *to)
{
    const char *const dump[] = {"pg_dump",   "--format=custom", "--no-owner", "--no-privileges",
                                "--no-sync", "--file",          to,           NULL};
    const char *const list[] = {"pg_restore", "--list", "--file=/dev/null", to, NULL};

    enum err e = backup_pg_tool(b->config.database_url, dump, &b->arena, &b->why);
    return e == OK ? backup_pg_tool(b->config.database_url, list, &b->arena, &b->why) : e;
}

static enum err put_path(struct backup *b, const char *name, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : fail(b, "cannot be read", path);
    enum err e = archive_put_file(b->archive, name, fd, &b->why);
    close(fd);
    return e;
}

/* ── What lies beside it ──────────────────────────────────────────────────────────────────────────
 */

static enum err put_photos(struct backup *b, const struct rows *names)
{
    const struct str *all = names->items;
    enum err e = OK;

    for (size_t i = 0; i < names->n && e == OK; i++) {
        struct str name = arena_printf(&b->arena, BACKUP_PHOTOS "/%.*s", STR_ARG(all[i]));
        struct str path = arena_printf(&b->arena, "%s/%s", b->config.data_dir, name.ptr);
        e = put_path(b, name.ptr, path.ptr);
        if (e == ERR_NOT_FOUND) {
            b->why = arena_printf(&b->arena,
                                  "%s is not there any more: it was deleted during the backup; try "
                                  "again",
                                  path.ptr)
                         .ptr;
            return ERR_UNAVAILABLE;
        }
        b->photos++;
        progress_show(&b->progress, "photo files", b->photos, (int64_t)names->n);
    }
    if (e == OK)
        progress_end(&b->progress, "photo files", b->photos);
    return e;
}

static enum err put_keys(struct backup *b)
{
    enum err e = OK;

    for (size_t i = 0; BACKUP_KEYS[i] != NULL && e == OK; i++) {
        struct str path = arena_printf(&b->arena, "%s/%s", b->config.data_dir, BACKUP_KEYS[i]);
        e = put_path(b, BACKUP_KEYS[i], path.ptr);
        if (e == ERR_NOT_FOUND) /* given in the settings instead */
            e = OK;
    }
    return e;
}

static enum err put_manifest(struct backup *b)
{
    struct buf text = buf_new(&b->arena, 512);

    json_open(&text, NULL, '{');
    json_put_i64(&text, "format", 1);
    json_put_text(&text, "version", BOOKADATE_VERSION);
    json_put_text(&text, "store", b->embedded ? "sqlite" : "postgresql");
    json_put_i64(&text, "made_at_s", clock_now_us() / US_PER_SECOND);
    json_close(&text, '}');
    buf_char(&text, '\n');
    return archive_put(b->archive, BACKUP_MANIFEST, buf_view(&text), &b->why);
}

/* The photos that this very copy of the store names. */
static enum err photo_names(struct backup *b, struct rows *ret)
{
    struct store_options options = command_store(&b->config);
    struct store *store;

    if (b->embedded)
        options.data_dir = b->folder;
    enum err e = store_open(&options, &b->arena, &store, &b->why);
    if (e != OK)
        return e;
    e = backup_photo_names(store, &b->arena, ret);
    if (e != OK)
        b->why = "the list of photos cannot be read";
    store_close(store);
    return e;
}

static enum err write_parts(struct backup *b)
{
    const char *name = b->embedded ? BACKUP_STORE : BACKUP_DUMP;
    const char *copy = arena_printf(&b->arena, "%s/%s", b->folder, name).ptr;
    struct rows names = {0};

    enum err e = b->embedded ? copy_sqlite(b, copy) : copy_postgres(b, copy);
    if (e == OK)
        e = put_manifest(b);
    if (e == OK)
        e = put_path(b, name, copy); /* before it is opened: what was checked is what is kept */
    if (e == OK)
        e = put_keys(b);
    if (e == OK)
        e = photo_names(b, &names);
    if (e == OK)
        e = put_photos(b, &names);
    return e == OK ? archive_finish(b->archive, &b->why) : e;
}

/* Read as a restore would, to the last sum. */
static enum err read_back(struct backup *b)
{
    struct archive *ar;
    struct archive_entry entry;

    enum err e = archive_open(b->part, &b->arena, &ar, &b->why);
    if (e != OK)
        return e;
    while ((e = archive_next(ar, &entry, &b->why)) == OK) {
        e = archive_take(ar, -1, &b->why);
        if (e != OK)
            break;
    }
    archive_close(ar);
    return e == ERR_NOT_FOUND ? OK : e;
}

/* ── The command ──────────────────────────────────────────────────────────────────────────────────
 */

/* The folder of the copy, ours alone: in a directory that others write to, one of somebody else's
 * could stand there. What a backup that was interrupted has left goes. */
static enum err take_folder(struct backup *b, const char *folder)
{
    struct stat st;

    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail(b, "cannot be made", folder);
    if (lstat(folder, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 077) != 0) {
        b->why = arena_printf(&b->arena, "%s is there and not ours; name another file", folder).ptr;
        return ERR_CONFLICT;
    }
    if (!backup_hold(folder)) {
        b->why = arena_printf(&b->arena, "another backup to %s is under way", b->file).ptr;
        return ERR_CONFLICT;
    }
    unlink(arena_printf(&b->arena, "%s/" BACKUP_STORE, folder).ptr);
    unlink(arena_printf(&b->arena, "%s/" BACKUP_DUMP, folder).ptr);
    unlink(b->part);
    b->folder = folder;
    return OK;
}

static enum err prepare(struct backup *b)
{
    bool compressed =
        str_ends(str_of(b->file), STR(".gz")) || str_ends(str_of(b->file), STR(".tgz"));

    b->embedded = b->config.database_url[0] == '\0';
    if (access(b->file, F_OK) == 0) {
        b->why = arena_printf(&b->arena, "%s exists already; name another file", b->file).ptr;
        return ERR_CONFLICT;
    }
    b->part = arena_printf(&b->arena, "%s.part", b->file).ptr;
    enum err e = take_folder(b, arena_printf(&b->arena, "%s.part.d", b->file).ptr);
    if (e != OK)
        return e;
    return archive_create(b->part, compressed, &b->arena, &b->archive, &b->why);
}

static enum err measure(struct backup *b)
{
    struct stat st;

    if (stat(b->part, &st) != 0)
        return fail(b, "cannot be read", b->part);
    b->bytes = st.st_size;
    return OK;
}

static enum err make_backup(struct backup *b)
{
    enum err e = prepare(b);

    if (e == OK)
        e = write_parts(b);
    bool begun = b->archive != NULL;
    archive_close(b->archive);
    if (e == OK)
        e = read_back(b);
    if (e == OK)
        e = measure(b);
    if (e == OK && rename(b->part, b->file) != 0)
        e = fail(b, "cannot be written", b->file);
    if (e != OK && begun)
        unlink(b->part);
    if (b->folder != NULL)
        backup_remove_folder(b->folder);
    return e;
}

int command_backup(int argc, char **argv)
{
    static struct backup b;
    char **flags, **words;
    int n_flags, n_words;

    arena_init(&b.arena);
    command_split(argc, argv, &b.arena, &flags, &n_flags, &words, &n_words);
    if (n_words != 1)
        return command_misused("say: backup FILE (.tar, or .tar.gz for a smaller one)");
    if (words[0][0] == '-')
        return command_misused("backup writes a file that it reads back: name one, not \"%.80s\"",
                               words[0]);
    b.file = words[0];
    b.progress = progress_begin();
    umask(0077);
    enum err e = sodium_init() < 0
                     ? ERR_INTERNAL
                     : config_load(n_flags, flags, environ, &b.arena, &b.config, &b.why);
    if (e == OK)
        e = make_backup(&b);
    if (e == OK)
        printf("%s: the store (%s), %lld photo files and the keys, %lld bytes; read back and "
               "whole.\nIt holds everybody's data and the keys to it: keep it as you keep those.\n",
               b.file, b.embedded ? "every page and reference checked" : "as pg_dump made it",
               (long long)b.photos, (long long)b.bytes);
    else
        command_fail("%s", b.why != NULL ? b.why : err_text(e));
    arena_free(&b.arena);
    return e == OK ? EXIT_WELL : EXIT_FAILED;
}
