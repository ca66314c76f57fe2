/* How well and how fast the face models do on a folder of people (one folder each, with their photos): every pair compared, a
 * threshold set on half of the people and tried on the others, whether `confidence` means what it says, time a stage, memory.
 *   bench_face [folder of people [folder of models [ONNX Runtime library]]]
 * Folders: $BOOKADATE_TEST_FACES/lfw10 or ../shared/faces/lfw10; build-npm/faces. Prints; keeps nothing. */
#include "bench/face_bench.h"

#include <dirent.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define PHOTOS_MAX 4000
#define FILE_MAX_BYTES (20u << 20)

struct photo *photos;
int n_photos, n_people;

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

struct str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *bytes = malloc(FILE_MAX_BYTES);
    size_t n = f && bytes ? fread(bytes, 1, FILE_MAX_BYTES, f) : 0;

    if (f)
        fclose(f);
    return (struct str){bytes, n};
}

struct image photo_image(const struct photo *p)
{
    struct str bytes = read_file(p->path);
    struct image img;

    if (image_decode(bytes, FACE_IMAGE_SIDE, &img) != OK)
        abort();
    free((char *)(uintptr_t)bytes.ptr);
    return img;
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
    struct face_manifest *m = &atomic_load(&f->set)->manifest;
    float similar = m->similar_size;
    struct image img;

    if (image_decode(bytes, FACE_IMAGE_SIDE, &img) == OK) {
        p->person = person;
        if (face_describe(f, &img, 0, &p->face) == OK)
            p->reason = p->face.reason;
        p->found = p->reason != FACE_NONE;
        m->similar_size = 2; /* the largest, whoever stands beside: pairs of all photos */
        if (p->found && face_describe(f, &img, FACE_WANT_EMBEDDING | FACE_WANT_LIVENESS, &p->face) == OK)
            photos[n_photos++].path = strdup(path);
        else
            printf("not described (%s): %s\n", face_reason_word(p->reason), path);
        m->similar_size = similar;
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

/* What a session for each of n threads would hold: engines beside this one, each with models of its own, used once. */
#define MORE_ENGINES 3

static void print_sessions(const struct face_options *options, const char *path)
{
    struct face_engine *more[MORE_ENGINES];
    struct str bytes = read_file(path);
    static struct face face;
    struct image img;

    if (image_decode(bytes, FACE_IMAGE_SIDE, &img) == OK) {
        malloc_trim(0);
        printf("Resident with the models loaded once: %ld MB", status_kb("VmRSS:") / 1024);
        for (int i = 0; i < MORE_ENGINES; i++) {
            more[i] = face_open(options);
            face_describe(more[i], &img, FACE_WANT_EMBEDDING | FACE_WANT_LIVENESS, &face);
            malloc_trim(0);
            printf("; %d times: %ld MB", i + 2, status_kb("VmRSS:") / 1024);
        }
        printf("\n");
        for (int i = 0; i < MORE_ENGINES; i++)
            face_close(more[i]);
        image_free(&img);
    }
    free((char *)(uintptr_t)bytes.ptr);
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
    printf("%s, ONNX Runtime %s\n", face_model(f)->name, runtime_version(atomic_load(&f->set)->runtime));
    print_sessions(&options, first);
    print_found(files);
    print_pairs();
    print_claims(f);
    print_poses(f);
    print_marks();
    print_copies_of_faces(f);
    print_aligned(f);
    print_times("these photos");
    time_size(f, first, 640, 480, 90);
    time_size(f, first, 4000, 3000, 88);
    face_close(f);
    for (int i = 0; i < n_photos; i++)
        free(photos[i].path);
    free(photos);
    return 0;
}
