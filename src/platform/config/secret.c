/* The secrets that sign tokens and seal data: those given, or made once and kept in the data
 * directory. Never logs them. */
#include "platform/config/table.h"

#include "platform/clock.h"
#include "platform/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES 32 /* an HS256 secret and an Ed25519 seed alike */
#define KEY_TEXT_BYTES 43
#define KEY_FILE_MAX 4096

static enum err failed(struct arena *a, const char *path, const char *what, const char **ret_why)
{
    *ret_why = arena_printf(a, "%s cannot be %s: %s", path, what, strerror(errno)).ptr;
    return ERR_UNAVAILABLE;
}

static bool sync_directory(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = fsync(fd) == 0;
    close(fd);
    return good;
}

/* Make the file at once with all that is in it: another process sees none or the whole, and whoever
 * is first wins. */
static enum err make_key(const char *dir, const char *path, struct arena *a, const char **ret_why)
{
    uint8_t key[KEY_BYTES];
    char text[KEY_TEXT_BYTES + 2];
    const char *temporary = arena_printf(a, "%s.%ld", path, (long)getpid()).ptr;

    unlink(temporary); /* of a process with our number that died here */
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(a, path, "made", ret_why);
    random_fill(key, sizeof key);
    sodium_bin2base64(text, sizeof text, key, sizeof key, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text[KEY_TEXT_BYTES] = '\n';
    bool good = fd_write_all(fd, (struct str){text, KEY_TEXT_BYTES + 1}) && fsync(fd) == 0;
    sodium_memzero(key, sizeof key);
    sodium_memzero(text, sizeof text);
    close(fd);
    if (good)
        good = (link(temporary, path) == 0 || errno == EEXIST) && sync_directory(dir);
    enum err e = good ? OK : failed(a, path, "made", ret_why);
    unlink(temporary);
    return e;
}

static enum err read_key(int fd, const char *path, struct arena *a, struct str *ret,
                         const char **ret_why)
{
    struct stat st;
    char text[KEY_FILE_MAX];

    if (fstat(fd, &st) != 0)
        return failed(a, path, "read", ret_why);
    if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
        return config_refuse(
            a, ret_why,
            "%s can be read by others: chmod 600 it, or delete it to have a new one made", path);
    ssize_t n = read(fd, text, sizeof text);
    if (n < 0)
        return failed(a, path, "read", ret_why);
    struct str key = arena_str(a, str_trim((struct str){text, (size_t)n}));
    sodium_memzero(text, sizeof text);
    if (key.len < KEY_BYTES)
        return config_refuse(
            a, ret_why, "%s holds no secret of 32 bytes: delete it to have a new one made", path);
    *ret = key;
    return OK;
}

/* The one in <data_dir>/<file>, made when it is not there. */
static enum err kept_secret(const struct config *c, const char *file, struct arena *a,
                            struct str *ret, const char **ret_why)
{
    const char *path = arena_printf(a, "%s/%s", c->data_dir, file).ptr;
    if (sodium_init() < 0 || (mkdir(c->data_dir, 0700) != 0 && errno != EEXIST))
        return failed(a, c->data_dir, "made", ret_why);

    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) {
        enum err e = make_key(c->data_dir, path, a, ret_why);
        if (e != OK)
            return e;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
    if (fd < 0)
        return failed(a, path, "read", ret_why);
    enum err e = read_key(fd, path, a, ret, ret_why);
    close(fd);
    return e;
}

enum err config_token_secret(const struct config *c, struct arena *a, struct str *ret,
                             const char **ret_why)
{
    if (c->token_secret[0] == '\0')
        return kept_secret(c, "token.key", a, ret, ret_why);
    *ret = str_of(c->token_secret);
    return OK;
}

enum err config_data_key(const struct config *c, struct arena *a, struct str *ret,
                         const char **ret_why)
{
    if (c->data_key[0] == '\0')
        return kept_secret(c, "data.key", a, ret, ret_why);
    *ret = str_of(c->data_key);
    return OK;
}
