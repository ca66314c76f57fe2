/* Faces in pictures: found, aligned, described by numbers that can be compared. The models lie
 * outside the program, in a folder with a description (models.json; docs/MODELS.md). Knows no
 * people, keeps nothing, logs nothing. */
#ifndef PLATFORM_FACE_FACE_H
#define PLATFORM_FACE_FACE_H

#include "base/err.h"
#include "platform/image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ── The engine ── */

struct face_engine;

struct face_options {
    const char *models; /* folder with models.json; "": build-npm/faces beside the program's own
                           folder */
    const char
        *runtime; /* the ONNX Runtime library; "": the system's, else the one in the folder */
    int retry_ms; /* from a failure to the first new try; 0: 5 s */
};

/* Reads the description and compares each file's sha256, through a small buffer: no model and no
 * library is mapped, nothing of their size allocated, until the first face_describe(). Never fails:
 * an engine that has no models says so in face_ready(). Process lifetime. */
struct face_engine *face_open(const struct face_options *options);
/* With nobody inside face_describe(). NULL is fine. */
void face_close(struct face_engine *f);

/* Can faces be described? As far as is known: before the first face_describe() the files are there
 * and unaltered, after it they are loaded. False: *ret_why is one sentence for whoever runs the
 * program ("Face model is not installed: …/fr_detect.onnx is altered (sha256)"), which lives as
 * long as the engine. Quick, any thread. */
bool face_ready(const struct face_engine *f, const char **ret_why);

/* That sentence with its files' folders left out, for who may not know them; "" when it is ready.
 * As long, as quick. */
const char *face_missing(const struct face_engine *f);

/* What failed is tried again: 5 s later, then after twice as long each time, at most 10 minutes. Is
 * it time? Quick, any thread. */
bool face_retry_due(const struct face_engine *f);
/* Seconds until then, 1 or more. */
int64_t face_retry_in_s(const struct face_engine *f);
/* Try, if it is time: look at the files; where loading them had failed, load them. Compute threads
 * only. */
void face_retry(struct face_engine *f);

/* What the description says; all zero and "" without one. Lives as long as the engine; another one
 * may have taken its place after face_retry(). */
struct face_model {
    const char *name;    /* for people */
    const char *version; /* of the embeddings: 16 hex digits. Embeddings of different versions must
                            not be compared */
    int dimensions;      /* floats of an embedding, ≤ FACE_DIMENSIONS_MAX */
};
const struct face_model *face_model(const struct face_engine *f);

/* ── One picture ── */

#define FACE_IMAGE_SIDE 960 /* for image_decode()'s max_side: larger pictures tell no more */
#define FACE_DIMENSIONS_MAX 1024
#define FACE_LANDMARKS 68 /* iBUG's order: jaw 0–16, brows –26, nose –35, eyes –47, mouth –67 */

enum face_reason {
    FACE_FINE = 0,
    FACE_NONE,        /* "no_face" */
    FACE_SEVERAL,     /* "several_faces": a second one of similar size */
    FACE_TOO_SMALL,   /* "too_small" */
    FACE_TOO_BLURRED, /* "too_blurred" */
    FACE_TOO_DARK,    /* "too_dark": the face, or the whole of a picture without one */
};
/* The word above; "" for FACE_FINE. Static. */
const char *face_reason_word(enum face_reason r);

struct face_point {
    float x, y; /* pixels of the picture, from its upper left corner */
};

/* Degrees, estimated from the landmarks; 0, 0, 0: straight into the camera. Of a picture as a
 * camera takes it; in a mirrored one left and right are exchanged. */
struct face_pose {
    float yaw;   /* > 0: the person looks to their own left, the picture's right */
    float pitch; /* > 0: looks up */
    float roll;  /* > 0: the head leans to the picture's right (clockwise) */
};

/* Beyond finding the face, its landmarks and pose. Each costs about as much as that. */
#define FACE_WANT_EMBEDDING 1u
#define FACE_WANT_LIVENESS 2u

struct face {
    enum face_reason reason;
    /* The largest face that was found; zeros without one. */
    float score;               /* the detector's, (0,1] */
    float x, y, width, height; /* its box, pixels; may reach beyond the picture */
    float share;               /* its height in the picture's shorter side */
    /* The same of what could be looked at: FACE_FINE, FACE_TOO_BLURRED, FACE_TOO_DARK. */
    struct face_point landmarks[FACE_LANDMARKS];
    struct face_pose pose;
    float brightness; /* mean of its grey, 0–255 */
    float
        sharpness; /* of the aligned face; what the description calls blurred is below its bound */
    /* Only if wanted and FACE_FINE: */
    float liveness;                       /* passive, [0,1]; else NaN. Weak: advisory */
    int dimensions;                       /* of embedding; else 0 */
    float embedding[FACE_DIMENSIONS_MAX]; /* of length 1 */
};

/* Describe the one dominant face of a picture (upright: image_decode() turns it). `wants`: of
 * FACE_WANT_…. OK also when there is none: see ret->reason. Loads the models the first time (some
 * 100 ms; one at a time, the others wait). ERR_UNAVAILABLE: face_ready() says why, or no memory.
 * Compute threads only, any number at once; each call runs on its caller's thread alone. */
enum err face_describe(struct face_engine *f, const struct image *img, unsigned wants,
                       struct face *ret);

/* ── Comparing ── */

/* Cosine of two embeddings of length 1 and the same version, [−1,1]. */
float face_similarity(const float *a, const float *b, int dimensions);
/* The similarity from which two faces are taken for one person's, where it is the best of
 * `references` (≥ 1) comparisons. */
float face_threshold(const struct face_engine *f, int references);
/* The similarity from which two pictures show one moment: one of them is a copy of the other, cut,
 * mirrored or encoded anew. Above 1: the description does not say. */
float face_same_picture(const struct face_engine *f);
/* How probable it is that they are the same person, (0,1), likewise; calibrated for as many true as
 * false claims, and never surer than as many pairs as were measured allow (docs/MODELS.md). */
float face_confidence(const struct face_engine *f, float similarity, int references);

/* ── Has this picture been seen before? ── */

/* A perceptual print of a whole picture (256 signs of its frequencies), in parts: the same picture
 * scaled or encoded again keeps most parts to the bit, so that each can be stored as a keyed hash
 * (with its index hashed in) and looked up. The same picture: FACE_PRINT_ALIKE parts or more are
 * equal; the next frame of a camera, once a head has moved, has fewer (docs/MODELS.md). */
#define FACE_PRINT_PARTS 8
#define FACE_PRINT_ALIKE 5
struct face_print {
    uint32_t parts[FACE_PRINT_PARTS];
};
/* ERR_UNAVAILABLE: no memory. Needs no engine. */
enum err face_image_print(const struct image *img, struct face_print *ret);
/* Of the picture's mirror image. */
struct face_print face_print_mirrored(const struct face_print *p);
/* Parts that are equal. */
int face_prints_equal(const struct face_print *a, const struct face_print *b);

#endif
