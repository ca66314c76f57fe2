/* Pictures that are not: too large or small by their head, cut, damaged, or full of chunks that are
 * bombs. */
#include "damage.h"
#include "pictures.h"

#include <sys/resource.h>
#include <zlib.h>

static void broken_exif_is_no_orientation(void **state)
{
    (void)state;
    struct str good = make_exif(6, true, false);
    for (size_t len = 0; len < good.len; len++) {
        struct image img = decoded(make_jpeg((struct jpeg_options){
            .space = JCS_UNKNOWN, .exif = arena_str(&arena, (struct str){good.ptr, len})}));
        assert_true(img.width == W || img.width == H);
        image_free(&img);
    }
    for (int i = 0; i < 3000; i++) {
        char *copy = arena_alloc(&arena, good.len);
        memcpy(copy, good.ptr, good.len);
        for (int n = 0; n < 3; n++)
            copy[6 + (size_t)random() % (good.len - 6)] = (char)random();
        struct image img = decoded(
            make_jpeg((struct jpeg_options){.space = JCS_UNKNOWN, .exif = {copy, good.len}}));
        image_free(&img);
        arena_reset(&arena);
        good = make_exif(6, true, false);
    }
}

/* Where a signature, a length and a CRC make a PNG chunk. */
static void put_png_chunk(struct bytes *b, const char *name, const void *bytes, uint32_t len,
                          uint32_t said_len)
{
    uint8_t word[4] = {(uint8_t)(said_len >> 24), (uint8_t)(said_len >> 16),
                       (uint8_t)(said_len >> 8), (uint8_t)said_len};
    uint32_t crc =
        (uint32_t)crc32(crc32(0, (const Bytef *)name, 4), bytes ? bytes : (const void *)"", len);
    put(b, word, 4);
    put(b, name, 4);
    if (len)
        put(b, bytes, len);
    word[0] = (uint8_t)(crc >> 24);
    word[1] = (uint8_t)(crc >> 16);
    word[2] = (uint8_t)(crc >> 8);
    word[3] = (uint8_t)crc;
    put(b, word, 4);
}

static void put_ihdr(struct bytes *b, uint32_t w, uint32_t h)
{
    uint8_t ihdr[13] = {(uint8_t)(w >> 24),
                        (uint8_t)(w >> 16),
                        (uint8_t)(w >> 8),
                        (uint8_t)w,
                        (uint8_t)(h >> 24),
                        (uint8_t)(h >> 16),
                        (uint8_t)(h >> 8),
                        (uint8_t)h,
                        8,
                        2,
                        0,
                        0,
                        0};
    put(b, "\x89PNG\r\n\x1a\n", 8);
    put_png_chunk(b, "IHDR", ihdr, 13, 13);
}

static struct str png_head(uint32_t w, uint32_t h)
{
    struct bytes b = {0};
    put_ihdr(&b, w, h);
    put_png_chunk(&b, "IDAT", "\x78\x9c\x03\x00\x00\x00\x00\x01", 8, 8);
    put_png_chunk(&b, "IEND", NULL, 0, 0);
    return bytes_of(&b);
}

/* The size in a frame header, changed; the data is not. */
static struct str jpeg_head(unsigned w, unsigned h)
{
    struct str s = jpeg_plain();
    char *copy = arena_alloc(&arena, s.len);
    memcpy(copy, s.ptr, s.len);
    for (size_t i = 0; i + 9 < s.len; i++) {
        if ((uint8_t)copy[i] == 0xff && (uint8_t)copy[i + 1] == 0xc0) {
            copy[i + 5] = (char)(h >> 8);
            copy[i + 6] = (char)h;
            copy[i + 7] = (char)(w >> 8);
            copy[i + 8] = (char)w;
            break;
        }
    }
    return (struct str){copy, s.len};
}

static long memory_kb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static void tiny_is_fine_where_asked(void)
{
    const struct image_limits any = {0};
    struct image img = {0};

    assert_int_equal(image_decode_within(make_webp(3, 2, true), &any, &img), OK);
    assert_int_equal(img.width, 3);
    assert_int_equal(img.height, 2);
    image_free(&img);
    assert_int_equal(image_decode_within(png_head(31, 100), &any, &img), ERR_UNSUPPORTED);
    assert_int_equal(image_decode_within(jpeg_head(0, 48), &any, &img), ERR_UNSUPPORTED);
    assert_int_equal(image_decode_within(png_head(10000, 5001), &any, &img), ERR_TOO_LARGE);
}

/* What the head says decides, before any pixel has memory. */
static void sizes_are_checked_on_the_head(void **state)
{
    (void)state;
    long before = memory_kb();
    refused(png_head(10000, 5001), ERR_TOO_LARGE);
    refused(png_head(50000001, 1), ERR_TOO_LARGE);
    refused(png_head(0x7fffffff, 0x7fffffff), ERR_TOO_LARGE);
    refused(png_head(31, 100), ERR_INVALID);
    refused(png_head(100, 31), ERR_INVALID);
    refused(png_head(0, 100), ERR_UNSUPPORTED);
    tiny_is_fine_where_asked();
    refused(jpeg_head(65500, 65500), ERR_TOO_LARGE);
    refused(jpeg_head(10000, 5001), ERR_TOO_LARGE);
    refused(jpeg_head(31, 48), ERR_INVALID);
    refused(jpeg_head(0, 48), ERR_UNSUPPORTED);
    struct bytes chunks = {0};
    struct str still = make_webp(W, H, true);
    put(&chunks, still.ptr + 12, still.len - 12);
    refused(riff(0, 16383, 16383, &chunks), ERR_UNSUPPORTED); /* the frame says otherwise */
    refused(make_webp_animation(16384, 16384), ERR_TOO_LARGE);
    assert_true(memory_kb() - before < 60 * 1024);
}

static void least_size(void **state)
{
    (void)state;
    struct image img;
    refused(make_jpeg((struct jpeg_options){.w = 31, .h = 32, .space = JCS_UNKNOWN}), ERR_INVALID);
    refused(make_webp(32, 31, true), ERR_INVALID);
    img = decoded(make_jpeg((struct jpeg_options){.w = 32, .h = 32, .space = JCS_UNKNOWN}));
    image_free(&img);
    img = decoded(make_png((struct png_options){.w = 32, .h = 32, .type = PNG_COLOR_TYPE_RGB}));
    image_free(&img);
    img = decoded(make_webp(32, 32, true));
    image_free(&img);
}

/* Cut anywhere: refused. The copy is as long as it says, so that ASan sees a read behind its end.
 */
static void cut_everywhere(struct str s, size_t step)
{
    for (size_t len = 0; len < s.len; len += step) {
        char *copy = malloc(len ? len : 1);
        memcpy(copy, s.ptr, len);
        refused((struct str){copy, len}, ERR_UNSUPPORTED);
        free(copy);
    }
    char *copy = malloc(s.len - 1);
    memcpy(copy, s.ptr, s.len - 1);
    refused((struct str){copy, s.len - 1}, ERR_UNSUPPORTED);
    free(copy);
}

static void truncated_files(void **state)
{
    (void)state;
    cut_everywhere(jpeg_plain(), 1);
    cut_everywhere(make_jpeg((struct jpeg_options){.space = JCS_UNKNOWN, .progressive = true}), 3);
    cut_everywhere(make_jpeg((struct jpeg_options){.space = JCS_YCCK}), 3);
    cut_everywhere(make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB}), 1);
    cut_everywhere(
        make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB_ALPHA, .interlaced = true}), 1);
    cut_everywhere(make_webp(W, H, true), 1);
    cut_everywhere(make_webp(W, H, false), 1);
    cut_everywhere(make_webp_exif(make_exif(1, false, false)), 1);
    cut_everywhere(make_webp_animation(100, 80), 1);
}

/* What happens to a photo that was read, damaged or not. */
static void shrink_and_write(const struct image *img)
{
    struct image small = {0};
    struct str jpeg;

    assert_int_equal(image_shrink(img, 16, &small), OK);
    assert_int_equal(image_encode_jpeg(&small, 80, &arena, &jpeg), OK);
    image_free(&small);
}

/* Any bytes changed: an answer, and nothing read or written where it should not be. */
static void flipped_bytes(void **state)
{
    (void)state;
    struct str files[] = {
        jpeg_plain(),
        make_jpeg((struct jpeg_options){
            .space = JCS_UNKNOWN, .progressive = true, .exif = make_exif(6, true, false)}),
        make_jpeg((struct jpeg_options){.space = JCS_YCCK}),
        make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB_ALPHA,
                                      .interlaced = true,
                                      .exif = make_exif(6, false, false)}),
        make_png((struct png_options){.type = PNG_COLOR_TYPE_PALETTE, .transparent_left = true}),
        make_webp(W, H, true),
        make_webp(W, H, false),
        make_webp_exif(make_exif(6, false, true)),
        make_webp_animation(100, 80),
    };
    long refused_ones = 0, wanted = damage_wanted("FUZZ_IMAGES", 10000);
    for (long i = 0; i < wanted; i++) {
        struct str s = files[(size_t)i % (sizeof files / sizeof *files)];
        struct image img = {0};
        char *copy = damaged_copy(s);
        enum err e = image_decode((struct str){copy, s.len}, random() % 2 ? 16 : 0, &img);
        assert_true(e == OK || e == ERR_UNSUPPORTED || e == ERR_TOO_LARGE || e == ERR_INVALID ||
                    e == ERR_UNAVAILABLE);
        assert_int_equal(img.pixels != NULL, e == OK);
        if (e == OK && (int64_t)img.width * img.height <= 1000000)
            shrink_and_write(&img);
        refused_ones += e != OK;
        image_free(&img);
        free(copy);
    }
    assert_in_range(refused_ones, 1, wanted - 1); /* some of each */
}

/* Damage inside the data that a decoder would paint over in grey. */
static void damaged_data_is_refused(void **state)
{
    (void)state;
    struct str s = make_jpeg((struct jpeg_options){.w = 400, .h = 300, .space = JCS_UNKNOWN});
    char *copy = arena_alloc(&arena, s.len);
    memcpy(copy, s.ptr, s.len);
    memcpy(copy + s.len - 100, "\xff\xd9", 2); /* an end marker in the middle of the picture */
    refused((struct str){copy, s.len}, ERR_UNSUPPORTED);

    struct str png = make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB});
    copy = arena_alloc(&arena, png.len);
    memcpy(copy, png.ptr, png.len);
    copy[png.len - 20] ^= 1; /* IDAT's end or its CRC */
    refused((struct str){copy, png.len}, ERR_UNSUPPORTED);

    /* bytes behind the end are common (phones append things) and harmless */
    struct str longer = arena_printf(&arena, "%s", "");
    char *more = arena_alloc(&arena, s.len + 1000);
    memcpy(more, s.ptr, s.len);
    longer = (struct str){more, s.len + 1000};
    struct image img = decoded(longer);
    image_free(&img);
}

static struct str with_chunk(const char *name, const void *bytes, uint32_t len, uint32_t said_len)
{
    struct str s = make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB});
    struct bytes b = {0};
    put(&b, s.ptr, 33); /* signature and IHDR */
    put_png_chunk(&b, name, bytes, len, said_len);
    put(&b, s.ptr + 33, s.len - 33);
    return bytes_of(&b);
}

/* 64 MiB of zeros in 64 KiB: never unpacked. */
static void chunk_bombs(void **state)
{
    (void)state;
    uLongf len = compressBound(64 << 20);
    uint8_t *zeros = calloc(1, 64 << 20), *packed = malloc(len + 20);
    static const char *const NAMES[] = {"iCCP", "zTXt", "iTXt"};
    static const struct str HEADS[] = {STR("icc\0\0"), STR("key\0\0"), STR("key\0\1\0\0\0")};

    for (size_t i = 0; i < 3; i++) {
        memcpy(packed, HEADS[i].ptr, HEADS[i].len);
        len = compressBound(64 << 20);
        assert_int_equal(compress2(packed + HEADS[i].len, &len, zeros, 64 << 20, 9), Z_OK);
        struct str s = with_chunk(NAMES[i], packed, (uint32_t)(HEADS[i].len + len),
                                  (uint32_t)(HEADS[i].len + len));
        assert_picture(s, 0);
    }
    free(zeros);
    free(packed);
    refused(with_chunk("tEXt", "x", 1, 0x7fffffff), ERR_UNSUPPORTED);
    refused(with_chunk("eXIf", "MM", 2, 0x7ffffff0), ERR_UNSUPPORTED);
    refused(with_chunk("eXIf", "MM", 2, 0xffffffff), ERR_UNSUPPORTED);
}

/* Thousands of small chunks cost what reading them costs. */
static void many_chunks(void **state)
{
    (void)state;
    struct str s = make_png((struct png_options){.type = PNG_COLOR_TYPE_RGB});
    struct bytes b = {0};
    put(&b, s.ptr, 33);
    for (int i = 0; i < 20000; i++)
        put_png_chunk(&b, i % 2 ? "tEXt" : "abCd", "key\0value", 9, 9);
    put(&b, s.ptr + 33, s.len - 33);
    assert_picture(bytes_of(&b), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(broken_exif_is_no_orientation, setup, teardown),
        cmocka_unit_test_setup_teardown(sizes_are_checked_on_the_head, setup, teardown),
        cmocka_unit_test_setup_teardown(least_size, setup, teardown),
        cmocka_unit_test_setup_teardown(truncated_files, setup, teardown),
        cmocka_unit_test_setup_teardown(flipped_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_data_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(chunk_bombs, setup, teardown),
        cmocka_unit_test_setup_teardown(many_chunks, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
