/* Reads and writes the archive of a backup: see archive.h. */
#include "platform/backup/archive.h"

#include "base/buf.h"
#include "base/datetime.h"
#include "platform/backup/tar.h"
#include "platform/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK_BYTES ((size_t)256 * 1024)
#define SUMS_NAME "SHA256SUMS"
#define SUMS_MAX ((int64_t)256 * 1024 * 1024)

struct archive {
    struct arena *arena;
    const char *path;
    gzFile gz;
    int fd; /* of the file itself, for fsync; -1: reading */
    struct buf sums;
    char *chunk;
    char name[TAR_NAME_MAX + 1]; /* reading: the entry at hand */
    int64_t left;
};

static enum err no(struct archive *ar, enum err e, const char **ret_why, const char *what)
{
    *ret_why = arena_printf(ar->arena, "%s %s", ar->path, what).ptr;
    return e;
}

static enum err no_errno(struct archive *ar, const char **ret_why, const char *what)
{
    *ret_why = arena_printf(ar->arena, "%s %s: %s", ar->path, what, strerror(errno)).ptr;
    return ERR_UNAVAILABLE;
}

static struct archive *archive_new(const char *path, struct arena *a)
{
    struct archive *ar = ARENA_NEW(a, struct archive);

    ar->arena = a;
    ar->path = path;
    ar->fd = -1;
    ar->sums = buf_new(a, 4096);
    ar->chunk = malloc(CHUNK_BYTES);
    if (ar->chunk == NULL)
        abort();
    return ar;
}

void archive_close(struct archive *ar)
{
    if (ar == NULL)
        return;
    if (ar->gz != NULL)
        gzclose(ar->gz);
    if (ar->fd >= 0)
        close(ar->fd);
    free(ar->chunk);
    ar->gz = NULL;
    ar->fd = -1;
    ar->chunk = NULL;
}

static void sums_add(struct archive *ar, const char *name, crypto_hash_sha256_state *state)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * crypto_hash_sha256_BYTES + 1];

    crypto_hash_sha256_final(state, hash);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    buf_printf(&ar->sums, "%s  %s\n", hex, name);
}

/* ── Writing ──────────────────────────────────────────────────────────────────────────────────────
 */

enum err archive_create(const char *path, bool compressed, struct arena *a, struct archive **ret,
                        const char **ret_why)
{
    struct archive *ar = archive_new(path, a);
    int copy = -1;

    ar->fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (ar->fd >= 0)
        copy = fcntl(ar->fd, F_DUPFD_CLOEXEC, 0);
    if (copy >= 0)
        ar->gz = gzdopen(copy, compressed ? "wb6" : "wbT");
    if (ar->gz == NULL) {
        enum err e = errno == EEXIST ? no(ar, ERR_CONFLICT, ret_why, "exists already")
                                     : no_errno(ar, ret_why, "cannot be written");
        archive_close(ar);
        return e;
    }
    *ret = ar;
    return OK;
}

static bool write_all(struct archive *ar, const void *bytes, size_t len)
{
    return len == 0 || gzwrite(ar->gz, bytes, (unsigned)len) == (int)len;
}

static bool write_head(struct archive *ar, const char *name, int64_t bytes)
{
    uint8_t block[TAR_BLOCK];

    tar_write(block, name, bytes, clock_now_us() / US_PER_SECOND);
    return write_all(ar, block, sizeof(block));
}

/* Entries end at whole blocks. */
static bool write_padding(struct archive *ar, int64_t bytes)
{
    static const uint8_t ZEROS[TAR_BLOCK];
    size_t over = (size_t)(bytes % TAR_BLOCK);

    return write_all(ar, ZEROS, over > 0 ? TAR_BLOCK - over : 0);
}

enum err archive_put(struct archive *ar, const char *name, struct str bytes, const char **ret_why)
{
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)bytes.ptr, bytes.len);
    sums_add(ar, name, &state);
    if (write_head(ar, name, (int64_t)bytes.len) && write_all(ar, bytes.ptr, bytes.len) &&
        write_padding(ar, (int64_t)bytes.len))
        return OK;
    return no_errno(ar, ret_why, "cannot be written");
}

enum err archive_put_file(struct archive *ar, const char *name, int fd, const char **ret_why)
{
    crypto_hash_sha256_state state;
    struct stat st;
    int64_t left;

    crypto_hash_sha256_init(&state);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !write_head(ar, name, st.st_size))
        return no_errno(ar, ret_why, "cannot be written");
    for (left = st.st_size; left > 0;) {
        size_t want = left < (int64_t)CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        ssize_t n = read(fd, ar->chunk, want);
        if (n <= 0)
            return no(ar, ERR_UNAVAILABLE, ret_why, "lacks part of a file that became shorter");
        crypto_hash_sha256_update(&state, (const uint8_t *)ar->chunk, (size_t)n);
        if (!write_all(ar, ar->chunk, (size_t)n))
            return no_errno(ar, ret_why, "cannot be written");
        left -= n;
    }
    sums_add(ar, name, &state);
    return write_padding(ar, st.st_size) ? OK : no_errno(ar, ret_why, "cannot be written");
}

enum err archive_finish(struct archive *ar, const char **ret_why)
{
    static const uint8_t END[2 * TAR_BLOCK];
    struct str sums = buf_view(&ar->sums);

    bool well = write_head(ar, SUMS_NAME, (int64_t)sums.len) && write_all(ar, sums.ptr, sums.len) &&
                write_padding(ar, (int64_t)sums.len) && write_all(ar, END, sizeof(END));
    well = gzclose(ar->gz) == Z_OK && well;
    ar->gz = NULL;
    well = well && fsync(ar->fd) == 0;
    return well ? OK : no_errno(ar, ret_why, "cannot be written");
}

/* ── Reading ──────────────────────────────────────────────────────────────────────────────────────
 */

enum err archive_open(const char *path, struct arena *a, struct archive **ret, const char **ret_why)
{
    struct archive *ar = archive_new(path, a);

    ar->gz = gzopen(path, "rbe");
    if (ar->gz == NULL) {
        enum err e = no_errno(ar, ret_why, "cannot be read");
        archive_close(ar);
        return e;
    }
    *ret = ar;
    return OK;
}

static enum err read_all(struct archive *ar, void *bytes, size_t len, const char **ret_why)
{
    if (gzread(ar->gz, bytes, (unsigned)len) == (int)len)
        return OK;
    return no(ar, ERR_INVALID, ret_why, "is no whole backup: it ends too early or is damaged");
}

static enum err skip_padding(struct archive *ar, int64_t bytes, const char **ret_why)
{
    uint8_t rest[TAR_BLOCK];
    size_t over = (size_t)(bytes % TAR_BLOCK);

    return over > 0 ? read_all(ar, rest, TAR_BLOCK - over, ret_why) : OK;
}

/* Behind the end are zeros only, and of a gzip its own sum: nothing was cut off. */
static enum err check_end(struct archive *ar, const char **ret_why)
{
    int n, error = Z_OK;

    while ((n = gzread(ar->gz, ar->chunk, (unsigned)CHUNK_BYTES)) > 0)
        for (int i = 0; i < n; i++)
            if (ar->chunk[i] != '\0')
                return no(ar, ERR_INVALID, ret_why, "is damaged: something follows its end");
    gzerror(ar->gz, &error);
    if (n == 0 && error == Z_OK)
        return ERR_NOT_FOUND;
    return no(ar, ERR_INVALID, ret_why, "is no whole backup: it ends too early or is damaged");
}

/* The last entry: what was read must be what was written. */
static enum err check_sums(struct archive *ar, const char **ret_why)
{
    struct str want = buf_view(&ar->sums);
    uint8_t end[TAR_BLOCK];
    char name[TAR_NAME_MAX + 1];
    int64_t bytes;

    if (ar->left != (int64_t)want.len || ar->left > SUMS_MAX)
        return no(ar, ERR_INVALID, ret_why, "is damaged: its sums are of other files");
    char *got = arena_alloc(ar->arena, want.len + 1);
    enum err e = read_all(ar, got, want.len, ret_why);
    if (e == OK)
        e = skip_padding(ar, ar->left, ret_why);
    if (e == OK)
        e = read_all(ar, end, sizeof(end), ret_why);
    if (e != OK)
        return e;
    if (memcmp(got, want.ptr, want.len) != 0 || tar_read(end, name, &bytes) != TAR_END)
        return no(ar, ERR_INVALID, ret_why, "is damaged: its sums do not fit");
    return check_end(ar, ret_why);
}

enum err archive_next(struct archive *ar, struct archive_entry *ret, const char **ret_why)
{
    uint8_t block[TAR_BLOCK];

    enum err e = read_all(ar, block, sizeof(block), ret_why);
    if (e != OK)
        return e;
    switch (tar_read(block, ar->name, &ar->left)) {
    case TAR_FILE:
        break;
    case TAR_OTHER:
        return no(ar, ERR_INVALID, ret_why,
                  "is no backup of this program: it holds more than files");
    case TAR_END:
    case TAR_BROKEN:
        return no(ar, ERR_INVALID, ret_why, "is no whole backup, or is damaged");
    }
    if (!tar_name_allowed(ar->name))
        return no(ar, ERR_INVALID, ret_why, "is no backup of this program: it holds other files");
    if (strcmp(ar->name, SUMS_NAME) == 0)
        return check_sums(ar, ret_why);
    *ret = (struct archive_entry){arena_str(ar->arena, str_of(ar->name)), ar->left};
    return OK;
}

static bool write_fully(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

enum err archive_take(struct archive *ar, int fd, const char **ret_why)
{
    crypto_hash_sha256_state state;
    int64_t left = ar->left;

    crypto_hash_sha256_init(&state);
    while (left > 0) {
        size_t n = left < (int64_t)CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        enum err e = read_all(ar, ar->chunk, n, ret_why);
        if (e != OK)
            return e;
        crypto_hash_sha256_update(&state, (const uint8_t *)ar->chunk, n);
        if (fd >= 0 && !write_fully(fd, ar->chunk, n))
            return no_errno(ar, ret_why, "cannot be unpacked");
        left -= (int64_t)n;
    }
    sums_add(ar, ar->name, &state);
    if (fd >= 0 && fsync(fd) != 0)
        return no_errno(ar, ret_why, "cannot be unpacked");
    return skip_padding(ar, ar->left, ret_why);
}
