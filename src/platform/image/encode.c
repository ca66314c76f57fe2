/* RGB to JPEG with libjpeg-turbo: 4:2:0 and nothing in it but the picture. */
#include "platform/image/internal.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

/* All that lives across a longjmp. */
struct encoder {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf escape;
    unsigned char *bytes; /* libjpeg's, malloc */
    unsigned long len;
    bool good;
};

static void on_error(j_common_ptr jpeg)
{
    struct encoder *e = jpeg->client_data;
    longjmp(e->escape, 1);
}

static void on_message(j_common_ptr jpeg, int level)
{
    (void)jpeg;
    (void)level;
}

static void write_all(struct encoder *e, const struct image *img, int quality)
{
    struct jpeg_compress_struct *jpeg = &e->jpeg;

    jpeg_create_compress(jpeg);
    jpeg_mem_dest(jpeg, &e->bytes, &e->len);
    jpeg->image_width = (JDIMENSION)img->width;
    jpeg->image_height = (JDIMENSION)img->height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg); /* YCbCr, 4:2:0 */
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = img->pixels + (size_t)jpeg->next_scanline * (size_t)img->width * 3;
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    e->good = true;
}

/* The one function with setjmp: it has no local that changes. */
static void run(struct encoder *e, const struct image *img, int quality)
{
    if (setjmp(e->escape) == 0)
        write_all(e, img, quality);
}

enum err image_encode_jpeg(const struct image *img, int quality, struct arena *a, struct str *ret)
{
    struct encoder e = {0};

    if (quality < 1 || quality > 100 || img->width < 1 || img->height < 1)
        return ERR_INVALID;
    e.jpeg.err = jpeg_std_error(&e.errors);
    e.jpeg.client_data = &e;
    e.errors.error_exit = on_error;
    e.errors.emit_message = on_message;
    run(&e, img, quality);
    if (e.good)
        *ret = arena_str(a, (struct str){(const char *)e.bytes, e.len});
    free(e.bytes);
    jpeg_destroy_compress(&e.jpeg);
    return e.good ? OK : ERR_UNAVAILABLE; /* no memory, or over 65,500 pixels a side */
}
