/* The face model of a build without one: says so, and decides nothing. */
#include "services/faceauth/model.h"

bool face_model_loaded(void)
{
    return false;
}

const char *face_model_problem(void)
{
    return "Face model is not installed";
}

enum err face_model_check(const struct image *image, const struct face_reference *references,
                          size_t n, struct arena *a, struct face_outcome *ret)
{
    (void)image;
    (void)references;
    (void)n;
    (void)a;
    (void)ret;
    return ERR_UNAVAILABLE;
}
