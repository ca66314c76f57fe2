/* Turns the texts that were collected into the values in force. Touches no file. */
#include "platform/config/table.h"

#include <inttypes.h>
#include <sched.h>
#include <string.h>

static const char *preset(const struct setting *s, enum profile p)
{
    return s->preset[p];
}

static int64_t cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > 64 ? 64 : n;
}

static bool flag_parse(struct str s, bool *ret)
{
    static const char *const YES[] = {"1", "true", "yes", "on"};
    static const char *const NO[] = {"0", "false", "no", "off"};

    for (size_t i = 0; i < 4; i++) {
        bool yes = str_eq_nocase(s, str_of(YES[i]));
        if (yes || str_eq_nocase(s, str_of(NO[i]))) {
            *ret = yes;
            return true;
        }
    }
    return false;
}

/* The word as we spell it, or NULL. */
static const char *word_parse(const struct setting *s, struct str text, int *ret_index)
{
    for (int i = 0; i < SETTING_WORDS_MAX && s->words[i]; i++) {
        if (str_eq_nocase(text, str_of(s->words[i]))) {
            *ret_index = i;
            return s->words[i];
        }
    }
    return NULL;
}

static bool text_printable(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < ' ' || c == 0x7f)
            return false;
    }
    return true;
}

/* What a value must be, for the sentence that refuses one. */
static const char *wanted(const struct setting *s, struct arena *a)
{
    switch (s->kind) {
    case SETTING_INT:
        return arena_printf(a, "a whole number from %" PRId64 " to %" PRId64, s->min, s->max).ptr;
    case SETTING_FLAG:
        return "1 or 0";
    case SETTING_TEXT:
        return "text without control characters";
    case SETTING_WORD:
    case SETTING_PROFILE:
        break;
    }
    struct str list = str_of(s->words[0]);
    for (int i = 1; i < SETTING_WORDS_MAX && s->words[i]; i++)
        list = arena_printf(a, "%.*s or %s", STR_ARG(list), s->words[i]);
    return list.ptr;
}

/* Text to member. False: it is none of this kind. */
static bool assign(const struct setting *s, const char *text, struct config *c)
{
    void *member = (char *)c + s->offset;
    struct str value = str_of(text);
    const char *word;
    int index = 0;

    switch (s->kind) {
    case SETTING_TEXT:
        if (!text_printable(value))
            return false;
        *(const char **)member = text;
        return true;
    case SETTING_INT: {
        int64_t n;
        if (!str_to_i64(value, &n) || n < s->min || n > s->max)
            return false;
        *(int64_t *)member = n;
        return true;
    }
    case SETTING_FLAG:
        return flag_parse(value, member);
    case SETTING_WORD:
        word = word_parse(s, value, &index);
        if (word)
            *(const char **)member = word;
        return word != NULL;
    case SETTING_PROFILE:
        if (!word_parse(s, value, &index))
            return false;
        *(enum profile *)member = (enum profile)index;
        return true;
    }
    return false;
}

static const char *refused_value(const struct setting *s, const struct given *g, struct arena *a)
{
    size_t i = (size_t)(s - SETTINGS);
    const char *name =
        g->values[i].from == SOURCE_FLAG ? setting_flag_name(s, a) : setting_env_name(s, a);

    if (s->kind == SETTING_TEXT) /* may be a secret, or not fit for a terminal */
        return arena_printf(a, "%s must be %s", name, wanted(s, a)).ptr;
    return arena_printf(a, "%s (%s) must be %s, not \"%.100s\"", name,
                        setting_source_name(g->values[i].from), wanted(s, a), g->values[i].text)
        .ptr;
}

enum err config_apply(struct given *g, struct arena *a, struct config *ret, const char **ret_why)
{
    size_t before = g->n_problems;

    memset(ret, 0, sizeof *ret);
    for (const struct setting *s = SETTINGS; s->name; s++) { /* the profile is the first of them */
        const char *text = g->values[s - SETTINGS].text;
        assign(s, preset(s, ret->profile), ret);
        if (text && !assign(s, text, ret))
            config_note(g, refused_value(s, g, a));
    }
    if (ret->loops == 0)
        ret->loops = cores();
    if (ret->compute_threads == 0)
        ret->compute_threads = cores() > 1 ? cores() - 1 : 1;
    if (g->n_problems == before)
        return OK;
    *ret_why = g->problems[before];
    return ERR_INVALID;
}

enum err config_load(int argc, char *const *argv, char *const *env, struct arena *a,
                     struct config *ret, const char **ret_why)
{
    struct given given;
    struct config c;
    enum err e = config_collect(argc, argv, env, a, &given, ret_why);

    if (e == OK)
        e = config_apply(&given, a, &c, ret_why);
    if (e == OK)
        e = config_check(&c, a, ret_why);
    if (e == OK)
        *ret = c;
    return e;
}

size_t config_examine(int argc, char *const *argv, char *const *env, struct arena *a,
                      struct config *ret, const char *ret_whys[CONFIG_PROBLEMS_MAX])
{
    struct given given;
    const char *why;

    config_collect(argc, argv, env, a, &given, &why);
    config_apply(&given, a, ret, &why);
    config_check_all(ret, a, &given);
    memcpy(ret_whys, given.problems, sizeof(given.problems));
    return given.n_problems;
}
