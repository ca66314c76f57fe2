/* How well the embeddings tell people apart, and whether `confidence` means what it says: a part of bench/face.c. */
#include "bench/face_bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BEST_OF_MAX 3
#define DRAWS 40
#define PEOPLE_MAX 31
#define PARTED_MAX 12 /* people of whom every half is tried */

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

void print_pairs(void)
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


/* ── Confidence ── */

/* Photo of one person, said to be of another, or of the same one. */
struct claim {
    int of, said;
    double likeness;
};

struct claims {
    struct claim *v;
    size_t n;
};

static struct claims claims_of(int n)
{
    struct claims c = {calloc((size_t)n_photos * (size_t)n_people * DRAWS, sizeof(struct claim)), 0};
    uint32_t seed = 7;

    for (int i = 0; c.v && i < n_photos; i++)
        for (int person = 0; person < n_people && photos[i].person < PEOPLE_MAX && person < PEOPLE_MAX; person++)
            for (int draw = 0; draw < DRAWS; draw++) {
                float s = best_of(i, person, n, &seed);
                if (s > -2)
                    c.v[c.n++] = (struct claim){photos[i].person, person, (double)s};
            }
    return c;
}

/* Bit k of `half`: person k is among those that count. */
static void choose_claims(const struct claims *c, unsigned half, struct samples *same, struct samples *other)
{
    for (size_t i = 0; i < c->n; i++)
        if (half >> c->v[i].of & 1 && half >> c->v[i].said & 1)
            samples_add(c->v[i].of == c->v[i].said ? same : other, c->v[i].likeness);
}

static const double EDGES[] = {0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0001};
#define BINS (sizeof EDGES / sizeof *EDGES - 1)

struct bin {
    double said, yes, no;
};

static void put_claims(struct bin bins[BINS], const struct stats_curve *curve, const struct samples *claims, bool yes)
{
    for (size_t i = 0; i < claims->n; i++) {
        double p = stats_probability(curve, claims->v[i]), weight = 1 / (double)claims->n;
        size_t k = 0;
        while (k + 1 < BINS && p >= EDGES[k + 1])
            k++;
        bins[k].said += p * weight;
        *(yes ? &bins[k].yes : &bins[k].no) += weight;
    }
}

static int people_in(unsigned half)
{
    int n = 0;

    for (; half; half &= half - 1)
        n++;
    return n;
}

/* Every way to part the people into halves: the curve of the one half, tried on the other. Returns how many. */
static int try_halves(const struct claims *c, struct bin bins[BINS])
{
    int splits = 0, people = n_people < PARTED_MAX ? n_people : PARTED_MAX;

    for (unsigned half = 1; half < 1u << people; half++) {
        struct samples same = {0}, other = {0};
        if (people_in(half) != people / 2)
            continue;
        choose_claims(c, half, &same, &other);
        struct stats_curve curve = stats_fit(&same, &other);
        samples_clear(&same);
        samples_clear(&other);
        choose_claims(c, ((1u << people) - 1) & ~half, &same, &other);
        put_claims(bins, &curve, &same, true);
        put_claims(bins, &curve, &other, false);
        samples_clear(&same);
        samples_clear(&other);
        splits++;
    }
    return splits;
}

static void print_bins(const struct bin bins[BINS])
{
    double all = 0;

    for (size_t k = 0; k < BINS; k++)
        all += bins[k].yes + bins[k].no;
    printf("  confidence       said  was (true claims among as many true as false)\n");
    for (size_t k = 0; k < BINS; k++) {
        double n = bins[k].yes + bins[k].no;
        if (n > 0)
            printf("  %.2f to %.2f     %.3f  %.3f  (%.2f %% of the claims)\n", EDGES[k], fmin(EDGES[k + 1], 1), bins[k].said / n,
                   bins[k].yes / n, 100 * n / all);
    }
}

static void print_claims_of(const struct face_engine *f, int n)
{
    struct samples same = {0}, other = {0};
    struct bin bins[BINS] = {0};
    struct claims c = claims_of(n);
    double t = (double)face_threshold(f, n);
    unsigned odd = 0;

    for (int person = 1; person < n_people && person < PEOPLE_MAX; person += 2)
        odd |= 1u << person;
    choose_claims(&c, odd, &same, &other);
    printf("\nBest of %d, threshold %.3f of models.json: TAR %.2f %%, FAR %.3f %% of the half that set none (%zu true and %zu false claims)\n",
           n, t, 100 * samples_above(&same, t), 100 * samples_above(&other, t), same.n, other.n);
    samples_clear(&same);
    samples_clear(&other);
    choose_claims(&c, UINT32_MAX, &same, &other);
    struct stats_curve curve = stats_fit(&same, &other);
    printf("The curve of all: offset %.1f, slope %.1f, square %.1f; at the threshold %.2f\n", curve.offset, curve.slope,
           curve.square, stats_probability(&curve, t));
    samples_clear(&same);
    samples_clear(&other);
    int splits = try_halves(&c, bins);
    printf("Curves of one half of the people tried on the other half, in all %d ways to part them:\n", splits);
    print_bins(bins);
    free(c.v);
}

void print_claims(const struct face_engine *f)
{
    for (int n = 1; n <= BEST_OF_MAX; n++)
        print_claims_of(f, n);
}
