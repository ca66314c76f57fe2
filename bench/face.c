/* How well and how fast the face models do on a folder of people (one folder each, with their photos): every pair compared, a
 * threshold set on half of the people and tried on the others, whether `confidence` means what it says, time a stage, memory.
 *   bench_face [folder of people [folder of models [ONNX Runtime library]]]
 * Folders: $BOOKADATE_TEST_FACES/lfw10 or ../shared/faces/lfw10; build-npm/faces. Prints; keeps nothing. */
#include "bench/face_stats.h"
#include "platform/face/engine.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define PHOTOS_MAX 4000
#define FILE_MAX_BYTES (20u << 20)
#define BEST_OF_MAX 3
#define DRAWS 40

struct photo {
    int person; /* half of the people: those with an even number */
    enum face_reason reason; /* with the bounds of models.json */
    bool found;
    struct face face;
};

static struct photo *photos;
static int n_photos, n_people;

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long status_kb(const char *field)
{
    char line[200];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = atol(line + strlen(field) + 1);
    if (f)
        fclose(f);
    return kb;
}

static struct str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *bytes = malloc(FILE_MAX_BYTES);
    size_t n = f && bytes ? fread(bytes, 1, FILE_MAX_BYTES, f) : 0;

    if (f)
        fclose(f);
    return (struct str){bytes, n};
}

/* ── Time ── */

enum stage { DECODE, FIND, EMBED, LIVE, ALL, STAGES };

static struct samples times[STAGES];

static void time_stages(struct face_engine *f, struct str bytes, int side)
{
    struct image img;
    static struct face face;
    double at[STAGES + 1];

    at[0] = cpu_ms();
    if (image_decode(bytes, side, &img) != OK)
        return;
    at[1] = cpu_ms();
    face_describe(f, &img, 0, &face);
    at[2] = cpu_ms();
    face_describe(f, &img, FACE_WANT_EMBEDDING, &face);
    at[3] = cpu_ms();
    if (face.reason == FACE_FINE) {
        face_describe(f, &img, FACE_WANT_EMBEDDING | FACE_WANT_LIVENESS, &face);
        at[4] = cpu_ms();
        samples_add(&times[DECODE], at[1] - at[0]);
        samples_add(&times[FIND], at[2] - at[1]);
        samples_add(&times[EMBED], at[3] - at[2] - (at[2] - at[1]));
        samples_add(&times[LIVE], at[4] - at[3] - (at[3] - at[2]));
        samples_add(&times[ALL], at[1] - at[0] + at[4] - at[3]);
    }
    image_free(&img);
}

static void print_times(const char *what)
{
    static const char *const NAMES[STAGES] = {"decode", "find, landmarks, align", "embed", "liveness", "whole check"};

    printf("\nCPU time of %s, ms (median, 95th percentile):\n", what);
    for (int i = 0; i < STAGES; i++) {
        printf("  %-24s %6.1f %6.1f\n", NAMES[i], samples_at(&times[i], 0.5), samples_at(&times[i], 0.95));
        samples_clear(&times[i]);
    }
}

/* A photo of a camera's size: the given one enlarged onto width × height, with noise so that its JPEG has a camera's bytes. */
static bool enlarge(const struct image *small, int width, int height, int quality, struct arena *a, struct str *ret)
{
    struct image large = {malloc(3 * (size_t)width * (size_t)height), width, height};
    float *row = malloc(3 * sizeof *row * (size_t)width * (size_t)height);
    float tall = (float)small->height, wide = tall * (float)width / (float)height;
    struct face_rect from = {((float)small->width - wide) / 2, 0, wide, tall};
    uint32_t seed = 1;

    bool good = large.pixels && row && face_sample(small, from, width, height, row);
    for (size_t i = 0; good && i < 3 * (size_t)width * (size_t)height; i++) {
        seed = seed * 1664525 + 1013904223;
        float v = row[i] + (float)(seed >> 28) - 7.5f;
        large.pixels[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    good = good && image_encode_jpeg(&large, quality, a, ret) == OK;
    free(row);
    image_free(&large);
    return good;
}

static void time_size(struct face_engine *f, const char *path, int width, int height, int quality)
{
    struct arena a;
    struct image img;
    struct str bytes = read_file(path), large;
    char what[100];

    arena_init(&a);
    if (image_decode(bytes, 0, &img) == OK) {
        if (enlarge(&img, width, height, quality, &a, &large)) {
            for (int i = 0; i < 20; i++)
                time_stages(f, large, FACE_IMAGE_SIDE);
            snprintf(what, sizeof what, "a %d x %d JPEG of %.1f MB", width, height, (double)large.len / 1e6);
            print_times(what);
        }
        image_free(&img);
    }
    free((char *)(uintptr_t)bytes.ptr);
    arena_free(&a);
}

/* ── The photos ── */

static void take_photo(struct face_engine *f, const char *path, int person)
{
    struct str bytes = read_file(path);
    struct photo *p = &photos[n_photos];
    float similar = f->manifest.similar_size;
    struct image img;

    if (image_decode(bytes, FACE_IMAGE_SIDE, &img) == OK) {
        p->person = person;
        if (face_describe(f, &img, 0, &p->face) == OK)
            p->reason = p->face.reason;
        p->found = p->reason != FACE_NONE;
        f->manifest.similar_size = 2; /* the largest, whoever stands beside: pairs of all photos */
        if (p->found && face_describe(f, &img, FACE_WANT_EMBEDDING | FACE_WANT_LIVENESS, &p->face) == OK)
            n_photos++;
        else
            printf("not described (%s): %s\n", face_reason_word(p->reason), path);
        f->manifest.similar_size = similar;
        image_free(&img);
        time_stages(f, bytes, FACE_IMAGE_SIDE);
    }
    free((char *)(uintptr_t)bytes.ptr);
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static int take_person(struct face_engine *f, const char *folder, char *first, size_t first_size)
{
    struct dirent **files;
    char path[2048];
    int n = scandir(folder, &files, visible, alphasort), taken = 0;

    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]->d_name);
        if (n_photos < PHOTOS_MAX) {
            take_photo(f, path, n_people);
            taken++;
        }
        if (first[0] == '\0')
            snprintf(first, first_size, "%s", path);
        free(files[i]);
    }
    if (n >= 0)
        free(files);
    n_people += n > 0;
    return taken;
}

static int take_people(struct face_engine *f, const char *folder, char *first, size_t first_size)
{
    struct dirent **people;
    char path[1400];
    int n = scandir(folder, &people, visible, alphasort), files = 0;

    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, people[i]->d_name);
        files += take_person(f, path, first, first_size);
        free(people[i]);
    }
    if (n >= 0)
        free(people);
    return files;
}

static void print_found(int files)
{
    int reasons[8] = {0}, found = 0;

    for (int i = 0; i < n_photos; i++) {
        reasons[photos[i].reason]++;
        found += photos[i].found;
    }
    printf("%d people, %d photos; a face found in %d (%.1f %%)\n", n_people, files, found, 100.0 * found / files);
    for (int r = FACE_NONE; r <= FACE_TOO_DARK; r++)
        if (reasons[r] > 0)
            printf("  refused in a check as %s: %d\n", face_reason_word((enum face_reason)r), reasons[r]);
}

/* ── Comparing ── */

static float likeness(const struct photo *a, const struct photo *b)
{
    return face_similarity(a->face.embedding, b->face.embedding, a->face.dimensions);
}

/* half: people 0, 2, 4 … (0), 1, 3, 5 … (1) or all (−1). */
static bool in_half(int person, int half)
{
    return half < 0 || person % 2 == half;
}

static void pairs(int half, struct samples *same, struct samples *other)
{
    for (int i = 0; i < n_photos; i++)
        for (int k = 0; k < i; k++)
            if (in_half(photos[i].person, half) && in_half(photos[k].person, half))
                samples_add(photos[i].person == photos[k].person ? same : other, (double)likeness(&photos[i], &photos[k]));
}

/* The best of n photos drawn of `person`, not photo i itself; −2 when there are not so many. */
static float best_of(int i, int person, int n, uint32_t *seed)
{
    int used[BEST_OF_MAX] = {-1, -1, -1}, tries = 0;
    float best = -2;

    for (int k = 0; k < n && tries < 10000; tries++) {
        *seed = *seed * 1664525 + 1013904223;
        int c = (int)((*seed >> 8) % (unsigned)n_photos);
        if (c == i || photos[c].person != person || c == used[0] || c == used[1] || c == used[2])
            continue;
        used[k++] = c;
        best = fmaxf(best, likeness(&photos[i], &photos[c]));
        if (k == n)
            return best;
    }
    return -2;
}

static void claims(int half, int n, struct samples *same, struct samples *other)
{
    uint32_t seed = 7;

    for (int i = 0; i < n_photos; i++)
        for (int person = 0; person < n_people; person++) {
            if (!in_half(photos[i].person, half) || !in_half(person, half))
                continue;
            for (int draw = 0; draw < DRAWS; draw++) {
                float s = best_of(i, person, n, &seed);
                if (s > -2)
                    samples_add(photos[i].person == person ? same : other, (double)s);
            }
        }
}

static void print_pairs(void)
{
    struct samples same = {0}, other = {0}, same_b = {0}, other_b = {0};

    pairs(-1, &same, &other);
    double t = samples_at(&other, 0.999);
    printf("\nAll pairs (%zu of one person, %zu of two): AUC %.5f, equal error rate %.2f %%, TAR %.2f %% at FAR 0.1 %% (threshold %.3f)\n",
           same.n, other.n, stats_auc(&same, &other), 100 * stats_eer(&same, &other), 100 * samples_above(&same, t), t);
    samples_clear(&same);
    samples_clear(&other);
    pairs(0, &same, &other);
    pairs(1, &same_b, &other_b);
    t = samples_at(&other, 0.999);
    printf("Threshold set on half of the people (FAR 0.1 %%): %.3f; on the others TAR %.2f %%, FAR %.3f %% (%zu and %zu pairs)\n", t,
           100 * samples_above(&same_b, t), 100 * samples_above(&other_b, t), same_b.n, other_b.n);
    samples_clear(&same);
    samples_clear(&other);
    samples_clear(&same_b);
    samples_clear(&other_b);
}

static void print_claims(const struct face_engine *f, int n)
{
    struct samples same = {0}, other = {0};
    double slope, offset, t = (double)face_threshold(f, n);

    pairs(0, &same, &other);
    double pairs_same = (double)same.n, pairs_other = (double)other.n;
    samples_clear(&same);
    samples_clear(&other);
    claims(0, n, &same, &other);
    stats_logistic(&same, &other, pairs_same, pairs_other, &slope, &offset);
    printf("\nBest of %d, %zu true and %zu false claims of half of the people: the curve fitted has slope %.1f, offset %.2f\n", n,
           same.n, other.n, slope, offset);
    samples_clear(&same);
    samples_clear(&other);
    claims(1, n, &same, &other);
    printf("Of the others (%zu, %zu), at the threshold in models.json (%.3f): TAR %.2f %%, FAR %.3f %%\n", same.n, other.n, t,
           100 * samples_above(&same, t), 100 * samples_above(&other, t));
    printf("  confidence       said  was (true claims among as many true as false)\n");
    static const double EDGES[] = {0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0001};
    for (size_t i = 0; i + 1 < sizeof EDGES / sizeof *EDGES; i++) {
        double said = 0, yes = 0, no = 0;
        for (size_t k = 0; k < same.n + other.n; k++) {
            bool one = k < same.n;
            double weight = 1 / (double)(one ? same.n : other.n);
            double p = (double)face_confidence(f, (float)(one ? same.v[k] : other.v[k - same.n]), n);
            if (p < EDGES[i] || p >= EDGES[i + 1])
                continue;
            said += p * weight;
            *(one ? &yes : &no) += weight;
        }
        if (yes + no > 0)
            printf("  %.2f to %.2f     %.3f  %.3f  (%.2f %% of the claims)\n", EDGES[i], fmin(EDGES[i + 1], 1), said / (yes + no),
                   yes / (yes + no), 50 * (yes + no));
    }
    samples_clear(&same);
    samples_clear(&other);
}

int main(int argc, char **argv)
{
    const char *faces = getenv("BOOKADATE_TEST_FACES"), *why = "";
    char folder[1000], first[2048] = "";
    struct face_options options = {argc > 2 ? argv[2] : "build-npm/faces", argc > 3 ? argv[3] : ""};

    snprintf(folder, sizeof folder, "%s%s", argc > 1 ? argv[1] : faces ? faces : "../shared/faces", argc > 1 ? "" : "/lfw10");
    photos = calloc(PHOTOS_MAX, sizeof *photos);
    long before = status_kb("VmRSS:");
    struct face_engine *f = face_open(&options);
    if (!photos || !face_ready(f, &why)) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    long opened = status_kb("VmRSS:");
    int files = take_people(f, folder, first, sizeof first);
    if (files == 0) {
        fprintf(stderr, "There are no photos in %s: nothing is measured\n", folder);
        return 1;
    }
    printf("Resident: %ld MB before, %ld MB opened, at most %ld MB with all models loaded and these photos described\n", before / 1024,
           opened / 1024, status_kb("VmHWM:") / 1024);
    printf("%s, ONNX Runtime %s\n", face_model(f)->name, runtime_version(f->runtime));
    print_found(files);
    print_pairs();
    for (int n = 1; n <= BEST_OF_MAX; n++)
        print_claims(f, n);
    print_times("these photos");
    time_size(f, first, 640, 480, 90);
    time_size(f, first, 4000, 3000, 88);
    face_close(f);
    free(photos);
    return 0;
}
