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

/* How probable a claim is true, of as many true as false ones: a quadratic in the log odds, level below its lowest point. */
struct stats_curve {
    double offset, slope, square;
};

static inline double stats_probability(const struct stats_curve *c, double v)
{
    double x = fmax(v, -c->slope / (2 * c->square));

    return 1 / (1 + exp(-(c->offset + c->slope * x + c->square * x * x)));
}

/* Where the two meet, false claims are as their mean and deviation say (normal), and of the true ones the lowest quarter falls off
 * exponentially: the log of the ratio of the two densities. Nothing of it was chosen by its result on these photos but the form. */
static inline struct stats_curve stats_fit(struct samples *same, struct samples *other)
{
    double mean = 0, squares = 0, fall = 0, edge = samples_at(same, 0.25);
    size_t low = samples_up_to(same, edge);

    for (size_t i = 0; i < other->n; i++)
        mean += other->v[i] / (double)other->n;
    for (size_t i = 0; i < other->n; i++)
        squares += (other->v[i] - mean) * (other->v[i] - mean) / (double)other->n;
    for (size_t i = 0; i < low; i++)
        fall += (edge - same->v[i]) / (double)low;
    return (struct stats_curve){
        log(0.25 / fall) - edge / fall + 0.5 * log(2 * M_PI * squares) + mean * mean / (2 * squares),
        1 / fall - mean / squares,
        1 / (2 * squares),
    };
}

#endif
