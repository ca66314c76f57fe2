/* Photos as they are taken in: decoded, shrunk, written anew. An answer, and nothing read or
 * written where it should not be. */
#include "fuzz.h"

#include "platform/image/image.h"

#define PIXELS_MAX 1000000 /* larger pictures are decoded and left at that: time */

static void use(const struct image *img)
{
    struct arena a = {0};
    struct image small = {0};
    struct str jpeg;

    if ((int64_t)img->width * img->height > PIXELS_MAX)
        return;
    HOLDS(image_shrink(img, 16, &small) == OK);
    HOLDS(small.width <= 16 && small.height <= 16 && small.width > 0 && small.height > 0);
    HOLDS(image_encode_jpeg(&small, 80, &a, &jpeg) == OK && image_sniff(jpeg) == IMAGE_JPEG);
    image_free(&small);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct image_limits ANY = {0}, THUMB = {.max_side = 16};
    struct image img = {0};
    enum err e = image_decode_within(fuzz_str(data, size), size % 2 ? &ANY : &THUMB, &img);

    HOLDS(e == OK || e == ERR_UNSUPPORTED || e == ERR_TOO_LARGE || e == ERR_INVALID);
    HOLDS((e == OK) == (img.pixels != NULL));
    if (e == OK)
        use(&img);
    image_free(&img);
    return 0;
}
