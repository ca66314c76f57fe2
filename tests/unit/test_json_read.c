/* JSON bodies into a shape: what is refused as malformed, what is a wrong field and in which words,
 * and that no cut or changed byte leads anywhere but to one of the three answers. */
#include "unit.h"

#include "sample_shape.h"

#include "base/datetime.h"
#include "platform/json/field_value.h"

#include <math.h>

static const char WHOLE[] =
    "{\"id\": 25, \"rating\": 4.5, \"active\": true, \"name\": \" Ana \", \"note\": \"h\\u00e9 "
    "\\ud83d\\ude00\","
    " \"password\": \"12345678\", \"created_at\": \"2026-01-15T19:00:00Z\", \"dob\": "
    "\"2000-02-29\","
    " \"time\": \"19:30\", \"user_id\": \"00000123-9F1C-8b6e-a4d0-5c1e2f3a4b5c\","
    " \"interests\": [\"a\", \" b \", \"\"], \"dates\": [\"2026-01-15\"], \"times\": [\"09:00\", "
    "\"10:00\"],"
    " \"unknown\": {\"x\": [1, {}]}}";

/* What json_plain.c reads by itself. */
static const char PLAIN[] =
    " {\"id\":25 , \"rating\": 4, \"active\":true,\"name\": \" Ana \",\"note\" : null,\r\n\t"
    "\"password\":\"12345678\",\"created_at\":\"2026-01-15T19:00:00\",\"dob\":\"2000-02-29\","
    "\"time\":\"19:30\",\"user_id\":123,\"hidden\":-7} ";

static void everything_at_once(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct sample s;
    struct field_errors errors = {0};
    const char *why = NULL;
    assert_int_equal(shape_from_json(&SAMPLE, str_of(WHOLE), &a, &s, &errors, &why), OK);
    assert_null(errors.head);
    assert_int_equal(s.id, 25);
    assert_true(s.rating == 4.5);
    assert_int_equal(s.active, 1);
    assert_str(s.name, "Ana");
    assert_str(s.note, "h\xC3\xA9 \xF0\x9F\x98\x80");
    assert_int_equal(s.created_at, us_of_date_clock(date_from_civil(2026, 1, 15), 19 * 60));
    assert_int_equal(s.dob, date_from_civil(2000, 2, 29));
    assert_int_equal(s.time, 19 * 60 + 30);
    assert_int_equal(s.user_id.kind, USER_REF_UUID);
    assert_string_equal(s.user_id.uuid.text, "00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c");
    assert_int_equal(s.interests.n, 3);
    assert_str(s.interests.v[1], "b");
    assert_int_equal(s.dates.n, 1);
    assert_int_equal(s.times.v[1], 600);
    assert_int_equal(s.hidden, I64_NULL);
    arena_free(&a);
}

static void absent_and_null_are_the_same(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"id\": 18}",
        "{\"id\":\"18\",\"rating\":null,\"active\":null,\"name\":null,\"note\":\" "
        "\\t\",\"password\":"
        "null,"
        "\"created_at\":null,\"dob\":null,\"time\":null,\"user_id\":null,\"interests\":null,"
        "\"dates\":null,"
        "\"times\":null,\"hidden\":null}",
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct arena a;
        arena_init(&a);
        struct sample s;
        memset(&s, 0x5A, sizeof(s));
        struct field_errors errors = {0};
        const char *why = NULL;
        assert_int_equal(shape_from_json(&SAMPLE, str_of(bodies[i]), &a, &s, &errors, &why), OK);
        assert_int_equal(s.id, 18);
        assert_true(isnan(s.rating));
        assert_int_equal(s.active, FLAG_NULL);
        assert_false(str_present(s.name) || str_present(s.note) || str_present(s.password));
        assert_true(s.created_at == I64_NULL && s.dob == I64_NULL && s.time == I64_NULL);
        assert_int_equal(s.user_id.kind, USER_REF_NONE);
        assert_true(s.interests.v == NULL && s.dates.v == NULL && s.times.v == NULL);
        arena_free(&a);
    }
}

/* Body with one member beside a good id → the message of that member, or NULL when it is fine. */
static void messages(void **state)
{
    (void)state;
    static const struct {
        const char *member, *message;
    } cases[] = {
        {"\"id\": 17", "must be between 18 and 120"},
        {"\"id\": 121", "must be between 18 and 120"},
        {"\"id\": 120", NULL},
        {"\"id\": \"25\"", NULL},
        {"\"id\": \" 25\"", "must be a whole number"},
        {"\"id\": \"\"", "must be a whole number"},
        {"\"id\": 25.0", NULL},
        {"\"id\": 2.5e1", NULL},
        {"\"id\": 25.5", "must be a whole number"},
        {"\"id\": 17.0", "must be between 18 and 120"},
        {"\"hidden\": 9007199254740992.0", NULL},
        {"\"hidden\": 9007199254740994.0", "must be a whole number"},
        {"\"hidden\": -1e300", "must be a whole number"},
        {"\"id\": 25.5", "must be a whole number"},
        {"\"id\": true", "must be a whole number"},
        {"\"id\": [25]", "must be a whole number"},
        {"\"id\": {}", "must be a whole number"},
        {"\"id\": -9223372036854775808", "must be a whole number"},
        {"\"id\": null", "is required"},
        {"\"hidden\": -9223372036854775807", NULL},
        {"\"rating\": 5", NULL},
        {"\"rating\": \"4.25\"", NULL},
        {"\"rating\": \"4e0\"", NULL},
        {"\"rating\": 5.1", "must be between 0 and 5"},
        {"\"rating\": -1e-300", "must be between 0 and 5"},
        {"\"rating\": \"0x1\"", "must be a number"},
        {"\"rating\": \"nan\"", "must be a number"},
        {"\"rating\": \"inf\"", "must be a number"},
        {"\"rating\": \"1e999\"", "must be a number"},
        {"\"rating\": \"1.\"", "must be a number"},
        {"\"rating\": \".5\"", "must be a number"},
        {"\"rating\": \"+1\"", "must be a number"},
        {"\"rating\": \"1e\"", "must be a number"},
        {"\"rating\": \"1 \"", "must be a number"},
        {"\"rating\": \"\"", "must be a number"},
        {"\"rating\": \"1,5\"", "must be a number"},
        {"\"rating\": false", "must be a number"},
        {"\"active\": false", NULL},
        {"\"active\": 1", "must be true or false"},
        {"\"active\": \"true\"", "must be true or false"},
        {"\"name\": \"0123456789\"", NULL},
        {"\"name\": \"  0123456789  \"", NULL},
        {"\"name\": \"01234567890\"", "must have at most 10 characters"},
        {"\"name\": \"\"", "must have between 1 and 10 characters"},
        {"\"name\": \"   \"", "must have between 1 and 10 characters"},
        {"\"name\": \"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"", NULL},
        {"\"name\": \"aXb\"", "must not hold an X"},
        {"\"name\": 5", "must be a text"},
        {"\"name\": 5.5", "must be a text"},
        {"\"name\": false", "must be a text"},
        {"\"name\": []", "must be a text"},
        {"\"note\": \"\"", NULL},
        {"\"note\": \"012345678901234567890\"", "must have at most 20 characters"},
        {"\"password\": \"1234567\"", "must have between 8 and 12 bytes"},
        {"\"password\": \"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"", NULL},
        {"\"password\": \"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"",
         "must have between 8 and 12 bytes"},
        {"\"created_at\": \"tomorrow\"", "must be a time YYYY-MM-DDTHH:MM:SS"},
        {"\"created_at\": 5", "must be a time YYYY-MM-DDTHH:MM:SS"},
        {"\"dob\": \"2001-02-29\"", "must be a date YYYY-MM-DD"},
        {"\"dob\": \"1899-12-31\"", "must be between 1900-01-01 and 2100-12-31"},
        {"\"dob\": \"2101-01-01\"", "must be between 1900-01-01 and 2100-12-31"},
        {"\"dob\": 7", "must be a date YYYY-MM-DD"},
        {"\"time\": \"7pm\"", "must be a time HH:MM"},
        {"\"time\": \"19:30:00\"", NULL},
        {"\"user_id\": 123", NULL},
        {"\"user_id\": 123.0", NULL},
        {"\"user_id\": \"123\"", NULL},
        {"\"user_id\": 0", "must be a user id, a number or a UUID"},
        {"\"user_id\": -1", "must be a user id, a number or a UUID"},
        {"\"user_id\": 100000000", "must be a user id, a number or a UUID"},
        {"\"user_id\": 1.5", "must be a user id, a number or a UUID"},
        {"\"user_id\": \"me\"", "must be a user id, a number or a UUID"},
        {"\"user_id\": \"\"", "must be a user id, a number or a UUID"},
        {"\"interests\": []", NULL},
        {"\"interests\": [\"a\",\"b\",\"c\",\"d\"]", "must have at most 3 items"},
        {"\"interests\": [\"abcdef\"]", "must have items of at most 5 characters"},
        {"\"interests\": [\" abcde \"]", NULL},
        {"\"interests\": [1]", "must be a list of texts"},
        {"\"interests\": [null]", "must be a list of texts"},
        {"\"interests\": \"a,b\"", "must be a list of texts"},
        {"\"dates\": []", "must have between 1 and 2 items"},
        {"\"dates\": [\"2026-01-15\",\"2026-02-30\"]", "must be a list of dates YYYY-MM-DD"},
        {"\"dates\": [20260115]", "must be a list of dates YYYY-MM-DD"},
        {"\"dates\": {}", "must be a list of dates YYYY-MM-DD"},
        {"\"times\": [\"19:00\"]", "must have exactly 2 items"},
        {"\"times\": [\"19:00\", \"25:00\"]", "must be a list of times HH:MM"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char body[300];
        bool is_id = strncmp(cases[i].member, "\"id\"", 4) == 0;
        snprintf(body, sizeof(body), "{%s%s}", is_id ? "" : "\"id\": 20, ", cases[i].member);
        struct arena a;
        arena_init(&a);
        struct sample s;
        struct field_errors errors = {0};
        const char *why = NULL;
        enum err e = shape_from_json(&SAMPLE, str_of(body), &a, &s, &errors, &why);
        if (e != (cases[i].message == NULL ? OK : ERR_INVALID))
            fail_msg("%s: %s", body, errors.head != NULL ? errors.head->message.ptr : err_name(e));
        if (cases[i].message != NULL) {
            assert_str(errors.head->message, cases[i].message);
            assert_null(errors.head->next);
            size_t len = strlen(errors.head->field);
            assert_memory_equal(cases[i].member + 1, errors.head->field, len);
        }
        arena_free(&a);
    }
}

static void all_wrong_fields_are_named_once(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct sample s;
    struct field_errors errors = {0};
    const char *why = NULL;
    struct str body = STR("{\"name\": 1, \"rating\": 9, \"dob\": \"2000-01-01\"}");
    assert_int_equal(shape_from_json(&SAMPLE, body, &a, &s, &errors, &why), ERR_INVALID);
    const struct field_error *e = errors.head;
    assert_string_equal(e->field, "id");
    assert_str(e->message, "is required");
    assert_string_equal(e->next->field, "rating");
    assert_string_equal(e->next->next->field, "name");
    assert_null(e->next->next->next);
    assert_int_equal(s.dob, date_from_civil(2000, 1, 1)); /* what was fine is filled in */
    assert_true(isnan(s.rating));

    field_errors_add(&errors, &a, "name", "again");
    field_errors_add(&errors, &a, "%s", "%d %s", 5, "items");
    assert_string_equal(e->next->next->next->field, "%s");
    assert_str(e->next->next->next->message, "5 items");
    assert_null(e->next->next->next->next);
    arena_free(&a);
}

static void strict_shapes_name_unknown_fields(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct sample s;
    struct field_errors errors = {0};
    const char *why = NULL;
    struct str body = STR("{\"id\": 20, \"role\": \"admin\"}");
    assert_int_equal(shape_from_json(&SAMPLE_STRICT, body, &a, &s, &errors, &why), ERR_INVALID);
    assert_string_equal(errors.head->field, "role");
    assert_str(errors.head->message, "is not a field of this request");

    struct buf many = buf_new(&a, 0);
    buf_text(&many, "{\"id\": 20");
    for (int i = 0; i < 5000; i++)
        buf_printf(&many, ",\"k%d\":0", i);
    buf_text(&many, "}");
    errors = (struct field_errors){0};
    assert_int_equal(shape_from_json(&SAMPLE_STRICT, buf_view(&many), &a, &s, &errors, &why),
                     ERR_INVALID);
    size_t n = 0;
    for (const struct field_error *e = errors.head; e != NULL; e = e->next)
        n++;
    assert_int_equal(n, 20); /* a long body must not become a longer reply */
    arena_free(&a);
}

static void malformed_bodies(void **state)
{
    (void)state;
    static const struct {
        struct str body;
        const char *why; /* a part of the sentence */
    } cases[] = {
        {STR(""), "JSON"},
        {STR("  "), "JSON"},
        {STR(" null "), "object"},
        {STR("25"), "object"},
        {STR("\"id\""), "object"},
        {STR("[]"), "object"},
        {STR("[{\"id\": 20}]"), "object"},
        {STR("{\"id\": 20"), "too early"},
        {STR("{\"id\": 20,}"), "valid JSON"},
        {STR("{\"id\" 20}"), "valid JSON"},
        {STR("{id: 20}"), "valid JSON"},
        {STR("{'id': 20}"), "valid JSON"},
        {STR("{\"id\": 020}"), "valid JSON"},
        {STR("{\"id\": +20}"), "valid JSON"},
        {STR("{\"id\": 0x20}"), "valid JSON"},
        {STR("{\"id\": 20.}"), "valid JSON"},
        {STR("{\"id\": .20}"), "valid JSON"},
        {STR("{\"id\": NaN}"), "valid JSON"},
        {STR("{\"id\": Infinity}"), "valid JSON"},
        {STR("{\"id\": -Infinity}"), "valid JSON"},
        {STR("{\"id\": True}"), "valid JSON"},
        {STR("{\"id\": 20} x"), "behind"},
        {STR("{\"id\": 20}{}"), "behind"},
        {STR("{\"id\": 20}\0"), "behind"},
        {STR("{\"id\": 20, \"id\": 20}"), "twice"},
        {STR("{\"id\": 20, \"x\": {\"a\": 1, \"a\": 1}}"), "twice"},
        {STR("{\"id\": 20, \"\\u0069d\": 20}"), "twice"},
        {STR("{\"id\": 20, \"name\": \"\\u0000\"}"), "NUL"},
        {STR("{\"id\": 20, \"a\\u0000b\": 1}"), "NUL"},
        {STR("{\"id\": 20, \"name\": \"a\0b\"}"), "JSON"},
        {STR("{\"id\": 20, \"name\": \"a\nb\"}"), "valid JSON"},
        {STR("{\"id\": 20, \"name\": \"\\ud800\"}"), "valid JSON"},
        {STR("{\"id\": 20, \"name\": \"\\udc00\"}"), "valid JSON"},
        {STR("{\"id\": 20, \"name\": \"\\ud800\\u0041\"}"), "valid JSON"},
        {STR("{\"id\": 20, \"name\": \"\\ud800\\ud800\"}"), "valid JSON"},
        {STR("{\"id\": 20, \"name\": \"\\x41\"}"), "valid JSON"},
        {STR("{\"id\": 20, \"name\": \"\\u12g4\"}"), "valid JSON"},
        {STR("{\"id\": 20, \"name\": \"\xFF\"}"), "UTF-8"},
        {STR("{\"id\": 20, \"name\": \"\xC0\x80\"}"), "UTF-8"},
        {STR("{\"id\": 20, \"name\": \"\xED\xA0\x80\"}"), "UTF-8"},
        {STR("{\"id\": 20, \"name\": \"\xF4\x90\x80\x80\"}"), "UTF-8"},
        {STR("\xEF\xBB\xBF{\"id\": 20}"), "JSON"},
        {STR("{\"id\": 99999999999999999999}"), "too large"},
        {STR("{\"rating\": 1e999}"), "too large"},
        {STR("{\"id\": 20 /* why */}"), "valid JSON"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a;
        arena_init(&a);
        struct sample s;
        struct field_errors errors = {0};
        const char *why = NULL;
        enum err e = shape_from_json(&SAMPLE, cases[i].body, &a, &s, &errors, &why);
        if (e != ERR_BAD_REQUEST || strstr(why, cases[i].why) == NULL)
            fail_msg("%.*s: %s, %s", STR_ARG(cases[i].body), err_name(e), why != NULL ? why : "-");
        assert_null(errors.head);
        arena_free(&a);
    }
}

static void why_never_quotes_the_body(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct sample s;
    struct field_errors errors = {0};
    const char *why = NULL;
    shape_from_json(&SAMPLE, STR("{\"password\": \"hunter2hunter2\" hunter2}"), &a, &s, &errors,
                    &why);
    assert_null(strstr(why, "hunter2"));
    arena_free(&a);
}

static void depth(void **state)
{
    (void)state;
    for (int brackets = 30; brackets <= 34; brackets++) { /* inside the object, which is level 1 */
        for (int kind = 0; kind < 2; kind++) {
            struct arena a;
            arena_init(&a);
            struct buf b = buf_new(&a, 0);
            buf_text(
                &b,
                "{\"id\": 20, \"s\": \"[[{{[[{{[[{{[[{{[[{{[[{{[[{{[[{{[[{{\\\"[[{{\", \"x\": ");
            for (int i = 0; i < brackets; i++)
                buf_text(&b, kind == 0 ? "[" : "{\"x\":");
            buf_text(&b, "1");
            for (int i = 0; i < brackets; i++)
                buf_text(&b, kind == 0 ? "]" : "}");
            buf_text(&b, "}");
            struct sample s;
            struct field_errors errors = {0};
            const char *why = NULL;
            enum err e = shape_from_json(&SAMPLE, buf_view(&b), &a, &s, &errors, &why);
            assert_int_equal(e, brackets + 1 <= 32 ? OK : ERR_BAD_REQUEST);
            arena_free(&a);
        }
    }
}

/* Everything that a reader said of a body. */
static struct str said(struct arena *a, enum err e, const struct sample *s,
                       const struct field_errors *errors, const char *why)
{
    struct buf b = buf_new(a, 0);

    buf_i64(&b, e);
    json_write_error(&b, str_of(why != NULL ? why : ""), errors, STR_NULL);
    if (e != ERR_BAD_REQUEST)
        json_write(&b, &SAMPLE, s);
    if (e != ERR_BAD_REQUEST && str_present(s->password))
        buf_str(&b, s->password);
    buf_i64(&b, e != ERR_BAD_REQUEST ? s->hidden : 0);
    return buf_view(&b);
}

/* The quick way and the long one are one. */
static void both_ways(const struct shape *shape, struct str body, struct arena *a)
{
    struct sample quick, slow;
    struct field_errors quick_errors = {0}, slow_errors = {0};
    const char *quick_why = NULL, *slow_why = NULL;
    enum err e = shape_from_json(shape, body, a, &quick, &quick_errors, &quick_why);
    struct str one = said(a, e, &quick, &quick_errors, quick_why);

    e = shape_from_any_json(shape, body, a, &slow, &slow_errors, &slow_why);
    struct str other = said(a, e, &slow, &slow_errors, slow_why);
    if (!str_eq(one, other))
        fail_msg("%.*s: %.*s, and the long way %.*s", STR_ARG(body), STR_ARG(one), STR_ARG(other));
}

static void two_readers_agree(void **state)
{
    (void)state;
    static const char *const values[] = {
        "0",
        "-0",
        "00",
        "-",
        "1 ",
        "+1",
        "1.0",
        "1e2",
        "119",
        "120",
        "121",
        "25x",
        "null",
        "nul",
        "nulll",
        "true",
        "false",
        "truefalse",
        "\"\"",
        "\" \"",
        "\"25\"",
        "\"\x7f\"",
        "\"\x1f\"",
        "\"\\u0041\"",
        "\"\xC3\xA9\"",
        "\"\xC3\"",
        "\"2026-01-15\"",
        "\"19:30\"",
        "\"19:60\"",
        "999999999999999999",
        "-999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "\"00000123-9F1C-8b6e-a4d0-5c1e2f3a4b5c\"",
        "[]",
        "{}",
        "\"no X\"",
        "1, \"id\": 2",
        "1, \"other\": 2",
        "1,",
        "",
        "\"x",
        "25}",
        "25} {",
        "25}\v",
        "25,,",
    };
    for (const struct field *f = SAMPLE.fields; f->kind != FIELD_END; f++) {
        for (size_t i = 0; i < COUNT(values); i++) {
            struct arena a;
            arena_init(&a);
            struct buf b = buf_new(&a, 0);
            buf_printf(&b, "{\"%s\":%s}", f->name, values[i]);
            both_ways(&SAMPLE, buf_view(&b), &a);
            both_ways(&SAMPLE_STRICT, buf_view(&b), &a);
            arena_free(&a);
        }
    }
}

static void the_quick_way_is_taken(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct sample s;
    struct field_errors errors = {0};
    struct field_reader r = {&a, &errors};
    shape_clear(&SAMPLE, &s);
    assert_true(json_plain_read(&r, &SAMPLE, str_of(PLAIN), &s));
    assert_null(errors.head);
    assert_true(s.id == 25 && s.rating == 4 && s.active == 1 && s.hidden == -7);
    assert_true(s.dob == date_from_civil(2000, 2, 29) && s.time == 19 * 60 + 30);
    assert_str(s.name, "Ana");
    assert_false(str_present(s.note));
    shape_clear(&SAMPLE, &s);
    assert_false(json_plain_read(&r, &SAMPLE, str_of(WHOLE), &s));
    assert_int_equal(s.id, I64_NULL);
    arena_free(&a);
}

static void try_body(struct str body)
{
    struct arena a;
    arena_init(&a);
    char *copy =
        arena_alloc(&a, body.len); /* its own piece, so that a read past its end is reported */
    memcpy(copy, body.ptr, body.len);
    struct sample s;
    struct field_errors errors = {0};
    const char *why = NULL;
    enum err e = shape_from_json(&SAMPLE, (struct str){copy, body.len}, &a, &s, &errors, &why);
    assert_true(e == OK || e == ERR_BAD_REQUEST || e == ERR_INVALID);
    assert_int_equal(e == ERR_BAD_REQUEST, why != NULL);
    assert_int_equal(e == ERR_INVALID, errors.head != NULL);
    both_ways(&SAMPLE, (struct str){copy, body.len}, &a);
    if (e == OK) { /* what was read can be written, and read again */
        struct buf b = buf_new(&a, 0);
        json_write(&b, &SAMPLE, &s);
        struct sample again;
        assert_int_equal(shape_from_json(&SAMPLE, buf_view(&b), &a, &again, &errors, &why), OK);
        assert_true(again.id == s.id && again.dob == s.dob && str_eq(again.name, s.name));
    }
    arena_free(&a);
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(WHOLE) - 1; len++) {
        struct arena a;
        arena_init(&a);
        struct sample s;
        struct field_errors errors = {0};
        const char *why = NULL;
        assert_int_equal(shape_from_json(&SAMPLE, (struct str){WHOLE, len}, &a, &s, &errors, &why),
                         ERR_BAD_REQUEST);
        arena_free(&a);
        try_body((struct str){WHOLE, len});
    }
    for (size_t len = 0; len < sizeof(PLAIN); len++)
        try_body((struct str){PLAIN, len});
}

static void change_every_byte(struct str whole)
{
    static const char with[] = "\0\"\\{}[],:0-e.\x80\xFF u";
    char body[sizeof(WHOLE)];
    for (size_t at = 0; at < whole.len; at++) {
        for (size_t i = 0; i < sizeof(with) - 1; i++) {
            memcpy(body, whole.ptr, whole.len);
            body[at] = with[i];
            try_body((struct str){body, whole.len});
        }
    }
}

static void every_byte_changed(void **state)
{
    (void)state;
    change_every_byte(str_of(WHOLE));
    change_every_byte(str_of(PLAIN));
}

static void columns_of_texts(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct texts t = {0};
    assert_true(texts_from_json(STR("[\"a\",\"b \\u00e9\"]"), &a, &t));
    assert_int_equal(t.n, 2);
    assert_str(t.v[1], "b \xC3\xA9");
    assert_true(texts_from_json(STR("[]"), &a, &t));
    assert_int_equal(t.n, 0);
    assert_non_null(t.v);
    static const char *const bad[] = {"", "{}", "null", "[1]", "[\"a\",null]", "[\"a\"", "\"a\""};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(texts_from_json(str_of(bad[i]), &a, &t));
    assert_false(texts_from_json(STR_NULL, &a, &t));
    arena_free(&a);
}

static void user_ids(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct user_ref ref = {0};
    assert_true(user_ref_parse(STR("123"), &ref));
    assert_int_equal(ref.number, 123);
    assert_str(user_ref_text(&ref, &a), "123");
    assert_true(user_ref_parse(STR("99999999"), &ref));
    assert_true(user_ref_parse(STR("550E8400-E29B-41D4-A716-446655440000"), &ref));
    assert_str(user_ref_text(&ref, &a), "550e8400-e29b-41d4-a716-446655440000");
    static const char *const bad[] = {"", "0", "-1", "100000000", "1.0", "abc", "123 ", "550e8400"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(user_ref_parse(str_of(bad[i]), &ref));
    assert_int_equal(ref.kind, USER_REF_UUID); /* untouched by failures */
    ref = (struct user_ref){0};
    assert_false(str_present(user_ref_text(&ref, &a)));
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_at_once),
        cmocka_unit_test(absent_and_null_are_the_same),
        cmocka_unit_test(messages),
        cmocka_unit_test(all_wrong_fields_are_named_once),
        cmocka_unit_test(strict_shapes_name_unknown_fields),
        cmocka_unit_test(malformed_bodies),
        cmocka_unit_test(why_never_quotes_the_body),
        cmocka_unit_test(depth),
        cmocka_unit_test(two_readers_agree),
        cmocka_unit_test(the_quick_way_is_taken),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(columns_of_texts),
        cmocka_unit_test(user_ids),
    };
    return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
