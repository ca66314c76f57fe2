/* The engine's life: what the description says, whether its files are there, and loading them when
 * the first picture comes. Looks at no picture. */
#include "platform/face/engine.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BESIDE "build-npm/faces"
#define OWN_LIBRARY "libonnxruntime.so"
#define LIBRARIES 3

static const char *const SYSTEM_LIBRARIES[] = {"libonnxruntime.so.1", "libonnxruntime.so", NULL};

static void refuse(struct face_engine *f, int which, const char *what)
{
    snprintf(f->whys[which], sizeof f->whys[which], "Face model is not installed: %s", what);
    atomic_store(&f->why, f->whys[which]);
}

/* ── Opening ── */

/* build-npm/faces beside the folder that the program lies in. */
static void find_folder(char folder[FACE_PATH_MAX])
{
    char path[FACE_PATH_MAX - sizeof "/" BESIDE];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

    path[n > 0 ? n : 0] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    }
    snprintf(folder, FACE_PATH_MAX, "%s/%s", path, BESIDE);
}

static bool system_has_library(void)
{
    for (const char *const *name = SYSTEM_LIBRARIES; *name; name++) {
        void *library = dlopen(*name, RTLD_LAZY | RTLD_LOCAL);
        if (library) {
            dlclose(library);
            return true;
        }
    }
    return false;
}

static bool own_library(const struct face_engine *f, char path[FACE_PATH_MAX])
{
    int n = snprintf(path, FACE_PATH_MAX, "%s/%s", f->folder, OWN_LIBRARY);
    return n < FACE_PATH_MAX && access(path, R_OK) == 0;
}

static bool library_there(const struct face_engine *f, char *why, size_t why_size)
{
    char path[FACE_PATH_MAX];

    if (f->library[0] == '\0') {
        if (own_library(f, path) || system_has_library())
            return true;
        snprintf(why, why_size, "there is no ONNX Runtime library, neither the system's nor %s",
                 path);
        return false;
    }
    if (!strchr(f->library, '/') || access(f->library, R_OK) == 0)
        return true;
    snprintf(why, why_size, "there is no ONNX Runtime library %s", f->library);
    return false;
}

static bool files_there(const struct face_engine *f, char *why, size_t why_size)
{
    const struct face_manifest *m = &f->manifest;
    const struct face_part *parts[] = {&m->detect, &m->landmark, &m->embed, &m->liveness};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i]->given && face_part_check(f->folder, parts[i], why, why_size) != OK)
            return false;
    return library_there(f, why, why_size);
}

struct face_engine *face_open(const struct face_options *options)
{
    struct face_engine *f = calloc(1, sizeof *f);
    char why[FACE_WHY_MAX] = "";

    if (!f)
        abort();
    pthread_mutex_init(&f->loading, NULL);
    f->about = (struct face_model){.name = f->manifest.name, .version = f->manifest.version};
    if (options->models[0] != '\0')
        snprintf(f->folder, sizeof f->folder, "%s", options->models);
    else
        find_folder(f->folder);
    snprintf(f->library, sizeof f->library, "%s", options->runtime);
    if (face_manifest_read(f->folder, &f->manifest, why, sizeof why) != OK ||
        !files_there(f, why, sizeof why))
        refuse(f, 0, why);
    f->about.dimensions = f->manifest.dimensions;
    return f;
}

/* ── Loading ── */

static struct model *load_part(struct face_engine *f, const struct face_part *p, int channels,
                               char *why, size_t why_size)
{
    const int64_t shape[4] = {1, channels, p->height, p->width};
    struct model *model = NULL;
    char what[FACE_WHY_MAX / 4] = "";
    void *bytes;
    size_t n;

    if (face_part_read(f->folder, p, &bytes, &n, why, why_size) != OK)
        return NULL;
    if (model_open(f->runtime, bytes, n, shape, &model, what, sizeof what) != OK)
        snprintf(why, why_size, "%s: %s", p->file, what);
    free(bytes);
    return model;
}

static bool load_library(struct face_engine *f, char *why, size_t why_size)
{
    const char *names[LIBRARIES] = {SYSTEM_LIBRARIES[0], SYSTEM_LIBRARIES[1], NULL};
    char own[FACE_PATH_MAX];

    if (f->library[0] != '\0')
        return runtime_open(f->library, &f->runtime, why, why_size) == OK;
    if (own_library(f, own))
        names[LIBRARIES - 1] = own;
    for (int i = 0; i < LIBRARIES; i++)
        if (names[i] && runtime_open(names[i], &f->runtime, why, why_size) == OK)
            return true;
    return false;
}

/* What the pipeline expects of each, so that it never has to ask again. */
static bool models_fit(const struct face_engine *f, char *why, size_t why_size)
{
    const struct face_manifest *m = &f->manifest;
    const char *odd = NULL;

    if (model_outputs(f->detect) != 2 || f->proposals == 0 ||
        model_output_size(f->detect, 0) != 2 * f->proposals ||
        model_output_size(f->detect, 1) != 4 * f->proposals)
        odd = m->detect.file;
    else if (model_outputs(f->landmark) != 1 ||
             model_output_size(f->landmark, 0) != 2 * (size_t)FACE_LANDMARKS)
        odd = m->landmark.file;
    else if (model_outputs(f->embed) != 1 ||
             model_output_size(f->embed, 0) != (size_t)m->dimensions)
        odd = m->embed.file;
    else if (f->liveness && (model_outputs(f->liveness) != 1 ||
                             model_output_size(f->liveness, 0) <= (size_t)m->liveness_live ||
                             model_output_size(f->liveness, 0) > FACE_CLASSES_MAX))
        odd = m->liveness.file;
    if (odd)
        snprintf(why, why_size, "%s gives something else than models.json says", odd);
    return odd == NULL;
}

static bool load(struct face_engine *f, char *why, size_t why_size)
{
    const struct face_manifest *m = &f->manifest;

    if (!load_library(f, why, why_size))
        return false;
    f->detect = load_part(f, &m->detect, 3, why, why_size);
    f->landmark = f->detect ? load_part(f, &m->landmark, 1, why, why_size) : NULL;
    f->embed = f->landmark ? load_part(f, &m->embed, 3, why, why_size) : NULL;
    if (!f->embed)
        return false;
    if (m->liveness.given) {
        f->liveness = load_part(f, &m->liveness, 3, why, why_size);
        if (!f->liveness)
            return false;
    }
    f->proposals = model_output_size(f->detect, 0) / 2;
    return models_fit(f, why, why_size);
}

enum err face_engine_load(struct face_engine *f)
{
    char why[FACE_WHY_MAX] = "";

    if (atomic_load(&f->loaded))
        return OK;
    pthread_mutex_lock(&f->loading);
    if (!atomic_load(&f->loaded) && !atomic_load(&f->why)) {
        if (load(f, why, sizeof why))
            atomic_store(&f->loaded, true);
        else
            refuse(f, 1, why);
    }
    pthread_mutex_unlock(&f->loading);
    return atomic_load(&f->loaded) ? OK : ERR_UNAVAILABLE;
}

void face_close(struct face_engine *f)
{
    if (!f)
        return;
    model_close(f->detect);
    model_close(f->landmark);
    model_close(f->embed);
    model_close(f->liveness);
    runtime_close(f->runtime);
    pthread_mutex_destroy(&f->loading);
    free(f);
}

/* ── Asking ── */

bool face_ready(const struct face_engine *f, const char **ret_why)
{
    const char *why = atomic_load(&f->why);

    if (why && ret_why)
        *ret_why = why;
    return why == NULL;
}

const struct face_model *face_model(const struct face_engine *f)
{
    return &f->about;
}

float face_threshold(const struct face_engine *f, int references)
{
    return face_manifest_threshold(&f->manifest, references);
}

float face_confidence(const struct face_engine *f, float similarity, int references)
{
    return face_manifest_confidence(&f->manifest, similarity, references);
}
