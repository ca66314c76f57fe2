/* The perceptual print of a picture: the signs of a band of its frequencies (discrete cosine
 * transform of a 64 × 64 grey thumbnail, as in pHash, but without the lowest ones, which stay as
 * they are when a head moves before the same wall). Needs no model. */
#include "platform/face/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 64
#define FIRST 13 /* diagonal of frequencies; measured: docs/MODELS.md */
#define LOW 26   /* frequencies a side: enough for 256 along the diagonals from there */
#define BITS (32 * FACE_PRINT_PARTS)

struct cosines {
    double of[LOW][SIDE];
};

static void cosines_make(struct cosines *ret)
{
    for (int f = 0; f < LOW; f++)
        for (int i = 0; i < SIDE; i++)
            ret->of[f][i] = cos(M_PI / SIDE * (i + 0.5) * f);
}

/* One dimension: LOW frequencies of SIDE values, which are `step` apart, as are those to come. */
static void transform(const struct cosines *c, const float *from, float *to, size_t step)
{
    for (size_t f = 0; f < LOW; f++) {
        double sum = 0;
        for (size_t i = 0; i < SIDE; i++)
            sum += (double)from[i * step] * c->of[f][i];
        to[f * step] = (float)sum;
    }
}

static void frequencies(const float grey[SIDE * SIDE], float ret[LOW * LOW])
{
    struct cosines c;
    float rows[SIDE * LOW];

    cosines_make(&c);
    for (size_t y = 0; y < SIDE; y++)
        transform(&c, grey + y * SIDE, rows + y * LOW, 1);
    for (size_t f = 0; f < LOW; f++)
        transform(&c, rows + f, ret + f, LOW);
}

struct frequency {
    unsigned x, y;
};

/* Which one a bit of the print is the sign of: by diagonals, the lowest first. */
static struct frequency frequency_of(unsigned bit)
{
    unsigned sum = FIRST;

    for (; bit > sum; sum++)
        bit -= sum + 1;
    return (struct frequency){sum - bit, bit};
}

enum err face_image_print(const struct image *img, struct face_print *ret)
{
    struct face_rect all = {0, 0, (float)img->width, (float)img->height};
    float *grey = malloc(3 * sizeof *grey * SIDE * SIDE);
    float low[LOW * LOW];
    struct face_print print = {0};

    if (!grey || !face_sample(img, all, SIDE, SIDE, grey)) {
        free(grey);
        return ERR_UNAVAILABLE;
    }
    face_grey(grey, (size_t)SIDE * SIDE, grey);
    frequencies(grey, low);
    free(grey);

    for (unsigned bit = 0; bit < BITS; bit++) {
        struct frequency f = frequency_of(bit);
        print.parts[bit / 32] |= (uint32_t)(low[f.y * LOW + f.x] > 0) << bit % 32;
    }
    *ret = print;
    return OK;
}

/* The odd ones change their sign when a row is read backwards. */
struct face_print face_print_mirrored(const struct face_print *p)
{
    struct face_print ret = *p;

    for (unsigned bit = 0; bit < BITS; bit++)
        ret.parts[bit / 32] ^= (uint32_t)(frequency_of(bit).x % 2) << bit % 32;
    return ret;
}

int face_prints_equal(const struct face_print *a, const struct face_print *b)
{
    int n = 0;

    for (int i = 0; i < FACE_PRINT_PARTS; i++)
        n += a->parts[i] == b->parts[i];
    return n;
}
