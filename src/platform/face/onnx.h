/* The part of ONNX Runtime's C ABI that runtime.c uses. Upstream promises that entries of the table
 * are only ever added at its end, so that each keeps its place: the number behind each is that
 * place. Declares nothing else. */
#ifndef PLATFORM_FACE_ONNX_H
#define PLATFORM_FACE_ONNX_H

#include <stddef.h>
#include <stdint.h>

/* What GetApi is asked for: the table of ONNX Runtime 1.14, the oldest that was tried. */
#define ONNX_API_VERSION 14

struct onnx_status; /* NULL: success */
struct onnx_env;
struct onnx_session;
struct onnx_session_options;
struct onnx_run_options;
struct onnx_value;
struct onnx_memory_info;
struct onnx_type_info;
struct onnx_tensor_info;
struct onnx_allocator;

enum {
    ONNX_LOG_FATAL = 4,
    ONNX_OPTIMIZE_ALL = 99,
    ONNX_TENSOR_FLOAT = 1,
    ONNX_ALLOCATOR_DEVICE = 0,
    ONNX_MEMORY_DEFAULT = 0,
};

typedef struct onnx_status *onnx_result;
typedef void onnx_unused(void);

struct onnx_api {
    onnx_unused *before_message[2];
    const char *(*GetErrorMessage)(const struct onnx_status *); /* 2 */
    onnx_result (*CreateEnv)(int log_level, const char *log_id, struct onnx_env **ret);
    onnx_unused *before_session[4];
    onnx_result (*CreateSessionFromArray)(const struct onnx_env *, const void *model, size_t bytes,
                                          const struct onnx_session_options *,
                                          struct onnx_session **ret); /* 8 */
    onnx_result (*Run)(struct onnx_session *, const struct onnx_run_options *,
                       const char *const *input_names, const struct onnx_value *const *inputs,
                       size_t n_inputs, const char *const *output_names, size_t n_outputs,
                       struct onnx_value **outputs);
    onnx_result (*CreateSessionOptions)(struct onnx_session_options **ret); /* 10 */
    onnx_unused *before_pattern[6];
    onnx_result (*DisableMemPattern)(struct onnx_session_options *); /* 17 */
    onnx_unused *before_arena[1];
    onnx_result (*DisableCpuMemArena)(struct onnx_session_options *); /* 19 */
    onnx_unused *before_optimization[3];
    onnx_result (*SetSessionGraphOptimizationLevel)(struct onnx_session_options *,
                                                    int level); /* 23 */
    onnx_result (*SetIntraOpNumThreads)(struct onnx_session_options *, int n);
    onnx_result (*SetInterOpNumThreads)(struct onnx_session_options *, int n);
    onnx_unused *before_counts[4];
    onnx_result (*SessionGetInputCount)(const struct onnx_session *, size_t *ret); /* 30 */
    onnx_result (*SessionGetOutputCount)(const struct onnx_session *, size_t *ret);
    onnx_unused *before_types[1];
    onnx_result (*SessionGetInputTypeInfo)(const struct onnx_session *, size_t index,
                                           struct onnx_type_info **ret); /* 33 */
    onnx_result (*SessionGetOutputTypeInfo)(const struct onnx_session *, size_t index,
                                            struct onnx_type_info **ret);
    onnx_unused *before_names[1];
    onnx_result (*SessionGetInputName)(const struct onnx_session *, size_t index,
                                       struct onnx_allocator *, char **ret); /* 36 */
    onnx_result (*SessionGetOutputName)(const struct onnx_session *, size_t index,
                                        struct onnx_allocator *, char **ret);
    onnx_unused *before_tensor[11];
    onnx_result (*CreateTensorWithDataAsOrtValue)(const struct onnx_memory_info *, void *data,
                                                  size_t bytes, const int64_t *shape,
                                                  size_t dimensions, int element_type,
                                                  struct onnx_value **ret); /* 49 */
    onnx_unused *before_data[1];
    onnx_result (*GetTensorMutableData)(struct onnx_value *, void **ret); /* 51 */
    onnx_unused *before_cast[3];
    onnx_result (*CastTypeInfoToTensorInfo)(const struct onnx_type_info *,
                                            const struct onnx_tensor_info **ret); /* 55 */
    onnx_unused *before_element[4];
    onnx_result (*GetTensorElementType)(const struct onnx_tensor_info *, int *ret); /* 60 */
    onnx_result (*GetDimensionsCount)(const struct onnx_tensor_info *, size_t *ret);
    onnx_result (*GetDimensions)(const struct onnx_tensor_info *, int64_t *ret, size_t n);
    onnx_unused *before_elements[1];
    onnx_result (*GetTensorShapeElementCount)(const struct onnx_tensor_info *,
                                              size_t *ret); /* 64 */
    onnx_result (*GetTensorTypeAndShape)(const struct onnx_value *, struct onnx_tensor_info **ret);
    onnx_unused *before_memory[3];
    onnx_result (*CreateCpuMemoryInfo)(int allocator_type, int memory_type,
                                       struct onnx_memory_info **ret); /* 69 */
    onnx_unused *before_free[6];
    onnx_result (*AllocatorFree)(struct onnx_allocator *, void *); /* 76 */
    onnx_unused *before_allocator[1];
    onnx_result (*GetAllocatorWithDefaultOptions)(struct onnx_allocator **ret); /* 78 */
    onnx_unused *before_releases[13];
    void (*ReleaseEnv)(struct onnx_env *); /* 92 */
    void (*ReleaseStatus)(struct onnx_status *);
    void (*ReleaseMemoryInfo)(struct onnx_memory_info *);
    void (*ReleaseSession)(struct onnx_session *);
    void (*ReleaseValue)(struct onnx_value *);
    onnx_unused *before_type_info[1];
    void (*ReleaseTypeInfo)(struct onnx_type_info *); /* 98 */
    void (*ReleaseTensorTypeAndShapeInfo)(struct onnx_tensor_info *);
    void (*ReleaseSessionOptions)(struct onnx_session_options *); /* 100 */
};

struct onnx_api_base {
    const struct onnx_api *(*GetApi)(uint32_t version); /* NULL: the library is older */
    const char *(*GetVersionString)(void);
};

#define ONNX_ENTRY "OrtGetApiBase"
typedef const struct onnx_api_base *onnx_entry(void);

#define ONNX_PLACE(member, n)                                                                      \
    _Static_assert(offsetof(struct onnx_api, member) == (n) * sizeof(onnx_unused *), #member)
ONNX_PLACE(GetErrorMessage, 2);
ONNX_PLACE(CreateSessionFromArray, 8);
ONNX_PLACE(DisableMemPattern, 17);
ONNX_PLACE(DisableCpuMemArena, 19);
ONNX_PLACE(SetSessionGraphOptimizationLevel, 23);
ONNX_PLACE(SessionGetInputCount, 30);
ONNX_PLACE(SessionGetInputTypeInfo, 33);
ONNX_PLACE(SessionGetInputName, 36);
ONNX_PLACE(CreateTensorWithDataAsOrtValue, 49);
ONNX_PLACE(GetTensorMutableData, 51);
ONNX_PLACE(CastTypeInfoToTensorInfo, 55);
ONNX_PLACE(GetTensorElementType, 60);
ONNX_PLACE(GetTensorShapeElementCount, 64);
ONNX_PLACE(CreateCpuMemoryInfo, 69);
ONNX_PLACE(AllocatorFree, 76);
ONNX_PLACE(GetAllocatorWithDefaultOptions, 78);
ONNX_PLACE(ReleaseEnv, 92);
ONNX_PLACE(ReleaseTypeInfo, 98);
ONNX_PLACE(ReleaseSessionOptions, 100);

#endif
