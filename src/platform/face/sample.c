/* A part of a picture in another size, as floats: each result is a weighted mean of the pixels that
 * it covers, rows first, then columns. Knows nothing of faces. */
#include "platform/face/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* For each of n results along a side: its first source pixel and the weights of those from there.
 */
struct taps {
    int most; /* weights a result */
    int *first;
    float *weights; /* n × most */
};

static void area_taps(struct taps *t, int i, float begin, float end)
{
    int first = (int)floorf(begin);

    t->first[i] = first;
    for (int k = 0; k < t->most; k++) {
        float from = fmaxf(begin, (float)(first + k)), to = fminf(end, (float)(first + k + 1));
        t->weights[i * t->most + k] = fmaxf(to - from, 0) / (end - begin);
    }
}

static void linear_taps(struct taps *t, int i, float centre)
{
    float at = centre - 0.5f;
    int first = (int)floorf(at);

    t->first[i] = first;
    memset(t->weights + i * t->most, 0, (size_t)t->most * sizeof *t->weights);
    t->weights[i * t->most] = 1 - (at - (float)first);
    t->weights[i * t->most + 1] = at - (float)first;
}

static bool taps_make(struct taps *t, float start, float length, int n)
{
    float each = length / (float)n;

    t->most = (int)ceilf(each) + 1;
    t->first = calloc((size_t)n, sizeof *t->first);
    t->weights = calloc((size_t)n * (size_t)t->most, sizeof *t->weights);
    if (!t->first || !t->weights)
        return false;
    for (int i = 0; i < n; i++) {
        float begin = start + each * (float)i;
        if (each > 1)
            area_taps(t, i, begin, begin + each);
        else
            linear_taps(t, i, begin + each / 2);
    }
    return true;
}

static void taps_free(struct taps *t)
{
    free(t->first);
    free(t->weights);
}

static int clamped(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/* The columns of the picture that the results need: [first, end). */
struct columns {
    int first, end;
};

static struct columns columns_of(const struct taps *t, int n, int limit)
{
    return (struct columns){clamped(t->first[0], limit),
                            clamped(t->first[n - 1] + t->most - 1, limit) + 1};
}

static void add_row(float *restrict sums, const uint8_t *restrict row, size_t n, float weight)
{
    for (size_t i = 0; i < n; i++)
        sums[i] += weight * (float)row[i];
}

static void sum_rows(const struct image *img, const struct taps *t, int i, struct columns c,
                     float *sums)
{
    size_t n = 3 * (size_t)(c.end - c.first);

    memset(sums, 0, n * sizeof *sums);
    for (int k = 0; k < t->most; k++) {
        float weight = t->weights[i * t->most + k];
        size_t y = (size_t)clamped(t->first[i] + k, img->height);
        if (weight > 0)
            add_row(sums, img->pixels + 3 * (y * (size_t)img->width + (size_t)c.first), n, weight);
    }
}

static void sum_columns(const float *sums, struct columns c, const struct taps *t, int n, float *to)
{
    for (int i = 0; i < n; i++, to += 3) {
        to[0] = to[1] = to[2] = 0;
        for (int k = 0; k < t->most; k++) {
            float weight = t->weights[i * t->most + k];
            const float *p = sums + 3 * clamped(t->first[i] + k - c.first, c.end - c.first);
            to[0] += weight * p[0];
            to[1] += weight * p[1];
            to[2] += weight * p[2];
        }
    }
}

bool face_sample(const struct image *img, struct face_rect from, int width, int height, float *ret)
{
    struct taps across = {0}, down = {0};
    float *sums = malloc(3 * (size_t)img->width * sizeof *sums);
    bool good = sums && taps_make(&across, from.x, from.width, width) &&
                taps_make(&down, from.y, from.height, height);

    if (good) {
        struct columns c = columns_of(&across, width, img->width);
        for (int y = 0; y < height; y++) {
            sum_rows(img, &down, y, c, sums);
            sum_columns(sums, c, &across, width, ret + 3 * (size_t)y * (size_t)width);
        }
    }
    taps_free(&across);
    taps_free(&down);
    free(sums);
    return good;
}

void face_grey(const float *rgb, size_t n, float *ret)
{
    for (size_t i = 0; i < n; i++)
        ret[i] = 0.299f * rgb[3 * i] + 0.587f * rgb[3 * i + 1] + 0.114f * rgb[3 * i + 2];
}
