/* The user service's rules: addresses, telephone numbers, ages, photo names, who sees whom. */
#include "unit.h"

#include "base/datetime.h"
#include "base/text_checks.h"
#include "services/user/rules.h"

static char long_text[400];

static struct str repeated(char c, size_t n, const char *tail)
{
    memset(long_text, c, n);
    size_t len = strlen(tail);
    memcpy(long_text + n, tail, len);
    return (struct str){long_text, n + len};
}

static void emails(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } CASES[] = {
        {"john@example.com", true},
        {"JOHN.Doe+dates@Mail.Example.co.uk", true},
        {"a@b.cd", true},
        {"o'brien!#$%&*/=?^_`{|}~-@example.com", true},
        {"1@2.3a", true},
        {"x@xn--bcher-kva.example", true},
        {"", false},
        {"@", false},
        {"john", false},
        {"john@", false},
        {"@example.com", false},
        {"john@localhost", false},
        {"john@example..com", false},
        {"john@.example.com", false},
        {"john@example.com.", false},
        {"john@-example.com", false},
        {"john@example-.com", false},
        {"john@exa_mple.com", false},
        {"john@127.0.0.1", false},
        {"john@[127.0.0.1]", false},
        {".john@example.com", false},
        {"john.@example.com", false},
        {"jo..hn@example.com", false},
        {"jo hn@example.com", false},
        {"john@exam ple.com", false},
        {"john@@example.com", false},
        {"john@a@example.com", false},
        {"\"john doe\"@example.com", false},
        {"<john@example.com>", false},
        {"john@example.com\n", false},
        {"j\xc3\xb6hn@example.com", false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        if ((email_problem(str_of(CASES[i].text)) == NULL) != CASES[i].good)
            fail_msg("%s", CASES[i].text);
    }
}

static void email_lengths(void **state)
{
    (void)state;
    assert_null(email_problem(repeated('a', 64, "@example.com")));
    assert_non_null(email_problem(repeated('a', 65, "@example.com")));

    /* 2 + 63 + 1 + 63 + 1 + 63 + 1 + n: up to 254 in all */
    char text[300] = "a@";
    for (int i = 0; i < 3; i++) {
        memset(text + strlen(text), 'b', 63);
        strcat(text, ".");
    }
    size_t base = strlen(text);
    memset(text + base, 'c', 254 - base);
    assert_null(email_problem((struct str){text, 254}));
    text[254] = 'c';
    assert_non_null(email_problem((struct str){text, 255}));

    assert_null(
        email_problem(str_of(strcpy(text, "a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                                          "bbbbbbbbbbbbbbbb.com")))); /* label of 63 */
    assert_non_null(
        email_problem(str_of(strcpy(text, "a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                                          "bbbbbbbbbbbbbbbb.com")))); /* and of 64 */
}

static void phones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } CASES[] = {
        {"+1234567890", true},
        {"+1234567", true},
        {"+123456789012345", true},
        {"+1234567890123456", false},
        {"+123456", false},
        {"1234567890", false},
        {"+0234567890", false},
        {"+", false},
        {"", false},
        {"+12345 67890", false},
        {"+1-234-567-890", false},
        {"++1234567890", false},
        {"+1234567890a", false},
        {"0049123456789", false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        if ((phone_problem(str_of(CASES[i].text)) == NULL) != CASES[i].good)
            fail_msg("%s", CASES[i].text);
    }
}

static void genders_and_lines(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"female", "Non-binary", "anyone", "many", "\xd0\xb6", "a b"};
    static const char *const ANY[] = {"any", "ANY", "Any", " any "};
    /* NOLINTBEGIN(misc-misleading-bidirectional): they are what the rules must refuse */
    static const char *const BROKEN[] = {"a\nb",         "a\tb",         "\x7f",
                                         "a\xc2\x85z",   "\x1b[1m",      "a\xe2\x80\xaatxt",
                                         "\xe2\x80\xae", "\xe2\x81\xa6", "Bob\xe2\x81\xa9"};
    /* NOLINTEND(misc-misleading-bidirectional) */
    /* U+00A0, 00AD, 200B, 2060 with 200D, FEFF, 3164 */
    static const char *const UNSEEN[] = {"\xc2\xa0",     "\xc2\xad",
                                         "\xe2\x80\x8b", "\xe2\x81\xa0\xe2\x80\x8d",
                                         "\xef\xbb\xbf", "\xe3\x85\xa4"};

    for (size_t i = 0; i < COUNT(GOOD); i++)
        assert_null(gender_problem(str_of(GOOD[i])));
    for (size_t i = 0; i < COUNT(ANY); i++) {
        assert_non_null(gender_problem(str_of(ANY[i])));
        assert_null(line_problem(str_of(ANY[i])));
    }
    for (size_t i = 0; i < COUNT(BROKEN); i++) {
        assert_non_null(gender_problem(str_of(BROKEN[i])));
        assert_non_null(line_problem(str_of(BROKEN[i])));
    }
    assert_null(line_problem(STR("a\xc2\xa0z"))); /* a no-break space is none */
    assert_null(line_problem(STR("")));
    for (size_t i = 0; i < COUNT(UNSEEN); i++)
        assert_non_null(line_problem(str_of(UNSEEN[i])));
    assert_null(line_problem(STR("a \xe2\x80\xa9 \xe2\x80\xaf \xe2\x81\xa5 \xe2\x81\xaa")));
    assert_null(line_problem(STR("\xe2\x80")));
    assert_null(
        line_problem(STR("\xc2"))); /* cut short: not this rule's to judge, and not over-read */
}

static void prose(void **state)
{
    (void)state;
    /* NOLINTNEXTLINE(misc-misleading-bidirectional): a text of several lines may hold it */
    static const char *const GOOD[] = {"", "a\r\n\tb", "\xc2\xa0", "\xe2\x80\xae", "\xc2"};
    static const char *const BAD[] = {"a\x01", "\x7f", "a\xc2\x80z", "\x0b", "\x1b[1m"};

    for (size_t i = 0; i < COUNT(GOOD); i++)
        assert_null(prose_problem(str_of(GOOD[i])));
    for (size_t i = 0; i < COUNT(BAD); i++)
        assert_non_null(prose_problem(str_of(BAD[i])));
}

static void interests(void **state)
{
    (void)state;
    struct str items[] = {STR(" Hiking "),
                          STR(""),
                          STR("  "),
                          STR("HIKING"),
                          STR("tea"),
                          STR("stra\xc3\x9f"
                              "e"),
                          STR("STRASSE"),
                          STR("hiking")};
    struct arena a;
    arena_init(&a);
    assert_int_equal(interests_tidy(&a, items, COUNT(items)), 3);
    assert_str(items[0], "Hiking");
    assert_str(items[1], "tea");
    assert_str(items[2], "stra\xc3\x9f"
                         "e");
    assert_int_equal(interests_tidy(&a, NULL, 0), 0);
    arena_free(&a);
}

static void dates_of_birth(void **state)
{
    (void)state;
    static const struct {
        const char *today, *dob;
        bool good;
    } CASES[] = {
        {"2026-01-07", "2008-01-07", true},  {"2026-01-07", "2008-01-08", false},
        {"2026-01-07", "1990-01-15", true},  {"2026-02-28", "2008-02-29", false},
        {"2026-03-01", "2008-02-29", true},  {"2028-02-29", "2010-02-28", true},
        {"2028-02-29", "2010-03-01", false}, {"2026-01-07", "2030-01-01", false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        int64_t today = 0;
        int64_t dob = 0;
        assert_true(date_parse(str_of(CASES[i].today), &today));
        assert_true(date_parse(str_of(CASES[i].dob), &dob));
        if ((dob_problem(dob, today) == NULL) != CASES[i].good)
            fail_msg("%s on %s", CASES[i].dob, CASES[i].today);
    }
}

static void lower_case(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    assert_str(email_lower(&a, STR("JoHn@EXAMPLE.com")), "john@example.com");
    assert_str(email_lower(&a, STR("@[Z`{")), "@[z`{"); /* the neighbours of A and Z stay */
    assert_str(email_lower(&a, STR("")), "");
    arena_free(&a);
}

#define ID "0f9c8b6e-0000-4000-8000-5c1e2f3a4b5c"

static void photo_names(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool file, thumbnail, url;
    } CASES[] = {
        {ID ".jpg", true, false, true},
        {ID "-thumb.jpg", true, true, false},
        {"/uploads/" ID ".jpg", false, false, true},
        {"/uploads/" ID "-thumb.jpg", false, false, false},
        {"/uploads//" ID ".jpg", false, false, false},
        {"uploads/" ID ".jpg", false, false, false},
        {"/uploads/../" ID ".jpg", false, false, false},
        {ID, false, false, false},
        {ID ".png", false, false, false},
        {ID ".jpg ", false, false, false},
        {ID ".JPG", false, false, false},
        {"0F9C8B6E-0000-4000-8000-5c1e2f3a4b5c.jpg", false, false, false},
        {"photo.jpg", false, false, false},
        {"", false, false, false},
        {"../../etc/passwd", false, false, false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct photo_file f = {.name = "untouched"};
        struct str text = str_of(CASES[i].text);
        if (photo_file_parse(text, &f) != CASES[i].file)
            fail_msg("%s", CASES[i].text);
        assert_string_equal(f.name, CASES[i].file ? ID ".jpg" : "untouched");
        assert_true(f.thumbnail == (CASES[i].file && CASES[i].thumbnail));
        if (photo_url_parse(text, &f) != CASES[i].url)
            fail_msg("%s", CASES[i].text);
    }
    struct arena a;
    arena_init(&a);
    assert_str(photo_thumbnail_name(&a, STR(ID ".jpg")), ID "-thumb.jpg");
    arena_free(&a);
}

static void views(void **state)
{
    (void)state;
    assert_int_equal(profile_view(STR("matched")), VIEW_MATCHED);
    assert_int_equal(profile_view(STR("pending")), VIEW_PENDING);
    assert_int_equal(profile_view(STR("rejected")), VIEW_NONE);
    assert_int_equal(profile_view(STR("ended")), VIEW_NONE);
    assert_int_equal(profile_view(STR("expired")), VIEW_NONE);
    assert_int_equal(profile_view(STR_NULL), VIEW_NONE);
}

static void registrations(void **state)
{
    (void)state;
    const struct {
        const char *now, *wanted;
        enum err want;
        bool done;
    } CASES[] = {
        {"pending", "approved", OK, false},
        {"pending", "rejected", OK, false},
        {"approved", "approved", OK, true},
        {"rejected", "rejected", OK, true},
        {"approved", "rejected", ERR_CONFLICT, false},
        {"rejected", "approved", ERR_CONFLICT, false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        bool done = !CASES[i].done;
        struct verdict v = registration_step(str_of(CASES[i].now), str_of(CASES[i].wanted), &done);
        assert_int_equal(v.err, CASES[i].want);
        assert_int_equal(done, CASES[i].done);
        assert_null(registration_problem(str_of(CASES[i].now)));
    }
    assert_non_null(registration_problem(STR("Pending")));
    assert_non_null(registration_problem(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emails),         cmocka_unit_test(email_lengths),
        cmocka_unit_test(phones),         cmocka_unit_test(genders_and_lines),
        cmocka_unit_test(dates_of_birth), cmocka_unit_test(lower_case),
        cmocka_unit_test(prose),          cmocka_unit_test(interests),
        cmocka_unit_test(photo_names),    cmocka_unit_test(views),
        cmocka_unit_test(registrations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
