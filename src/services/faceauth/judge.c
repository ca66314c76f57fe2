/* What the images of a check show, compared with the person's photos. No HTTP, no SQL, no pixels.
 */
#include "services/faceauth/judge.h"

#include "services/faceauth/rules.h"

#include <math.h>

/* Like one of the other images at least; with three that holds all together. */
static bool like_another(const struct face_engine *faces, const struct shots *c, size_t i)
{
    float least = face_threshold(faces, 1);

    for (size_t k = 0; k < c->n; k++)
        if (k != i && face_similarity(c->v[i].face.embedding, c->v[k].face.embedding,
                                      c->v[i].face.dimensions) >= least)
            return true;
    return c->n == 1;
}

/* One picture, or a copy or mirror image of it, sent for two steps. */
static bool one_picture(const struct face_engine *faces, const struct shot *a, const struct shot *b)
{
    struct face_print mirrored = face_print_mirrored(&b->print);

    return face_prints_equal(&a->print, &b->print) >= FACE_PRINT_ALIKE ||
           face_prints_equal(&a->print, &mirrored) >= FACE_PRINT_ALIKE ||
           face_similarity(a->face.embedding, b->face.embedding, a->face.dimensions) >=
               face_same_picture(faces);
}

static bool sent_twice(const struct face_engine *faces, const struct shots *c)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < i; k++)
            if (one_picture(faces, &c->v[i], &c->v[k]))
                return true;
    return false;
}

const char *shots_problem(const struct face_engine *faces, const struct shots *c, struct str steps)
{
    struct face_posed shown[CHALLENGE_STEPS];

    for (size_t i = 0; i < c->n; i++) {
        const struct face *f = &c->v[i].face;
        if (f->reason != FACE_FINE)
            return face_reason_word(f->reason);
        shown[i] = (struct face_posed){f->pose.yaw, f->pose.pitch, f->share};
    }
    for (size_t i = 0; c->n > 1 && i < c->n; i++)
        if (!challenge_shown(steps, shown, c->n, i))
            return "wrong_pose";
    if (sent_twice(faces, c))
        return "image_seen";
    for (size_t i = 0; i < c->n; i++)
        if (!like_another(faces, c, i))
            return "different_people";
    return NULL;
}

bool shots_of_photos(const struct face_engine *faces, const struct shots *c, struct str steps,
                     const struct faces_known *known)
{
    for (size_t i = 0; c->n > 1 && i < c->n; i++) {
        const struct face *f = &c->v[i].face;
        for (size_t k = 0; challenge_turned(steps, i) && k < known->n; k++)
            if (face_similarity(f->embedding, known->v[k].embedding, f->dimensions) >=
                face_same_picture(faces))
                return true;
    }
    return false;
}

/* The likeness of a photo's face to that image's which is most like it. */
static float likeness(const struct shots *c, const struct face_known *k)
{
    float best = -1;

    for (size_t i = 0; i < c->n; i++)
        best = fmaxf(best, face_similarity(c->v[i].face.embedding, k->embedding, k->dimensions));
    return best;
}

/* Why the profile photo may not stand beside `verified`: it must show the person who passed against
 * `best`, and that person alone; NULL: it does. In *best the photo to be verified with: the profile
 * photo itself, if it passes. */
static const char *profile_problem(const struct face_engine *faces, const struct shots *c,
                                   const struct face_known *profile, const struct face_known **best,
                                   float least)
{
    if (profile == NULL)
        return "unclear_profile_photo";
    if (likeness(c, profile) >= least) {
        *best = profile;
        return NULL;
    }
    return face_similarity(profile->embedding, (*best)->embedding, profile->dimensions) >=
                   face_threshold(faces, 1)
               ? NULL
               : "different_profile_photo";
}

void shots_judge(const struct face_engine *faces, const struct shots *c,
                 const struct faces_known *known, struct face_outcome *ret)
{
    int references = (int)(known->n * c->n);
    float most = -1, least = face_threshold(faces, references);
    const struct face_known *best = &known->v[0], *profile = NULL;

    for (size_t i = 0; i < known->n; i++) {
        float s = likeness(c, &known->v[i]);
        if (s > most) {
            most = s;
            best = &known->v[i];
        }
        if (known->v[i].photo_id == ret->profile_photo)
            profile = &known->v[i];
    }
    ret->confidence = (double)face_confidence(faces, most, references);
    ret->reason = NULL;
    if (!(most >= least))
        ret->reason = "different_person";
    else if (ret->profile_photo != I64_NULL) /* else nobody is shown first */
        ret->reason = profile_problem(faces, c, profile, &best, least);
    ret->passed = ret->reason == NULL;
    ret->photo_id = best->photo_id;
}

double shots_liveness(const struct shots *c)
{
    double least = NAN;

    for (size_t i = 0; i < c->n; i++)
        least = fmin(least, (double)c->v[i].face.liveness); /* passes over NaN */
    return least;
}
