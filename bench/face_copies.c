/* How alike a face is to itself in a copy that was worked on, and in other photos and frames of the person: for
 * FACE_SAME_PICTURE. */
#include "bench/face_bench.h"

#include <math.h>
#include <stdio.h>

/* −2: no clear face. */
static double likeness_to(struct face_engine *f, const float *embedding, struct image img)
{
    static struct face face;
    double s = -2;

    if (face_describe(f, &img, FACE_WANT_EMBEDDING, &face) == OK && face.reason == FACE_FINE)
        s = (double)face_similarity(embedding, face.embedding, face.dimensions);
    image_free(&img);
    return s;
}

static void print_likeness(const char *what, struct samples *s)
{
    printf("  %-52s %6.3f %6.3f %6.3f %6.3f %6.3f   (%zu)\n", what, samples_at(s, 0.01), samples_at(s, 0.05), samples_at(s, 0.5),
           samples_at(s, 0.95), samples_at(s, 1), s->n);
    samples_clear(s);
}

/* ── Copies ── */

struct work_done {
    const char *what;
    float crop, gain;
    int quality, width; /* 0: as it is */
    bool mirrored;
};

static struct image worked_on(const struct image *img, const struct work_done *w)
{
    struct image cut = cropped(img, w->crop), turned = w->mirrored ? mirrored(&cut) : cropped(&cut, 0);
    int width = w->width ? w->width : turned.width;
    struct image sized = resized(&turned, width, width * turned.height / turned.width), light = lit(&sized, w->gain, 0, 1),
                 out = as_jpeg(&light, w->quality);

    image_free(&cut);
    image_free(&turned);
    image_free(&sized);
    image_free(&light);
    return out;
}

static void print_worked_on(struct face_engine *f)
{
    static const struct work_done WORK[] = {
        {"copy, JPEG quality 85", 0, 1, 85, 0, false},
        {"copy, JPEG quality 40, 15 % darker", 0, 0.85f, 40, 0, false},
        {"copy, mirrored", 0, 1, 85, 0, true},
        {"copy, 5 % cut off each side", 0.05f, 1, 85, 0, false},
        {"copy, 15 % cut off each side", 0.15f, 1, 85, 0, false},
        {"copy, 10 % cut off, mirrored, 200 wide, quality 60", 0.10f, 1, 60, 200, true},
    };
    for (size_t k = 0; k < sizeof WORK / sizeof *WORK; k++) {
        struct samples s = {0};
        for (int i = 0; i < n_photos; i++) {
            struct image img = photo_image(&photos[i]);
            double same = photos[i].reason == FACE_FINE ? likeness_to(f, photos[i].face.embedding, worked_on(&img, &WORK[k])) : -2;
            image_free(&img);
            if (same > -2)
                samples_add(&s, same);
        }
        print_likeness(WORK[k].what, &s);
    }
}

/* ── What an honest person sends ── */

struct posed_pair {
    const char *what;
    struct head a, b;
};

static double posed_likeness(struct face_engine *f, const struct photo *p, const struct posed_pair *pair)
{
    static struct face first;
    struct image img = photo_image(p), a = with_head(&img, &p->face, pair->a), b = with_head(&img, &p->face, pair->b);
    double s = -2;

    image_free(&img);
    if (face_describe(f, &a, FACE_WANT_EMBEDDING, &first) == OK && first.reason == FACE_FINE) {
        struct image noisy = lit(&b, 1.01f, 3, 7);
        s = likeness_to(f, first.embedding, noisy);
    }
    image_free(&a);
    image_free(&b);
    return s;
}

static void print_posed(struct face_engine *f)
{
    static const struct posed_pair PAIRS[] = {
        {"frames: 25 degrees left and right", {25, 0, 0, 0}, {-25, 0, 0.01f, 0}},
        {"frames: 25 degrees left, and up", {25, 0, 0, 0}, {0, 18, 0.01f, 0}},
        {"frames: straight, and turned by 25", {0, 0, 0, 0}, {25, 0, 0.01f, 0}},
        {"frames: straight, and up by 18", {0, 0, 0, 0}, {0, 18, 0.01f, 0}},
        {"frames: straight, moved by 2 %, turned by 5", {0, 0, 0, 0}, {5, 2, 0.02f, 0.01f}},
        {"frames: 25 left, and 30 left", {25, 0, 0, 0}, {30, 0, 0.02f, 0.01f}},
    };
    for (size_t k = 0; k < sizeof PAIRS / sizeof *PAIRS; k++) {
        struct samples s = {0};
        for (int i = 0; i < n_photos; i++) {
            double same = photos[i].reason == FACE_FINE && fabsf(photos[i].face.pose.yaw) < 8 ? posed_likeness(f, &photos[i], &PAIRS[k]) : -2;
            if (same > -2)
                samples_add(&s, same);
        }
        print_likeness(PAIRS[k].what, &s);
    }
}

static void print_photos(void)
{
    struct samples s = {0};

    for (int i = 0; i < n_photos; i++)
        for (int k = 0; k < i; k++)
            if (photos[i].person == photos[k].person)
                samples_add(&s, (double)face_similarity(photos[i].face.embedding, photos[k].face.embedding, photos[i].face.dimensions));
    print_likeness("two photos of one person", &s);
}

void print_copies_of_faces(struct face_engine *f)
{
    printf("\nLikeness of a face to itself (1 %%, 5 %%, median, 95 %%, most; pairs):\n");
    print_worked_on(f);
    print_posed(f);
    print_photos();
}
