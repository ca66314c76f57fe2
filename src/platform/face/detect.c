/* From a detector's numbers to boxes: its priors (those of the "Ultra Light" family of detectors),
 * decoding, and non-maximum suppression. Runs no model. */
#include "platform/face/internal.h"

#include <math.h>
#include <stdlib.h>

#define LEVELS 4
#define CANDIDATES_MAX 1024
#define CENTRE_VARIANCE 0.1f
#define SIZE_VARIANCE 0.2f

static const struct {
    int stride, n;
    float sizes[3]; /* pixels of the input */
} LEVEL[LEVELS] = {
    {8, 3, {10, 16, 24}},
    {16, 2, {32, 48}},
    {32, 2, {64, 96}},
    {64, 3, {128, 192, 256}},
};

static int cells(int side, int stride)
{
    return (side + stride - 1) / stride;
}

size_t face_priors_count(int width, int height)
{
    size_t n = 0;

    for (int l = 0; l < LEVELS; l++)
        n += (size_t)(cells(width, LEVEL[l].stride) * cells(height, LEVEL[l].stride) * LEVEL[l].n);
    return n;
}

static float *priors_of_row(int l, int y, int width, int height, float *to)
{
    float stride = (float)LEVEL[l].stride, w = (float)width, h = (float)height;

    for (int x = 0; x < cells(width, LEVEL[l].stride); x++)
        for (int k = 0; k < LEVEL[l].n; k++, to += 4) {
            to[0] = fminf(((float)x + 0.5f) * stride / w, 1);
            to[1] = fminf(((float)y + 0.5f) * stride / h, 1);
            to[2] = fminf(LEVEL[l].sizes[k] / w, 1);
            to[3] = fminf(LEVEL[l].sizes[k] / h, 1);
        }
    return to;
}

void face_priors(int width, int height, float *ret)
{
    for (int l = 0; l < LEVELS; l++)
        for (int y = 0; y < cells(height, LEVEL[l].stride); y++)
            ret = priors_of_row(l, y, width, height, ret);
}

struct face_rect face_letterbox(int from_width, int from_height, int width, int height)
{
    float scale = fminf((float)width / (float)from_width, (float)height / (float)from_height);
    float w = fmaxf(floorf((float)from_width * scale + 0.5f), 1);
    float h = fmaxf(floorf((float)from_height * scale + 0.5f), 1);

    return (struct face_rect){floorf(((float)width - w) / 2), floorf(((float)height - h) / 2), w,
                              h};
}

/* ── Suppression ── */

static int by_score(const void *a, const void *b)
{
    const struct face_box *x = a, *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

static int by_area(const void *a, const void *b)
{
    const struct face_box *x = a, *y = b;
    float p = x->width * x->height, q = y->width * y->height;
    return (p < q) - (p > q);
}

static float overlap(const struct face_box *a, const struct face_box *b)
{
    float w = fminf(a->x + a->width, b->x + b->width) - fmaxf(a->x, b->x);
    float h = fminf(a->y + a->height, b->y + b->height) - fmaxf(a->y, b->y);

    if (w <= 0 || h <= 0)
        return 0;
    return w * h / (a->width * a->height + b->width * b->height - w * h);
}

int face_suppress(struct face_box *boxes, int n, float most)
{
    int kept = 0;

    for (int i = 0; i < n; i++) {
        bool alone = true;
        for (int k = 0; k < kept && alone; k++)
            alone = overlap(&boxes[i], &boxes[k]) <= most;
        if (alone)
            boxes[kept++] = boxes[i];
    }
    return kept;
}

/* ── Decoding ── */

static struct face_box decode(const float *prior, const float *offset, float score,
                              const struct face_manifest *m, struct face_rect inside,
                              const struct image *img)
{
    float w = prior[2] * expf(fminf(offset[2] * SIZE_VARIANCE, 5));
    float h = prior[3] * expf(fminf(offset[3] * SIZE_VARIANCE, 5));
    float x = prior[0] + offset[0] * CENTRE_VARIANCE * prior[2] - w / 2;
    float y = prior[1] + offset[1] * CENTRE_VARIANCE * prior[3] - h / 2;
    float input_w = (float)m->detect.width, input_h = (float)m->detect.height;
    float to_w = (float)img->width / inside.width, to_h = (float)img->height / inside.height;

    return (struct face_box){score, (x * input_w - inside.x) * to_w,
                             (y * input_h - inside.y) * to_h, w * input_w * to_w,
                             h * input_h * to_h};
}

static bool sane(const struct face_box *b)
{
    return isfinite(b->x) && isfinite(b->y) && b->width > 1 && b->height > 1 && b->width < 1e6f &&
           b->height < 1e6f;
}

int face_boxes(const struct face_manifest *m, const float *scores, const float *offsets,
               const float *priors, struct face_rect inside, const struct image *img,
               struct face_box ret[FACE_BOXES_MAX])
{
    size_t n = face_priors_count(m->detect.width, m->detect.height);
    struct face_box found[CANDIDATES_MAX];
    int n_found = 0;

    for (size_t i = 0; i < n && n_found < CANDIDATES_MAX; i++) {
        float score = 1 / (1 + expf(scores[2 * i] - scores[2 * i + 1])); /* softmax of the two */
        if (!(score >= m->detect_score))
            continue;
        found[n_found] = decode(priors + 4 * i, offsets + 4 * i, score, m, inside, img);
        n_found += sane(&found[n_found]);
    }
    qsort(found, (size_t)n_found, sizeof *found, by_score);
    n_found = face_suppress(found, n_found, m->detect_overlap);
    if (n_found > FACE_BOXES_MAX)
        n_found = FACE_BOXES_MAX;
    for (int i = 0; i < n_found; i++)
        ret[i] = found[i];
    qsort(ret, (size_t)n_found, sizeof *ret, by_area);
    return n_found;
}
