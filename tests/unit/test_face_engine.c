/* An engine whose description, models or library are not what they should be says what is wrong and
 * describes nothing; the real ones, where they are installed, are loaded by the first picture. */
#include "unit.h"

#include "platform/face/engine.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[200];

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/bookadate-face-XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char path[600];
    DIR *d = opendir(folder);

    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        unlink(path);
    }
    closedir(d);
    return rmdir(folder);
}

static void write_file(const char *name, const char *text)
{
    char path[600];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite(text, 1, strlen(text), f);
    fclose(f);
}

static void digest_of(const char *text, char hex[65])
{
    uint8_t d[EVP_MAX_MD_SIZE];

    EVP_Digest(text, strlen(text), d, NULL, EVP_sha256(), NULL);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", d[i]);
}

#define COMPARE "[{\"threshold\": 0.35, \"slope\": 20, \"offset\": -7}]"
#define PART(name, file, extra)                                                                    \
    "\"" name "\": {\"file\": \"" file                                                             \
    "\", \"sha256\": \"%s\", \"width\": 32, \"height\": 32" extra "}"

/* A description of three files that say what `content` says. */
static void write_description(const char *content, const char *compare)
{
    char hex[65], text[2000];

    digest_of(content, hex);
    snprintf(text, sizeof text,
             "{\"name\": \"of a test\", " PART("detect", "d.onnx", "") ", " PART(
                 "landmark", "l.onnx", "") ", " PART("embed", "e.onnx",
                                                     ", \"dimensions\": 64") ", \"compare\": %s}",
             hex, hex, hex, compare);
    write_file("models.json", text);
}

static void write_models(const char *content)
{
    write_file("d.onnx", content);
    write_file("l.onnx", content);
    write_file("e.onnx", content);
}

/* Opens, and asserts that the engine is not ready for a reason that has `want` in it. */
static void not_ready(const char *library, const char *want)
{
    const struct face_options options = {.models = folder, .runtime = library};
    struct face_engine *f = face_open(&options);
    uint8_t pixels[48] = {0};
    struct image img = {pixels, 4, 4};
    static struct face face;
    const char *why = NULL;

    assert_int_equal(face_describe(f, &img, FACE_WANT_EMBEDDING, &face), ERR_UNAVAILABLE);
    assert_false(face_ready(f, &why));
    assert_non_null(why);
    assert_int_equal(strncmp(why, "Face model is not installed: ", 29), 0);
    if (!strstr(why, want))
        fail_msg("\"%s\" does not say \"%s\"", why, want);
    face_close(f);
}

static void descriptions(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } CASES[] = {
        {"", "is no JSON"},
        {"[1, 2", "is no JSON"},
        {"[]", "file.name"},
        {"{\"name\": 5}", "file.name"},
        {"{\"name\": \"a\"}", "detect.file"},
        {"{\"name\": \"a\", \"detect\": {\"file\": \"d\"}}", "detect.sha256"},
        {"{\"name\": \"a\", \"detect\": {\"file\": \"../d\", \"sha256\": \"0\"}}", "plain name"},
        {"{\"name\": \"a\", \"detect\": {\"file\": \"d\", \"sha256\": \"XYZ\"}}", "64 hex digits"},
        {"{\"name\": \"a\", \"name\": \"b\"}", "is no JSON"},
    };
    char hex[65], text[1000];

    not_ready("", "there is no");
    for (size_t i = 0; i < COUNT(CASES); i++) {
        write_file("models.json", CASES[i].text);
        not_ready("", CASES[i].want);
    }
    digest_of("x", hex);
    snprintf(text, sizeof text,
             "{\"name\": \"a\", \"detect\": {\"file\": \"d\", \"sha256\": \"%s\", \"width\": 1e9}}",
             hex);
    write_file("models.json", text);
    not_ready("", "detect.width is not a number within its bounds");
    write_description("x", "[]");
    not_ready("", "compare.length");
    write_description("x", "[{\"threshold\": 2, \"slope\": 1, \"offset\": 0}]");
    not_ready("", "compare.threshold");
    char *large = calloc(1, 70000);
    assert_non_null(large);
    memset(large, ' ', 69999);
    write_file("models.json", large);
    free(large);
    not_ready("", "over 64 KB");
}

static void models(void **state)
{
    (void)state;
    write_description("a model", COMPARE);
    not_ready("", "d.onnx is missing in");
    write_models("a model");
    write_file("l.onnx", "a nodel"); /* of the same size */
    not_ready("", "l.onnx is altered");
    write_file("l.onnx", "");
    not_ready("", "l.onnx is no file");
    write_file("l.onnx", "a model");
    write_file("e.onnx", "a model, and more");
    not_ready("", "e.onnx is altered");
}

/* The one that OLD_RUNTIME names has no table for the version that is asked for. */
static void libraries(void **state)
{
    (void)state;
    char garbage[300];

    write_description("a model", COMPARE);
    write_models("a model");
    not_ready("/nowhere/libonnxruntime.so", "there is no ONNX Runtime library /nowhere");
    write_file("garbage.so", "not a library");
    snprintf(garbage, sizeof garbage, "%s/garbage.so", folder);
    not_ready(garbage, "cannot be loaded");
    not_ready("libm.so.6", "is not ONNX Runtime");
    assert_non_null(getenv("OLD_RUNTIME"));
    not_ready(getenv("OLD_RUNTIME"), "is ONNX Runtime 0.1.2, older than 1.14");
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Tries, as soon as that is due: not before least_ms after `since`. Returns when it began to try.
 */
static int64_t try_again(struct face_engine *f, int64_t since, int least_ms)
{
    while (!face_retry_due(f) && now_ms() < since + 20000)
        usleep(2000);
    int64_t at = now_ms();
    assert_true(face_retry_due(f));
    assert_true(at - since >= least_ms);
    face_retry(f);
    return at;
}

/* What was missing or altered, and is right by now, is found without a new start: not at once, then
 * after twice as long each time. */
static void tried_again(void **state)
{
    (void)state;
    write_description("a model", COMPARE);
    const struct face_options options = {
        .models = folder, .runtime = "/nowhere/libonnxruntime.so", .retry_ms = 30};
    const char *first = NULL, *why = NULL;
    int64_t at = now_ms();
    struct face_engine *f = face_open(&options);

    assert_false(face_ready(f, &first));
    assert_non_null(strstr(first, "d.onnx is missing"));
    write_models("a model");
    at = try_again(f, at, 30);
    assert_false(face_ready(f, &why));
    assert_non_null(strstr(why, "there is no ONNX Runtime library"));
    assert_non_null(strstr(first, "d.onnx is missing")); /* what was said stays readable */
    at = try_again(f, at, 60);
    assert_false(face_ready(f, &first));
    assert_ptr_equal(first, why); /* the same, and not said anew */
    (void)try_again(f, at, 120);
    face_close(f);
}

/* Who may not know folders is told the same without them, however the folder is spelt; and when it
 * is tried again. */
static void told_without_folders(void **state)
{
    (void)state;
    char spelt[300], longer[300];
    static const char *const ENDS[] = {"", "/", "//"};

    for (size_t i = 0; i < COUNT(ENDS); i++) {
        snprintf(spelt, sizeof spelt, "%s/no such%s", folder, ENDS[i]);
        struct face_engine *f =
            face_open(&(struct face_options){.models = spelt, .runtime = "", .retry_ms = 90000});
        const char *why = "";
        assert_false(face_ready(f, &why));
        snprintf(longer, sizeof longer,
                 "Face model is not installed: there is no %s/no such/models.json", folder);
        assert_string_equal(why, longer);
        assert_string_equal(face_missing(f),
                            "Face model is not installed: there is no models.json");
        assert_in_range(face_retry_in_s(f), 60, 90);
        face_close(f);
    }
}

/* ── With the real library and models ── */

static const char *installed(void)
{
    static char path[600];
    const char *models_folder = getenv("BOOKADATE_TEST_MODELS");
    struct stat st;

    snprintf(path, sizeof path, "%s/libonnxruntime.so", models_folder ? models_folder : "");
    return models_folder && stat(path, &st) == 0 ? path : NULL;
}

/* The installed models in the test's folder, by links. */
static void link_models(void)
{
    char from[600], to[600];
    DIR *d = opendir(getenv("BOOKADATE_TEST_MODELS"));

    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        snprintf(from, sizeof from, "%s/%s", getenv("BOOKADATE_TEST_MODELS"), e->d_name);
        snprintf(to, sizeof to, "%s/%s", folder, e->d_name);
        assert_true(e->d_name[0] == '.' || symlink(from, to) == 0);
    }
    closedir(d);
}

static void hide(const char *name, bool hidden)
{
    char shown[600], away[600];

    snprintf(shown, sizeof shown, "%s/%s", folder, name);
    snprintf(away, sizeof away, "%s/hidden", folder);
    assert_int_equal(rename(hidden ? shown : away, hidden ? away : shown), 0);
}

static void no_models(void **state)
{
    (void)state;
    write_description("a model", COMPARE);
    write_models("a model");
    not_ready(installed(), "d.onnx: ONNX Runtime: ");
}

/* What changes between the check at the start and the first picture is found by the second one. */
static void altered_later(void **state)
{
    (void)state;
    write_description("a model", COMPARE);
    write_models("a model");
    const struct face_options options = {.models = folder, .runtime = installed()};
    struct face_engine *f = face_open(&options);
    uint8_t pixels[48] = {0};
    struct image img = {pixels, 4, 4};
    static struct face face;
    const char *why = NULL;

    assert_true(face_ready(f, &why));
    assert_int_equal(face_model(f)->dimensions, 64);
    assert_int_equal(strlen(face_model(f)->version), 16);
    write_file("d.onnx", "a nodel");
    assert_int_equal(face_describe(f, &img, 0, &face), ERR_UNAVAILABLE);
    assert_false(face_ready(f, &why));
    assert_non_null(strstr(why, "d.onnx is altered"));
    face_close(f);
}

static void loaded_again(void **state)
{
    (void)state;
    uint8_t pixels[48] = {0};
    struct image img = {pixels, 4, 4};
    static struct face face;
    const char *why = NULL;

    link_models();
    const struct face_options options = {.models = folder, .runtime = installed(), .retry_ms = 1};
    struct face_engine *f = face_open(&options);
    if (!face_ready(f, &why))
        fail_msg("%s", why);
    assert_false(face_retry_due(f)); /* nothing is wrong */
    char version[17];
    strcpy(version, face_model(f)->version);
    hide("fr_feature.onnx", true);
    assert_int_equal(face_describe(f, &img, 0, &face), ERR_UNAVAILABLE);
    assert_false(face_ready(f, &why));
    assert_non_null(strstr(why, "fr_feature.onnx is missing"));
    (void)try_again(f, now_ms(), 0);
    assert_int_equal(face_describe(f, &img, 0, &face), ERR_UNAVAILABLE);
    hide("fr_feature.onnx", false);
    (void)try_again(f, now_ms(), 0);
    assert_true(face_ready(f, &why));
    assert_int_equal(face_describe(f, &img, 0, &face), OK);
    assert_string_equal(face_model(f)->version, version);
    assert_false(face_retry_due(f));
    face_close(f);
}

static void pictures_without_faces(void **state)
{
    (void)state;
    const struct face_options options = {.models = getenv("BOOKADATE_TEST_MODELS"),
                                         .runtime = installed()};
    static const struct {
        int w, h, value;
        enum face_reason want;
    } CASES[] = {{640, 480, 128, FACE_NONE},
                 {33, 1900, 255, FACE_NONE},
                 {32, 32, 90, FACE_NONE},
                 {1, 1, 128, FACE_NONE},
                 {300, 200, 3, FACE_TOO_DARK}};
    struct face_engine *f = face_open(&options);
    static struct face face;
    const char *why = "";

    if (!face_ready(f, &why))
        fail_msg("%s", why);
    for (size_t i = 0; i < COUNT(CASES); i++) {
        size_t n = 3 * (size_t)CASES[i].w * (size_t)CASES[i].h;
        struct image img = {malloc(n), CASES[i].w, CASES[i].h};
        assert_non_null(img.pixels);
        memset(img.pixels, CASES[i].value, n);
        assert_int_equal(face_describe(f, &img, FACE_WANT_EMBEDDING | FACE_WANT_LIVENESS, &face),
                         OK);
        assert_int_equal(face.reason, CASES[i].want);
        assert_int_equal(face.dimensions, 0);
        image_free(&img);
    }
    assert_int_equal(face_model(f)->dimensions, 512);
    assert_true(face_same_picture(f) > face_threshold(f, 3) && face_same_picture(f) < 1);
    assert_true(face_threshold(f, 1) > 0.2f && face_threshold(f, 3) >= face_threshold(f, 1));
    assert_true(face_confidence(f, 0.7f, 1) > 0.99f);
    assert_true(face_confidence(f, 0.05f, 3) < 0.01f);
    face_close(f);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest without[] = {CASE(descriptions), CASE(models), CASE(libraries),
                                         CASE(tried_again), CASE(told_without_folders)};
    const struct CMUnitTest with[] = {
        CASE(descriptions),           CASE(models),    CASE(libraries),     CASE(tried_again),
        CASE(told_without_folders),   CASE(no_models), CASE(altered_later), CASE(loaded_again),
        CASE(pictures_without_faces),
    };

    if (installed())
        return cmocka_run_group_tests(with, NULL, NULL);
    print_message("# SKIPPED in part: there are no face models in $BOOKADATE_TEST_MODELS\n");
    return cmocka_run_group_tests(without, NULL, NULL);
}
