/* Statistics of two sets of numbers (true and false claims), for bench/face.c: quantiles, the area under the ROC curve, the
 * equal error rate, a logistic curve. No I/O. */
#ifndef BENCH_FACE_STATS_H
#define BENCH_FACE_STATS_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct samples {
    double *v;
    size_t n, room;
    bool sorted;
};

static inline void samples_add(struct samples *s, double v)
{
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 256;
        s->v = realloc(s->v, s->room * sizeof *s->v);
        if (!s->v)
            abort();
    }
    s->v[s->n++] = v;
    s->sorted = false;
}

static inline void samples_clear(struct samples *s)
{
    free(s->v);
    *s = (struct samples){0};
}

static inline int samples_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline void samples_sort(struct samples *s)
{
    if (!s->sorted && s->n > 0)
        qsort(s->v, s->n, sizeof *s->v, samples_order);
    s->sorted = true;
}

/* The value that a part q of the samples does not exceed. */
static inline double samples_at(struct samples *s, double q)
{
    samples_sort(s);
    if (s->n == 0)
        return NAN;
    size_t i = (size_t)ceil(q * (double)s->n);
    return s->v[i > 0 ? i - 1 : 0];
}

/* How many are at most t. */
static inline size_t samples_up_to(struct samples *s, double t)
{
    size_t low = 0, high = s->n;

    samples_sort(s);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->v[middle] <= t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The part that is above t. */
static inline double samples_above(struct samples *s, double t)
{
    return 1 - (double)samples_up_to(s, t) / (double)s->n;
}

/* The probability that a true claim is above a false one. */
static inline double stats_auc(struct samples *same, struct samples *other)
{
    double sum = 0;

    for (size_t i = 0; i < same->n; i++)
        sum += (double)samples_up_to(other, same->v[i]);
    return sum / (double)same->n / (double)other->n;
}

/* Where as large a part of the true claims fails as of the false ones passes: the mean of the two there. */
static inline double stats_eer(struct samples *same, struct samples *other)
{
    double best = 2, rate = 1;

    for (double t = -1; t <= 1; t += 0.0005) {
        double fail = 1 - samples_above(same, t), pass = samples_above(other, t);
        if (fabs(fail - pass) < best) {
            best = fabs(fail - pass);
            rate = (fail + pass) / 2;
        }
    }
    return rate;
}

/* One step of Newton's method on one set: gradient and second derivatives of the mean loss, for the target t. */
static inline void stats_step(const struct samples *s, double t, double slope, double offset, double g[2], double h[3])
{
    for (size_t i = 0; i < s->n; i++) {
        double x = s->v[i], p = 1 / (1 + exp(-(slope * x + offset))), w = p * (1 - p) / (double)s->n;
        g[0] += (p - t) * x / (double)s->n;
        g[1] += (p - t) / (double)s->n;
        h[0] += w * x * x;
        h[1] += w * x;
        h[2] += w;
    }
}

/* Platt's curve, both sets of the same weight, with his targets short of 0 and 1 for so many claims that are independent (sets
 * that do not overlap have a curve, too). */
static inline void stats_logistic(const struct samples *same, const struct samples *other, double n_same, double n_other,
                                  double *ret_slope, double *ret_offset)
{
    double slope = 10, offset = -3;

    for (int i = 0; i < 300; i++) {
        double g[2] = {0}, h[3] = {1e-9, 0, 1e-9};
        stats_step(same, (n_same + 1) / (n_same + 2), slope, offset, g, h);
        stats_step(other, 1 / (n_other + 2), slope, offset, g, h);
        double d = h[0] * h[2] - h[1] * h[1];
        slope -= fmax(fmin((h[2] * g[0] - h[1] * g[1]) / d, 2), -2);
        offset -= fmax(fmin((h[0] * g[1] - h[1] * g[0]) / d, 1), -1);
    }
    *ret_slope = slope;
    *ret_offset = offset;
}

#endif
