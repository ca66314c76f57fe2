/* How many parts of a picture's print stay equal in copies of it, in other frames of the same camera, and between photos of
 * different moments: for FACE_PRINT_ALIKE. */
#include "bench/face_bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CAMERA_WIDTH 640
#define CAMERA_HEIGHT 480

struct counts {
    int n, least[FACE_PRINT_PARTS + 1]; /* how many have at least so many parts equal */
};

/* As the face check holds them against each other: either way round. */
static void count(struct counts *c, const struct face_print *a, const struct face_print *b)
{
    struct face_print back = face_print_mirrored(b);
    int equal = face_prints_equal(a, b), equal_back = face_prints_equal(a, &back);

    equal = equal_back > equal ? equal_back : equal;

    c->n++;
    for (int i = 0; i <= equal; i++)
        c->least[i]++;
}

static void print_counts(const char *what, const struct counts *c)
{
    printf("  %-44s", what);
    for (int i = 1; i <= FACE_PRINT_PARTS; i++)
        printf(" %6.1f", 100.0 * c->least[i] / c->n);
    printf("\n");
}

static struct face_print print_of(struct image img)
{
    struct face_print p;

    if (face_image_print(&img, &p) != OK)
        abort();
    image_free(&img);
    return p;
}

/* What a webcam gives of this photo's scene: its size, its noise, its JPEG. */
static struct image frame(const struct image *scene, float gain, uint32_t seed)
{
    struct image large = resized(scene, CAMERA_WIDTH, CAMERA_HEIGHT), noisy = lit(&large, gain, 3, seed), out = as_jpeg(&noisy, 92);

    image_free(&large);
    image_free(&noisy);
    return out;
}

struct copy {
    const char *what;
    int quality, width;
    float gain;
    bool mirrored;
};

static struct image copied(const struct image *from, const struct copy *c)
{
    struct image sized = resized(from, c->width, c->width * from->height / from->width), light = lit(&sized, c->gain, 0, 1),
                 back = mirrored(&light), out = as_jpeg(c->mirrored ? &back : &light, c->quality);

    image_free(&sized);
    image_free(&light);
    image_free(&back);
    return out;
}

static void print_copies(void)
{
    static const struct copy COPIES[] = {
        {"copy, JPEG quality 90", 90, 640, 1},     {"copy, JPEG quality 60", 60, 640, 1},
        {"copy, JPEG quality 30", 30, 640, 1},     {"copy, 320 wide, JPEG quality 85", 85, 320, 1},
        {"copy, 240 wide, JPEG quality 60", 60, 240, 1}, {"copy, 1280 wide, JPEG quality 85", 85, 1280, 1},
        {"copy, 15 % darker, JPEG quality 85", 85, 640, 0.85f}, {"copy, 10 % lighter, JPEG quality 85", 85, 640, 1.1f},
        {"copy, mirrored, JPEG quality 85", 85, 640, 1, true},
    };
    for (size_t k = 0; k < sizeof COPIES / sizeof *COPIES; k++) {
        struct counts c = {0};
        for (int i = 0; i < n_photos; i++) {
            struct image scene = photo_image(&photos[i]), sent = frame(&scene, 1, (uint32_t)i + 1);
            struct face_print again = print_of(copied(&sent, &COPIES[k])), first = print_of(sent);
            count(&c, &first, &again);
            image_free(&scene);
        }
        print_counts(COPIES[k].what, &c);
    }
}

struct move {
    const char *what;
    struct head to;
    float gain;
};

static void print_frames(void)
{
    static const struct move MOVES[] = {
        {"next frame, nobody moves", {0, 0, 0, 0}, 1},
        {"frame, head moved by 0.5 %", {0, 0, 0.005f, 0}, 1.01f},
        {"frame, head moved by 1 %", {0, 0, 0.01f, 0}, 0.99f},
        {"frame, head turned by 3 degrees", {3, 0, 0, 0}, 1.01f},
        {"frame, moved by 2 %, turned by 5 degrees", {5, 2, 0.02f, 0.01f}, 1.02f},
        {"frame, moved by 4 %, turned by 10 degrees", {10, 4, 0.04f, 0.02f}, 0.98f},
        {"frame, turned by 25 degrees", {25, 0, 0, 0}, 1.01f},
        {"frame, looking up by 18 degrees", {0, 18, 0, 0}, 1.01f},
    };
    for (size_t k = 0; k < sizeof MOVES / sizeof *MOVES; k++) {
        struct counts c = {0};
        for (int i = 0; i < n_photos; i++) {
            struct image scene = photo_image(&photos[i]), later = with_head(&scene, &photos[i].face, MOVES[k].to);
            struct face_print first = print_of(frame(&scene, 1, (uint32_t)i + 1)),
                              again = print_of(frame(&later, MOVES[k].gain, (uint32_t)i + 100001));
            count(&c, &first, &again);
            image_free(&scene);
            image_free(&later);
        }
        print_counts(MOVES[k].what, &c);
    }
}

static void print_others(void)
{
    struct face_print *all = calloc((size_t)n_photos, sizeof *all);
    struct counts c = {0};

    if (!all)
        abort();
    for (int i = 0; i < n_photos; i++) {
        all[i] = print_of(photo_image(&photos[i]));
        for (int k = 0; k < i; k++)
            count(&c, &all[i], &all[k]);
    }
    print_counts("two different photos", &c);
    free(all);
}

void print_marks(void)
{
    printf("\nPrints: %% of pairs with at least so many equal parts (seen before: %d of %d)\n  %-44s", FACE_PRINT_ALIKE,
           FACE_PRINT_PARTS, "");
    for (int i = 1; i <= FACE_PRINT_PARTS; i++)
        printf(" %6d", i);
    printf("\n");
    print_copies();
    print_frames();
    print_others();
}
