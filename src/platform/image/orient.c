/* EXIF orientation: reads it (libexif) and turns pictures upright. CIPA DC-008 (Exif 2.3) §4.6.4,
 * tag 0x0112. */
#include "platform/image/internal.h"

#include <libexif/exif-data.h>
#include <stdlib.h>
#include <string.h>

#define EXIF_HEADER_BYTES 6
#define TILE                                                                                       \
    32 /* pixels a side: so that turning by a quarter does not miss the cache at every pixel */

int exif_orientation(const uint8_t *bytes, size_t len)
{
    static const uint8_t HEADER[EXIF_HEADER_BYTES] = "Exif\0";
    uint8_t block[UINT16_MAX + EXIF_HEADER_BYTES];
    int orientation = 1;

    if (len >= EXIF_HEADER_BYTES && memcmp(bytes, HEADER, EXIF_HEADER_BYTES) == 0) {
        bytes += EXIF_HEADER_BYTES;
        len -= EXIF_HEADER_BYTES;
    }
    if (len < 8 || len > UINT16_MAX)
        return 1;
    memcpy(block, HEADER, EXIF_HEADER_BYTES);
    memcpy(block + EXIF_HEADER_BYTES, bytes, len);

    ExifData *data = exif_data_new();
    if (!data)
        return 1;
    exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION); /* read, do not repair */
    exif_data_load_data(data, block, (unsigned)(len + EXIF_HEADER_BYTES));
    ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (entry && entry->format == EXIF_FORMAT_SHORT && entry->components >= 1 && entry->size >= 2)
        orientation = exif_get_short(entry->data, exif_data_get_byte_order(data));
    exif_data_unref(data);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

/* How to walk the upright picture's memory while reading the old one row by row: in pixels. */
struct walk {
    ptrdiff_t origin; /* where the old one's first pixel goes */
    ptrdiff_t step_x;
    ptrdiff_t step_y;
};

/* w and h: of the old picture. Orientations name where its row 0 and column 0 are seen. */
static struct walk walk_of(int orientation, ptrdiff_t w, ptrdiff_t h)
{
    switch (orientation) {
    case 2: /* mirrored left to right */
        return (struct walk){w - 1, -1, w};
    case 3: /* half a turn */
        return (struct walk){w * h - 1, -1, -w};
    case 4: /* mirrored top to bottom */
        return (struct walk){w * (h - 1), 1, -w};
    case 5: /* mirrored over the falling diagonal */
        return (struct walk){0, h, 1};
    case 6: /* a quarter clockwise */
        return (struct walk){h - 1, h, -1};
    case 7: /* mirrored over the rising diagonal */
        return (struct walk){h * w - 1, -h, -1};
    case 8: /* a quarter counter-clockwise */
        return (struct walk){h * (w - 1), -h, 1};
    default:
        return (struct walk){0, 1, w};
    }
}

static void turn_tile(const struct image *from, uint8_t *to, struct walk walk, int x0, int y0)
{
    int x1 = x0 + TILE < from->width ? x0 + TILE : from->width;
    int y1 = y0 + TILE < from->height ? y0 + TILE : from->height;

    for (int y = y0; y < y1; y++) {
        const uint8_t *p = from->pixels + 3 * ((size_t)y * (size_t)from->width + (size_t)x0);
        for (int x = x0; x < x1; x++, p += 3)
            memcpy(to + 3 * (walk.origin + x * walk.step_x + y * walk.step_y), p, 3);
    }
}

bool image_orient(struct image *img, int orientation)
{
    if (orientation <= 1 || orientation > 8)
        return true;
    uint8_t *to = image_alloc((size_t)img->width, (size_t)img->height, 3);
    if (!to)
        return false;

    struct walk walk = walk_of(orientation, img->width, img->height);
    for (int y = 0; y < img->height; y += TILE) {
        for (int x = 0; x < img->width; x += TILE)
            turn_tile(img, to, walk, x, y);
    }
    free(img->pixels);
    *img = orientation < 5 ? (struct image){to, img->width, img->height}
                           : (struct image){to, img->height, img->width};
    return true;
}
