/* The face check's rules; no I/O, no SQL, no pixels. */
#include "services/faceauth/rules.h"

#include "base/datetime.h"

#include <math.h>

int64_t face_wait_s(const struct face_failures *failures, int64_t most, int64_t now_us)
{
    if (most == 0 || failures->count < most || failures->oldest_us == I64_NULL)
        return 0;
    int64_t left_us = failures->oldest_us + FACE_WINDOW_US - now_us;
    return left_us <= 0 ? 0 : (left_us + US_PER_SECOND - 1) / US_PER_SECOND;
}

static double probability(double v)
{
    return v >= 0.0 && v <= 1.0 ? v : NAN;
}

struct face_attempt face_attempt_of(const struct face_outcome *outcome, struct str id,
                                    int64_t person, struct str user_id, int64_t now_us)
{
    double confidence = probability(outcome->confidence);
    bool passed = outcome->passed && !isnan(confidence) && outcome->photo_id != I64_NULL;
    const char *reason = outcome->reason != NULL ? outcome->reason : "not_comparable";

    return (struct face_attempt){
        .id = id,
        .user_id = user_id,
        .is_validated = passed,
        .confidence = confidence,
        .created_at = now_us,
        .person = person,
        .liveness = probability(outcome->liveness),
        .reason = passed ? STR_NULL : str_of(reason),
        .photo_id = passed ? outcome->photo_id : I64_NULL,
        .challenge = outcome->challenged,
    };
}

struct face_outcome face_not_compared(const char *reason)
{
    return (struct face_outcome){
        .passed = false,
        .confidence = NAN,
        .liveness = NAN,
        .reason = reason,
        .photo_id = I64_NULL,
        .profile_photo = I64_NULL,
    };
}

bool face_hopeless(int width, int height)
{
    return width < FACE_IMAGE_MIN_SIDE || height < FACE_IMAGE_MIN_SIDE;
}
