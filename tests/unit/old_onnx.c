/* A library that says of itself that it is an ONNX Runtime without the table that is asked for. For
 * test_face_engine.c alone. */
#include "platform/face/onnx.h"

const struct onnx_api_base *OrtGetApiBase(void);

static const struct onnx_api *no_api(uint32_t version)
{
    (void)version;
    return NULL;
}

static const char *version_string(void)
{
    return "0.1.2";
}

const struct onnx_api_base *OrtGetApiBase(void)
{
    static const struct onnx_api_base BASE = {no_api, version_string};
    return &BASE;
}
