/* JPEG to RGB with libjpeg-turbo (ITU-T T.81, T.871; Adobe's marker for CMYK). A file that ends
 * early or whose data is damaged is refused, though libjpeg would fill in grey. */
#include "platform/image/internal.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#define MEMORY_MAX_BYTES                                                                           \
    (512L << 20)      /* coefficients of a progressive picture of IMAGE_MAX_PIXELS */
#define SCANS_MAX 100 /* each costs a walk over the whole picture */

/* All that lives across a longjmp: nothing of it is a local of a function that calls setjmp. */
struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    bool broken;
    uint8_t *pixels;
    uint8_t *cmyk_row;
    int orientation;
    enum err result;
};

static void on_error(j_common_ptr jpeg)
{
    struct decoder *d = jpeg->client_data;
    longjmp(d->escape, 1);
}

/* Warnings (level −1) say that data is damaged; a few of them are about oddities that real cameras
 * produce. */
static void on_message(j_common_ptr jpeg, int level)
{
    struct decoder *d = jpeg->client_data;

    if (level >= 0)
        return;
    switch (jpeg->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
        return;
    default:
        d->broken = true;
    }
}

static void on_progress(j_common_ptr jpeg)
{
    struct decoder *d = jpeg->client_data;

    if (d->jpeg.input_scan_number > SCANS_MAX)
        longjmp(d->escape, 1);
}

static void find_orientation(struct decoder *d)
{
    for (jpeg_saved_marker_ptr m = d->jpeg.marker_list; m; m = m->next) {
        if (m->marker == JPEG_APP0 + 1 && m->data_length > 6 && memcmp(m->data, "Exif\0", 6) == 0) {
            d->orientation = exif_orientation(m->data, m->data_length);
            return;
        }
    }
}

/* The smallest of 1/8, 1/4, 1/2 and 1 whose longer side is not below max_side. */
static unsigned scale_of(const struct jpeg_decompress_struct *jpeg, int max_side)
{
    unsigned side = jpeg->image_width > jpeg->image_height ? jpeg->image_width : jpeg->image_height;
    unsigned eighths = 1;

    if (max_side <= 0)
        return 8;
    while (eighths < 8 && side * eighths / 8 < (unsigned)max_side)
        eighths *= 2;
    return eighths;
}

static bool choose_colours(struct jpeg_decompress_struct *jpeg)
{
    J_COLOR_SPACE from = jpeg->jpeg_color_space;
    bool ink = from == JCS_CMYK || from == JCS_YCCK;

    jpeg->out_color_space = ink ? JCS_CMYK : JCS_RGB;
    return ink || from == JCS_GRAYSCALE || from == JCS_YCbCr || from == JCS_RGB;
}

/* Adobe writes ink as 255 for none; others as 0. */
static void row_from_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t width, bool inverted)
{
    unsigned flip = inverted ? 0 : 255;

    for (size_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        unsigned k = cmyk[3] ^ flip;
        for (int c = 0; c < 3; c++)
            rgb[c] = (uint8_t)(((cmyk[c] ^ flip) * k + 127) / 255);
    }
}

static void read_row(struct decoder *d)
{
    struct jpeg_decompress_struct *jpeg = &d->jpeg;
    uint8_t *row = d->pixels + (size_t)jpeg->output_scanline * jpeg->output_width * 3;
    JSAMPROW to = d->cmyk_row ? d->cmyk_row : row;

    jpeg_read_scanlines(jpeg, &to, 1);
    if (d->cmyk_row)
        row_from_cmyk(d->cmyk_row, row, jpeg->output_width, jpeg->saw_Adobe_marker);
}

static enum err read_pixels(struct decoder *d)
{
    struct jpeg_decompress_struct *jpeg = &d->jpeg;

    jpeg_start_decompress(jpeg);
    d->pixels = image_alloc(jpeg->output_width, jpeg->output_height, 3);
    if (!d->pixels)
        return ERR_UNAVAILABLE;
    if (jpeg->out_color_space == JCS_CMYK) {
        d->cmyk_row = image_alloc(jpeg->output_width, 1, 4);
        if (!d->cmyk_row)
            return ERR_UNAVAILABLE;
    }
    while (jpeg->output_scanline < jpeg->output_height && !d->broken)
        read_row(d);
    if (!d->broken)
        jpeg_finish_decompress(jpeg); /* reads up to the end marker */
    return d->broken ? ERR_UNSUPPORTED : OK;
}

static enum err read_all(struct decoder *d, struct str bytes, const struct image_limits *limits)
{
    struct jpeg_decompress_struct *jpeg = &d->jpeg;

    jpeg_create_decompress(jpeg);
    jpeg->mem->max_memory_to_use = MEMORY_MAX_BYTES;
    jpeg->progress = &d->progress;
    jpeg_mem_src(jpeg, (const unsigned char *)bytes.ptr, bytes.len);
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(jpeg, TRUE);

    enum err e = image_check_size(limits, jpeg->image_width, jpeg->image_height);
    if (e != OK)
        return e;
    if (d->broken || !choose_colours(jpeg))
        return ERR_UNSUPPORTED;
    find_orientation(d);
    jpeg->scale_num = scale_of(jpeg, limits->max_side);
    jpeg->scale_denom = 8;
    return read_pixels(d);
}

/* The one function with setjmp: it has no local that changes. */
static void run(struct decoder *d, struct str bytes, const struct image_limits *limits)
{
    if (setjmp(d->escape) != 0) {
        d->result = ERR_UNSUPPORTED;
        return;
    }
    d->result = read_all(d, bytes, limits);
}

enum err image_decode_jpeg(struct str bytes, const struct image_limits *limits, struct image *ret,
                           int *ret_orientation)
{
    struct decoder *d = calloc(1, sizeof *d);
    if (!d)
        return ERR_UNAVAILABLE;

    d->jpeg.err = jpeg_std_error(&d->errors);
    d->jpeg.client_data = d;
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->progress.progress_monitor = on_progress;
    d->orientation = 1;
    run(d, bytes, limits);

    enum err e = d->result;
    if (e == OK) {
        *ret = (struct image){d->pixels, (int)d->jpeg.output_width, (int)d->jpeg.output_height};
        *ret_orientation = d->orientation;
    } else {
        free(d->pixels);
    }
    free(d->cmyk_row);
    jpeg_destroy_decompress(&d->jpeg);
    free(d);
    return e;
}
