/* What a challenge asks and what answers it; no I/O, no SQL, no pixels. */
#include "services/faceauth/rules.h"

#include <math.h>

#define STEP_KINDS 4

static const char *const STEPS[STEP_KINDS] = {"turn_left", "turn_right", "look_up", "come_closer"};

void challenge_draw(uint64_t random, const char *ret[CHALLENGE_STEPS])
{
    const char *left[STEP_KINDS];

    for (size_t i = 0; i < STEP_KINDS; i++)
        left[i] = STEPS[i];
    for (size_t i = 0; i < CHALLENGE_STEPS; i++) {
        size_t pick = i + (size_t)(random % (STEP_KINDS - i));
        random /= STEP_KINDS - i;
        ret[i] = left[pick];
        left[pick] = left[i];
    }
}

struct verdict challenge_open(const struct face_challenge *c, int64_t person, int64_t now_us)
{
    if (c->person != person)
        return verdict_no(ERR_CONFLICT, "There is no challenge for this token: ask for one first");
    if (now_us >= c->expires_us)
        return verdict_no(ERR_CONFLICT, "The challenge has expired: ask for another one");
    return VERDICT_OK;
}

static float largest_other(const struct face_posed *shown, size_t n, size_t but)
{
    float most = 0;

    for (size_t i = 0; i < n; i++)
        if (i != but && shown[i].share > most)
            most = shown[i].share;
    return most;
}

/* What landmarks say of up and down is some degrees off, much the same for all images of a face. */
static float mean_other_pitch(const struct face_posed *shown, size_t n, size_t but)
{
    float sum = 0;

    for (size_t i = 0; i < n; i++)
        if (i != but)
            sum += shown[i].pitch / (float)(n - 1);
    return sum;
}

static bool is_closer(const struct face_posed *shown, size_t n, size_t i)
{
    return fabsf(shown[i].yaw) < CHALLENGE_FRONTAL_DEGREES &&
           shown[i].share >= CHALLENGE_CLOSER * largest_other(shown, n, i);
}

static struct str step_at(struct str steps, size_t i)
{
    struct str step = STR_NULL;

    for (size_t k = 0; k <= i; k++)
        step = str_cut(&steps, ',');
    return step;
}

bool challenge_turned(struct str steps, size_t i)
{
    return !str_eq(step_at(steps, i), str_of(STEPS[3]));
}

bool challenge_shown(struct str steps, const struct face_posed *shown, size_t n, size_t i)
{
    struct str step = step_at(steps, i);

    if (str_eq(step, str_of(STEPS[0])))
        return shown[i].yaw >= CHALLENGE_TURN_DEGREES;
    if (str_eq(step, str_of(STEPS[1])))
        return shown[i].yaw <= -CHALLENGE_TURN_DEGREES;
    if (str_eq(step, str_of(STEPS[2])))
        return shown[i].pitch - mean_other_pitch(shown, n, i) >= CHALLENGE_LOOK_DEGREES;
    return str_eq(step, str_of(STEPS[3])) && is_closer(shown, n, i);
}
