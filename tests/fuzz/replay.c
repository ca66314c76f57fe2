/* Runs a fuzz target without libFuzzer over files: each as it is, cut at every byte, and changed in
 * FUZZ_CHANGES (default 300) ways that are the same in every run. One line of TAP a file; a crash
 * ends the program, and the last comment says which bytes did it. */
#include "fuzz.h"

#include <dirent.h>
#include <inttypes.h>

#define FILE_MAX ((size_t)64 * 1024)
#define CUTS_MAX 2048u /* of one file, evenly spread */

static size_t n_done;
static uint64_t state;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
static uint64_t draw(uint64_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * UINT64_C(2685821657736338717) >> 16) % below;
}

static void run(const uint8_t *bytes, size_t len)
{
    char *copy = fuzz_copy(bytes, len);

    (void)LLVMFuzzerTestOneInput((const uint8_t *)copy, len);
    free(copy);
}

/* One change at a random place: a bit, a byte, a run left out, a run said twice. */
static size_t change(uint8_t *bytes, size_t len, size_t room)
{
    size_t at = draw(len);
    size_t n = 1 + draw(len - at < 16 ? len - at : 16);

    switch (draw(5)) {
    case 0:
        bytes[at] ^= (uint8_t)(1u << draw(8));
        break;
    case 1:
        bytes[at] = (uint8_t)draw(256);
        break;
    case 2:
        bytes[at] = (uint8_t) "\0\r\n\xff%\"{:;,-0 "[draw(14)];
        break;
    case 3:
        memmove(bytes + at, bytes + at + n, len - at - n);
        return len - n;
    default:
        if (len + n > room)
            break;
        memmove(bytes + at + n, bytes + at, len - at);
        return len + n;
    }
    return len;
}

static void run_changed(const uint8_t *bytes, size_t len)
{
    const char *said = getenv("FUZZ_CHANGES");
    long changes = said != NULL ? strtol(said, NULL, 10) : 300;
    uint8_t *work = malloc(2 * len + 1);

    HOLDS(work != NULL);
    for (long i = 0; i < changes; i++) {
        size_t n = len;
        memcpy(work, bytes, len);
        for (uint64_t left = 1 + draw(6); left > 0 && n > 0; left--)
            n = change(work, n, 2 * len);
        run(work, n);
    }
    free(work);
}

static void replay(const char *path, const char *name)
{
    static uint8_t bytes[FILE_MAX];
    FILE *f = fopen(path, "rb");

    HOLDS(f != NULL);
    size_t len = fread(bytes, 1, sizeof(bytes), f);
    (void)fclose(f);
    printf("# %s as it is\n", path);
    (void)fflush(stdout);
    run(bytes, len);
    printf("# %s cut\n", path);
    (void)fflush(stdout);
    for (size_t at = 0; at < len; at += 1 + len / CUTS_MAX)
        run(bytes, at);
    printf("# %s changed\n", path);
    (void)fflush(stdout);
    state = 88172645463325252u;
    if (len > 0)
        run_changed(bytes, len);
    printf("ok %zu - %s\n", ++n_done, name);
}

static int is_file(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **files = NULL;
    char path[1024];

    if (argc != 2)
        return 2;
    int n = scandir(argv[1], &files, is_file, alphasort);
    for (int i = 0; i < n; i++) {
        HOLDS(snprintf(path, sizeof(path), "%s/%s", argv[1], files[i]->d_name) < (int)sizeof(path));
        replay(path, files[i]->d_name);
        free(files[i]);
    }
    free(files);
    printf("1..%zu\n", n_done);
    return n_done > 0 ? 0 : 1;
}
