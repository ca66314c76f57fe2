/* The description of the models (models.json) and the files that it names, each believed only with
 * the sha256 that stands there. Maps no model and asks no network. */
#include "platform/face/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST_MAX_BYTES (64u << 10)
#define BUFFER_BYTES (64u << 10)

/* ── Values, each with bounds; the first that is wrong is said ── */

struct reading {
    const char *part; /* the object being read, for sentences */
    char *why;
    size_t why_size;
    bool wrong;
};

static void wrong(struct reading *r, const char *member, const char *what)
{
    if (!r->wrong)
        snprintf(r->why, r->why_size, "models.json: %s.%s %s", r->part, member, what);
    r->wrong = true;
}

/* Missing: the preset; NaN for none. */
static float number(struct reading *r, const json_t *object, const char *member, double preset,
                    double least, double most)
{
    const json_t *v = json_object_get(object, member);
    double d = v ? json_number_value(v) : preset;

    if ((v && !json_is_number(v)) || !(d >= least && d <= most)) {
        wrong(r, member, v ? "is not a number within its bounds" : "is missing");
        return 0;
    }
    return (float)d;
}

static void text(struct reading *r, const json_t *object, const char *member, char *to, size_t size)
{
    const char *s = json_string_value(json_object_get(object, member));

    if (!s || s[0] == '\0' || strlen(s) >= size)
        wrong(r, member, "is no text, or too long a one");
    else
        memcpy(to, s, strlen(s) + 1);
}

/* A file of the folder itself. */
static bool plain_name(const char *s)
{
    return s[0] != '.' && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789._-") == strlen(s);
}

static bool hex64(const char *s)
{
    return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static void part(struct reading *r, const json_t *root, const char *name, struct face_part *to)
{
    const json_t *o = json_object_get(root, name);

    r->part = name;
    text(r, o, "file", to->file, sizeof to->file);
    text(r, o, "sha256", to->sha256, sizeof to->sha256);
    if (!r->wrong && !plain_name(to->file))
        wrong(r, "file", "is not the plain name of a file beside it");
    if (!r->wrong && !hex64(to->sha256))
        wrong(r, "sha256", "is not 64 hex digits in lower case");
    to->width = (int)number(r, o, "width", (double)NAN, 16, 2048);
    to->height = (int)number(r, o, "height", (double)NAN, 16, 2048);
    to->mean = number(r, o, "mean", 0, -1e6, 1e6);
    to->divide = number(r, o, "divide", 1, 1e-6, 1e6);
    to->bgr = json_is_true(json_object_get(o, "bgr"));
    to->given = !r->wrong;
}

static void bounds(struct reading *r, const json_t *root, struct face_manifest *m)
{
    const json_t *o = json_object_get(root, "bounds");

    r->part = "bounds";
    m->detect_score = number(r, o, "score", 0.8, 0.01, 0.999);
    m->detect_overlap = number(r, o, "overlap", 0.4, 0.01, 0.99);
    m->similar_size = number(r, o, "similar_size", 0.6, 0, 1);
    m->same_picture = number(r, o, "same_picture", 2, 0.5, 2);
    m->least_side = number(r, o, "least_side", 32, 1, 10000);
    m->least_brightness = number(r, o, "least_brightness", 0, 0, 255);
    m->least_light = number(r, o, "least_light", 0, 0, 255);
    m->least_sharpness = number(r, o, "least_sharpness", 0, 0, 1e6);
}

static void liveness(struct reading *r, const json_t *root, struct face_manifest *m)
{
    const json_t *o = json_object_get(root, "liveness");

    if (!o)
        return;
    part(r, root, "liveness", &m->liveness);
    m->liveness_crop = number(r, o, "crop", 2.7, 1, 10);
    m->liveness_live = (int)number(r, o, "live", 0, 0, 15);
}

/* [{"threshold": 0.35, "offset": -10, "slope": 10, "square": 40}, …] for 1, 2 … references. */
static void steps(struct reading *r, const json_t *root, struct face_manifest *m)
{
    const json_t *list = json_object_get(root, "compare");
    size_t n = json_array_size(list);

    r->part = "compare";
    if (n < 1 || n > FACE_STEPS_MAX) {
        wrong(r, "length", "is not 1 to 4");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        m->threshold[i] = number(r, o, "threshold", (double)NAN, -1, 1);
        m->calibration[i] = (struct face_curve){
            .offset = number(r, o, "offset", (double)NAN, -1e4, 1e4),
            .slope = number(r, o, "slope", (double)NAN, 0, 1e4),
            .square = number(r, o, "square", 0, 0, 1e4),
        };
    }
    m->steps = (int)n;
}

/* {"same": 450, "other": 4500}: how many pairs of photos that was measured on. */
static void measured(struct reading *r, const json_t *root, struct face_manifest *m)
{
    const json_t *o = json_object_get(root, "measured");

    r->part = "measured";
    m->same_pairs = number(r, o, "same", 0, 0, 1e9);
    m->other_pairs = number(r, o, "other", 0, 0, 1e9);
}

/* ── The whole of it ── */

static void hex(const uint8_t *bytes, size_t n, char *to)
{
    for (size_t i = 0; i < n; i++)
        snprintf(to + 2 * i, 3, "%02x", bytes[i]);
}

/* The first n bytes of the value's sha256. */
static void digest_of(const json_t *value, size_t n, char *to)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    json_free_t give_back;
    char *all = json_dumps(value, JSON_SORT_KEYS | JSON_COMPACT);

    if (all && EVP_Digest(all, strlen(all), digest, NULL, EVP_sha256(), NULL) == 1)
        hex(digest, n, to);
    json_get_alloc_funcs(NULL, &give_back); /* the program gives jansson memory of its own */
    give_back(all);
}

static bool parse(const json_t *root, struct face_manifest *m, char *why, size_t why_size)
{
    struct reading r = {.part = "file", .why = why, .why_size = why_size};

    text(&r, root, "name", m->name, sizeof m->name);
    part(&r, root, "detect", &m->detect);
    part(&r, root, "landmark", &m->landmark);
    part(&r, root, "embed", &m->embed);
    m->dimensions = (int)number(&r, json_object_get(root, "embed"), "dimensions", (double)NAN, 1,
                                FACE_DIMENSIONS_MAX);
    liveness(&r, root, m);
    bounds(&r, root, m);
    steps(&r, root, m);
    measured(&r, root, m);
    /* Embeddings are the same numbers as long as the model and what it is shown are the same. */
    digest_of(json_object_get(root, "embed"), (sizeof m->version - 1) / 2, m->version);
    digest_of(root, (sizeof m->digest - 1) / 2, m->digest);
    return !r.wrong;
}

static bool path_of(const char *folder, const char *file, char path[FACE_PATH_MAX])
{
    return snprintf(path, FACE_PATH_MAX, "%s/%s", folder, file) < FACE_PATH_MAX;
}

static enum err manifest_load(const char *folder, json_t **ret, char *why, size_t why_size)
{
    char path[FACE_PATH_MAX];
    struct stat st;
    json_error_t error;

    if (!path_of(folder, "models.json", path) || stat(path, &st) != 0) {
        snprintf(why, why_size, "there is no %s/models.json", folder);
        return ERR_NOT_FOUND;
    }
    json_t *root = st.st_size <= MANIFEST_MAX_BYTES
                       ? json_load_file(path, JSON_REJECT_DUPLICATES, &error)
                       : NULL;
    if (!root) {
        snprintf(why, why_size, "%s is no JSON, or over 64 KB", path);
        return ERR_INVALID;
    }
    *ret = root;
    return OK;
}

enum err face_manifest_read(const char *folder, struct face_manifest *ret, char *why,
                            size_t why_size)
{
    struct face_manifest m = {0};
    json_t *root;

    enum err e = manifest_load(folder, &root, why, why_size);
    if (e != OK)
        return e;
    bool fine = parse(root, &m, why, why_size);
    json_decref(root);
    if (!fine)
        return ERR_INVALID;
    why[0] = '\0';
    *ret = m;
    return OK;
}

/* ── Files ── */

/* Where the bytes of a file go: past the hash alone, or also into memory. */
struct intake {
    EVP_MD_CTX *hash;
    uint8_t *to; /* NULL: nowhere */
    uint8_t buffer[BUFFER_BYTES];
};

static bool take_all(int fd, struct intake *in, size_t size)
{
    size_t taken = 0;

    while (taken < size) {
        size_t want = size - taken < BUFFER_BYTES ? size - taken : BUFFER_BYTES;
        uint8_t *at = in->to ? in->to + taken : in->buffer;
        ssize_t n = read(fd, at, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || EVP_DigestUpdate(in->hash, at, (size_t)n) != 1)
            return false;
        taken += (size_t)n;
    }
    return true;
}

static enum err take(int fd, struct intake *in, size_t size, const struct face_part *p, char *why,
                     size_t why_size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    char got[65];

    if (EVP_DigestInit_ex(in->hash, EVP_sha256(), NULL) != 1 || !take_all(fd, in, size) ||
        EVP_DigestFinal_ex(in->hash, digest, NULL) != 1) {
        snprintf(why, why_size, "%s cannot be read", p->file);
        return ERR_UNAVAILABLE;
    }
    hex(digest, 32, got);
    if (strcmp(got, p->sha256) != 0) {
        snprintf(why, why_size, "%s is altered: its sha256 is not the one in models.json", p->file);
        return ERR_INVALID;
    }
    return OK;
}

static enum err open_part(const char *folder, const struct face_part *p, int *ret_fd,
                          size_t *ret_size, char *why, size_t why_size)
{
    char path[FACE_PATH_MAX];
    struct stat st;

    int fd = path_of(folder, p->file, path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        snprintf(why, why_size, "%s is missing in %s", p->file, folder);
        return ERR_NOT_FOUND;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 1 ||
        st.st_size > FACE_MODEL_MAX_BYTES) {
        snprintf(why, why_size, "%s is no file of 1 byte to 256 MB", p->file);
        close(fd);
        return ERR_INVALID;
    }
    *ret_fd = fd;
    *ret_size = (size_t)st.st_size;
    return OK;
}

/* ret NULL: only check. */
static enum err read_part(const char *folder, const struct face_part *p, void **ret,
                          size_t *ret_bytes, char *why, size_t why_size)
{
    int fd;
    size_t size;

    enum err e = open_part(folder, p, &fd, &size, why, why_size);
    if (e != OK)
        return e;
    struct intake *in = calloc(1, sizeof *in);
    uint8_t *to = ret ? malloc(size) : NULL;
    if (in && (to || !ret) && (in->hash = EVP_MD_CTX_new()) != NULL) {
        in->to = to;
        e = take(fd, in, size, p, why, why_size);
        EVP_MD_CTX_free(in->hash);
    } else {
        snprintf(why, why_size, "there is no memory for %s", p->file);
        e = ERR_UNAVAILABLE;
    }
    free(in);
    close(fd);
    if (e != OK || !ret) {
        free(to);
        return e;
    }
    *ret = to;
    *ret_bytes = size;
    return OK;
}

enum err face_part_check(const char *folder, const struct face_part *part, char *why,
                         size_t why_size)
{
    return read_part(folder, part, NULL, NULL, why, why_size);
}

enum err face_part_read(const char *folder, const struct face_part *part, void **ret,
                        size_t *ret_bytes, char *why, size_t why_size)
{
    return read_part(folder, part, ret, ret_bytes, why, why_size);
}
