/* Which format a picture has, and the steps from its bytes to upright RGB. Knows no format's
 * inside. */
#include "platform/image/internal.h"

#include <stdlib.h>
#include <string.h>

enum image_type image_sniff(struct str bytes)
{
    static const struct str PNG_SIGNATURE = STR("\x89PNG\r\n\x1a\n");

    if (str_starts(bytes, STR("\xff\xd8\xff")))
        return IMAGE_JPEG;
    if (str_starts(bytes, PNG_SIGNATURE))
        return IMAGE_PNG;
    if (bytes.len >= 12 && str_starts(bytes, STR("RIFF")) && memcmp(bytes.ptr + 8, "WEBP", 4) == 0)
        return IMAGE_WEBP;
    return IMAGE_UNKNOWN;
}

enum err image_check_size(const struct image_limits *limits, uint64_t width, uint64_t height)
{
    uint64_t least = limits->min_side > 0 ? (uint64_t)limits->min_side : 0;

    if (width > IMAGE_MAX_PIXELS || height > IMAGE_MAX_PIXELS || width * height > IMAGE_MAX_PIXELS)
        return ERR_TOO_LARGE;
    if (width < least || height < least)
        return ERR_INVALID;
    return width > 0 && height > 0 ? OK : ERR_UNSUPPORTED;
}

uint8_t *image_alloc(size_t width, size_t height, size_t channels)
{
    return malloc(width * height * channels); /* at most IMAGE_MAX_PIXELS × 4 */
}

void image_flatten(uint8_t *pixels, size_t count)
{
    const uint8_t *from = pixels;
    uint8_t *to = pixels;

    for (size_t i = 0; i < count; i++, from += 4, to += 3) {
        unsigned alpha = from[3];
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)((from[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
}

static enum err decode(struct str bytes, const struct image_limits *limits, struct image *ret,
                       int *ret_orientation)
{
    switch (image_sniff(bytes)) {
    case IMAGE_JPEG:
        return image_decode_jpeg(bytes, limits, ret, ret_orientation);
    case IMAGE_PNG:
        return image_decode_png(bytes, limits, ret, ret_orientation);
    case IMAGE_WEBP:
        return image_decode_webp(bytes, limits, ret, ret_orientation);
    case IMAGE_UNKNOWN:
        break;
    }
    return ERR_UNSUPPORTED;
}

enum err image_decode(struct str bytes, int max_side, struct image *ret)
{
    const struct image_limits limits = {.min_side = IMAGE_MIN_SIDE, .max_side = max_side};
    return image_decode_within(bytes, &limits, ret);
}

enum err image_decode_within(struct str bytes, const struct image_limits *limits, struct image *ret)
{
    struct image img = {0};
    int orientation = 1;

    if (!str_present(bytes))
        return ERR_UNSUPPORTED;
    enum err e = decode(bytes, limits, &img, &orientation);
    if (e != OK)
        return e;
    if (!image_orient(&img, orientation)) {
        image_free(&img);
        return ERR_UNAVAILABLE;
    }
    *ret = img;
    return OK;
}

void image_free(struct image *img)
{
    if (!img)
        return;
    free(img->pixels);
    *img = (struct image){0};
}
