/* The manual page, made from the tables of commands and settings: `bookadate help --man`. */
#include "commands/commands.h"

#include "platform/config/table.h"

/* One character of two or three bytes, as roff names it; returns how many it had. */
static int put_wide(FILE *out, const unsigned char *c)
{
    bool three = (c[0] & 0xf0) == 0xe0;
    unsigned code = three ? (c[0] & 0x0fU) << 12 | (c[1] & 0x3fU) << 6 | (c[2] & 0x3fU)
                          : (c[0] & 0x1fU) << 6 | (c[1] & 0x3fU);

    fprintf(out, "\\[u%04X]", code);
    return three ? 3 : 2;
}

/* roff reads backslashes and leading dots. Minus signs stay what they are when copied. */
static void put_text(FILE *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\\')
            fputs("\\e", out);
        else if (*c == '-')
            fputs("\\-", out);
        else if ((unsigned char)*c >= 0xc0)
            c += put_wide(out, (const unsigned char *)c) - 1;
        else if (*c == '.' && c == text)
            fputs("\\&.", out);
        else
            fputc(*c, out);
    }
}

static void put_pair(FILE *out, const char *left, const char *value, const char *what)
{
    fputs(".TP\n\\fB", out);
    put_text(out, left);
    fputs("\\fR", out);
    if (value != NULL) {
        fputs(" \\fI", out);
        put_text(out, value);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    put_text(out, what);
    fputc('\n', out);
}

static void put_command(FILE *out, const struct command *c)
{
    fputs(".SS ", out);
    put_text(out, c->name);
    fprintf(out, " %s\n", c->words);
    put_text(out, c->summary);
    fputs(".\n", out);
    put_text(out, c->about);
    fputc('\n', out);
    for (const struct command_flag *f = c->flags; f != NULL && f->flag != NULL; f++)
        put_pair(out, f->flag, f->value, f->what);
}

static void put_settings(FILE *out)
{
    struct arena a;

    arena_init(&a);
    for (const struct setting *s = SETTINGS; s->name != NULL; s++) {
        const char *preset = s->preset[PROFILE_DEVELOPMENT];
        struct str what = arena_printf(
            &a, "%s. Default: %s%s%s", s->what, preset[0] != '\0' ? preset : "none",
            s->preset[PROFILE_PRODUCTION] != preset ? "; production: " : "",
            s->preset[PROFILE_PRODUCTION] != preset
                ? s->preset[PROFILE_PRODUCTION][0] != '\0' ? s->preset[PROFILE_PRODUCTION] : "none"
                : "");
        put_pair(out, setting_env_name(s, &a), NULL, what.ptr);
    }
    arena_free(&a);
}

void command_man(FILE *out)
{
    fputs(".TH BOOKADATE 1\n.SH NAME\n"
          "bookadate \\- the back end of a blind\\-dating service\n"
          ".SH SYNOPSIS\n.B bookadate\n.I command\n[words] [\\-\\-flag value ...]\n"
          ".SH DESCRIPTION\nSeven services in one program: the gateway, users, matching, bookings, "
          "venues, face checks and chat.\n"
          ".SH COMMANDS\n",
          out);
    for (const struct command *c = COMMANDS; c->name != NULL; c++)
        put_command(out, c);
    fputs(".SH SETTINGS\nEach is an environment variable, a flag (\\-\\-port\\-base 9000 for "
          "BOOKADATE_PORT_BASE) or a KEY=value line of the file that \\-\\-config or "
          "BOOKADATE_CONFIG names. A flag wins over the environment, the environment over the "
          "file.\n",
          out);
    put_settings(out);
    fputs(
        ".SH ENVIRONMENT\nNO_COLOR: no colours, also on a terminal.\n"
        ".SH EXIT STATUS\n0: done. 1: it could not be done, or a setting is wrong; one sentence on "
        "standard error says why. 2: it was asked wrongly.\n",
        out);
}
