/* Looking at what pictures were decoded to; make_pictures.h makes them. */
#ifndef TESTS_UNIT_PICTURES_H
#define TESTS_UNIT_PICTURES_H

#include "make_pictures.h"

static inline struct image decoded(struct str bytes)
{
    struct image img = {0};
    assert_int_equal(image_decode(bytes, 0, &img), OK);
    assert_non_null(img.pixels);
    return img;
}

static inline void refused(struct str bytes, enum err want)
{
    struct image img = {NULL, -5, -5};
    enum err e = image_decode(bytes, 0, &img);
    if (e != want)
        fail_msg("%s instead of %s, %zu bytes", err_name(e), err_name(want), bytes.len);
    assert_int_equal(img.width, -5);
}

static inline void assert_near(const struct image *img, int x, int y, struct rgb want, int off)
{
    const uint8_t *p = img->pixels + ((size_t)y * (size_t)img->width + (size_t)x) * 3;
    if (abs(p[0] - want.r) > off || abs(p[1] - want.g) > off || abs(p[2] - want.b) > off)
        fail_msg("(%d, %d) is %d %d %d, wanted %d %d %d", x, y, p[0], p[1], p[2], want.r, want.g,
                 want.b);
}

/* The middle of each quarter has that quarter's colour; `which` names them as they should be seen.
 */
static inline void assert_quarters(const struct image *img, const int which[4], int off)
{
    for (int i = 0; i < 4; i++) {
        struct rgb want = quarter(which[i] % 2, which[i] / 2, 2, 2);
        assert_near(img, img->width / 4 + i % 2 * img->width / 2,
                    img->height / 4 + i / 2 * img->height / 2, want, off);
    }
}

static const int UPRIGHT[4] = {0, 1, 2, 3};

static inline void assert_picture(struct str bytes, int off)
{
    struct image img = decoded(bytes);
    assert_int_equal(img.width, W);
    assert_int_equal(img.height, H);
    assert_quarters(&img, UPRIGHT, off);
    image_free(&img);
}

#endif
