/* The engine's life: what the description says, whether its files are there, and loading them when
 * the first picture comes. Looks at no picture. */
#include "platform/face/engine.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BESIDE "build-npm/faces"
#define OWN_LIBRARY "libonnxruntime.so"
#define LIBRARIES 3

static const char *const SYSTEM_LIBRARIES[] = {"libonnxruntime.so.1", "libonnxruntime.so", NULL};

#define RETRY_FIRST_MS 5000
#define RETRY_MOST_MS (INT64_C(10) * 60 * 1000)

struct face_why {
    struct face_why *earlier;
    char text[FACE_WHY_MAX + 64];
    char told[FACE_WHY_MAX + 64]; /* without folders */
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void tell(const struct face_engine *f, struct face_why *why)
{
    char beside[FACE_PATH_MAX]; /* the folder that the library lies in */
    const char *const folders[] = {f->folder, beside};

    snprintf(beside, sizeof beside, "%s", f->library);
    char *slash = strrchr(beside, '/');
    beside[slash ? slash - beside : 0] = '\0';
    face_without_folders(why->text, folders, sizeof folders / sizeof *folders, why->told,
                         sizeof why->told);
}

/* Something is wrong: said from now on, and tried again later. A sentence that was given out lives
 * on; the same one is not made twice. */
static void refuse(struct face_engine *f, const char *what)
{
    const struct face_why *now = atomic_load(&f->why);
    struct face_why *why = calloc(1, sizeof *why);

    if (!why)
        abort();
    snprintf(why->text, sizeof why->text, "Face model is not installed: %s", what);
    if (now && strcmp(now->text, why->text) == 0) {
        free(why);
    } else {
        tell(f, why);
        why->earlier = f->whys;
        f->whys = why;
        atomic_store(&f->why, why);
    }
    atomic_store(&f->retry_at_ms, now_ms() + f->wait_ms);
    f->wait_ms = f->wait_ms < RETRY_MOST_MS / 2 ? 2 * f->wait_ms : RETRY_MOST_MS;
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

static bool files_there(const struct face_engine *f, const struct face_manifest *m, char *why,
                        size_t why_size)
{
    const struct face_part *parts[] = {&m->detect, &m->landmark, &m->embed, &m->liveness};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i]->given && face_part_check(f->folder, parts[i], why, why_size) != OK)
            return false;
    return library_there(f, why, why_size);
}

static struct face_set *set_new(const struct face_manifest *m)
{
    struct face_set *s = calloc(1, sizeof *s);

    if (!s)
        abort();
    s->manifest = *m;
    s->about = (struct face_model){s->manifest.name, s->manifest.version, s->manifest.dimensions};
    return s;
}

/* Reads the description and checks the files. Another description than before makes another set. */
static bool look(struct face_engine *f, char *why, size_t why_size)
{
    struct face_set *now = atomic_load(&f->set);
    struct face_manifest m = {0};
    bool good = face_manifest_read(f->folder, &m, why, why_size) == OK;

    if (good && strcmp(m.digest, now ? now->manifest.digest : "") != 0) {
        struct face_set *s = set_new(&m);
        s->earlier = now;
        atomic_store(&f->set, s);
    }
    return good && files_there(f, &m, why, why_size);
}

static void look_and_say(struct face_engine *f)
{
    char why[FACE_WHY_MAX] = "";

    f->opened = look(f, why, sizeof why);
    if (f->opened)
        atomic_store(&f->why, NULL);
    else
        refuse(f, why);
}

struct face_engine *face_open(const struct face_options *options)
{
    struct face_engine *f = calloc(1, sizeof *f);

    if (!f)
        abort();
    pthread_mutex_init(&f->busy, NULL);
    f->wait_ms = options->retry_ms > 0 ? options->retry_ms : RETRY_FIRST_MS;
    atomic_store(&f->retry_at_ms, INT64_MAX);
    if (options->models[0] != '\0')
        snprintf(f->folder, sizeof f->folder, "%s", options->models);
    else
        find_folder(f->folder);
    for (size_t n = strlen(f->folder); n > 1 && f->folder[n - 1] == '/'; n--)
        f->folder[n - 1] = '\0';
    snprintf(f->library, sizeof f->library, "%s", options->runtime);
    atomic_store(&f->set, set_new(&(struct face_manifest){0}));
    look_and_say(f);
    return f;
}

/* ── Loading ── */

static struct model *load_part(const struct face_engine *f, const struct face_set *s,
                               const struct face_part *p, int channels, char *why, size_t why_size)
{
    const int64_t shape[4] = {1, channels, p->height, p->width};
    struct model *model = NULL;
    char what[FACE_WHY_MAX / 4] = "";
    void *bytes;
    size_t n;

    if (face_part_read(f->folder, p, &bytes, &n, why, why_size) != OK)
        return NULL;
    if (model_open(s->runtime, bytes, n, shape, &model, what, sizeof what) != OK)
        snprintf(why, why_size, "%s: %s", p->file, what);
    free(bytes);
    return model;
}

static bool load_library(const struct face_engine *f, struct face_set *s, char *why,
                         size_t why_size)
{
    const char *names[LIBRARIES] = {SYSTEM_LIBRARIES[0], SYSTEM_LIBRARIES[1], NULL};
    char own[FACE_PATH_MAX];

    if (f->library[0] != '\0')
        return runtime_open(f->library, &s->runtime, why, why_size) == OK;
    if (own_library(f, own))
        names[LIBRARIES - 1] = own;
    for (int i = 0; i < LIBRARIES; i++)
        if (names[i] && runtime_open(names[i], &s->runtime, why, why_size) == OK)
            return true;
    return false;
}

/* What the pipeline expects of each, so that it never has to ask again. */
static bool models_fit(const struct face_set *s, char *why, size_t why_size)
{
    const struct face_manifest *m = &s->manifest;
    const char *odd = NULL;

    if (model_outputs(s->detect) != 2 || s->proposals == 0 ||
        model_output_size(s->detect, 0) != 2 * s->proposals ||
        model_output_size(s->detect, 1) != 4 * s->proposals)
        odd = m->detect.file;
    else if (model_outputs(s->landmark) != 1 ||
             model_output_size(s->landmark, 0) != 2 * (size_t)FACE_LANDMARKS)
        odd = m->landmark.file;
    else if (model_outputs(s->embed) != 1 ||
             model_output_size(s->embed, 0) != (size_t)m->dimensions)
        odd = m->embed.file;
    else if (s->liveness && (model_outputs(s->liveness) != 1 ||
                             model_output_size(s->liveness, 0) <= (size_t)m->liveness_live ||
                             model_output_size(s->liveness, 0) > FACE_CLASSES_MAX))
        odd = m->liveness.file;
    if (odd)
        snprintf(why, why_size, "%s gives something else than models.json says", odd);
    return odd == NULL;
}

static bool load(const struct face_engine *f, struct face_set *s, char *why, size_t why_size)
{
    const struct face_manifest *m = &s->manifest;

    if (!load_library(f, s, why, why_size))
        return false;
    s->detect = load_part(f, s, &m->detect, 3, why, why_size);
    s->landmark = s->detect ? load_part(f, s, &m->landmark, 1, why, why_size) : NULL;
    s->embed = s->landmark ? load_part(f, s, &m->embed, 3, why, why_size) : NULL;
    if (!s->embed)
        return false;
    if (m->liveness.given) {
        s->liveness = load_part(f, s, &m->liveness, 3, why, why_size);
        if (!s->liveness)
            return false;
    }
    s->proposals = model_output_size(s->detect, 0) / 2;
    return models_fit(s, why, why_size);
}

static void unload(struct face_set *s)
{
    model_close(s->detect);
    model_close(s->landmark);
    model_close(s->embed);
    model_close(s->liveness);
    runtime_close(s->runtime);
    s->detect = s->landmark = s->embed = s->liveness = NULL;
    s->runtime = NULL;
}

/* The caller is the one who is busy. */
static void load_and_say(struct face_engine *f, struct face_set *s)
{
    char why[FACE_WHY_MAX] = "";

    if (load(f, s, why, sizeof why)) {
        atomic_store(&s->loaded, true);
        atomic_store(&f->why, NULL);
    } else {
        unload(s);
        refuse(f, why);
    }
}

struct face_set *face_engine_load(struct face_engine *f)
{
    struct face_set *s = atomic_load(&f->set);

    if (atomic_load(&s->loaded))
        return s;
    pthread_mutex_lock(&f->busy);
    s = atomic_load(&f->set);
    if (!atomic_load(&s->loaded) && !atomic_load(&f->why))
        load_and_say(f, s);
    pthread_mutex_unlock(&f->busy);
    return atomic_load(&s->loaded) ? s : NULL;
}

bool face_retry_due(const struct face_engine *f)
{
    return now_ms() >= atomic_load(&f->retry_at_ms);
}

int64_t face_retry_in_s(const struct face_engine *f)
{
    int64_t at = atomic_load(&f->retry_at_ms), left_ms = at - now_ms();

    return at == INT64_MAX || left_ms < 1000 ? 1 : (left_ms + 999) / 1000; /* or it is under way */
}

/* Loading failed before: the files may be others by now, and are looked at first. `why` stays until
 * it has an answer. */
static void retry_loading(struct face_engine *f)
{
    char why[FACE_WHY_MAX] = "";

    if (look(f, why, sizeof why))
        load_and_say(f, atomic_load(&f->set));
    else
        refuse(f, why);
}

void face_retry(struct face_engine *f)
{
    pthread_mutex_lock(&f->busy);
    if (face_retry_due(f)) {
        bool loading = f->opened; /* files that are there are not all that it takes */
        atomic_store(&f->retry_at_ms, INT64_MAX);
        if (!loading)
            look_and_say(f);
        else
            retry_loading(f);
    }
    pthread_mutex_unlock(&f->busy);
}

void face_close(struct face_engine *f)
{
    if (!f)
        return;
    for (struct face_set *s = atomic_load(&f->set), *earlier; s; s = earlier) {
        earlier = s->earlier;
        unload(s);
        free(s);
    }
    for (struct face_why *w = f->whys, *earlier; w; w = earlier) {
        earlier = w->earlier;
        free(w);
    }
    pthread_mutex_destroy(&f->busy);
    free(f);
}

/* ── Asking ── */

bool face_ready(const struct face_engine *f, const char **ret_why)
{
    const struct face_why *why = atomic_load(&f->why);

    if (why && ret_why)
        *ret_why = why->text;
    return why == NULL;
}

const char *face_missing(const struct face_engine *f)
{
    const struct face_why *why = atomic_load(&f->why);

    return why ? why->told : "";
}

const struct face_model *face_model(const struct face_engine *f)
{
    return &atomic_load(&f->set)->about;
}

float face_threshold(const struct face_engine *f, int references)
{
    return face_manifest_threshold(&atomic_load(&f->set)->manifest, references);
}

float face_same_picture(const struct face_engine *f)
{
    return atomic_load(&f->set)->manifest.same_picture;
}

float face_confidence(const struct face_engine *f, float similarity, int references)
{
    return face_manifest_confidence(&atomic_load(&f->set)->manifest, similarity, references);
}
