/* What the parts of bench/face*.c share: the photos that were taken in, and pictures made of them. Not for the product. */
#ifndef BENCH_FACE_BENCH_H
#define BENCH_FACE_BENCH_H

#include "bench/face_stats.h"
#include "platform/face/engine.h"

#include <stdint.h>

struct photo {
    int person; /* half of the people: those with an even number */
    enum face_reason reason; /* with the bounds of models.json */
    bool found;
    struct face face; /* of the largest one */
    char *path;
};

extern struct photo *photos;
extern int n_photos, n_people;

/* Bytes of a file; the caller frees .ptr. */
struct str read_file(const char *path);
/* The photo's pixels, 250 to some hundred a side. The caller image_free()s. */
struct image photo_image(const struct photo *p);

/* ── face_made.c: pictures made of photos; the caller image_free()s ── */

struct head {
    float yaw, pitch; /* degrees more than in the photo, as in face.h */
    float x, y;       /* moved by parts of the picture's side */
};
/* The photo with its head turned and moved before the same background: an ellipsoid with a nose, without perspective. */
struct image with_head(const struct image *from, const struct face *face, struct head to);
struct image mirrored(const struct image *from);
/* Every value × gain, and noise of that deviation. */
struct image lit(const struct image *from, float gain, float noise, uint32_t seed);
/* What is left when each side loses that part of the picture's. */
struct image cropped(const struct image *from, float part);
struct image resized(const struct image *from, int width, int height);
struct image as_jpeg(const struct image *from, int quality);

/* ── What is printed ── */

void print_pairs(void);
void print_claims(const struct face_engine *f);
void print_poses(struct face_engine *f);
void print_marks(void);
void print_copies_of_faces(struct face_engine *f);
void print_aligned(struct face_engine *f);

#endif
