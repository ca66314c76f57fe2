/* Whether a face shows enough to be compared: its light and its fine detail. Runs no model. */
#include "platform/face/internal.h"

float face_brightness_of(const float *grey, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)grey[i];
    return (float)(sum / (double)n);
}

static double square(double v)
{
    return v * v;
}

float face_sharpness_of(const float *grey, int width, int height)
{
    int x0 = width / 5, x1 = width - x0, y0 = height / 4, y1 = height - height / 10;
    double sum = 0, squares = 0, detail = 0, n = (double)(x1 - x0) * (y1 - y0);

    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            const float *p = grey + (size_t)y * (size_t)width + (size_t)x;
            sum += (double)*p;
            squares += square((double)*p);
            detail += square((double)(p[-1] + p[1] + p[-width] + p[width] - 4 * *p));
        }
    double variance = squares / n - square(sum / n);
    return variance > 1e-3 ? (float)(detail / n / variance) : 0;
}
