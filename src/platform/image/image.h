/* Photos: proved to be images by decoding them, turned upright (EXIF orientation), re-encoded
 * without any metadata, thumbnailed. libjpeg-turbo, libpng, libwebp, libexif. Limits are checked on
 * the head, before pixels have memory. Blocks for tens of milliseconds: compute threads only. */
#ifndef PLATFORM_IMAGE_IMAGE_H
#define PLATFORM_IMAGE_IMAGE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

#define IMAGE_MIN_SIDE 32
#define IMAGE_MAX_PIXELS (50u * 1000u * 1000u)

/* 8-bit RGB, rows without padding; image_free. */
struct image {
    uint8_t *pixels;
    int width;
    int height;
};

enum image_type {
    IMAGE_UNKNOWN = 0,
    IMAGE_JPEG,
    IMAGE_PNG,
    IMAGE_WEBP,
};

/* By its first bytes, never by its name. */
enum image_type image_sniff(struct str bytes);
/* Whole, upright, RGB (alpha on white; 16-bit, grey, CMYK, palette and progressive converted; the
 * first frame of an animation). max_side > 0: may decode smaller (JPEG scaling), never below it.
 * ERR_UNSUPPORTED: not one of the three, or truncated or broken; ERR_TOO_LARGE: over
 * IMAGE_MAX_PIXELS; ERR_INVALID: a side under IMAGE_MIN_SIDE. */
enum err image_decode(struct str bytes, int max_side, struct image *ret);
/* The same with another smallest side. */
struct image_limits {
    int min_side; /* ERR_INVALID below it; 0: none */
    int max_side;
};
enum err image_decode_within(struct str bytes, const struct image_limits *limits,
                             struct image *ret);
void image_free(struct image *img);
/* Fit inside side × side keeping the shape (area average); never enlarges. ret is a new image. */
enum err image_shrink(const struct image *img, int side, struct image *ret);
/* JPEG 4:2:0, quality 1–100, no metadata; bytes in the arena. */
enum err image_encode_jpeg(const struct image *img, int quality, struct arena *a, struct str *ret);

#endif
