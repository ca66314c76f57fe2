/* Pictures made of photos for the measurements of bench/face*.c: heads turned, light changed, copies. Measures nothing. */
#include "bench/face_bench.h"

#include <math.h>
#include <string.h>

#define RADIANS (3.14159265f / 180)
/* Half axes of the head and its middle from the tip of the nose, mm: to the picture's right, down, towards the camera. */
static const float AXES[3] = {78, 118, 95}, MIDDLE[3] = {0, -18, -110};
#define EYES_MM 90 /* between the outer corners of the eyes */

static struct image blank(int width, int height)
{
    struct image img = {malloc(3 * (size_t)width * (size_t)height), width, height};

    if (!img.pixels)
        abort();
    return img;
}

static uint8_t byte(float v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5f);
}

struct image resized(const struct image *from, int width, int height)
{
    struct image to = blank(width, height);
    size_t n = 3 * (size_t)width * (size_t)height;
    float *values = malloc(n * sizeof *values);

    if (!values || !face_sample(from, (struct face_rect){0, 0, (float)from->width, (float)from->height}, width, height, values))
        abort();
    for (size_t i = 0; i < n; i++)
        to.pixels[i] = byte(values[i]);
    free(values);
    return to;
}

struct image cropped(const struct image *from, float part)
{
    int x = (int)(part * (float)from->width), y = (int)(part * (float)from->height);
    struct image to = blank(from->width - 2 * x, from->height - 2 * y);

    for (int row = 0; row < to.height; row++)
        memcpy(to.pixels + 3 * (size_t)row * (size_t)to.width,
               from->pixels + 3 * ((size_t)(row + y) * (size_t)from->width + (size_t)x), 3 * (size_t)to.width);
    return to;
}

struct image mirrored(const struct image *from)
{
    struct image to = blank(from->width, from->height);
    size_t w = (size_t)from->width;

    for (size_t y = 0; y < (size_t)from->height; y++)
        for (size_t x = 0; x < w; x++)
            memcpy(to.pixels + 3 * (y * w + x), from->pixels + 3 * (y * w + w - 1 - x), 3);
    return to;
}

/* The sum of twelve even draws is nearly normal. */
static float normal(uint32_t *seed)
{
    float sum = -6;

    for (int i = 0; i < 12; i++) {
        *seed = *seed * 1664525 + 1013904223;
        sum += (float)(*seed >> 8) / 16777216.0f;
    }
    return sum;
}

struct image lit(const struct image *from, float gain, float noise, uint32_t seed)
{
    struct image to = blank(from->width, from->height);

    for (size_t i = 0; i < 3 * (size_t)from->width * (size_t)from->height; i++)
        to.pixels[i] = byte((float)from->pixels[i] * gain + noise * normal(&seed));
    return to;
}

struct image as_jpeg(const struct image *from, int quality)
{
    struct arena a;
    struct str jpeg;
    struct image to;

    arena_init(&a);
    if (image_encode_jpeg(from, quality, &a, &jpeg) != OK || image_decode(jpeg, 0, &to) != OK)
        abort();
    arena_free(&a);
    return to;
}

/* ── Heads ── */

/* How far the head's surface is before its middle, mm; < 0: this is beside the head. From its middle. */
static float surface(float x, float y)
{
    float left = 1 - x * x / (AXES[0] * AXES[0]) - y * y / (AXES[1] * AXES[1]);
    float nose_x = x - MIDDLE[0], nose_y = y + MIDDLE[1];

    if (left <= 0)
        return -1;
    return AXES[2] * sqrtf(left) + 22 * expf(-nose_x * nose_x / 200 - nose_y * nose_y / 500);
}

/* Where in the photo the point is that the turned head shows at (x, y), mm from its middle. False: there is none. */
static bool seen_at(float x, float y, struct head to, float *ret_x, float *ret_y)
{
    float cy = cosf(to.yaw * RADIANS), sy = sinf(to.yaw * RADIANS), cp = cosf(to.pitch * RADIANS), sp = sinf(to.pitch * RADIANS);
    float u = x / cy, v = y / cp;

    for (int i = 0; i < 25; i++) { /* to a side, then up; solved for where it was */
        float z = surface(u, v);
        if (z < 0)
            return false;
        float next_v = (y + sp * z) / cp;
        float depth = sp * v + cp * z;
        float next_u = (x - sy * depth) / cy;
        u = 0.5f * (u + next_u);
        v = 0.5f * (v + next_v);
    }
    *ret_x = u;
    *ret_y = v;
    return surface(u, v) > 0;
}

static void colour_at(const struct image *img, float x, float y, uint8_t ret[3])
{
    float px = fminf(fmaxf(x, 0), (float)img->width - 1.001f), py = fminf(fmaxf(y, 0), (float)img->height - 1.001f);
    size_t x0 = (size_t)px, y0 = (size_t)py, w = (size_t)img->width;
    float u = px - (float)x0, v = py - (float)y0;
    const uint8_t *p = img->pixels + 3 * (y0 * w + x0);

    for (size_t c = 0; c < 3; c++)
        ret[c] = byte((1 - v) * ((1 - u) * (float)p[c] + u * (float)p[c + 3]) +
                      v * ((1 - u) * (float)p[c + 3 * w] + u * (float)p[c + 3 * w + 3]));
}

struct image with_head(const struct image *from, const struct face *face, struct head to)
{
    struct image made = blank(from->width, from->height);
    const struct face_point *l = face->landmarks, nose = l[30];
    float roll = atan2f(l[45].y - l[36].y, l[45].x - l[36].x), c = cosf(roll), s = sinf(roll);
    float mm = hypotf(l[45].x - l[36].x, l[45].y - l[36].y) / EYES_MM / fmaxf(cosf(face->pose.yaw * RADIANS), 0.5f);
    float side = (float)(from->width > from->height ? from->width : from->height);
    float dx = to.x * side, dy = to.y * side;

    for (int y = 0; y < made.height; y++)
        for (int x = 0; x < made.width; x++) {
            float at_x = (float)x - dx - nose.x, at_y = (float)y - dy - nose.y, u, v;
            float hx = (c * at_x + s * at_y) / mm - MIDDLE[0], hy = (c * at_y - s * at_x) / mm - MIDDLE[1];
            float px = (float)x, py = (float)y;
            if (seen_at(hx, hy, to, &u, &v)) {
                u = (u + MIDDLE[0]) * mm;
                v = (v + MIDDLE[1]) * mm;
                px = nose.x + c * u - s * v;
                py = nose.y + s * u + c * v;
            }
            colour_at(from, px, py, made.pixels + 3 * ((size_t)y * (size_t)made.width + (size_t)x));
        }
    return made;
}
