/* What an outcome of the model means for an account, how often one may try, and what a challenge
 * asks. Pure. */
#ifndef SERVICES_FACEAUTH_RULES_H
#define SERVICES_FACEAUTH_RULES_H

#include "services/faceauth/fields.h"

#define FACE_WINDOW_US (INT64_C(3600) * 1000 * 1000)
#define FACE_IMAGE_MIN_SIDE 32
#define FACE_KYC_LEVEL "face"
#define FACE_KYC_LEVEL_LIVE "face_live"

/* ── One check ── */

struct face_outcome {
    bool passed;
    double
        confidence; /* calibrated probability of the same person, [0,1]; NaN: no faces to compare */
    double liveness; /* passive, [0,1]; NaN: not measured. Decides nothing */
    const char *
        reason; /* static, why it did not pass: "no_face", "different_person" …; NULL when it did */
    int64_t photo_id;      /* the reference that it passed against; else I64_NULL */
    int64_t profile_photo; /* the one that was shown first when it was judged; I64_NULL: none */
    bool challenged;
};

/* Seconds until the next try, rounded up; 0: now. `failures` are those after now − FACE_WINDOW_US;
 * most 0: no limit. */
int64_t face_wait_s(const struct face_failures *failures, int64_t most, int64_t now_us);

/* The attempt to store for this outcome. A pass needs a photo that it passed against and a
 * confidence; what lacks one is no pass. */
struct face_attempt face_attempt_of(const struct face_outcome *outcome, struct str id,
                                    int64_t person, struct str user_id, int64_t now_us);
/* Too few pixels for any face. */
bool face_hopeless(int width, int height);
/* What nothing was compared for, and why ("too_small", "no_reference_photo"): a static word. */
struct face_outcome face_not_compared(const char *reason);

/* ── Challenges ── */

#define CHALLENGE_STEPS 3
#define CHALLENGE_LIFE_US (INT64_C(60) * 1000 * 1000)
/* Measured in docs/MODELS.md. */
#define CHALLENGE_TURN_DEGREES 20.0f    /* to the person's own left or right */
#define CHALLENGE_LOOK_DEGREES 10.0f    /* above the mean of the other steps' images */
#define CHALLENGE_FRONTAL_DEGREES 20.0f /* while coming closer */
#define CHALLENGE_CLOSER 1.2f           /* times the largest face of the other steps */

/* CHALLENGE_STEPS different ones out of turn_left, turn_right, look_up and come_closer, every
 * sequence as likely, from a random number. Static words. */
void challenge_draw(uint64_t random, const char *ret[CHALLENGE_STEPS]);
/* May it be served now? ERR_CONFLICT: it is another's, or over. */
struct verdict challenge_open(const struct face_challenge *c, int64_t person, int64_t now_us);

/* What a step's image shows. */
struct face_posed {
    float yaw, pitch; /* degrees, as in face.h: the images are not mirrored */
    float share;      /* the face's height in the picture's shorter side */
};
/* Is the head to be held otherwise than straight in the i-th of the comma-separated steps? */
bool challenge_turned(struct str steps, size_t i);
/* Does image i of n show the i-th of the comma-separated steps? */
bool challenge_shown(struct str steps, const struct face_posed *shown, size_t n, size_t i);

#endif
