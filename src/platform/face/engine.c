/* The engine's life: what the description says, whether its files are there, when they are loaded.
 */
#include "platform/face/internal.h"

#include <stdio.h>
#include <stdlib.h>

struct face_engine {
    struct face_manifest manifest;
    struct face_model model;
    char why[FACE_WHY_MAX];
};

struct face_engine *face_open(const struct face_options *options)
{
    struct face_engine *f = calloc(1, sizeof *f);

    if (!f)
        abort();
    snprintf(f->why, sizeof f->why, "Face model is not installed: there is no %s/models.json",
             options->models);
    f->model = (struct face_model){.name = f->manifest.name, .version = f->manifest.version};
    return f;
}

void face_close(struct face_engine *f)
{
    free(f);
}

bool face_ready(const struct face_engine *f, const char **ret_why)
{
    *ret_why = f->why;
    return f->why[0] == '\0';
}

const struct face_model *face_model(const struct face_engine *f)
{
    return &f->model;
}

enum err face_describe(struct face_engine *f, const struct image *img, unsigned wants,
                       struct face *ret)
{
    (void)img;
    (void)wants;
    (void)ret;
    return face_ready(f, &(const char *){NULL}) ? ERR_INTERNAL : ERR_UNAVAILABLE;
}

float face_threshold(const struct face_engine *f, int references)
{
    return face_manifest_threshold(&f->manifest, references);
}

float face_confidence(const struct face_engine *f, float similarity, int references)
{
    return face_manifest_confidence(&f->manifest, similarity, references);
}
