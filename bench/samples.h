/* How long something took, by the clock and by what was computed for it, and the distribution as
 * lines of JSON. */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLES_MAX 20000

static int round_now;
static char served_by[64]; /* schedstat of the store's own process; "": it has none */

struct sample {
    int64_t wall_us, cpu_us;
    bool in_city;
};

struct samples {
    struct sample v[SAMPLES_MAX];
    size_t n;
};

static int64_t time_of_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* What the process of the store computed for this connection so far; SQLite has none. */
static int64_t served_us(void)
{
    long long ns = 0;
    FILE *f = served_by[0] ? fopen(served_by, "r") : NULL;
    if (f == NULL)
        return 0;
    if (fscanf(f, "%lld", &ns) != 1)
        ns = 0;
    fclose(f);
    return ns / 1000;
}

static struct sample begin_sample(bool in_city)
{
    int64_t served = served_us();
    return (struct sample){time_of_us(CLOCK_MONOTONIC),
                           time_of_us(CLOCK_THREAD_CPUTIME_ID) + served, in_city};
}

static void end_sample(struct sample *s)
{
    s->wall_us = time_of_us(CLOCK_MONOTONIC) - s->wall_us;
    s->cpu_us = time_of_us(CLOCK_THREAD_CPUTIME_ID) + served_us() - s->cpu_us;
}

static void add_sample(struct samples *all, const struct sample *s)
{
    if (all->n < SAMPLES_MAX)
        all->v[all->n++] = *s;
}

static int by_time(const void *x, const void *y)
{
    const int64_t *p = x, *q = y;
    return (*p > *q) - (*p < *q);
}

static void print_times(const char *name, int64_t *us, size_t n)
{
    qsort(us, n, sizeof(*us), by_time);
    printf(", \"%s\": [%.3f, %.3f, %.3f]", name, (double)us[n / 2] / 1e3,
           (double)us[n * 99 / 100] / 1e3, (double)us[n - 1] / 1e3);
}

/* p50, p99 and the longest, ms, of all people or of those that some city has or has not. */
static void print_some(const char *what, const char *who, const struct samples *all, int in_city)
{
    static int64_t wall[SAMPLES_MAX], cpu[SAMPLES_MAX];
    int64_t sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        if (in_city >= 0 && all->v[i].in_city != in_city)
            continue;
        wall[n] = all->v[i].wall_us;
        cpu[n++] = all->v[i].cpu_us;
        sum += all->v[i].cpu_us;
    }
    if (n == 0)
        return;
    printf("{\"round\": %d, \"what\": \"%s\", \"who\": \"%s\", \"n\": %zu, \"cpu_us\": %.0f",
           round_now, what, who, n, (double)sum / (double)n);
    print_times("wall", wall, n);
    print_times("cpu", cpu, n);
    puts("}");
}

static void print_samples(const char *what, const struct samples *all)
{
    print_some(what, "all", all, -1);
    print_some(what, "in a city", all, 1);
    print_some(what, "no city", all, 0);
    fflush(stdout);
}

#endif
