/* Would a print of the face, brought to where the embedder sees it, know a copy that was cut, and tell it from the next frame of the
 * same face? For docs/MODELS.md; the product has no such print. */
#include "bench/face_bench.h"
#include "platform/face/internal.h"

#include <math.h>
#include <stdio.h>

#define SIDE 112
#define BITS 128 /* signs of the lowest frequencies but the mean */
#define LOW 16   /* they are among these, a side */
#define PART 16  /* bits that a keyed hash would hold together */

struct bits {
    bool known, v[BITS];
};

static double cosines[LOW][SIDE];

static double frequency(const float *grey, int u, int v)
{
    double sum = 0;

    for (int y = 0; y < SIDE; y++) {
        double row = 0;
        for (int x = 0; x < SIDE; x++)
            row += (double)grey[y * SIDE + x] * cosines[u][x];
        sum += row * cosines[v][y];
    }
    return sum;
}

static struct bits bits_of(struct face_engine *f, struct image img)
{
    static struct face face;
    static float rgb[3 * SIDE * SIDE];
    struct bits ret = {0};
    int n = 0;

    if (face_describe(f, &img, 0, &face) == OK && face.reason == FACE_FINE && face_align(&img, face.landmarks, SIDE, SIDE, rgb) == OK) {
        face_grey(rgb, (size_t)SIDE * SIDE, rgb);
        for (int sum = 1; n < BITS; sum++)
            for (int v = 0; v <= sum && n < BITS; v++)
                ret.v[n++] = frequency(rgb, sum - v, v) > 0;
        ret.known = true;
    }
    image_free(&img);
    return ret;
}

/* ── Pairs ── */

struct pairs {
    struct samples unequal, parts; /* % of the bits; whole parts that are equal */
};

static void add_pair(struct pairs *p, struct bits a, struct bits b)
{
    int unequal = 0, parts = 0;

    for (int i = 0; i < BITS; i += PART) {
        int here = 0;
        for (int k = i; k < i + PART; k++)
            here += a.v[k] != b.v[k];
        unequal += here;
        parts += here == 0;
    }
    if (a.known && b.known) {
        samples_add(&p->unequal, 100.0 * unequal / BITS);
        samples_add(&p->parts, parts);
    }
}

static void print_pair(const char *what, struct pairs *p)
{
    printf("  %-36s %6.1f %6.1f %6.1f %6.1f %6.1f   %2.0f %2.0f %2.0f   (%zu)\n", what, samples_at(&p->unequal, 0.01),
           samples_at(&p->unequal, 0.05), samples_at(&p->unequal, 0.5), samples_at(&p->unequal, 0.95), samples_at(&p->unequal, 0.99),
           samples_at(&p->parts, 0.05), samples_at(&p->parts, 0.5), samples_at(&p->parts, 0.95), p->unequal.n);
    samples_clear(&p->unequal);
    samples_clear(&p->parts);
}

static struct image frame(const struct image *scene, uint32_t seed)
{
    struct image large = resized(scene, 640, 640 * scene->height / scene->width), noisy = lit(&large, 1, 3, seed), out = as_jpeg(&noisy, 92);

    image_free(&large);
    image_free(&noisy);
    return out;
}

static void print_cut(struct face_engine *f, const char *what, float part)
{
    struct pairs p = {0};

    for (int i = 0; i < n_photos; i++) {
        struct image scene = photo_image(&photos[i]), sent = frame(&scene, (uint32_t)i + 1), cut = cropped(&sent, part);
        struct bits copy = bits_of(f, as_jpeg(&cut, 85));
        add_pair(&p, bits_of(f, sent), copy);
        image_free(&scene);
        image_free(&cut);
    }
    print_pair(what, &p);
}

static void print_frame(struct face_engine *f, const char *what, struct head to)
{
    struct pairs p = {0};

    for (int i = 0; i < n_photos; i++) {
        struct image scene = photo_image(&photos[i]), later = with_head(&scene, &photos[i].face, to);
        struct bits first = bits_of(f, frame(&scene, (uint32_t)i + 1));
        add_pair(&p, first, bits_of(f, frame(&later, (uint32_t)i + 100001)));
        image_free(&scene);
        image_free(&later);
    }
    print_pair(what, &p);
}

void print_aligned(struct face_engine *f)
{
    for (int u = 0; u < LOW; u++)
        for (int x = 0; x < SIDE; x++)
            cosines[u][x] = cos(M_PI / SIDE * (x + 0.5) * u);
    printf("\nA print of the aligned face: %% of unequal bits (1 %%, 5 %%, median, 95 %%, 99 %%); equal parts of %d (5 %%, median, 95 %%); pairs:\n",
           BITS / PART);
    print_cut(f, "copy, JPEG quality 85", 0);
    print_cut(f, "copy, 6 % cut off each side", 0.06f);
    print_cut(f, "copy, 10 % cut off each side", 0.10f);
    print_frame(f, "next frame, nobody moves", (struct head){0, 0, 0, 0});
    print_frame(f, "frame, moved by 1 %", (struct head){0, 0, 0.01f, 0});
    print_frame(f, "frame, turned by 3 degrees", (struct head){3, 0, 0, 0});
    print_frame(f, "frame, moved by 2 %, turned by 5", (struct head){5, 2, 0.02f, 0.01f});
    print_frame(f, "frame, turned by 25", (struct head){25, 0, 0, 0});
}
