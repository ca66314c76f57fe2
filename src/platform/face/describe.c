/* One picture through the models: find, choose, landmarks, align, judge, describe. Each step's
 * arithmetic stands in its own file. */
#include "platform/face/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What one call needs, beside the models. */
struct desk {
    const struct face_set *set;
    const struct image *img;
    float *rgb;   /* the picture, or a part of it, as some model wants it */
    float *input; /* the same as that model's input */
    float *scores, *corners;
};

static size_t pixels_of(const struct face_part *p)
{
    return (size_t)p->width * (size_t)p->height;
}

static size_t most_pixels(const struct face_manifest *m)
{
    const struct face_part *parts[] = {&m->detect, &m->landmark, &m->embed, &m->liveness};
    size_t most = 0;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (pixels_of(parts[i]) > most)
            most = pixels_of(parts[i]);
    return most;
}

static bool desk_open(struct desk *d)
{
    const struct face_manifest *m = &d->set->manifest;
    size_t pixels = most_pixels(m);

    d->rgb = calloc(3 * pixels, sizeof *d->rgb);
    d->input = malloc(3 * pixels * sizeof *d->input);
    d->scores = malloc(2 * d->set->proposals * sizeof *d->scores);
    d->corners = malloc(4 * d->set->proposals * sizeof *d->corners);
    return d->rgb && d->input && d->scores && d->corners;
}

static void desk_close(struct desk *d)
{
    free(d->rgb);
    free(d->input);
    free(d->scores);
    free(d->corners);
}

/* d->rgb to d->input: one plane a colour. */
static void spread(struct desk *d, const struct face_part *p)
{
    size_t n = pixels_of(p);
    float by = 1 / p->divide;

    for (size_t c = 0; c < 3; c++) {
        const float *from = d->rgb + (p->bgr ? 2 - c : c);
        float *to = d->input + c * n;
        for (size_t i = 0; i < n; i++)
            to[i] = (from[3 * i] - p->mean) * by;
    }
}

/* ── Finding ── */

static bool letterbox(struct desk *d, struct face_rect inside)
{
    const struct face_part *p = &d->set->manifest.detect;
    struct face_rect all = {0, 0, (float)d->img->width, (float)d->img->height};
    int w = (int)inside.width, h = (int)inside.height;
    size_t row = 3 * (size_t)p->width, part = 3 * (size_t)w;
    float *to = d->rgb + row * (size_t)inside.y + 3 * (size_t)inside.x;

    if (!face_sample(d->img, all, w, h, d->input))
        return false;
    for (size_t i = 0; i < row * (size_t)p->height; i++)
        d->rgb[i] = p->mean; /* nothing, as the detector sees it */
    for (size_t y = 0; y < (size_t)h; y++)
        memcpy(to + y * row, d->input + y * part, part * sizeof *to);
    return true;
}

static enum err find(struct desk *d, struct face_box boxes[FACE_BOXES_MAX], int *ret_n)
{
    const struct face_manifest *m = &d->set->manifest;
    const size_t sizes[] = {2 * d->set->proposals, 4 * d->set->proposals};
    float *const outputs[] = {d->scores, d->corners};
    struct face_rect inside =
        face_letterbox(d->img->width, d->img->height, m->detect.width, m->detect.height);

    if (!letterbox(d, inside))
        return ERR_UNAVAILABLE;
    spread(d, &m->detect);
    enum err e = model_run(d->set->detect, d->input, outputs, sizes);
    if (e == OK)
        *ret_n = face_boxes(m, d->scores, d->corners, d->set->proposals, inside, d->img, boxes);
    return e;
}

#define LIGHT_SIDE 16 /* ≤ any model's input */

/* No face where there is no light says little of the picture. */
static enum err why_none(struct desk *d, struct face *ret)
{
    struct face_rect all = {0, 0, (float)d->img->width, (float)d->img->height};
    size_t n = (size_t)LIGHT_SIDE * LIGHT_SIDE;

    if (!face_sample(d->img, all, LIGHT_SIDE, LIGHT_SIDE, d->rgb))
        return ERR_UNAVAILABLE;
    face_grey(d->rgb, n, d->rgb);
    if (face_brightness_of(d->rgb, n) < d->set->manifest.least_light)
        ret->reason = FACE_TOO_DARK;
    return OK;
}

static void choose(const struct face_manifest *m, const struct face_box *boxes, int n,
                   const struct image *img, struct face *ret)
{
    const struct face_box *b = boxes;
    int shorter = img->width < img->height ? img->width : img->height;

    ret->reason = FACE_NONE;
    if (n == 0)
        return;
    ret->score = b->score;
    ret->x = b->x;
    ret->y = b->y;
    ret->width = b->width;
    ret->height = b->height;
    ret->share = b->height / (float)shorter;
    ret->reason = FACE_FINE;
    if (n > 1 && boxes[1].height >= m->similar_size * b->height)
        ret->reason = FACE_SEVERAL;
    else if (fminf(b->width, b->height) < m->least_side)
        ret->reason = FACE_TOO_SMALL;
}

/* ── Landmarks ── */

static enum err landmarks(struct desk *d, struct face *ret)
{
    const struct face_part *p = &d->set->manifest.landmark;
    struct face_rect box = {ret->x, ret->y, ret->width, ret->height};
    size_t n = pixels_of(p), size = 2 * FACE_LANDMARKS;
    float at[2 * FACE_LANDMARKS];

    if (!face_sample(d->img, box, p->width, p->height, d->rgb))
        return ERR_UNAVAILABLE;
    face_grey(d->rgb, n, d->input);
    for (size_t i = 0; i < n; i++)
        d->input[i] = (d->input[i] - p->mean) / p->divide;
    enum err e = model_run(d->set->landmark, d->input, (float *const[]){at}, &size);
    if (e != OK)
        return e;
    for (int i = 0; i < FACE_LANDMARKS; i++)
        ret->landmarks[i] =
            (struct face_point){box.x + at[2 * i] * box.width, box.y + at[2 * i + 1] * box.height};
    ret->pose = face_pose_of(ret->landmarks);
    return OK;
}

/* ── The aligned face ── */

/* d->rgb becomes the aligned face. */
static enum err align_and_judge(struct desk *d, struct face *ret)
{
    const struct face_manifest *m = &d->set->manifest;
    const struct face_part *p = &m->embed;

    enum err e = face_align(d->img, ret->landmarks, p->width, p->height, d->rgb);
    if (e == ERR_INVALID) /* what the detector took for a face has none */
        ret->reason = FACE_NONE;
    if (e != OK)
        return e == ERR_INVALID ? OK : e;
    face_grey(d->rgb, pixels_of(p), d->input);
    ret->brightness = face_brightness_of(d->input, pixels_of(p));
    ret->sharpness = face_sharpness_of(d->input, p->width, p->height);
    if (ret->brightness < m->least_brightness)
        ret->reason = FACE_TOO_DARK;
    else if (ret->sharpness < m->least_sharpness)
        ret->reason = FACE_TOO_BLURRED;
    return OK;
}

static enum err embed(struct desk *d, struct face *ret)
{
    size_t n = (size_t)d->set->manifest.dimensions;
    float raw[FACE_DIMENSIONS_MAX];
    double squares = 0;

    spread(d, &d->set->manifest.embed);
    enum err e = model_run(d->set->embed, d->input, (float *const[]){raw}, &n);
    if (e != OK)
        return e;
    for (size_t i = 0; i < n; i++)
        squares += (double)raw[i] * (double)raw[i];
    if (!(squares > 1e-12) || !isfinite(squares))
        return ERR_INTERNAL;
    for (size_t i = 0; i < n; i++)
        ret->embedding[i] = (float)(raw[i] / sqrt(squares));
    ret->dimensions = (int)n;
    return OK;
}

/* ── Liveness ── */

/* One side of the crop: around the box's middle, moved inside the picture. */
static void crop_side(float at, float length, float scale, float limit, float *ret_at,
                      float *ret_length)
{
    float wanted = length * scale, from = at + length / 2 - wanted / 2;

    if (from + wanted > limit)
        from = limit - wanted;
    *ret_at = fmaxf(from, 0);
    *ret_length = fminf(wanted, limit);
}

static enum err liveness(struct desk *d, struct face *ret)
{
    const struct face_manifest *m = &d->set->manifest;
    float w = (float)d->img->width, h = (float)d->img->height;
    float scale = fminf(m->liveness_crop, fminf(w / ret->width, h / ret->height));
    size_t n = model_output_size(d->set->liveness, 0);
    float raw[FACE_CLASSES_MAX], sum = 0;
    struct face_rect crop;

    crop_side(ret->x, ret->width, scale, w, &crop.x, &crop.width);
    crop_side(ret->y, ret->height, scale, h, &crop.y, &crop.height);
    if (!face_sample(d->img, crop, m->liveness.width, m->liveness.height, d->rgb))
        return ERR_UNAVAILABLE;
    spread(d, &m->liveness);
    enum err e = model_run(d->set->liveness, d->input, (float *const[]){raw}, &n);
    if (e != OK)
        return e;
    for (size_t i = 0; i < n; i++)
        sum += expf(raw[i] - raw[m->liveness_live]);
    ret->liveness = 1 / sum;
    return OK;
}

/* ── All of it ── */

static enum err describe(struct desk *d, unsigned wants, struct face *ret)
{
    struct face_box boxes[FACE_BOXES_MAX];
    int n;

    enum err e = find(d, boxes, &n);
    if (e != OK)
        return e;
    choose(&d->set->manifest, boxes, n, d->img, ret);
    if (n == 0)
        return why_none(d, ret);
    if (ret->reason != FACE_FINE)
        return OK;
    e = landmarks(d, ret);
    if (e == OK)
        e = align_and_judge(d, ret);
    if (e == OK && ret->reason == FACE_FINE && (wants & FACE_WANT_EMBEDDING))
        e = embed(d, ret);
    if (e == OK && ret->reason == FACE_FINE && (wants & FACE_WANT_LIVENESS) && d->set->liveness)
        e = liveness(d, ret);
    return e;
}

enum err face_describe(struct face_engine *f, const struct image *img, unsigned wants,
                       struct face *ret)
{
    struct desk d = {.set = face_engine_load(f), .img = img};
    struct face face = {.liveness = NAN};

    if (!d.set)
        return ERR_UNAVAILABLE;
    enum err e = desk_open(&d) ? describe(&d, wants, &face) : ERR_UNAVAILABLE;
    desk_close(&d);
    if (e == OK)
        *ret = face;
    return e;
}
