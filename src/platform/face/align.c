/* Brings a face to where the embedder expects it: the similarity transform that fits five points
 * (Umeyama, 1991, in two dimensions), and the picture seen through it. */
#include "platform/face/internal.h"

#include <math.h>
#include <stdlib.h>

#define TEMPLATE_SIDE 112
/* Where an aligned face has its eyes, nose and corners of the mouth, in a square of TEMPLATE_SIDE
 * pixels: the ArcFace template. */
static const struct face_point TEMPLATE[5] = {
    {38.2946f, 51.6963f}, {73.5318f, 51.5014f}, {56.0252f, 71.7366f},
    {41.5493f, 92.3655f}, {70.7299f, 92.2041f},
};

static struct face_point mean(const struct face_point *p, const int *which, int n)
{
    struct face_point sum = {0, 0};

    for (int i = 0; i < n; i++) {
        sum.x += p[which[i]].x / (float)n;
        sum.y += p[which[i]].y / (float)n;
    }
    return sum;
}

void face_five(const struct face_point landmarks[FACE_LANDMARKS], struct face_point ret[5])
{
    static const int LIDS[2][4] = {{37, 38, 40, 41}, {43, 44, 46, 47}};
    static const int NOSE[1] = {30};
    static const int MOUTH[2][2] = {{48, 60}, {54, 64}};

    ret[0] = mean(landmarks, LIDS[0], 4);
    ret[1] = mean(landmarks, LIDS[1], 4);
    ret[2] = mean(landmarks, NOSE, 1);
    ret[3] = mean(landmarks, MOUTH[0], 2);
    ret[4] = mean(landmarks, MOUTH[1], 2);
}

bool face_similarity_transform(const struct face_point *from, const struct face_point *to, int n,
                               struct face_transform *ret)
{
    double fx = 0, fy = 0, tx = 0, ty = 0, along = 0, across = 0, spread = 0;

    for (int i = 0; i < n; i++) {
        fx += (double)from[i].x / n;
        fy += (double)from[i].y / n;
        tx += (double)to[i].x / n;
        ty += (double)to[i].y / n;
    }
    for (int i = 0; i < n; i++) {
        double x = (double)from[i].x - fx, y = (double)from[i].y - fy;
        double u = (double)to[i].x - tx, v = (double)to[i].y - ty;
        along += x * u + y * v;
        across += x * v - y * u;
        spread += x * x + y * y;
    }
    if (!(spread > 1e-9))
        return false;
    double a = along / spread, b = across / spread;
    *ret = (struct face_transform){(float)a, (float)b, (float)(tx - (a * fx - b * fy)),
                                   (float)(ty - (b * fx + a * fy))};
    return true;
}

/* ── The picture through it ── */

/* A copy of the part that is needed, not much larger than what comes of it. */
struct patch {
    struct face_rect from; /* of the picture */
    int width, height;
    float *rgb;
};

static struct face_point through(const struct face_transform *t, float x, float y)
{
    return (struct face_point){t->a * x - t->b * y + t->c, t->b * x + t->a * y + t->d};
}

/* The upright rectangle around what the square's corners come from. */
static struct face_rect around(const struct face_transform *back, float width, float height)
{
    struct face_point c[4] = {through(back, 0, 0), through(back, width, 0),
                              through(back, 0, height), through(back, width, height)};
    float x0 = c[0].x, x1 = c[0].x, y0 = c[0].y, y1 = c[0].y;

    for (int i = 1; i < 4; i++) {
        x0 = fminf(x0, c[i].x);
        x1 = fmaxf(x1, c[i].x);
        y0 = fminf(y0, c[i].y);
        y1 = fmaxf(y1, c[i].y);
    }
    x0 = floorf(x0) - 2;
    y0 = floorf(y0) - 2;
    return (struct face_rect){x0, y0, ceilf(x1) + 2 - x0, ceilf(y1) + 2 - y0};
}

static bool patch_take(const struct image *img, struct face_rect from, float scale, struct patch *p)
{
    float shrink = fmaxf(scale / 2, 1); /* the samples below take the last factor of two */

    p->from = from;
    p->width = (int)ceilf(from.width / shrink);
    p->height = (int)ceilf(from.height / shrink);
    p->rgb = malloc(3 * (size_t)p->width * (size_t)p->height * sizeof *p->rgb);
    return p->rgb && face_sample(img, from, p->width, p->height, p->rgb);
}

static int clamped(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/* Adds the patch's colour at a point of the picture, linear between pixels. */
static void add_colour(const struct patch *p, struct face_point at, float weight, float *to)
{
    float x = (at.x - p->from.x) * (float)p->width / p->from.width - 0.5f;
    float y = (at.y - p->from.y) * (float)p->height / p->from.height - 0.5f;
    int x0 = (int)floorf(x), y0 = (int)floorf(y);
    float u = x - (float)x0, v = y - (float)y0;

    for (int k = 0; k < 4; k++) {
        int px = clamped(x0 + k % 2, p->width), py = clamped(y0 + k / 2, p->height);
        float w = weight * (k % 2 ? u : 1 - u) * (k / 2 ? v : 1 - v);
        const float *rgb = p->rgb + 3 * ((size_t)py * (size_t)p->width + (size_t)px);
        to[0] += w * rgb[0];
        to[1] += w * rgb[1];
        to[2] += w * rgb[2];
    }
}

static void view(const struct patch *p, const struct face_transform *back, int width, int height,
                 float *ret)
{
    static const float AT[2] = {-0.25f, 0.25f}; /* four samples a pixel */

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, ret += 3) {
            ret[0] = ret[1] = ret[2] = 0;
            for (int k = 0; k < 4; k++)
                add_colour(p,
                           through(back, (float)x + 0.5f + AT[k % 2], (float)y + 0.5f + AT[k / 2]),
                           0.25f, ret);
        }
}

enum err face_align(const struct image *img, const struct face_point landmarks[FACE_LANDMARKS],
                    int width, int height, float *ret)
{
    struct face_point five[5], target[5];
    struct face_transform back;
    struct patch p = {0};

    face_five(landmarks, five);
    for (int i = 0; i < 5; i++) /* pixel (0, 0) of the template has its centre at 0.5, 0.5 */
        target[i] = (struct face_point){(TEMPLATE[i].x + 0.5f) * (float)width / TEMPLATE_SIDE,
                                        (TEMPLATE[i].y + 0.5f) * (float)height / TEMPLATE_SIDE};
    if (!face_similarity_transform(target, five, 5, &back))
        return ERR_INVALID;
    struct face_rect from = around(&back, (float)width, (float)height);
    float longest = 8 * (float)(img->width + img->height);
    if (!(from.width < longest && from.height < longest))
        return ERR_INVALID;
    bool good = patch_take(img, from, hypotf(back.a, back.b), &p);
    if (good)
        view(&p, &back, width, height, ret);
    free(p.rgb);
    return good ? OK : ERR_UNAVAILABLE;
}
