/* The face engine's arithmetic, without any photo or model: letterbox, suppression, alignment,
 * pose, prints, comparing. */
#include "unit.h"

#include "base/arena.h"
#include "platform/face/engine.h"

#include <math.h>
#include <stdlib.h>

#define NEAR(a, b, off) assert_true(fabs((double)(a) - (double)(b)) <= (off))

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct image picture(int width, int height)
{
    struct image img = {arena_alloc(&arena, 3 * (size_t)width * (size_t)height), width, height};
    uint32_t seed = 5;

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                double block = (x / 23 * 7 + y / 19 * 13 + x / 23 * (y / 19)) % 5 - 2;
                double wave = sin(0.037 * x + c) * cos(0.029 * y) + 0.4 * block;
                seed = seed * 1664525 + 1013904223;
                img.pixels[3 * (y * width + x) + c] =
                    (uint8_t)(128 + 70 * wave + (double)(seed >> 30));
            }
    return img;
}

/* ── Samples ── */

static void sampling(void **state)
{
    (void)state;
    uint8_t pixels[4 * 2 * 3];
    struct image img = {pixels, 4, 2};
    float out[3 * 16];

    for (int i = 0; i < 24; i++)
        pixels[i] = (uint8_t)(10 * (i / 3 % 4)); /* columns 0, 10, 20, 30 */
    assert_true(face_sample(&img, (struct face_rect){0, 0, 4, 2}, 2, 1, out));
    NEAR(out[0], 5, 1e-4); /* areas: the mean of two columns */
    NEAR(out[3], 25, 1e-4);
    assert_true(face_sample(&img, (struct face_rect){0, 0, 4, 2}, 8, 2, out));
    NEAR(out[0], 0, 1e-4); /* the edge goes on */
    NEAR(out[3], 2.5, 1e-4);
    NEAR(out[3 * 7], 30, 1e-4);
    assert_true(face_sample(&img, (struct face_rect){-100, -100, 10, 10}, 2, 2, out));
    NEAR(out[0], 0, 1e-4);
    assert_true(face_sample(&img, (struct face_rect){0.5f, 0, 3, 2}, 1, 1, out));
    NEAR(out[0], (0.5 * 0 + 10 + 20 + 0.5 * 30) / 3, 1e-4); /* parts of pixels count in part */
}

/* ── Boxes ── */

static void letterboxes(void **state)
{
    (void)state;
    static const struct {
        int w, h;
        struct face_rect want;
    } CASES[] = {
        {640, 480, {0, 0, 320, 240}}, {250, 250, {40, 0, 240, 240}}, {1000, 100, {0, 104, 320, 32}},
        {10, 1000, {159, 0, 2, 240}}, {1, 50000, {159, 0, 1, 240}},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct face_rect got = face_letterbox(CASES[i].w, CASES[i].h, 320, 240);
        NEAR(got.x, CASES[i].want.x, 0);
        NEAR(got.y, CASES[i].want.y, 0);
        NEAR(got.width, CASES[i].want.width, 0);
        NEAR(got.height, CASES[i].want.height, 0);
    }
}

static void suppression(void **state)
{
    (void)state;
    struct face_box boxes[] = {
        {0.99f, 0, 0, 100, 100},  {0.98f, 10, 0, 100, 100}, /* overlaps the first by 9/11 */
        {0.97f, 60, 0, 100, 100},                           /* by 4/16: another face */
        {0.96f, 61, 1, 100, 100}, {0.95f, 500, 500, 10, 10},
    };
    assert_int_equal(face_suppress(boxes, (int)COUNT(boxes), 0.4f), 3);
    NEAR(boxes[0].score, 0.99, 1e-6);
    NEAR(boxes[1].score, 0.97, 1e-6);
    NEAR(boxes[2].score, 0.95, 1e-6);
    assert_int_equal(face_suppress(boxes, 0, 0.4f), 0);
}

static void proposals(void **state)
{
    (void)state;
    const struct face_manifest m = {
        .detect = {.width = 320, .height = 240}, .detect_score = 0.8f, .detect_overlap = 0.4f};
    const struct image img = {NULL, 500, 500};
    const float scores[] = {0.1f, 0.9f, 0.05f, 0.95f, 0.9f, 0.1f, 0, NAN, 0, 0.99f, 0, 0.99f};
    const float corners[] = {0.25f, 0.25f, 0.375f, 0.5f, 0.5f, 0,    0.875f, 1,
                             0,     0,     1,      1,    0,    0,    1,      1,
                             0.5f,  0.5f,  0.4f,   0.4f, NAN,  0.1f, 0.4f,   0.4f};
    struct face_box got[FACE_BOXES_MAX];

    /* In the input the picture is 240 × 240 at (40, 0): a factor of 500 / 240. */
    int n = face_boxes(&m, scores, corners, 6, face_letterbox(500, 500, 320, 240), &img, got);
    assert_int_equal(n, 2); /* too low, not a number, inside out, of no place: none of them */
    NEAR(got[0].x, 120.0 * 500 / 240, 0.01);
    NEAR(got[0].height, 500, 0.01);
    NEAR(got[1].x, 40.0 * 500 / 240, 0.01);
    NEAR(got[1].y, 60.0 * 500 / 240, 0.01);
    NEAR(got[1].width, 40.0 * 500 / 240, 0.01);
}

/* ── Landmarks ── */

static void similarity_transforms(void **state)
{
    (void)state;
    const struct face_point from[] = {{0, 0}, {10, 0}, {0, 10}, {7, 3}};
    struct face_point to[4];
    struct face_transform t;

    for (int degrees = -170; degrees <= 180; degrees += 35) {
        float a = 2.5f * cosf((float)degrees / 57.29578f);
        float b = 2.5f * sinf((float)degrees / 57.29578f);
        for (int i = 0; i < 4; i++)
            to[i] = (struct face_point){a * from[i].x - b * from[i].y + 30,
                                        b * from[i].x + a * from[i].y - 7};
        assert_true(face_similarity_transform(from, to, 4, &t));
        NEAR(t.a, a, 1e-4);
        NEAR(t.b, b, 1e-4);
        NEAR(t.c, 30, 1e-3);
        NEAR(t.d, -7, 1e-3);
    }
    const struct face_point one[] = {{5, 5}, {5, 5}, {5, 5}};
    assert_false(face_similarity_transform(one, to, 3, &t));
}

/* A head of 68 points, as pose.c's own mean head has those that it looks at, seen from afar. */
static void turned_head(double yaw, double pitch, double roll, struct face_point ret[])
{
    static const struct {
        int landmark;
        double at[3];
    } POINTS[] = {
        {36, {-45, -34, -48}}, {39, {-17, -34, -36}}, {42, {17, -34, -36}}, {45, {45, -34, -48}},
        {27, {0, -36, -22}},   {30, {0, 0, 0}},       {33, {0, 13, -17}},   {48, {-26, 31, -34}},
        {54, {26, 31, -34}},   {57, {0, 38, -22}},    {8, {0, 68, -26}},
    };
    double cy = cos(yaw / 57.29578), sy = sin(yaw / 57.29578);
    double cp = cos(pitch / 57.29578), sp = sin(pitch / 57.29578);
    double cr = cos(roll / 57.29578), sr = sin(roll / 57.29578);

    memset(ret, 0, FACE_LANDMARKS * sizeof *ret);
    for (size_t i = 0; i < COUNT(POINTS); i++) {
        const double *p = POINTS[i].at;
        double y1 = cp * p[1] - sp * p[2], z1 = sp * p[1] + cp * p[2]; /* up, then to a side */
        double x2 = cy * p[0] + sy * z1;
        ret[POINTS[i].landmark] = (struct face_point){(float)(200 + 1.5 * (cr * x2 - sr * y1)),
                                                      (float)(150 + 1.5 * (sr * x2 + cr * y1))};
    }
}

static void poses(void **state)
{
    (void)state;
    static const double CASES[][3] = {
        {0, 0, 0},   {25, 0, 0}, {-25, 0, 0}, {0, 20, 0},
        {0, -20, 0}, {0, 0, 30}, {0, 0, -30}, {50, 0, 0},
    };
    struct face_point p[FACE_LANDMARKS];

    for (size_t i = 0; i < COUNT(CASES); i++) {
        turned_head(CASES[i][0], CASES[i][1], CASES[i][2], p);
        struct face_pose got = face_pose_of(p);
        NEAR(got.yaw, CASES[i][0], 0.1);
        NEAR(got.pitch, CASES[i][1], 0.1);
        NEAR(got.roll, CASES[i][2], 0.1);
    }
    memset(p, 0, sizeof p); /* all in one point */
    NEAR(face_pose_of(p).yaw, 0, 0);
}

/* A face of points whose five lie where the template has them, moved, turned and three times as
 * large: aligning brings a mark in the picture back to its place. */
static void alignment(void **state)
{
    (void)state;
    static const struct face_point FIVE[5] = {
        {38.2946f, 51.6963f}, {73.5318f, 51.5014f}, {56.0252f, 71.7366f},
        {41.5493f, 92.3655f}, {70.7299f, 92.2041f},
    };
    static const int WHERE[5][4] = {
        {37, 38, 40, 41}, {43, 44, 46, 47}, {30, 30, 30, 30}, {48, 60, 48, 60}, {54, 64, 54, 64}};
    struct image img = {arena_alloc(&arena, 3 * 600 * 600), 600, 600};
    struct face_point landmarks[FACE_LANDMARKS] = {0};
    float *out = arena_alloc(&arena, 3 * 112 * 112 * sizeof *out);
    float a = 3 * cosf(0.3f), b = 3 * sinf(0.3f);

    for (int i = 0; i < 5; i++) {
        float x = FIVE[i].x + 0.5f, y = FIVE[i].y + 0.5f;
        struct face_point at = {a * x - b * y + 180, b * x + a * y + 60};
        for (int k = 0; k < 4; k++)
            landmarks[WHERE[i][k]] = at;
        for (int v = -4; v <= 4; v++) /* a mark of 9 × 9, which is 3 × 3 there */
            for (int u = -4; u <= 4; u++)
                memset(img.pixels + 3 * (((int)at.y + v) * 600 + (int)at.x + u), 255, 3);
    }
    assert_int_equal(face_align(&img, landmarks, 112, 112, out), OK);
    for (int i = 0; i < 5; i++)
        assert_true(out[3 * ((int)(FIVE[i].y + 0.5f) * 112 + (int)(FIVE[i].x + 0.5f))] > 180);
    NEAR(out[0], 0, 1);

    for (int i = 0; i < FACE_LANDMARKS; i++)
        landmarks[i].x *= 1e7f;
    assert_int_equal(face_align(&img, landmarks, 112, 112, out), ERR_INVALID);
    memset(landmarks, 0, sizeof landmarks);
    assert_int_equal(face_align(&img, landmarks, 112, 112, out), OK); /* one point: a far view */
    for (int i = 0; i < FACE_LANDMARKS; i++)
        landmarks[i].x = NAN;
    assert_int_equal(face_align(&img, landmarks, 112, 112, out), ERR_INVALID);
}

static void quality(void **state)
{
    (void)state;
    float sharp[112 * 112], flat[112 * 112], soft[112 * 112];

    for (int i = 0; i < 112 * 112; i++) {
        int x = i % 112, y = i / 112;
        sharp[i] = (x / 4 + y / 4) % 2 ? 200 : 50;
        soft[i] = 125 + 75 * sinf((float)x / 18) * cosf((float)y / 18);
        flat[i] = 40;
    }
    NEAR(face_brightness_of(flat, 112 * 112), 40, 1e-3);
    NEAR(face_sharpness_of(flat, 112, 112), 0, 0);
    assert_true(face_sharpness_of(sharp, 112, 112) > 0.5f);
    assert_true(face_sharpness_of(soft, 112, 112) < 0.001f);
}

/* ── Prints ── */

static void prints(void **state)
{
    (void)state;
    struct image img = picture(400, 300), small, other = picture(400, 300), again;
    struct face_print a, b;
    struct str jpeg;

    assert_int_equal(face_image_print(&img, &a), OK);
    assert_int_equal(face_prints_equal(&a, &a), FACE_PRINT_PARTS);
    assert_int_equal(image_shrink(&img, 150, &small), OK);
    assert_int_equal(face_image_print(&small, &b), OK);
    assert_true(face_prints_equal(&a, &b) >= FACE_PRINT_ALIKE);
    image_free(&small);
    assert_int_equal(image_encode_jpeg(&img, 40, &arena, &jpeg), OK);
    assert_int_equal(image_decode(jpeg, 0, &again), OK);
    assert_int_equal(face_image_print(&again, &b), OK);
    assert_true(face_prints_equal(&a, &b) >= FACE_PRINT_ALIKE);
    image_free(&again);
    for (int y = 0; y < 300; y++) /* upside down */
        memcpy(other.pixels + 1200 * y, img.pixels + 1200 * (299 - y), 1200);
    assert_int_equal(face_image_print(&other, &b), OK);
    assert_true(face_prints_equal(&a, &b) < FACE_PRINT_ALIKE);
    for (int i = 0; i < 400 * 300; i++) /* in a mirror */
        memcpy(other.pixels + 3 * i, img.pixels + 3 * (i / 400 * 400 + 399 - i % 400), 3);
    assert_int_equal(face_image_print(&other, &b), OK);
    assert_true(face_prints_equal(&a, &b) < FACE_PRINT_ALIKE);
    b = face_print_mirrored(&b);
    assert_true(face_prints_equal(&a, &b) >= FACE_PRINT_ALIKE);
}

/* ── Sentences ── */

static void folders_are_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *library, *sentence, *want;
    } CASES[] = {
        {"/opt/models", "", "there is no /opt/models/models.json", "there is no models.json"},
        {"/opt/my models", "", "there is no /opt/my models/models.json", "there is no models.json"},
        {"/a b/c d", "", "d.onnx is missing in /a b/c d", "d.onnx is missing in c d"},
        {"/opt/models", "", "d.onnx is missing in /opt/models", "d.onnx is missing in models"},
        {"faces", "", "there is no faces/models.json", "there is no models.json"},
        {"a", "", "a data/file", "a data/file"},
        {"/", "", "there is no //models.json", "there is no models.json"},
        {"/m", "/opt/x y", "neither the system's nor /opt/x y/libonnxruntime.so",
         "neither the system's nor libonnxruntime.so"},
        {"/m", "", "a library /else/where.so: /lib/other.so: cannot open",
         "a library where.so: other.so: cannot open"},
        {"/m", "", "/odd/ and / and /m/", "odd/ and / and "},
        {"", "", "models.json: compare.length is not 1 to 4",
         "models.json: compare.length is not 1 to 4"},
    };
    char got[200];

    for (size_t i = 0; i < COUNT(CASES); i++) {
        const char *const folders[] = {CASES[i].folder, CASES[i].library};
        face_without_folders(CASES[i].sentence, folders, 2, got, sizeof got);
        assert_string_equal(got, CASES[i].want);
    }
    face_without_folders("abcdef", NULL, 0, got, 4);
    assert_string_equal(got, "abc");
}

/* ── Comparing ── */

/* As sure as the pairs that were measured allow, in both directions. */
static void no_surer_than_measured(void **state)
{
    (void)state;
    const struct face_manifest m = {
        .steps = 1, .calibration = {{-8, 20, 0}}, .same_pairs = 450, .other_pairs = 4500};

    NEAR(face_manifest_confidence(&m, 1, 1), 4500.0 / 4503, 1e-6);
    NEAR(face_manifest_confidence(&m, -1, 1), 3.0 / 453, 1e-6);
    NEAR(face_manifest_confidence(&m, 0.4f, 1), 0.5, 1e-5);
}

static void comparing(void **state)
{
    (void)state;
    const float a[] = {0.6f, 0.8f}, b[] = {0.8f, -0.6f}, c[] = {-0.6f, -0.8f};
    const struct face_manifest none = {0}, m = {.steps = 2,
                                                .threshold = {0.35f, 0.4f},
                                                .calibration = {{-8, 20, 0}, {-12, 10, 40}}};

    NEAR(face_similarity(a, a, 2), 1, 1e-6);
    NEAR(face_similarity(a, b, 2), 0, 1e-6);
    NEAR(face_similarity(a, c, 2), -1, 1e-6);
    NEAR(face_manifest_threshold(&m, 1), 0.35, 1e-6);
    NEAR(face_manifest_threshold(&m, 2), 0.4, 1e-6);
    NEAR(face_manifest_threshold(&m, 12), 0.4, 1e-6); /* the last is for all above */
    NEAR(face_manifest_threshold(&m, 0), 0.35, 1e-6);
    NEAR(face_manifest_confidence(&m, 0.4f, 1), 0.5, 1e-5);
    NEAR(face_manifest_confidence(&m, 0.5f, 2), 1 / (1 + exp(-3)), 1e-5);
    for (int i = -100; i < 100; i++) /* never less for more likeness */
        assert_true(face_manifest_confidence(&m, (float)(i + 1) / 100, 2) >=
                    face_manifest_confidence(&m, (float)i / 100, 2));
    assert_true(face_manifest_confidence(&m, -1, 1) < 1e-6f);
    NEAR(face_manifest_threshold(&none, 1), 1, 0); /* nobody is like anybody */
    NEAR(face_manifest_confidence(&none, 1, 1), 0, 0);
    assert_string_equal(face_reason_word(FACE_FINE), "");
    assert_string_equal(face_reason_word(FACE_NONE), "no_face");
    assert_string_equal(face_reason_word(FACE_TOO_DARK), "too_dark");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sampling, setup, teardown),
        cmocka_unit_test_setup_teardown(letterboxes, setup, teardown),
        cmocka_unit_test_setup_teardown(suppression, setup, teardown),
        cmocka_unit_test_setup_teardown(proposals, setup, teardown),
        cmocka_unit_test_setup_teardown(similarity_transforms, setup, teardown),
        cmocka_unit_test_setup_teardown(poses, setup, teardown),
        cmocka_unit_test_setup_teardown(alignment, setup, teardown),
        cmocka_unit_test_setup_teardown(quality, setup, teardown),
        cmocka_unit_test_setup_teardown(prints, setup, teardown),
        cmocka_unit_test_setup_teardown(folders_are_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(no_surer_than_measured, setup, teardown),
        cmocka_unit_test_setup_teardown(comparing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
