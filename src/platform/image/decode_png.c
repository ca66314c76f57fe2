/* PNG to RGB with libpng (W3C PNG, third edition). Chunks that hold no pixels are skipped unread,
 * so that nothing compressed in them is ever unpacked; only the EXIF block is looked at. */
#include "platform/image/internal.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MAX_BYTES (16u << 20) /* longer ones than pixels are refused */

/* All that lives across libpng's longjmp. */
struct decoder {
    const struct image_limits *limits;
    png_structp png;
    png_infop info;
    struct str rest; /* of the file */
    uint8_t *pixels;
    png_bytep *rows;
    size_t width, height, channels;
    int orientation;
    enum err result;
};

static void on_read(png_structp png, png_bytep to, size_t len)
{
    struct decoder *d = png_get_io_ptr(png);

    if (len > d->rest.len)
        png_error(png, "ends early");
    memcpy(to, d->rest.ptr, len);
    d->rest.ptr += len;
    d->rest.len -= len;
}

static void on_error(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/* Texts and profiles may unpack to far more than they are (zTXt, iTXt, iCCP). */
static void skip_what_is_no_picture(png_structp png)
{
    static const png_byte KEPT[] = "eXIf";

    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL,
                                -1); /* all that are not pixels */
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, KEPT, 1);
    png_set_chunk_malloc_max(png, CHUNK_MAX_BYTES);
}

/* 8 bits, three or four channels, whatever it was. */
static void choose_pixels(struct decoder *d)
{
    png_set_expand(d->png); /* palette, few bits, one transparent colour */
    png_set_scale_16(d->png);
    png_set_gray_to_rgb(d->png);
    png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    d->channels = png_get_channels(d->png, d->info);
}

static void find_orientation(struct decoder *d)
{
    png_uint_32 len = 0;
    png_bytep block = NULL;

    if (png_get_eXIf_1(d->png, d->info, &len, &block) != 0 && block)
        d->orientation = exif_orientation(block, len);
}

static enum err read_pixels(struct decoder *d)
{
    d->pixels = image_alloc(d->width, d->height, d->channels);
    d->rows = calloc(d->height, sizeof *d->rows);
    if (!d->pixels || !d->rows)
        return ERR_UNAVAILABLE;
    for (size_t y = 0; y < d->height; y++)
        d->rows[y] = d->pixels + y * d->width * d->channels;
    png_read_image(d->png, d->rows);
    png_read_end(d->png, d->info);
    return OK;
}

static enum err read_all(struct decoder *d)
{
    png_set_read_fn(d->png, d, on_read);
    png_set_user_limits(d->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours is on the product */
    skip_what_is_no_picture(d->png);
    png_read_info(d->png, d->info);
    d->width = png_get_image_width(d->png, d->info);
    d->height = png_get_image_height(d->png, d->info);
    enum err e = image_check_size(d->limits, d->width, d->height);
    if (e != OK)
        return e;

    choose_pixels(d);
    if (d->channels != 3 && d->channels != 4)
        return ERR_UNSUPPORTED;
    e = read_pixels(d);
    if (e == OK)
        find_orientation(d); /* the block may stand behind the pixels */
    return e;
}

/* The one function with setjmp: it has no local that changes. */
static void run(struct decoder *d)
{
    if (setjmp(png_jmpbuf(d->png)) != 0) {
        d->result = ERR_UNSUPPORTED;
        return;
    }
    d->result = read_all(d);
}

static void take(struct decoder *d, struct image *ret, int *ret_orientation)
{
    if (d->channels == 4) {
        image_flatten(d->pixels, d->width * d->height);
        uint8_t *smaller = realloc(d->pixels, d->width * d->height * 3);
        d->pixels = smaller ? smaller : d->pixels;
    }
    *ret = (struct image){d->pixels, (int)d->width, (int)d->height};
    *ret_orientation = d->orientation;
    d->pixels = NULL;
}

enum err image_decode_png(struct str bytes, const struct image_limits *limits, struct image *ret,
                          int *ret_orientation)
{
    struct decoder d = {
        .rest = bytes, .limits = limits, .orientation = 1, .result = ERR_UNAVAILABLE};

    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
    if (d.png)
        d.info = png_create_info_struct(d.png);
    if (d.info)
        run(&d);
    if (d.result == OK)
        take(&d, ret, ret_orientation);
    free(d.pixels);
    free(d.rows);
    png_destroy_read_struct(&d.png, &d.info, NULL);
    return d.result;
}
