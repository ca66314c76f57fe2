/* What the landmarks say of how heads are held: in the photos, mirrored, and turned by known angles; and how many photos would
 * answer a step of the challenge as they are. For the limits in services/faceauth/rules.h. */
#include "bench/face_bench.h"

#include "services/faceauth/rules.h"

#include <math.h>
#include <stdio.h>

#define STRAIGHT 8 /* degrees: photos that are turned by the programs below */

static void print_quantiles(const char *what, struct samples *s)
{
    printf("  %-34s %6.1f %6.1f %6.1f %6.1f %6.1f\n", what, samples_at(s, 0.05), samples_at(s, 0.25), samples_at(s, 0.5),
           samples_at(s, 0.75), samples_at(s, 0.95));
    samples_clear(s);
}

static bool pose_of(struct face_engine *f, const struct image *img, struct face_pose *ret)
{
    static struct face face;

    if (face_describe(f, img, 0, &face) != OK || (face.reason != FACE_FINE && face.reason != FACE_TOO_BLURRED))
        return false;
    *ret = face.pose;
    return true;
}

static void print_held(void)
{
    struct samples yaw = {0}, pitch = {0}, roll = {0};

    for (int i = 0; i < n_photos; i++) {
        samples_add(&yaw, (double)photos[i].face.pose.yaw);
        samples_add(&pitch, (double)photos[i].face.pose.pitch);
        samples_add(&roll, (double)photos[i].face.pose.roll);
    }
    printf("\nPose, degrees (5 %%, 25 %%, median, 75 %%, 95 %%):\n");
    print_quantiles("photos as they are: yaw", &yaw);
    print_quantiles("photos as they are: pitch", &pitch);
    print_quantiles("photos as they are: roll", &roll);
}

/* The pitch of each person's photos about the person's own median. */
static void print_own(void)
{
    struct samples medians = {0}, about = {0};

    for (int person = 0; person < n_people; person++) {
        struct samples own = {0};
        for (int i = 0; i < n_photos; i++)
            if (photos[i].person == person)
                samples_add(&own, (double)photos[i].face.pose.pitch);
        double median = samples_at(&own, 0.5);
        samples_add(&medians, median);
        for (size_t i = 0; i < own.n; i++)
            samples_add(&about, own.v[i] - median);
        samples_clear(&own);
    }
    print_quantiles("a person's median pitch", &medians);
    print_quantiles("pitch about the person's own median", &about);
}

static void print_mirrored(struct face_engine *f)
{
    struct samples yaw = {0}, pitch = {0};

    for (int i = 0; i < n_photos; i++) {
        struct image img = photo_image(&photos[i]), other = mirrored(&img);
        struct face_pose pose;
        if (photos[i].reason == FACE_FINE && pose_of(f, &other, &pose)) {
            samples_add(&yaw, (double)(pose.yaw + photos[i].face.pose.yaw));
            samples_add(&pitch, (double)(pose.pitch - photos[i].face.pose.pitch));
        }
        image_free(&img);
        image_free(&other);
    }
    print_quantiles("mirrored: yaw + the photo's yaw", &yaw);
    print_quantiles("mirrored: pitch - the photo's pitch", &pitch);
}

/* Of photos that look about straight ahead, their heads turned by `to`: what is read beyond what the photo itself gave. */
static void print_turned(struct face_engine *f, struct head to)
{
    struct samples yaw = {0}, pitch = {0};
    char what[100];
    int lost = 0;

    for (int i = 0; i < n_photos; i++) {
        const struct photo *p = &photos[i];
        struct face_pose pose;
        if (p->reason != FACE_FINE || fabsf(p->face.pose.yaw) > STRAIGHT)
            continue;
        struct image img = photo_image(p), made = with_head(&img, &p->face, to);
        if (pose_of(f, &made, &pose)) {
            samples_add(&yaw, (double)(pose.yaw - p->face.pose.yaw));
            samples_add(&pitch, (double)(pose.pitch - p->face.pose.pitch));
        } else {
            lost++;
        }
        image_free(&img);
        image_free(&made);
    }
    size_t n = yaw.n;
    snprintf(what, sizeof what, "turned by %+.0f, %+.0f: yaw", (double)to.yaw, (double)to.pitch);
    print_quantiles(what, &yaw);
    snprintf(what, sizeof what, "turned by %+.0f, %+.0f: pitch", (double)to.yaw, (double)to.pitch);
    print_quantiles(what, &pitch);
    printf("    (%zu photos; no face in %d)\n", n, lost);
}

static float own_pitch(int person)
{
    struct samples own = {0};

    for (int i = 0; i < n_photos; i++)
        if (photos[i].person == person)
            samples_add(&own, (double)photos[i].face.pose.pitch);
    double median = samples_at(&own, 0.5);
    samples_clear(&own);
    return (float)median;
}

/* Photos that would do for a step as they are, and people with one. */
static void print_steps(void)
{
    static const char *const STEPS[] = {"turn_left", "turn_right", "look_up"};

    printf("Photos that would answer a step as they are, beside one of the person's median pitch that looks straight ahead:\n");
    for (size_t k = 0; k < 3; k++) {
        int will = 0, people = 0, last = -1;
        for (int i = 0; i < n_photos; i++) {
            const struct face_pose *p = &photos[i].face.pose;
            struct face_posed two[2] = {{p->yaw, p->pitch, 0.5f}, {0, own_pitch(photos[i].person), 0.5f}};
            if (!challenge_shown(str_of(STEPS[k]), two, 2, 0))
                continue;
            will++;
            people += photos[i].person != last;
            last = photos[i].person;
        }
        printf("  %-12s %d of %d photos, of %d of %d people\n", STEPS[k], will, n_photos, people, n_people);
    }
}

void print_poses(struct face_engine *f)
{
    static const struct head TURNS[] = {{10, 0, 0, 0},  {-10, 0, 0, 0}, {20, 0, 0, 0},  {-20, 0, 0, 0}, {30, 0, 0, 0},
                                        {-30, 0, 0, 0}, {0, 10, 0, 0},  {0, 15, 0, 0}, {0, 20, 0, 0},  {0, -15, 0, 0}};

    print_held();
    print_own();
    print_mirrored(f);
    printf("Heads turned by the program, read beyond what their photos gave:\n");
    for (size_t i = 0; i < sizeof TURNS / sizeof *TURNS; i++)
        print_turned(f, TURNS[i]);
    print_steps();
}
