/* The table of settings for a person to read. Secrets are never shown. */
#include "platform/config/table.h"

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

void config_print(FILE *out, int argc, char *const *argv, char *const *env)
{
    struct arena a;
    struct given given;
    struct config c;
    const char *why;
    const char *cells[SETTINGS_MAX][COLUMNS] = {
        {"SETTING", "VALUE", "FROM", "DEFAULT", "WHAT IT IS"}};
    int widths[COLUMNS] = {0};
    size_t n = settings_count();

    /* A wrong value is config_load's to complain of; here it shows as the default that stands in
     * for it. */
    arena_init(&a);
    config_collect(argc, argv, env, &a, &given, &why);
    config_apply(&given, &a, &c, &why);
    for (size_t i = 0; i < n; i++) {
        const struct setting *s = &SETTINGS[i];
        const char *preset = s->preset[c.profile];
        const char *from =
            setting_source_name(given.values[i].text ? given.values[i].from : SOURCE_DEFAULT);
        const char *row[COLUMNS] = {setting_env_name(s, &a), value_text(s, &c, &a), from,
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
    arena_free(&a);
}
