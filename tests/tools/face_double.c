/* A stand-in for the face engine that reads what a test has painted (tests/api/faces.py): linked in
 * place of platform/face/engine.c into bookadate-test-faces alone, never into the product. Knows no
 * faces. */
#include "platform/face/face.h"

#include "platform/log/log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CELLS 8
#define LEVELS 8
#define DIMENSIONS 512
#define SLOW_US 400000

/* What the second row of cells says. */
enum {
    CELL_REASON,
    CELL_PERSON, /* three digits */
    CELL_YAW = 4,
    CELL_PITCH,
    CELL_SIZE,
    CELL_LIVENESS,
};
#define REASON_SLOW 7 /* fine, but it takes a while */

struct face_engine {
    char why[128];
    const char *retry; /* a file: once it is there, the models are, too */
    struct face_model model;
    bool strict;
};

/* models: a folder's name; "missing": there are none; a path: there are none until it is there;
 * "other": another version; "strict": a person always looks like in one moment. */
struct face_engine *face_open(const struct face_options *options)
{
    struct face_engine *f = calloc(1, sizeof *f);

    if (!f)
        abort();
    log_event(LOG_WARN, "face.double", "This program is a test's: it compares no faces");
    if (strchr(options->models, '/'))
        f->retry = options->models;
    if (strcmp(options->models, "missing") == 0 || f->retry)
        strcpy(f->why, "Face model is not installed: a test has taken it away");
    f->model = (struct face_model){
        .name = "test double", .version = "0000000000000001", .dimensions = DIMENSIONS};
    f->strict = strcmp(options->models, "strict") == 0;
    if (strcmp(options->models, "other") == 0)
        f->model.version = "0000000000000002";
    return f;
}

void face_close(struct face_engine *f)
{
    free(f);
}

bool face_ready(const struct face_engine *f, const char **ret_why)
{
    if (ret_why)
        *ret_why = f->why;
    return f->why[0] == '\0';
}

const char *face_missing(const struct face_engine *f)
{
    return f->why;
}

int64_t face_retry_in_s(const struct face_engine *f)
{
    return f->retry ? 1 : 7;
}

bool face_retry_due(const struct face_engine *f)
{
    return f->retry && access(f->retry, F_OK) == 0;
}

void face_retry(struct face_engine *f)
{
    if (face_retry_due(f))
        f->why[0] = '\0';
}

const struct face_model *face_model(const struct face_engine *f)
{
    return &f->model;
}

/* The middle of a cell, averaged over a few pixels: JPEG and scaling leave it. */
static int level_at(const struct image *img, int column, int row)
{
    int x = (2 * column + 1) * img->width / (2 * CELLS);
    int y = (2 * row + 1) * img->height / (2 * CELLS);
    int sum = 0;

    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            sum += img->pixels[3 * ((size_t)(y + dy) * (size_t)img->width + (size_t)(x + dx)) + 1];
    return (sum * (LEVELS - 1) + 9 * 255 / 2) / (9 * 255);
}

static bool is_face(const struct image *img)
{
    for (int i = 0; i < CELLS; i++)
        if (level_at(img, i, 0) != (i % 2 == 0 ? LEVELS - 1 : 0))
            return false;
    return true;
}

/* One direction a person. */
static void embed(int person, float *ret)
{
    uint32_t seed = (uint32_t)person * 2654435761u + 12345u;
    double sum = 0;

    for (int i = 0; i < DIMENSIONS; i++) {
        seed = seed * 1664525u + 1013904223u;
        ret[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
        sum += (double)ret[i] * (double)ret[i];
    }
    for (int i = 0; i < DIMENSIONS; i++)
        ret[i] /= (float)sqrt(sum);
}

static void describe(const struct image *img, int reason, unsigned wants, struct face *ret)
{
    int person = 0;

    for (int i = 0; i < 3; i++)
        person = person * LEVELS + level_at(img, CELL_PERSON + i, 1);
    ret->reason = (enum face_reason)reason;
    ret->score = 1;
    ret->share = (float)(1 + level_at(img, CELL_SIZE, 1)) / LEVELS;
    ret->pose.yaw = 10.0f * (float)(level_at(img, CELL_YAW, 1) - 4);
    ret->pose.pitch = 10.0f * (float)(level_at(img, CELL_PITCH, 1) - 4);
    if (reason != FACE_FINE)
        return;
    if ((wants & FACE_WANT_LIVENESS) != 0)
        ret->liveness = (float)level_at(img, CELL_LIVENESS, 1) / (LEVELS - 1);
    if ((wants & FACE_WANT_EMBEDDING) == 0)
        return;
    ret->dimensions = DIMENSIONS;
    embed(person, ret->embedding);
}

enum err face_describe(struct face_engine *f, const struct image *img, unsigned wants,
                       struct face *ret)
{
    if (f->why[0] != '\0')
        return ERR_UNAVAILABLE;
    *ret = (struct face){.reason = FACE_NONE, .liveness = NAN};
    if (img->width < 4 * CELLS || img->height < 4 * CELLS || !is_face(img))
        return OK;
    int reason = level_at(img, CELL_REASON, 1);
    if (reason == REASON_SLOW) {
        usleep(SLOW_US);
        reason = FACE_FINE;
    }
    describe(img, reason, wants, ret);
    return OK;
}

float face_threshold(const struct face_engine *f, int references)
{
    (void)f;
    (void)references;
    return 0.5f;
}

float face_same_picture(const struct face_engine *f)
{
    return f->strict ? 0.93f : 2;
}

float face_confidence(const struct face_engine *f, float similarity, int references)
{
    (void)f;
    (void)references;
    return similarity > 0.5f ? 0.99f : 0.01f;
}
