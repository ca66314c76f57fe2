/* Pictures that are fine: what each kind decodes to, the eight orientations, making smaller, and
 * that nothing but the picture comes out again. */
#include "pictures.h"

#include <math.h>

static void sniffing(void **state)
{
    (void)state;
    assert_int_equal(image_sniff(jpeg_plain()), IMAGE_JPEG);
    assert_int_equal(image_sniff(make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB})),
                     IMAGE_PNG);
    assert_int_equal(image_sniff(make_webp(W, H, true)), IMAGE_WEBP);
    assert_int_equal(image_sniff(STR("GIF89a\x01\0\x01\0")), IMAGE_UNKNOWN);
    assert_int_equal(image_sniff(STR("<svg xmlns='http://www.w3.org/2000/svg'/>")), IMAGE_UNKNOWN);
    assert_int_equal(image_sniff(STR("RIFF\0\0\0\0WAVE")), IMAGE_UNKNOWN);
    assert_int_equal(image_sniff(STR("RIFF")), IMAGE_UNKNOWN);
    assert_int_equal(image_sniff(STR("")), IMAGE_UNKNOWN);
    assert_int_equal(image_sniff(STR_NULL), IMAGE_UNKNOWN);
    refused(STR("not a picture at all"), ERR_UNSUPPORTED);
    refused(STR(""), ERR_UNSUPPORTED);
    refused(STR_NULL, ERR_UNSUPPORTED);
}

static void jpeg_kinds(void **state)
{
    (void)state;
    assert_picture(jpeg_plain(), 8);
    assert_picture(make_jpeg((struct jpeg_options){.space = JCS_UNKNOWN, .progressive = true}), 8);
    assert_picture(make_jpeg((struct jpeg_options){.space = JCS_RGB}), 8);
    assert_picture(make_jpeg((struct jpeg_options){.space = JCS_CMYK}), 8);
    assert_picture(make_jpeg((struct jpeg_options){.space = JCS_YCCK}), 8);
    assert_picture(make_jpeg((struct jpeg_options){.space = JCS_CMYK, .no_adobe = true}), 8);
    struct image grey = decoded(make_jpeg((struct jpeg_options){.space = JCS_GRAYSCALE}));
    assert_near(&grey, W / 4, H / 4, (struct rgb){200, 200, 200}, 4);
    image_free(&grey);
}

static void png_kinds(void **state)
{
    (void)state;
    static const int DEPTHS[] = {8, 16};
    for (int i = 0; i < 4; i++) {
        int depth = DEPTHS[i % 2];
        bool interlaced = i / 2 == 1;
        assert_picture(make_png((struct png_options){
                           .type = PNG_COLOR_TYPE_RGB, .depth = depth, .interlaced = interlaced}),
                       0);
        assert_picture(make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB_ALPHA,
                                                     .depth = depth,
                                                     .interlaced = interlaced}),
                       0);
        assert_picture(make_png((struct png_options){.type = PNG_COLOR_TYPE_PALETTE,
                                                     .interlaced = interlaced}),
                       0);
        struct image grey =
            decoded(make_png((struct png_options){.type = PNG_COLOR_TYPE_GRAY, .depth = depth}));
        assert_near(&grey, W / 4, H / 4, (struct rgb){200, 200, 200}, 0);
        image_free(&grey);
    }
}

static void transparent_is_white(void **state)
{
    (void)state;
    struct str rows[] = {
        make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB_ALPHA, .transparent_left = true}),
        make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB_ALPHA,
                                      .depth = 16,
                                      .interlaced = true,
                                      .transparent_left = true}),
        make_png((struct png_options){.type = PNG_COLOR_TYPE_PALETTE, .transparent_left = true}),
        make_webp_alpha(),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct image img = decoded(rows[i]);
        assert_near(&img, W / 4, H / 4, (struct rgb){255, 255, 255}, 0);
        assert_near(&img, 3 * W / 4, H / 4, quarter(1, 0, 2, 2), 0);
        image_free(&img);
    }
    struct image grey = decoded(make_png(
        (struct png_options){.type = PNG_COLOR_TYPE_GRAY_ALPHA, .transparent_left = true}));
    assert_near(&grey, W / 4, H / 4, (struct rgb){255, 255, 255}, 0);
    assert_near(&grey, 3 * W / 4, H / 4, (struct rgb){30, 30, 30}, 0);
    image_free(&grey);
}

static void webp_kinds(void **state)
{
    (void)state;
    assert_picture(make_webp(W, H, true), 0);
    assert_picture(make_webp(W, H, false), 12);
    struct image img = decoded(make_webp_animation(100, 80));
    assert_int_equal(img.width, 100);
    assert_int_equal(img.height, 80);
    assert_near(&img, 5, 5, (struct rgb){255, 255, 255}, 0);
    assert_near(&img, 20, 10, quarter(0, 0, 2, 2), 0);
    assert_near(&img, 20 + W - 1, 10 + H - 1, quarter(1, 1, 2, 2), 0);
    assert_near(&img, 20 + W, 10, (struct rgb){255, 255, 255}, 0);
    image_free(&img);
}

/* What orientation says is where row 0 and column 0 are seen; the quarters as they must come out.
 */
static void orientations(void **state)
{
    (void)state;
    static const int SEEN[9][4] = {
        {0, 1, 2, 3}, {0, 1, 2, 3}, {1, 0, 3, 2}, {3, 2, 1, 0}, {2, 3, 0, 1},
        {0, 2, 1, 3}, {2, 0, 3, 1}, {3, 1, 2, 0}, {1, 3, 0, 2},
    };
    for (int o = 0; o <= 9; o++) {
        struct str files[] = {
            make_jpeg(
                (struct jpeg_options){.space = JCS_UNKNOWN, .exif = make_exif(o, true, false)}),
            make_jpeg(
                (struct jpeg_options){.space = JCS_UNKNOWN, .exif = make_exif(o, true, true)}),
            make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB,
                                          .exif = make_exif(o, false, false)}),
            make_webp_exif(make_exif(o, false, true)),
            make_webp_exif(make_exif(o, true, false)),
        };
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            struct image img = decoded(files[i]);
            bool turned = o >= 5 && o <= 8;
            assert_int_equal(img.width, turned ? H : W);
            assert_int_equal(img.height, turned ? W : H);
            assert_quarters(&img, SEEN[o <= 8 ? o : 0], 8);
            image_free(&img);
        }
    }
}

static void smaller_jpeg_decoding(void **state)
{
    (void)state;
    struct str s = make_jpeg((struct jpeg_options){.w = 800, .h = 600, .space = JCS_UNKNOWN});
    static const struct {
        int max_side, width;
    } rows[] = {{0, 800},   {1000, 800}, {800, 800}, {401, 800}, {400, 400},
                {201, 400}, {200, 200},  {100, 100}, {10, 100}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct image img = {0};
        assert_int_equal(image_decode(s, rows[i].max_side, &img), OK);
        assert_int_equal(img.width, rows[i].width);
        assert_int_equal(img.height, rows[i].width * 3 / 4);
        assert_quarters(&img, UPRIGHT, 8);
        image_free(&img);
    }
}

/* The average over areas, calculated the slow way. */
static double area_average(const struct image *img, int c, double x0, double x1, double y0,
                           double y1)
{
    double sum = 0;
    for (int y = (int)y0; y < img->height && y < y1; y++) {
        double dy = fmin(y + 1, y1) - fmax(y, y0);
        for (int x = (int)x0; x < img->width && x < x1; x++)
            sum += img->pixels[(y * img->width + x) * 3 + c] * dy * (fmin(x + 1, x1) - fmax(x, x0));
    }
    return sum / ((x1 - x0) * (y1 - y0));
}

static void shrinking(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct image img = {NULL, 1 + (int)(random() % 90), 1 + (int)(random() % 90)}, out = {0};
        int side = 1 + (int)(random() % 100),
            longer = img.width > img.height ? img.width : img.height;
        img.pixels = malloc((size_t)img.width * (size_t)img.height * 3);
        for (int i = 0; i < img.width * img.height * 3; i++)
            img.pixels[i] = (uint8_t)random();
        assert_int_equal(image_shrink(&img, side, &out), OK);
        assert_true(out.pixels != img.pixels);
        assert_int_equal(out.width > out.height ? out.width : out.height,
                         longer < side ? longer : side);
        double sx = (double)img.width / out.width, sy = (double)img.height / out.height;
        for (int y = 0; y < out.height; y++) {
            for (int i = 0; i < out.width * 3; i++) {
                double want =
                    area_average(&img, i % 3, i / 3 * sx, (i / 3 + 1) * sx, y * sy, (y + 1) * sy);
                assert_true(fabs(out.pixels[y * out.width * 3 + i] - want) < 0.51);
            }
        }
        image_free(&img);
        image_free(&out);
    }
    struct image img = {(uint8_t[3]){1, 2, 3}, 1, 1}, out = {0};
    assert_int_equal(image_shrink(&img, 0, &out), ERR_INVALID);
    assert_null(out.pixels);
}

static void what_comes_out_is_the_picture_alone(void **state)
{
    (void)state;
    struct str in =
        make_jpeg((struct jpeg_options){.space = JCS_UNKNOWN, .exif = make_exif(6, true, false)});
    assert_non_null(memmem(in.ptr, in.len, "GPS-SECRET", 10));
    struct image img = decoded(in);
    struct str out = STR_NULL;
    assert_int_equal(image_encode_jpeg(&img, 85, &arena, &out), OK);
    image_free(&img);
    assert_null(memmem(out.ptr, out.len, "GPS", 3));
    assert_null(memmem(out.ptr, out.len, "Exif", 4));

    /* no application segment but JFIF's, no comment */
    for (size_t at = 2; at + 4 < out.len && (uint8_t)out.ptr[at + 1] != 0xda;) {
        uint8_t marker = (uint8_t)out.ptr[at + 1];
        assert_int_equal((uint8_t)out.ptr[at], 0xff);
        assert_true(marker == 0xe0 || (marker & 0xf0) != 0xe0);
        assert_int_not_equal(marker, 0xfe);
        if (marker == 0xc0)
            assert_int_equal(out.ptr[at + 11], 0x22); /* 4:2:0 */
        at += 2 + ((size_t)(uint8_t)out.ptr[at + 2] << 8) + (uint8_t)out.ptr[at + 3];
    }
    struct image again = decoded(out);
    assert_int_equal(again.width, H);
    assert_int_equal(again.height, W);
    assert_quarters(&again, (int[]){2, 0, 3, 1}, 12);
    assert_int_equal(image_encode_jpeg(&again, 0, &arena, &out), ERR_INVALID);
    assert_int_equal(image_encode_jpeg(&again, 101, &arena, &out), ERR_INVALID);
    image_free(&again);
    image_free(&again);
    image_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sniffing, setup, teardown),
        cmocka_unit_test_setup_teardown(jpeg_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(png_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(transparent_is_white, setup, teardown),
        cmocka_unit_test_setup_teardown(webp_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(orientations, setup, teardown),
        cmocka_unit_test_setup_teardown(smaller_jpeg_decoding, setup, teardown),
        cmocka_unit_test_setup_teardown(shrinking, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_out_is_the_picture_alone, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
