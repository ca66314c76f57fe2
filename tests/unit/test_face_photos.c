/* The face engine on photos of people, in every kind and state that a photo may come in: the right
 * person, or a clear error. The photos are not ours: $BOOKADATE_TEST_FACES/lfw10 (a folder a
 * person); without them, or without models, the tests say that they are skipped. */
#include "unit.h"

#include "damage.h"
#include "pictures.h"
#include "platform/face/engine.h"
#include "services/faceauth/judge.h"

#include <math.h>
#include <unistd.h>

#define ALIKE 0.75f /* of the same photo, however it came */

static struct face_engine *engine;
static char folder[600];
static struct face first; /* George_W_Bush_0001 as it is */
static struct image photo;

static struct str read_photo(const char *name)
{
    char path[1200];
    char *bytes = arena_alloc(&arena, 1 << 20);

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return (struct str){bytes, n};
}

/* False, and said aloud: there is nothing to test with. */
static bool open_all(void)
{
    const char *faces = getenv("BOOKADATE_TEST_FACES"), *models = getenv("BOOKADATE_TEST_MODELS");
    const struct face_options options = {.models = models ? models : "", .runtime = ""};
    const char *source = getenv("BOOKADATE_SOURCE"), *why = "";

    if (faces)
        snprintf(folder, sizeof folder, "%s/lfw10", faces);
    else
        snprintf(folder, sizeof folder, "%s/../shared/faces/lfw10", source ? source : ".");
    engine = face_open(&options);
    bool photos = access(folder, R_OK) == 0, models_there = face_ready(engine, &why);
    if (!photos)
        print_message("# SKIPPED: there are no photos of faces in %s\n", folder);
    else if (!models_there)
        print_message("# SKIPPED: %s\n", why);
    return photos && models_there;
}

/* Before each test: the photo, and `first`. */
static int begin(void **state)
{
    setup(state);
    photo = decoded(read_photo("George_W_Bush/George_W_Bush_0001.jpg"));
    assert_int_equal(face_describe(engine, &photo, FACE_WANT_EMBEDDING, &first), OK);
    assert_int_equal(first.reason, FACE_FINE);
    shown = photo;
    return 0;
}

static int end(void **state)
{
    shown = (struct image){0};
    image_free(&photo);
    return teardown(state);
}

/* Describes and compares with `first`; −2: no face was described. */
static float likeness(const struct image *img, struct face *ret)
{
    assert_int_equal(face_describe(engine, img, FACE_WANT_EMBEDDING | FACE_WANT_LIVENESS, ret), OK);
    if (ret->reason != FACE_FINE)
        return -2;
    assert_int_equal(ret->dimensions, 512);
    assert_true(ret->liveness >= 0 && ret->liveness <= 1);
    return face_similarity(first.embedding, ret->embedding, ret->dimensions);
}

static void assert_same(struct str bytes, const char *what)
{
    static struct face face;
    struct image img = decoded(bytes);
    float s = likeness(&img, &face);

    image_free(&img);
    if (s < ALIKE)
        fail_msg("%s: %s, similarity %.3f", what, face_reason_word(face.reason), (double)s);
}

static void people(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool same;
    } CASES[] = {
        {"George_W_Bush/George_W_Bush_0003.jpg", true},
        {"George_W_Bush/George_W_Bush_0004.jpg", true},
        {"Colin_Powell/Colin_Powell_0001.jpg", false},
        {"Tony_Blair/Tony_Blair_0002.jpg", false},
        {"Jacques_Chirac/Jacques_Chirac_0001.jpg", false},
    };
    static struct face face;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct image img = decoded(read_photo(CASES[i].name));
        float s = likeness(&img, &face);
        if (face.reason != FACE_FINE)
            fail_msg("%s: %s", CASES[i].name, face_reason_word(face.reason));
        assert_int_equal(s >= face_threshold(engine, 1), CASES[i].same);
        assert_int_equal(face_confidence(engine, s, 1) > 0.5f, CASES[i].same);
        image_free(&img);
    }
}

static void kinds(void **state)
{
    (void)state;
    int w = photo.width, h = photo.height;
    assert_same(make_jpeg((struct jpeg_options){.w = w, .h = h, .progressive = true}),
                "progressive");
    assert_same(make_jpeg((struct jpeg_options){.w = w, .h = h, .space = JCS_CMYK}), "CMYK");
    assert_same(make_jpeg((struct jpeg_options){.w = w, .h = h, .space = JCS_YCCK}), "YCCK");
    assert_same(make_jpeg((struct jpeg_options){.w = w, .h = h, .space = JCS_GRAYSCALE}), "grey");
    assert_same(make_jpeg((struct jpeg_options){.w = w, .h = h, .quality = 30}), "quality 30");
    assert_same(
        make_png((struct png_options){.w = w, .h = h, .type = PNG_COLOR_TYPE_RGB, .depth = 16}),
        "16-bit PNG");
    assert_same(make_png((struct png_options){
                    .w = w, .h = h, .type = PNG_COLOR_TYPE_GRAY, .depth = 16, .interlaced = true}),
                "16-bit grey PNG");
    assert_same(make_webp(w, h, false), "WebP");
    assert_same(make_webp_animation(w + 20, h + 10), "animated WebP");
}

/* The photo lying on its side, and EXIF that says so. */
static void turned(void **state)
{
    (void)state;
    static const struct {
        int orientation;
        bool swapped;
    } CASES[] = {{3, false}, {6, true}, {8, true}};

    for (size_t i = 0; i < COUNT(CASES); i++) {
        int w = photo.width, h = photo.height;
        struct image lying = {arena_alloc(&arena, 3 * (size_t)w * (size_t)h), w, h};
        if (CASES[i].swapped)
            lying = (struct image){lying.pixels, h, w};
        for (int y = 0; y < lying.height; y++)
            for (int x = 0; x < lying.width; x++) {
                int u = CASES[i].orientation == 3   ? w - 1 - x
                        : CASES[i].orientation == 6 ? w - 1 - y
                                                    : y;
                int v = CASES[i].orientation == 3   ? h - 1 - y
                        : CASES[i].orientation == 6 ? x
                                                    : h - 1 - x;
                memcpy(lying.pixels + 3 * (y * lying.width + x), photo.pixels + 3 * (v * w + u), 3);
            }
        shown = lying;
        assert_same(
            make_jpeg((struct jpeg_options){.w = lying.width,
                                            .h = lying.height,
                                            .exif = make_exif(CASES[i].orientation, true, false)}),
            "turned by EXIF");
    }
}

static struct image rotated(const struct image *from, float degrees)
{
    size_t n = 3 * (size_t)from->width * (size_t)from->height;
    struct image to = {arena_alloc(&arena, n), from->width, from->height};
    float c = cosf(degrees / 57.29578f), s = sinf(degrees / 57.29578f);
    float cx = (float)from->width / 2, cy = (float)from->height / 2;

    for (int y = 0; y < to.height; y++)
        for (int x = 0; x < to.width; x++) {
            float dx = (float)x - cx, dy = (float)y - cy;
            int u = (int)(c * dx + s * dy + cx), v = (int)(c * dy - s * dx + cy);
            if (u >= 0 && v >= 0 && u < from->width && v < from->height)
                memcpy(to.pixels + 3 * (y * to.width + x), from->pixels + 3 * (v * from->width + u),
                       3);
        }
    return to;
}

static void leaning(void **state)
{
    (void)state;
    static struct face face;

    for (int degrees = -15; degrees <= 15; degrees += 30) {
        struct image img = rotated(&photo, (float)degrees);
        assert_true(likeness(&img, &face) >= ALIKE);
        assert_true(fabsf(face.pose.roll - first.pose.roll - (float)degrees) < 6);
    }
}

static void mirrored(void **state)
{
    (void)state;
    static struct face face;

    struct image side = decoded(read_photo("Arnold_Schwarzenegger/Arnold_Schwarzenegger_0004.jpg"));
    assert_true(likeness(&side, &face) > -2);
    float yaw = face.pose.yaw;
    assert_true(yaw > 12); /* looks to the picture's right */
    for (int y = 0; y < side.height; y++)
        for (int x = 0; x < side.width / 2; x++) {
            uint8_t *a = side.pixels + 3 * (y * side.width + x), b[3];
            uint8_t *z = side.pixels + 3 * (y * side.width + side.width - 1 - x);
            memcpy(b, a, 3);
            memcpy(a, z, 3);
            memcpy(z, b, 3);
        }
    assert_true(likeness(&side, &face) > -2);
    assert_true(fabsf(face.pose.yaw + yaw) < 8);
    image_free(&side);
}

/* Up and down as the eye sees it. */
static void nodding(void **state)
{
    (void)state;
    static struct face face;

    struct image up = decoded(read_photo("Donald_Rumsfeld/Donald_Rumsfeld_0001.jpg"));
    struct image down = decoded(read_photo("Donald_Rumsfeld/Donald_Rumsfeld_0007.jpg"));
    assert_true(likeness(&up, &face) > -2);
    float pitch = face.pose.pitch;
    assert_true(likeness(&down, &face) > -2);
    assert_true(pitch > face.pose.pitch + 15);
    image_free(&up);
    image_free(&down);
}

static void small_and_bad(void **state)
{
    (void)state;
    static struct face face;
    struct image small;

    assert_int_equal(image_shrink(&photo, 128, &small), OK);
    assert_true(likeness(&small, &face) >= ALIKE);
    image_free(&small);
    assert_int_equal(image_shrink(&photo, 64, &small), OK);
    assert_true(likeness(&small, &face) == -2);
    assert_int_equal(face.reason, FACE_TOO_SMALL);
    image_free(&small);

    struct image blurred = {arena_alloc(&arena, 3 * 300 * 300), 300, 300};
    float *soft = arena_alloc(&arena, 3 * 300 * 300 * sizeof *soft);
    assert_int_equal(image_shrink(&photo, 20, &small), OK);
    assert_true(face_sample(&small, (struct face_rect){0, 0, 20, 20}, 300, 300, soft));
    for (int i = 0; i < 3 * 300 * 300; i++)
        blurred.pixels[i] = (uint8_t)soft[i];
    image_free(&small);
    assert_true(likeness(&blurred, &face) == -2);
    assert_int_equal(face.reason, FACE_TOO_BLURRED);
}

/* Two of similar size are one too many; one far behind is not. */
static void several(void **state)
{
    (void)state;
    static struct face face;
    static const struct {
        int side;
        enum face_reason want;
    } CASES[] = {{250, FACE_SEVERAL}, {190, FACE_SEVERAL}, {100, FACE_FINE}};

    struct image other = decoded(read_photo("Colin_Powell/Colin_Powell_0001.jpg"));
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct image both = {arena_alloc(&arena, 3 * 500 * 250), 500, 250}, small;
        assert_int_equal(image_shrink(&other, CASES[i].side, &small), OK);
        for (int y = 0; y < 250; y++)
            memcpy(both.pixels + 1500 * y, photo.pixels + 750 * y, 750);
        for (int y = 0; y < small.height; y++)
            memcpy(both.pixels + 1500 * y + 750, small.pixels + 3 * small.width * y,
                   3 * (size_t)small.width);
        image_free(&small);
        float s = likeness(&both, &face);
        assert_int_equal(face.reason, CASES[i].want);
        assert_true(CASES[i].want == FACE_SEVERAL || s >= ALIKE);
    }
    image_free(&other);
}

/* ── Challenges answered with photos ── */

/* The photo without `edge` pixels on each side, or the mirror image of that. */
static struct shot shot_of(const char *name, int edge, bool back)
{
    struct image from = decoded(read_photo(name));
    int w = from.width - 2 * edge, h = from.height - 2 * edge;
    struct shot s = {.image = {arena_alloc(&arena, 3 * (size_t)w * (size_t)h), w, h}};

    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            memcpy(s.image.pixels + 3 * (y * w + x),
                   from.pixels + 3 * ((y + edge) * from.width + edge + (back ? w - 1 - x : x)), 3);
    image_free(&from);
    assert_int_equal(face_describe(engine, &s.image, FACE_WANT_EMBEDDING, &s.face), OK);
    assert_int_equal(s.face.reason, FACE_FINE);
    assert_int_equal(face_image_print(&s.image, &s.print), OK);
    return s;
}

#define LEFT "Hugo_Chavez/Hugo_Chavez_0003.jpg"
#define ALSO_LEFT "Hugo_Chavez/Hugo_Chavez_0008.jpg"
#define STEPS "turn_left,turn_right"

static const char *problem_of(struct shot a, struct shot b)
{
    struct shots both = {(struct shot[]){a, b}, 2};
    const char *problem = shots_problem(engine, &both, STR(STEPS));

    return problem ? problem : "";
}

/* One turned head and its mirror image answer no two steps, however the picture was cut. */
static void mirrored_stills(void **state)
{
    (void)state;
    assert_string_equal(problem_of(shot_of(ALSO_LEFT, 0, false), shot_of(LEFT, 0, true)), "");
    assert_string_equal(problem_of(shot_of(LEFT, 0, false), shot_of(ALSO_LEFT, 0, false)),
                        "wrong_pose");
    for (int edge = 0; edge <= 20; edge += 10)
        assert_string_equal(problem_of(shot_of(LEFT, 0, false), shot_of(LEFT, edge, true)),
                            "image_seen");
}

static void stills_of_ones_own(void **state)
{
    (void)state;
    struct shot own = shot_of(LEFT, 0, false);
    const struct face_known photo_of_own = {.embedding = own.face.embedding,
                                            .dimensions = own.face.dimensions};
    const struct faces_known known = {&photo_of_own, 1};

    for (int edge = 0; edge <= 20; edge += 10) {
        struct shots c = {
            (struct shot[]){shot_of(ALSO_LEFT, 0, false), shot_of(LEFT, edge, edge == 10)}, 2};
        assert_true(shots_of_photos(engine, &c, STR(STEPS), &known));
        assert_false(shots_of_photos(engine, &c, STR("turn_left,come_closer"), &known));
        c.n = 1; /* without a challenge */
        assert_false(shots_of_photos(engine, &c, STR_NULL, &known));
    }
    struct shots others = {
        (struct shot[]){shot_of(ALSO_LEFT, 0, false), shot_of(ALSO_LEFT, 0, true)}, 2};
    assert_false(shots_of_photos(engine, &others, STR(STEPS), &known));
}

/* What is no whole picture never comes so far. */
static void broken(void **state)
{
    (void)state;
    struct str whole = read_photo("George_W_Bush/George_W_Bush_0001.jpg");
    for (size_t cut = 1; cut <= whole.len / 2; cut += whole.len / 7)
        refused((struct str){whole.ptr, whole.len - cut}, ERR_UNSUPPORTED);
    uint8_t bomb[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0....";
    struct image img;
    assert_int_not_equal(
        image_decode((struct str){(const char *)bomb, sizeof bomb - 1}, FACE_IMAGE_SIDE, &img), OK);
}

#define DAMAGED 500 /* FUZZ_FACES says how many instead */

/* Photos with bytes changed, through all of it: what is still a picture is looked at to the end,
 * whatever it shows. */
static void damaged(void **state)
{
    (void)state;
    static struct face face;
    long wanted = damage_wanted("FUZZ_FACES", DAMAGED), looked_at = 0, faces = 0;
    struct image small;

    assert_int_equal(image_shrink(&photo, 128, &small), OK);
    shown = small;
    int w = small.width, h = small.height;
    struct str files[] = {
        make_jpeg((struct jpeg_options){.w = w, .h = h}),
        make_jpeg((struct jpeg_options){
            .w = w, .h = h, .progressive = true, .exif = make_exif(1, true, false)}),
        make_jpeg((struct jpeg_options){.w = w, .h = h, .space = JCS_YCCK}),
        make_png((struct png_options){.w = w, .h = h, .type = PNG_COLOR_TYPE_RGB, .depth = 16}),
        make_png(
            (struct png_options){.w = w, .h = h, .type = PNG_COLOR_TYPE_GRAY, .interlaced = true}),
        make_webp(w, h, true),
        make_webp(w, h, false),
    };
    for (long i = 0; i < wanted; i++) {
        struct str s = files[(size_t)i % COUNT(files)];
        struct image img;
        char *copy = damaged_copy(s);
        enum err e = image_decode((struct str){copy, s.len}, FACE_IMAGE_SIDE, &img);
        free(copy);
        assert_true(e == OK || e == ERR_UNSUPPORTED || e == ERR_TOO_LARGE || e == ERR_INVALID);
        if (e != OK)
            continue;
        struct face_print print;
        assert_int_equal(face_image_print(&img, &print), OK);
        faces += likeness(&img, &face) > -2;
        looked_at++;
        image_free(&img);
    }
    image_free(&small);
    print_message("# %ld damaged pictures: %ld were looked at, %ld showed a face\n", wanted,
                  looked_at, faces);
    assert_in_range(faces, 1, looked_at);
}

/* What stands in for the tests where they are skipped: TAP wants one. */
static void nothing_to_look_at(void **state)
{
    (void)state;
    assert_non_null(engine);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(people),   CASE(kinds),   CASE(turned),          CASE(leaning),
        CASE(mirrored), CASE(nodding), CASE(small_and_bad),   CASE(several),
        CASE(broken),   CASE(damaged), CASE(mirrored_stills), CASE(stills_of_ones_own),
    };
    const struct CMUnitTest none[] = {cmocka_unit_test(nothing_to_look_at)};
    int failed = open_all() ? cmocka_run_group_tests(tests, NULL, NULL)
                            : cmocka_run_group_tests(none, NULL, NULL);
    face_close(engine);
    return failed;
}
