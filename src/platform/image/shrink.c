/* Makes pictures smaller by averaging over areas, exactly: each source pixel counts with the part
 * of it that a target pixel covers. In integers: along a side a source pixel is `to` units long and
 * a target pixel `from` units. */
#include "platform/image/internal.h"

#include <stdlib.h>
#include <string.h>

/* One source row summed into `to` cells; each sum is at most 255 × from. */
static void sum_row(const uint8_t *row, uint32_t *sums, size_t from, size_t to)
{
    size_t cell = 0, left = from; /* units that the current cell still takes */

    memset(sums, 0, to * 3 * sizeof *sums);
    for (size_t x = 0; x < from; x++, row += 3) {
        size_t units = to;
        while (units > 0) {
            size_t part = units < left ? units : left;
            for (size_t c = 0; c < 3; c++)
                sums[cell * 3 + c] += (uint32_t)(row[c] * part);
            units -= part;
            left -= part;
            if (left == 0) {
                cell++;
                left = from;
            }
        }
    }
}

static void add_row(uint64_t *total, const uint32_t *sums, size_t cells, size_t units)
{
    for (size_t i = 0; i < cells; i++)
        total[i] += (uint64_t)sums[i] * units;
}

static void put_row(uint8_t *to, uint64_t *total, size_t cells, uint64_t area)
{
    for (size_t i = 0; i < cells; i++) {
        to[i] = (uint8_t)((total[i] + area / 2) / area);
        total[i] = 0;
    }
}

static void average(const struct image *img, struct image *out, uint32_t *sums, uint64_t *total)
{
    size_t from_w = (size_t)img->width, from_h = (size_t)img->height;
    size_t to_w = (size_t)out->width, to_h = (size_t)out->height;
    size_t row = 0, left = from_h;

    memset(total, 0, to_w * 3 * sizeof *total);
    for (size_t y = 0; y < from_h; y++) {
        size_t units = to_h;
        sum_row(img->pixels + y * from_w * 3, sums, from_w, to_w);
        while (units > 0) {
            size_t part = units < left ? units : left;
            add_row(total, sums, to_w * 3, part);
            units -= part;
            left -= part;
            if (left == 0) {
                put_row(out->pixels + row * to_w * 3, total, to_w * 3, (uint64_t)from_w * from_h);
                row++;
                left = from_h;
            }
        }
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
    uint32_t *sums = malloc((size_t)out.width * 3 * sizeof *sums);
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
