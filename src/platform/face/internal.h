/* What the parts of face/ share: the description of the models, and the pure steps from a model's
 * numbers to a face. Nothing outside includes it but tests. */
#ifndef PLATFORM_FACE_INTERNAL_H
#define PLATFORM_FACE_INTERNAL_H

#include "platform/face/face.h"

/* ── manifest.c: models.json ── */

#define FACE_PATH_MAX 512
#define FACE_WHY_MAX 768
#define FACE_MODEL_MAX_BYTES (256u << 20)
#define FACE_CLASSES_MAX 16 /* of the liveness model */
#define FACE_STEPS_MAX 4    /* numbers of references told apart */

/* A model's file, and how pixels become its input: (value − mean) / divide. */
struct face_part {
    char file[128];
    char sha256[65];
    int width, height;
    float mean, divide;
    bool bgr;
    bool given; /* false: the description has no such part */
};

/* Log odds of the same person: offset + slope s + square s², level below the lowest point. */
struct face_curve {
    float offset, slope, square; /* square 0: a logistic curve */
};

struct face_manifest {
    char name[128];
    char version[17];
    char digest[65]; /* sha256 of all of it */
    struct face_part detect, landmark, embed, liveness;
    float detect_score, detect_overlap; /* boxes count from the one; are one face from the other */
    float liveness_crop;                /* side of the crop in the box's longer side's */
    int liveness_live;                  /* which of its outputs says "live" */
    int dimensions;                     /* of an embedding */
    float least_side;                   /* of a box, pixels */
    float least_brightness, least_sharpness; /* of an aligned face */
    float least_light;  /* of a whole picture in which no face is found: below it is too dark */
    float similar_size; /* a second face of this part of the first one's height is one too many */
    float same_picture; /* from that similarity on two pictures show one moment */
    int steps;          /* of the two below: for 1, 2 … references, the last for all above */
    float threshold[FACE_STEPS_MAX];
    struct face_curve calibration[FACE_STEPS_MAX];
    float same_pairs, other_pairs; /* that this was measured on; 0: not said */
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

/* ── folders.c ── */

/* The sentence, at most size − 1 bytes of it, without the folders of its paths: those given (which
 * may have blanks in them), and what leads to a file in words that begin with a slash. */
void face_without_folders(const char *sentence, const char *const folders[], size_t n_folders,
                          char *to, size_t size);

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

/* ── detect.c ── */

#define FACE_BOXES_MAX 64

struct face_box {
    float score;
    float x, y, width, height; /* pixels of the picture */
};

/* Where a picture lies in the detector's input: scaled by one factor, in the middle. */
struct face_rect face_letterbox(int from_width, int from_height, int width, int height);
/* The boxes whose score is at least m->detect_score, the best of those that overlap, largest first.
 * Of n proposals: scores (no, yes), corners (left, top, right, bottom in parts of the input);
 * `inside`: the letterbox. Returns how many. */
int face_boxes(const struct face_manifest *m, const float *scores, const float *corners, size_t n,
               struct face_rect inside, const struct image *img,
               struct face_box ret[FACE_BOXES_MAX]);
/* Keep the best of each group whose overlap (intersection over union) is above `most`; boxes come
 * and go by score, highest first. Returns how many stay. */
int face_suppress(struct face_box *boxes, int n, float most);

/* ── align.c ── */

/* x' = a x − b y + c, y' = b x + a y + d */
struct face_transform {
    float a, b, c, d;
};
/* The least-squares similarity transform that takes `from` to `to`. False: all of `from` is one
 * point. */
bool face_similarity_transform(const struct face_point *from, const struct face_point *to, int n,
                               struct face_transform *ret);
/* Eyes, nose and corners of the mouth, from the landmarks. */
void face_five(const struct face_point landmarks[FACE_LANDMARKS], struct face_point ret[5]);
/* The face upright with those five where every aligned face has them, width × height RGB floats.
 * ERR_INVALID: the landmarks are far astray; ERR_UNAVAILABLE: no memory. */
enum err face_align(const struct image *img, const struct face_point landmarks[FACE_LANDMARKS],
                    int width, int height, float *ret);

/* ── pose.c ── */

struct face_pose face_pose_of(const struct face_point landmarks[FACE_LANDMARKS]);

/* ── quality.c ── */

/* Mean of the grey values. */
float face_brightness_of(const float *grey, size_t n);
/* Power of the second differences in parts of the grey's variance, of the middle of an aligned
 * face: how much fine detail there is, whatever the light. */
float face_sharpness_of(const float *grey, int width, int height);

#endif
