/* WebP to RGB with libwebp (RFC 9649): a still picture, or the first frame of an animation on a
 * white canvas. */
#include "platform/image/internal.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

static int orientation_of(const WebPDemuxer *file)
{
    WebPChunkIterator chunk;
    int orientation = 1;

    if (WebPDemuxGetChunk(file, "EXIF", 1, &chunk))
        orientation = exif_orientation(chunk.chunk.bytes, chunk.chunk.size);
    WebPDemuxReleaseChunkIterator(&chunk);
    return orientation;
}

/* The frame as RGBA, exactly its own size; NULL when its data is broken. free(). */
static uint8_t *decode_frame(const WebPIterator *frame)
{
    WebPDecoderConfig config;
    size_t width = (size_t)frame->width, height = (size_t)frame->height;
    uint8_t *pixels = image_alloc(width, height, 4);

    if (!pixels || !WebPInitDecoderConfig(&config)) {
        free(pixels);
        return NULL;
    }
    config.output.colorspace = MODE_RGBA;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = frame->width * 4;
    config.output.u.RGBA.size = width * height * 4;
    if (WebPDecode(frame->fragment.bytes, frame->fragment.size, &config) != VP8_STATUS_OK) {
        free(pixels);
        return NULL;
    }
    return pixels;
}

/* A frame of an animation may be smaller than the canvas; what it leaves free is white. */
static bool place(const WebPIterator *frame, const uint8_t *rgb, struct image *canvas)
{
    size_t row = (size_t)frame->width * 3;

    if (frame->x_offset + frame->width > canvas->width ||
        frame->y_offset + frame->height > canvas->height)
        return false;
    memset(canvas->pixels, 255, (size_t)canvas->width * (size_t)canvas->height * 3);
    for (size_t y = 0; y < (size_t)frame->height; y++) {
        size_t at = ((size_t)frame->y_offset + y) * (size_t)canvas->width + (size_t)frame->x_offset;
        memcpy(canvas->pixels + at * 3, rgb + y * row, row);
    }
    return true;
}

static enum err read_frame(const WebPIterator *frame, int width, int height, struct image *ret)
{
    if (!frame->complete || frame->width < 1 || frame->height < 1 || frame->width > width ||
        frame->height > height)
        return ERR_UNSUPPORTED;
    uint8_t *pixels = decode_frame(frame);
    if (!pixels)
        return ERR_UNSUPPORTED;
    image_flatten(pixels, (size_t)frame->width * (size_t)frame->height);
    if (frame->width == width && frame->height == height) {
        uint8_t *smaller = realloc(pixels, (size_t)width * (size_t)height * 3);
        *ret = (struct image){smaller ? smaller : pixels, width, height};
        return OK;
    }

    struct image canvas = {image_alloc((size_t)width, (size_t)height, 3), width, height};
    enum err e = !canvas.pixels                  ? ERR_UNAVAILABLE
                 : place(frame, pixels, &canvas) ? OK
                                                 : ERR_UNSUPPORTED;
    free(pixels);
    if (e == OK)
        *ret = canvas;
    else
        image_free(&canvas);
    return e;
}

static enum err read_file(const WebPDemuxer *file, const struct image_limits *limits,
                          struct image *ret, int *ret_orientation)
{
    WebPIterator frame;
    uint32_t width = WebPDemuxGetI(file, WEBP_FF_CANVAS_WIDTH);
    uint32_t height = WebPDemuxGetI(file, WEBP_FF_CANVAS_HEIGHT);
    enum err e = image_check_size(limits, width, height);

    if (e != OK)
        return e;
    if (!WebPDemuxGetFrame(file, 1, &frame))
        return ERR_UNSUPPORTED;
    e = read_frame(&frame, (int)width, (int)height, ret);
    WebPDemuxReleaseIterator(&frame);
    if (e == OK)
        *ret_orientation = orientation_of(file);
    return e;
}

enum err image_decode_webp(struct str bytes, const struct image_limits *limits, struct image *ret,
                           int *ret_orientation)
{
    WebPData data = {(const uint8_t *)bytes.ptr, bytes.len};
    WebPDemuxer *file = WebPDemux(&data); /* NULL unless the whole file is there */

    if (!file)
        return ERR_UNSUPPORTED;
    enum err e = read_file(file, limits, ret, ret_orientation);
    WebPDemuxDelete(file);
    return e;
}
