/* The table of settings for a person to read. Secrets are never shown. */
#include "platform/config/table.h"

#include "platform/json/compose.h"

#include <inttypes.h>
#include <string.h>

#define COLUMNS 5

static const char *value_text(const struct setting *s, const struct config *c, struct arena *a)
{
    const void *member = (const char *)c + s->offset;

    switch (s->kind) {
    case SETTING_INT:
        return arena_printf(a, "%" PRId64, *(const int64_t *)member).ptr;
    case SETTING_FLAG:
        return *(const bool *)member ? "1" : "0";
    case SETTING_PROFILE:
        return s->words[c->profile];
    case SETTING_TEXT:
    case SETTING_WORD:
        break;
    }
    const char *text = *(const char *const *)member;
    if (!text || text[0] == '\0')
        return "-";
    return s->secret ? "(hidden)" : text;
}

static int width_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80; /* code points */
    return n;
}

static void print_cell(FILE *out, const char *text, int width)
{
    fprintf(out, "%s%*s  ", text, width - width_of(text), "");
}

static enum err in_force(int argc, char *const *argv, char *const *env, struct arena *a,
                         struct given *ret_given, struct config *ret, const char **ret_why)
{
    enum err e = config_collect(argc, argv, env, a, ret_given, ret_why);

    return e == OK ? config_apply(ret_given, a, ret, ret_why) : e;
}

enum err config_print(FILE *out, int argc, char *const *argv, char *const *env, struct arena *a,
                      const char **ret_why)
{
    struct given given;
    struct config c;
    const char *cells[SETTINGS_MAX][COLUMNS] = {
        {"SETTING", "VALUE", "FROM", "DEFAULT", "WHAT IT IS"}};
    int widths[COLUMNS] = {0};
    size_t n = settings_count();

    enum err e = in_force(argc, argv, env, a, &given, &c, ret_why);
    if (e != OK)
        return e;
    for (size_t i = 0; i < n; i++) {
        const struct setting *s = &SETTINGS[i];
        const char *preset = s->preset[c.profile];
        const char *from =
            setting_source_name(given.values[i].text ? given.values[i].from : SOURCE_DEFAULT);
        const char *row[COLUMNS] = {setting_env_name(s, a), value_text(s, &c, a), from,
                                    preset[0] ? preset : "-", s->what};
        memcpy(cells[i + 1], row, sizeof row);
    }
    for (size_t i = 0; i <= n; i++) {
        for (int j = 0; j < COLUMNS; j++)
            widths[j] = width_of(cells[i][j]) > widths[j] ? width_of(cells[i][j]) : widths[j];
    }
    for (size_t i = 0; i <= n; i++) {
        for (int j = 0; j < COLUMNS - 1; j++)
            print_cell(out, cells[i][j], widths[j]);
        fprintf(out, "%s\n", cells[i][COLUMNS - 1]);
    }
    return OK;
}

/* ── For programs, for the documentation ── */

enum err config_print_json(FILE *out, int argc, char *const *argv, char *const *env,
                           struct arena *a, const char **ret_why)
{
    struct given given;
    struct config c;

    enum err e = in_force(argc, argv, env, a, &given, &c, ret_why);
    if (e != OK)
        return e;
    struct buf b = buf_new(a, 16 * 1024);
    json_open(&b, NULL, '[');
    for (size_t i = 0; i < settings_count(); i++) {
        const struct setting *s = &SETTINGS[i];
        const char *text = value_text(s, &c, a);
        bool hidden = s->secret && strcmp(text, "-") != 0;
        json_open(&b, NULL, '{');
        json_put_text(&b, "name", setting_env_name(s, a));
        json_put_text(&b, "value", hidden ? NULL : strcmp(text, "-") == 0 ? "" : text);
        json_put_text(
            &b, "from",
            setting_source_name(given.values[i].text ? given.values[i].from : SOURCE_DEFAULT));
        json_put_text(&b, "default", s->preset[c.profile]);
        json_put_text(&b, "what", s->what);
        json_close(&b, '}');
    }
    json_close(&b, ']');
    fprintf(out, "%.*s\n", STR_ARG(buf_view(&b)));
    return OK;
}

static const char *shown(const char *preset)
{
    return preset[0] != '\0' ? preset : "none";
}

/* A cell of a table: a bar would end it. */
static void print_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void print_bounds(FILE *out, const struct setting *s)
{
    if (s->kind == SETTING_INT)
        fprintf(out, " (%" PRId64 "–%" PRId64 ")", s->min, s->max);
}

void config_print_markdown(FILE *out)
{
    struct arena a;

    arena_init(&a);
    fputs(
        "# Settings\n\n"
        "Made by `bookadate config --markdown`; a test keeps it so. Each setting is an environment "
        "variable, a flag\n(`--port-base 9000` for `BOOKADATE_PORT_BASE`) or a `KEY=value` line of "
        "the file that `--config` or `BOOKADATE_CONFIG` names. A flag\nwins over the environment, "
        "the environment over the file, the file over the profile's default. `bookadate config` "
        "shows what\nis in force and where from.\n\n"
        "| Setting | Development | Production | What it is |\n|---|---|---|---|\n",
        out);
    for (const struct setting *s = SETTINGS; s->name; s++) {
        fprintf(out, "| `%s` | %s | %s | ", setting_env_name(s, &a), shown(s->preset[0]),
                shown(s->preset[1]));
        print_escaped(out, s->what);
        print_bounds(out, s);
        fputs(" |\n", out);
    }
    arena_free(&a);
}
