/* What the parts of face/ share: the description of the models, and the pure steps from a model's
 * numbers to a face. Nothing outside includes it but tests. */
#ifndef PLATFORM_FACE_INTERNAL_H
#define PLATFORM_FACE_INTERNAL_H

#include "platform/face/face.h"

/* ── manifest.c: models.json ── */

#define FACE_PATH_MAX 512
#define FACE_WHY_MAX 768
#define FACE_MODEL_MAX_BYTES (256u << 20)
#define FACE_STEPS_MAX 4 /* numbers of references told apart */

/* A model's file, and how pixels become its input: (value − mean) / divide. */
struct face_part {
    char file[128];
    char sha256[65];
    int width, height;
    float mean, divide;
    bool bgr;
    bool given; /* false: the description has no such part */
};

struct face_manifest {
    char name[128];
    char version[17];
    struct face_part detect, landmark, embed, liveness;
    float detect_score, detect_overlap; /* boxes count from the one; are one face from the other */
    float liveness_crop;                /* side of the crop in the box's longer side's */
    int liveness_live;                  /* which of its outputs says "live" */
    float least_side;                   /* of a box, pixels */
    float least_brightness, least_sharpness;
    float similar_size; /* a second face of this part of the first one's height is one too many */
    int steps;          /* of the two below: for 1, 2 … references, the last for all above */
    float threshold[FACE_STEPS_MAX];
    float calibration[FACE_STEPS_MAX][2]; /* slope and offset of a logistic curve */
};

/* Read <folder>/models.json. ERR_NOT_FOUND; ERR_INVALID. why: one sentence, "" when OK. */
enum err face_manifest_read(const char *folder, struct face_manifest *ret, char *why,
                            size_t why_size);
/* Is the part's file there and unaltered? As above. */
enum err face_part_check(const char *folder, const struct face_part *part, char *why,
                         size_t why_size);
/* Its bytes, checked; *ret is the caller's: free(). */
enum err face_part_read(const char *folder, const struct face_part *part, void **ret,
                        size_t *ret_bytes, char *why, size_t why_size);

/* ── compare.c ── */

/* face_threshold() and face_confidence() of a description; without one 1 and 0. */
float face_manifest_threshold(const struct face_manifest *m, int references);
float face_manifest_confidence(const struct face_manifest *m, float similarity, int references);

/* ── sample.c ── */

struct face_rect {
    float x, y, width, height; /* pixels of a picture; may reach beyond it: its edge goes on */
};
/* The part of the picture as width × height pixels of RGB floats, 0–255, rows without padding:
 * averaged over areas where it shrinks, linear where it grows. False: no memory. */
bool face_sample(const struct image *img, struct face_rect from, int width, int height, float *ret);
/* 0.299 R + 0.587 G + 0.114 B of `n` pixels; may be in place. */
void face_grey(const float *rgb, size_t n, float *ret);

#endif
