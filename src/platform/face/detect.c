/* From a detector's numbers to boxes of the picture: the letterbox that it was shown, and
 * non-maximum suppression. Runs no model. */
#include "platform/face/internal.h"

#include <math.h>
#include <stdlib.h>

#define CANDIDATES_MAX 1024

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

/* ── Boxes ── */

/* corners: left, top, right, bottom in parts of the detector's input. */
static struct face_box box_of(const float *corners, float score, const struct face_manifest *m,
                              struct face_rect inside, const struct image *img)
{
    float w = (float)m->detect.width, h = (float)m->detect.height;
    float to_w = (float)img->width / inside.width, to_h = (float)img->height / inside.height;

    return (struct face_box){
        score, (corners[0] * w - inside.x) * to_w, (corners[1] * h - inside.y) * to_h,
        (corners[2] - corners[0]) * w * to_w, (corners[3] - corners[1]) * h * to_h};
}

static bool sane(const struct face_box *b)
{
    return isfinite(b->x) && isfinite(b->y) && b->width > 1 && b->height > 1 && b->width < 1e6f &&
           b->height < 1e6f;
}

int face_boxes(const struct face_manifest *m, const float *scores, const float *corners, size_t n,
               struct face_rect inside, const struct image *img,
               struct face_box ret[FACE_BOXES_MAX])
{
    struct face_box found[CANDIDATES_MAX];
    int n_found = 0;

    for (size_t i = 0; i < n && n_found < CANDIDATES_MAX; i++) {
        float score = scores[2 * i + 1];
        if (!(score >= m->detect_score))
            continue;
        found[n_found] = box_of(corners + 4 * i, score, m, inside, img);
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
