/* ONNX Runtime, loaded at run time, and models that run in it. Knows no faces. For this folder and
 * its tests only. */
#ifndef PLATFORM_FACE_RUNTIME_H
#define PLATFORM_FACE_RUNTIME_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct runtime;
struct model;

/* Load the library: a path, or a name that the system's loader finds. ERR_UNAVAILABLE: it is not
 * there, is none, or is older than ONNX_API_VERSION; why: one sentence. */
enum err runtime_open(const char *library, struct runtime **ret, char *why, size_t why_size);
/* After its models. NULL is fine. */
void runtime_close(struct runtime *r);
/* "1.16.3". Lives as long as the runtime. */
const char *runtime_version(const struct runtime *r);

#define MODEL_OUTPUTS_MAX 4

/* A model from its bytes, which may be freed afterwards; its one input is 1 × channels × height ×
 * width floats. ERR_INVALID: it is no model, or has another input or more outputs than
 * MODEL_OUTPUTS_MAX; why: one sentence. */
enum err model_open(struct runtime *r, const void *bytes, size_t n, const int64_t shape[4],
                    struct model **ret, char *why, size_t why_size);
void model_close(struct model *m);
int model_outputs(const struct model *m);
/* Floats of an output; 0: the model does not say before it has run. */
size_t model_output_size(const struct model *m, int output);

/* Run on this thread alone; any number of threads may, at once. Copies each output's floats to
 * outputs[i], which has room for sizes[i]. ERR_INTERNAL: the runtime failed, or an output has
 * another size. */
enum err model_run(struct model *m, float *input, float *const *outputs, const size_t *sizes);

#endif
