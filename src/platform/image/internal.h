/* Inside image/: one decoder a format, and what they share. */
#ifndef PLATFORM_IMAGE_INTERNAL_H
#define PLATFORM_IMAGE_INTERNAL_H

#include "platform/image/image.h"

/* Each decodes a whole file of its format into RGB, not yet turned, and finds its EXIF orientation,
 * 1–8 (1: none). Errors as image_decode(); *ret is untouched unless OK. */
enum err image_decode_jpeg(struct str bytes, const struct image_limits *limits, struct image *ret,
                           int *ret_orientation);
enum err image_decode_png(struct str bytes, const struct image_limits *limits, struct image *ret,
                          int *ret_orientation);
enum err image_decode_webp(struct str bytes, const struct image_limits *limits, struct image *ret,
                           int *ret_orientation);

/* ERR_INVALID, ERR_TOO_LARGE or (no pixels) ERR_UNSUPPORTED for a size that we do not take; before
 * anything of the pixels has memory. */
enum err image_check_size(const struct image_limits *limits, uint64_t width, uint64_t height);
/* Memory for width × height pixels of `channels` bytes, not cleared; NULL when there is none.
 * free(). */
uint8_t *image_alloc(size_t width, size_t height, size_t channels);
/* RGBA, rows without padding, to RGB on white, in place at the front of the same memory. */
void image_flatten(uint8_t *pixels, size_t count);

/* The orientation in an EXIF block ("Exif\0\0" in front or not), 1 when it has none. */
int exif_orientation(const uint8_t *bytes, size_t len);
/* Turn upright: *img is replaced. False: no memory, *img as it was. */
bool image_orient(struct image *img, int orientation);

#endif
