/* Two embeddings compared, and what the result means by the description's thresholds and
 * calibration. */
#include "platform/face/internal.h"

#include <math.h>

float face_similarity(const float *a, const float *b, int dimensions)
{
    float sum = 0;

    for (int i = 0; i < dimensions; i++)
        sum += a[i] * b[i];
    return fminf(fmaxf(sum, -1), 1);
}

/* Which of the description's steps is for so many references. */
static int step_of(const struct face_manifest *m, int references)
{
    if (references < 1)
        return 0;
    return (references < m->steps ? references : m->steps) - 1;
}

float face_manifest_threshold(const struct face_manifest *m, int references)
{
    return m->steps > 0 ? m->threshold[step_of(m, references)] : 1;
}

/* None of n pairs was otherwise: at most 3 of n would be, 95 times in 100 ("rule of three"). Of
 * claims of which as many are true as false, a sure one is true n times in n + 3 at least. */
static float surest(float n)
{
    return n > 0 ? n / (n + 3) : 1;
}

float face_manifest_confidence(const struct face_manifest *m, float similarity, int references)
{
    if (m->steps == 0)
        return 0;
    struct face_curve c = m->calibration[step_of(m, references)];
    float x = c.square > 0 ? fmaxf(similarity, -c.slope / (2 * c.square)) : similarity;
    float p = 1 / (1 + expf(-(c.offset + c.slope * x + c.square * x * x)));
    return fmaxf(fminf(p, surest(m->other_pairs)), 1 - surest(m->same_pairs));
}

const char *face_reason_word(enum face_reason r)
{
    static const char *const WORDS[] = {
        [FACE_FINE] = "",
        [FACE_NONE] = "no_face",
        [FACE_SEVERAL] = "several_faces",
        [FACE_TOO_SMALL] = "too_small",
        [FACE_TOO_BLURRED] = "too_blurred",
        [FACE_TOO_DARK] = "too_dark",
    };
    return WORDS[r];
}
