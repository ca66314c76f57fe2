/* Makes pictures smaller by averaging over areas, exactly: each source pixel counts with the part
 * of it that a target pixel covers. In integers: along a side a source pixel is `to` units long and
 * a target pixel `from` units. */
#include "platform/image/internal.h"

#include <stdlib.h>
#include <string.h>

/* The source pixels that one of `to` cells covers, at least in part: [first, end). */
struct span {
    size_t first, end;
};

static struct span span_of(size_t cell, size_t from, size_t to)
{
    return (struct span){cell * from / to, ((cell + 1) * from + to - 1) / to};
}

/* How many units of source pixel i lie in the cell. */
static uint32_t overlap(size_t i, size_t cell, size_t from, size_t to)
{
    size_t begin = i * to > cell * from ? i * to : cell * from;
    size_t end = (i + 1) * to < (cell + 1) * from ? (i + 1) * to : (cell + 1) * from;
    return (uint32_t)(end - begin);
}

/* One source row summed into `to` cells; each sum is at most 255 × from. */
static void sum_row(const uint8_t *row, uint32_t *sums, size_t from, size_t to)
{
    for (size_t cell = 0; cell < to; cell++, sums += 3) {
        struct span s = span_of(cell, from, to);
        const uint8_t *p = row + s.first * 3;
        sums[0] = sums[1] = sums[2] = 0;
        for (size_t x = s.first; x < s.end; x++, p += 3) {
            uint32_t units = overlap(x, cell, from, to);
            sums[0] += p[0] * units;
            sums[1] += p[1] * units;
            sums[2] += p[2] * units;
        }
    }
}

static void add_row(uint64_t *total, const uint32_t *sums, size_t n, uint32_t units)
{
    for (size_t i = 0; i < n; i++)
        total[i] += (uint64_t)sums[i] * units;
}

static void put_row(uint8_t *to, uint64_t *total, size_t n, uint64_t area)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = (uint8_t)((total[i] + area / 2) / area);
        total[i] = 0;
    }
}

static void average(const struct image *img, struct image *out, uint32_t *sums, uint64_t *total)
{
    size_t from_w = (size_t)img->width, from_h = (size_t)img->height;
    size_t to_w = (size_t)out->width, to_h = (size_t)out->height;
    size_t summed = from_h; /* the row that `sums` holds: two target rows may share it */

    memset(total, 0, to_w * 3 * sizeof *total);
    for (size_t row = 0; row < to_h; row++) {
        struct span s = span_of(row, from_h, to_h);
        for (size_t y = s.first; y < s.end; y++) {
            if (y != summed)
                sum_row(img->pixels + y * from_w * 3, sums, from_w, to_w);
            summed = y;
            add_row(total, sums, to_w * 3, overlap(y, row, from_h, to_h));
        }
        put_row(out->pixels + row * to_w * 3, total, to_w * 3, (uint64_t)from_w * from_h);
    }
}

/* The other side in proportion, at least 1. */
static int in_proportion(int side, int longer, int target)
{
    int64_t n = ((int64_t)side * target + longer / 2) / longer;
    return n < 1 ? 1 : (int)n;
}

enum err image_shrink(const struct image *img, int side, struct image *ret)
{
    int longer = img->width > img->height ? img->width : img->height;
    struct image out = {NULL, img->width, img->height};

    if (side < 1)
        return ERR_INVALID;
    if (longer > side) {
        out.width = in_proportion(img->width, longer, side);
        out.height = in_proportion(img->height, longer, side);
    }
    out.pixels = image_alloc((size_t)out.width, (size_t)out.height, 3);
    uint32_t *sums = calloc((size_t)out.width * 3, sizeof *sums);
    uint64_t *total = malloc((size_t)out.width * 3 * sizeof *total);
    bool good = out.pixels && sums && total;
    if (good)
        average(img, &out, sums, total);
    free(sums);
    free(total);
    if (!good) {
        image_free(&out);
        return ERR_UNAVAILABLE;
    }
    *ret = out;
    return OK;
}
