/* ONNX Runtime behind dlopen: one environment, a session a model without threads of its own. */
#include "platform/face/runtime.h"

#include "platform/face/onnx.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct runtime {
    void *library;
    const struct onnx_api *api;
    const char *version;
    struct onnx_env *env;
    struct onnx_memory_info *memory;
    struct onnx_allocator *allocator; /* the library's own */
};

struct model {
    struct runtime *runtime;
    struct onnx_session *session;
    int64_t shape[4];
    char *input;                      /* its name; the allocator's */
    char *outputs[MODEL_OUTPUTS_MAX]; /* likewise */
    size_t sizes[MODEL_OUTPUTS_MAX];
    size_t n_outputs;
};

/* True: it worked. Else the library's sentence goes to `why`, if that is there. */
static bool good(const struct runtime *r, onnx_result status, char *why, size_t why_size)
{
    if (!status)
        return true;
    if (why)
        snprintf(why, why_size, "ONNX Runtime: %s", r->api->GetErrorMessage(status));
    r->api->ReleaseStatus(status);
    return false;
}

/* ── The library ── */

static enum err find_api(struct runtime *r, const char *library, char *why, size_t why_size)
{
    /* It keeps state of its own and is not made to be unloaded. */
    r->library = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!r->library) {
        snprintf(why, why_size, "the ONNX Runtime library cannot be loaded: %s", dlerror());
        return ERR_UNAVAILABLE;
    }
    onnx_entry *entry;
    void *symbol = dlsym(r->library, ONNX_ENTRY);
    memcpy(&entry, &symbol, sizeof entry); /* POSIX: a symbol may be a function */
    if (!entry) {
        snprintf(why, why_size, "%s is not ONNX Runtime", library);
        return ERR_UNAVAILABLE;
    }
    const struct onnx_api_base *base = entry();
    r->version = base->GetVersionString();
    r->api = base->GetApi(ONNX_API_VERSION);
    if (!r->api) {
        snprintf(why, why_size, "%s is ONNX Runtime %s, older than 1.%d", library, r->version,
                 ONNX_API_VERSION);
        return ERR_UNAVAILABLE;
    }
    return OK;
}

static enum err make_shared(struct runtime *r, char *why, size_t why_size)
{
    const struct onnx_api *api = r->api;

    if (good(r, api->CreateEnv(ONNX_LOG_FATAL, "bookadate", &r->env), why, why_size) &&
        good(r, api->CreateCpuMemoryInfo(ONNX_ALLOCATOR_DEVICE, ONNX_MEMORY_DEFAULT, &r->memory),
             why, why_size) &&
        good(r, api->GetAllocatorWithDefaultOptions(&r->allocator), why, why_size))
        return OK;
    return ERR_UNAVAILABLE;
}

enum err runtime_open(const char *library, struct runtime **ret, char *why, size_t why_size)
{
    struct runtime *r = calloc(1, sizeof *r);

    if (!r) {
        snprintf(why, why_size, "there is no memory");
        return ERR_UNAVAILABLE;
    }
    enum err e = find_api(r, library, why, why_size);
    if (e == OK)
        e = make_shared(r, why, why_size);
    if (e != OK) {
        runtime_close(r);
        return e;
    }
    *ret = r;
    return OK;
}

void runtime_close(struct runtime *r)
{
    if (!r)
        return;
    if (r->memory)
        r->api->ReleaseMemoryInfo(r->memory);
    if (r->env)
        r->api->ReleaseEnv(r->env);
    if (r->library)
        dlclose(r->library);
    free(r);
}

const char *runtime_version(const struct runtime *r)
{
    return r->version;
}

/* ── Models ── */

static bool options_make(const struct runtime *r, struct onnx_session_options **ret, char *why,
                         size_t why_size)
{
    const struct onnx_api *api = r->api;

    return good(r, api->CreateSessionOptions(ret), why, why_size) &&
           good(r, api->SetIntraOpNumThreads(*ret, 1), why, why_size) &&
           good(r, api->SetInterOpNumThreads(*ret, 1), why, why_size) &&
           good(r, api->SetSessionGraphOptimizationLevel(*ret, ONNX_OPTIMIZE_ALL), why, why_size) &&
           good(r, api->DisableMemPattern(*ret), why, why_size) &&
           good(r, api->DisableCpuMemArena(*ret), why, why_size);
}

static bool input_fits(struct model *m, const struct onnx_tensor_info *info)
{
    const struct runtime *r = m->runtime;
    int64_t dimensions[4];
    size_t n;
    int type;

    if (!good(r, r->api->GetTensorElementType(info, &type), NULL, 0) ||
        !good(r, r->api->GetDimensionsCount(info, &n), NULL, 0) || n != 4 ||
        !good(r, r->api->GetDimensions(info, dimensions, n), NULL, 0))
        return false;
    for (size_t i = 0; i < n; i++) /* ≤ 0: any */
        if (dimensions[i] > 0 && dimensions[i] != m->shape[i])
            return false;
    return type == ONNX_TENSOR_FLOAT;
}

static bool read_input(struct model *m)
{
    const struct runtime *r = m->runtime;
    const struct onnx_tensor_info *info = NULL;
    struct onnx_type_info *type;
    size_t n;

    if (!good(r, r->api->SessionGetInputCount(m->session, &n), NULL, 0) || n != 1 ||
        !good(r, r->api->SessionGetInputName(m->session, 0, r->allocator, &m->input), NULL, 0) ||
        !good(r, r->api->SessionGetInputTypeInfo(m->session, 0, &type), NULL, 0))
        return false;
    bool fits = good(r, r->api->CastTypeInfoToTensorInfo(type, &info), NULL, 0) && info &&
                input_fits(m, info);
    r->api->ReleaseTypeInfo(type);
    return fits;
}

/* Its floats, when it is floats and says how many. */
static bool read_output(struct model *m, size_t i)
{
    const struct runtime *r = m->runtime;
    const struct onnx_tensor_info *info = NULL;
    struct onnx_type_info *type;
    int element = 0;
    size_t n = 0;

    if (!good(r, r->api->SessionGetOutputName(m->session, i, r->allocator, &m->outputs[i]), NULL,
              0) ||
        !good(r, r->api->SessionGetOutputTypeInfo(m->session, i, &type), NULL, 0))
        return false;
    bool known = good(r, r->api->CastTypeInfoToTensorInfo(type, &info), NULL, 0) && info &&
                 good(r, r->api->GetTensorElementType(info, &element), NULL, 0);
    if (known && good(r, r->api->GetTensorShapeElementCount(info, &n), NULL, 0) && n <= INT32_MAX)
        m->sizes[i] = n;
    r->api->ReleaseTypeInfo(type);
    return known && element == ONNX_TENSOR_FLOAT;
}

static bool read_outputs(struct model *m)
{
    const struct runtime *r = m->runtime;

    if (!good(r, r->api->SessionGetOutputCount(m->session, &m->n_outputs), NULL, 0) ||
        m->n_outputs < 1 || m->n_outputs > MODEL_OUTPUTS_MAX)
        return false;
    for (size_t i = 0; i < m->n_outputs; i++)
        if (!read_output(m, i))
            return false;
    return true;
}

static enum err load(struct model *m, const void *bytes, size_t n, char *why, size_t why_size)
{
    const struct runtime *r = m->runtime;
    struct onnx_session_options *options = NULL;

    bool made = options_make(r, &options, why, why_size) &&
                good(r, r->api->CreateSessionFromArray(r->env, bytes, n, options, &m->session), why,
                     why_size);
    if (options)
        r->api->ReleaseSessionOptions(options);
    if (!made)
        return ERR_INVALID;
    if (read_input(m) && read_outputs(m))
        return OK;
    snprintf(why, why_size,
             "it does not take 1 x %d x %d x %d floats and give at most %d lists of floats",
             (int)m->shape[1], (int)m->shape[2], (int)m->shape[3], MODEL_OUTPUTS_MAX);
    return ERR_INVALID;
}

enum err model_open(struct runtime *r, const void *bytes, size_t n, const int64_t shape[4],
                    struct model **ret, char *why, size_t why_size)
{
    struct model *m = calloc(1, sizeof *m);

    if (!m) {
        snprintf(why, why_size, "there is no memory");
        return ERR_UNAVAILABLE;
    }
    m->runtime = r;
    memcpy(m->shape, shape, sizeof m->shape);
    enum err e = load(m, bytes, n, why, why_size);
    if (e != OK) {
        model_close(m);
        return e;
    }
    *ret = m;
    return OK;
}

void model_close(struct model *m)
{
    if (!m)
        return;
    const struct runtime *r = m->runtime;
    if (m->input)
        good(r, r->api->AllocatorFree(r->allocator, m->input), NULL, 0);
    for (size_t i = 0; i < MODEL_OUTPUTS_MAX; i++)
        if (m->outputs[i])
            good(r, r->api->AllocatorFree(r->allocator, m->outputs[i]), NULL, 0);
    if (m->session)
        r->api->ReleaseSession(m->session);
    free(m);
}

int model_outputs(const struct model *m)
{
    return (int)m->n_outputs;
}

size_t model_output_size(const struct model *m, int output)
{
    return m->sizes[output];
}

/* ── Running ── */

static bool copy_output(const struct runtime *r, struct onnx_value *value, float *to, size_t size)
{
    struct onnx_tensor_info *info;
    void *data = NULL;
    size_t n = 0;

    if (!good(r, r->api->GetTensorTypeAndShape(value, &info), NULL, 0))
        return false;
    bool counted = good(r, r->api->GetTensorShapeElementCount(info, &n), NULL, 0);
    r->api->ReleaseTensorTypeAndShapeInfo(info);
    if (!counted || n != size || !good(r, r->api->GetTensorMutableData(value, &data), NULL, 0))
        return false;
    memcpy(to, data, size * sizeof *to);
    return true;
}

enum err model_run(struct model *m, float *input, float *const *outputs, const size_t *sizes)
{
    const struct runtime *r = m->runtime;
    struct onnx_value *in;
    struct onnx_value *out[MODEL_OUTPUTS_MAX] = {0};
    const char *names[MODEL_OUTPUTS_MAX];
    size_t bytes = (size_t)(m->shape[1] * m->shape[2] * m->shape[3]) * sizeof *input;

    if (!good(r,
              r->api->CreateTensorWithDataAsOrtValue(r->memory, input, bytes, m->shape, 4,
                                                     ONNX_TENSOR_FLOAT, &in),
              NULL, 0))
        return ERR_INTERNAL;
    for (size_t i = 0; i < m->n_outputs; i++)
        names[i] = m->outputs[i];
    bool done =
        good(r,
             r->api->Run(m->session, NULL, (const char *const *)&m->input,
                         (const struct onnx_value *const *)&in, 1, names, m->n_outputs, out),
             NULL, 0);
    for (size_t i = 0; i < m->n_outputs; i++) {
        done = done && copy_output(r, out[i], outputs[i], sizes[i]);
        if (out[i])
            r->api->ReleaseValue(out[i]);
    }
    r->api->ReleaseValue(in);
    return done ? OK : ERR_INTERNAL;
}
