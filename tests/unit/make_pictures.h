/* Pictures for tests, made and looked at: four quarters of plain colours in every format and shape
 * that is read. */
#ifndef TESTS_UNIT_MAKE_PICTURES_H
#define TESTS_UNIT_MAKE_PICTURES_H

#include "platform/image/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

#include <cmocka.h>

#define W 64
#define H 48

static struct arena arena;

static inline int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    srandom(11);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

struct rgb {
    uint8_t r, g, b;
};

/* What the pictures show instead, where it is set: another one of the size asked for. */
static struct image shown;

/* Four quarters of plain colours: red, green / blue, yellow. */
static inline struct rgb quarter(int x, int y, int w, int h)
{
    static const struct rgb COLOURS[] = {
        {200, 30, 30}, {30, 180, 30}, {30, 30, 200}, {220, 220, 40}};
    if (shown.pixels) {
        const uint8_t *p = shown.pixels + 3 * ((size_t)y * (size_t)w + (size_t)x);
        return (struct rgb){p[0], p[1], p[2]};
    }
    return COLOURS[(x >= w / 2) + 2 * (y >= h / 2)];
}

static inline uint8_t *rgb_pixels(int w, int h)
{
    uint8_t *p = arena_alloc(&arena, (size_t)w * (size_t)h * 3);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            struct rgb c = quarter(x, y, w, h);
            memcpy(p + ((size_t)y * (size_t)w + (size_t)x) * 3, &c, 3);
        }
    }
    return p;
}

struct bytes {
    uint8_t *ptr;
    size_t len, cap;
};

static inline void put(struct bytes *b, const void *bytes, size_t len)
{
    if (b->len + len > b->cap) {
        b->cap = 2 * (b->len + len);
        b->ptr = realloc(b->ptr, b->cap);
    }
    memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
}

/* Into the arena, exactly as long as it is: ASan would see a read behind its end only in memory of
 * its own. */
static inline struct str bytes_of(struct bytes *b)
{
    struct str s = arena_str(&arena, (struct str){(const char *)b->ptr, b->len});
    free(b->ptr);
    *b = (struct bytes){0};
    return s;
}

struct jpeg_options {
    int w, h;
    J_COLOR_SPACE space; /* of what is stored */
    bool progressive;
    bool no_adobe;
    struct str exif; /* APP1, with its header */
    int quality;
};

/* Ink as Adobe stores it: 255 for none. */
static inline void cmyk_row(uint8_t *out, const uint8_t *rgb, int w, bool inverted)
{
    for (int x = 0; x < w; x++) {
        for (int c = 0; c < 3; c++)
            out[x * 4 + c] = inverted ? rgb[x * 3 + c] : (uint8_t)(255 - rgb[x * 3 + c]);
        out[x * 4 + 3] = inverted ? 255 : 0;
    }
}

static inline struct str make_jpeg(struct jpeg_options o)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *out = NULL;
    unsigned long len = 0;
    int w = o.w ? o.w : W, h = o.h ? o.h : H;
    bool ink = o.space == JCS_CMYK || o.space == JCS_YCCK;
    const uint8_t *pixels = rgb_pixels(w, h);
    uint8_t *row = arena_alloc(&arena, (size_t)w * 4);

    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &out, &len);
    jpeg.image_width = (JDIMENSION)w;
    jpeg.image_height = (JDIMENSION)h;
    jpeg.input_components = ink ? 4 : o.space == JCS_GRAYSCALE ? 1 : 3;
    jpeg.in_color_space = ink ? JCS_CMYK : o.space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    if (o.space != JCS_UNKNOWN)
        jpeg_set_colorspace(&jpeg, o.space);
    if (o.no_adobe)
        jpeg.write_Adobe_marker = FALSE;
    jpeg_set_quality(&jpeg, o.quality ? o.quality : 95, TRUE);
    if (o.progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    if (o.exif.len)
        jpeg_write_marker(&jpeg, JPEG_APP0 + 1, (const uint8_t *)o.exif.ptr, (unsigned)o.exif.len);
    for (int y = 0; y < h; y++) {
        const uint8_t *from = pixels + (size_t)y * (size_t)w * 3;
        if (ink)
            cmyk_row(row, from, w, !o.no_adobe);
        else if (o.space == JCS_GRAYSCALE)
            for (int x = 0; x < w; x++)
                row[x] = from[x * 3];
        else
            memcpy(row, from, (size_t)w * 3);
        JSAMPROW r = row;
        jpeg_write_scanlines(&jpeg, &r, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    struct str s = arena_str(&arena, (struct str){(const char *)out, len});
    free(out);
    return s;
}

static inline struct str jpeg_plain(void)
{
    return make_jpeg((struct jpeg_options){.space = JCS_UNKNOWN});
}

static inline void png_put(png_structp png, png_bytep bytes, size_t len)
{
    put(png_get_io_ptr(png), bytes, len);
}

static inline void png_nothing(png_structp png)
{
    (void)png;
}

struct png_options {
    int w, h;
    int type; /* PNG_COLOR_TYPE_… */
    int depth;
    bool interlaced;
    bool transparent_left; /* the left half lets white through */
    struct str exif;
};

/* One sample row of the test picture in the wanted type. */
static inline void png_row(uint8_t *out, const struct png_options *o, int y)
{
    for (int x = 0; x < o->w; x++) {
        struct rgb c = quarter(x, y, o->w, o->h);
        uint8_t alpha = o->transparent_left && x < o->w / 2 ? 0 : 255;
        uint8_t index = (uint8_t)((x >= o->w / 2) + 2 * (y >= o->h / 2));
        uint8_t samples[4] = {c.r, c.g, c.b, alpha};
        int n = o->type == PNG_COLOR_TYPE_RGB_ALPHA ? 4 : 3;
        if (o->type == PNG_COLOR_TYPE_PALETTE) {
            out[x] = index;
            continue;
        }
        if (o->type == PNG_COLOR_TYPE_GRAY || o->type == PNG_COLOR_TYPE_GRAY_ALPHA) {
            samples[1] = alpha;
            n = o->type == PNG_COLOR_TYPE_GRAY ? 1 : 2;
        }
        for (int i = 0; i < n; i++) {
            int size = o->depth / 8;
            out[(x * n + i) * size] = samples[i];
            if (size == 2)
                out[(x * n + i) * size + 1] = samples[i];
        }
    }
}

static inline struct str make_png(struct png_options o)
{
    struct bytes out = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_color palette[4] = {{200, 30, 30}, {30, 180, 30}, {30, 30, 200}, {220, 220, 40}};
    png_byte alphas[4] = {0, 255, 0, 255};

    o.w = o.w ? o.w : W;
    o.h = o.h ? o.h : H;
    o.depth = o.depth ? o.depth : 8;
    png_set_write_fn(png, &out, png_put, png_nothing);
    png_set_IHDR(png, info, (png_uint_32)o.w, (png_uint_32)o.h, o.depth, o.type,
                 o.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (o.type == PNG_COLOR_TYPE_PALETTE) {
        png_set_PLTE(png, info, palette, 4);
        if (o.transparent_left)
            png_set_tRNS(png, info, alphas, 4, NULL);
    }
    if (o.exif.len) {
        char *copy = arena_alloc(&arena, o.exif.len);
        memcpy(copy, o.exif.ptr, o.exif.len);
        png_set_eXIf_1(png, info, (png_uint_32)o.exif.len, (png_bytep)copy);
    }
    png_write_info(png, info);
    uint8_t *row = arena_alloc(&arena, (size_t)o.w * 8);
    int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++) {
        for (int y = 0; y < o.h; y++) {
            png_row(row, &o, y);
            png_write_row(png, row);
        }
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return bytes_of(&out);
}

static inline struct str make_webp(int w, int h, bool lossless)
{
    uint8_t *out = NULL;
    size_t len = lossless ? WebPEncodeLosslessRGB(rgb_pixels(w, h), w, h, w * 3, &out)
                          : WebPEncodeRGB(rgb_pixels(w, h), w, h, w * 3, 95, &out);
    struct str s = arena_str(&arena, (struct str){(const char *)out, len});
    WebPFree(out);
    return s;
}

static inline struct str make_webp_alpha(void)
{
    uint8_t *rgba = arena_alloc(&arena, W * H * 4), *out = NULL;
    const uint8_t *rgb = rgb_pixels(W, H);
    for (int i = 0; i < W * H; i++) {
        memcpy(rgba + i * 4, rgb + i * 3, 3);
        rgba[i * 4 + 3] = i % W < W / 2 ? 0 : 255;
    }
    size_t len = WebPEncodeLosslessRGBA(rgba, W, H, W * 4, &out);
    struct str s = arena_str(&arena, (struct str){(const char *)out, len});
    WebPFree(out);
    return s;
}

static inline void put_le(struct bytes *b, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++, v >>= 8)
        put(b, &(uint8_t){(uint8_t)v}, 1);
}

static inline void put_chunk(struct bytes *b, const char *name, const void *bytes, size_t len)
{
    put(b, name, 4);
    put_le(b, (uint32_t)len, 4);
    put(b, bytes, len);
    if (len % 2)
        put(b, "", 1);
}

/* RFC 9649 §2.7: VP8X, then what is given, then the RIFF header in front. */
static inline struct str riff(uint8_t flags, int w, int h, struct bytes *chunks)
{
    struct bytes all = {0}, x = {0};
    put(&x, (uint8_t[]){flags, 0, 0, 0}, 4);
    put_le(&x, (uint32_t)w - 1, 3);
    put_le(&x, (uint32_t)h - 1, 3);
    put(&all, "RIFF", 4);
    put_le(&all, (uint32_t)(4 + 8 + 10 + chunks->len), 4);
    put(&all, "WEBP", 4);
    put_chunk(&all, "VP8X", x.ptr, x.len);
    put(&all, chunks->ptr, chunks->len);
    free(x.ptr);
    free(chunks->ptr);
    *chunks = (struct bytes){0};
    return bytes_of(&all);
}

/* Two frames of W × H, the test picture at (20, 10) the first of them. */
static inline struct str make_webp_animation(int w, int h)
{
    struct bytes chunks = {0};
    int wide = shown.pixels ? shown.width : W, high = shown.pixels ? shown.height : H;
    struct str still = make_webp(wide, high, true);
    put_chunk(&chunks, "ANIM", "\0\0\0\0\0\0", 6);
    for (int i = 0; i < 2; i++) {
        struct bytes frame = {0};
        put_le(&frame, i == 0 ? 20 / 2 : 0, 3);
        put_le(&frame, i == 0 ? 10 / 2 : 0, 3);
        put_le(&frame, (uint32_t)wide - 1, 3);
        put_le(&frame, (uint32_t)high - 1, 3);
        put_le(&frame, 100, 3);
        put(&frame, "", 1);
        put(&frame, still.ptr + 12, still.len - 12); /* its VP8L chunk */
        put_chunk(&chunks, "ANMF", frame.ptr, frame.len);
        free(frame.ptr);
    }
    return riff(0x02, w, h, &chunks);
}

static inline struct str make_webp_exif(struct str exif)
{
    struct bytes chunks = {0};
    struct str still = make_webp(W, H, true);
    put(&chunks, still.ptr + 12, still.len - 12);
    put_chunk(&chunks, "EXIF", exif.ptr, exif.len);
    return riff(0x08, W, H, &chunks);
}

/* A TIFF block with an orientation and a GPS position (Exif 2.3 §4.6), in either byte order. */
static inline struct str make_exif(int orientation, bool header, bool big)
{
    struct bytes b = {0};
    uint8_t tiff[] = {
        'I',  'I',  42,  0,   8,   0,   0,   0,   2,
        0, /* two entries */
        0x12, 1,    3,   0,   1,   0,   0,   0,   (uint8_t)orientation,
        0,    0,    0, /* Orientation */
        0x25, 0x88, 4,   0,   1,   0,   0,   0,   38,
        0,    0,    0,      /* GPS IFD at 38 */
        0,    0,    0,   0, /* no further IFD */
        1,    0,    1,   0,   2,   0,   2,   0,   0,
        0,    'N',  0,   0,   0,   0,   0,   0,   0, /* GPSLatitudeRef */
        'G',  'P',  'S', '-', 'S', 'E', 'C', 'R', 'E',
        'T',
    };
    static const uint8_t BIG[] = {
        'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    };
    if (header)
        put(&b, "Exif\0", 6);
    if (big) {
        put(&b, BIG, sizeof BIG);
        b.ptr[b.len - 7] = (uint8_t)orientation;
    } else {
        put(&b, tiff, sizeof tiff);
    }
    return bytes_of(&b);
}

#endif
