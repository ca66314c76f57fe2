/* Pages for people: all commands, one command, and what somebody may have meant. */
#include "commands/commands.h"

#include "base/like.h"
#include "services/services.h"

#include "version.h"

#include <string.h>

#define WIDTH 90
#define NAME_MAX_BYTES 32

/* ── Pages ────────────────────────────────────────────────────────────────────────────────────────
 */

static void heading(FILE *out, const char *text)
{
    bool colours = command_colours(out);

    fprintf(out, "%s%s%s\n", colours ? "\033[1m" : "", text, colours ? "\033[0m" : "");
}

/* Words in lines of at most WIDTH, each behind `indent` spaces. */
static void wrapped(FILE *out, const char *text, int indent)
{
    int at = 0;

    while (*text != '\0') {
        int len = (int)strcspn(text, " ");
        if (at > 0 && at + 1 + len > WIDTH) {
            fputc('\n', out);
            at = 0;
        }
        at += fprintf(out, "%*s%.*s", at == 0 ? indent : 1, "", len, text);
        text += len;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

void command_overview(FILE *out)
{
    fprintf(
        out,
        "bookadate %s: the back end of a blind-dating service, seven services in one program\n\n",
        BOOKADATE_VERSION);
    heading(out, "Usage");
    fputs("  bookadate <command> [words] [--flag value ...]\n\n", out);
    heading(out, "Commands");
    for (const struct command *c = COMMANDS; c->name != NULL; c++)
        fprintf(out, "  %-10s %s\n", c->name, c->summary);
    fputc('\n', out);
    heading(out, "Settings");
    wrapped(out,
            "Every setting is a flag (--port-base 9000), an environment variable "
            "(BOOKADATE_PORT_BASE=9000) or a line of the file that --config names; `bookadate "
            "config` lists them all.",
            2);
    fputc('\n', out);
    heading(out, "Exit codes");
    fputs("  0 done, 1 it could not be done or a setting is wrong, 2 it was asked wrongly\n\n",
          out);
    fputs("`bookadate help <command>` tells more of one.\n", out);
}

static void put_flags(FILE *out, const struct command_flag *flags)
{
    for (const struct command_flag *f = flags; f->flag != NULL; f++) {
        char left[NAME_MAX_BYTES];
        snprintf(left, sizeof(left), "%s %s", f->flag, f->value != NULL ? f->value : "");
        fprintf(out, "  %-18s %s\n", left, f->what);
    }
}

void command_page(FILE *out, const struct command *c)
{
    fprintf(out, "bookadate %s: %s\n\n", c->name, c->summary);
    heading(out, "Usage");
    fprintf(out, "  bookadate %s%s%s%s%s\n\n", c->name, c->words[0] != '\0' ? " " : "", c->words,
            c->flags != NULL ? " [flags]" : "", c->settings ? " [--setting value ...]" : "");
    wrapped(out, c->about, 0);
    if (c->flags != NULL) {
        fputc('\n', out);
        heading(out, "Flags");
        put_flags(out, c->flags);
    }
    if (c->settings)
        fputs("\nTakes every setting of `bookadate config`.\n", out);
}

/* ── Did you mean ─────────────────────────────────────────────────────────────────────────────────
 */

/* Closer than half of its letters, and no more than two slips. */
static const char *command_like(const char *name)
{
    struct like like = {.word = str_of(name)};

    for (const struct command *c = COMMANDS; c->name != NULL; c++)
        like_try(&like, c->name, strlen(c->name) < 3 ? 1 : 2);
    return like.best;
}

int command_unknown(const char *name)
{
    const char *like = command_like(name);

    if (like != NULL)
        return command_misused("there is no command \"%s\"; did you mean \"%s\"?", name, like);
    return command_misused("there is no command \"%s\"; `bookadate help` lists them", name);
}

const char *command_no_service(struct arena *a, const char *name)
{
    struct like like = {.word = str_of(name)};

    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        like_try(&like, (*s)->name, 2);
    if (like.best != NULL)
        return arena_printf(a, "There is no service \"%s\"; did you mean \"%s\"?", name, like.best)
            .ptr;
    return arena_printf(a,
                        "There is no service \"%s\"; the seven are gateway, user, matching, "
                        "booking, venue, faceauth and chat",
                        name)
        .ptr;
}

int command_help(int argc, char **argv)
{
    if (command_take_flag(&argc, argv, "--man")) {
        command_man(stdout);
        return EXIT_WELL;
    }
    if (argc == 0) {
        command_overview(stdout);
        return EXIT_WELL;
    }
    const struct command *c = command_find(argv[0]);
    if (c == NULL)
        return command_unknown(argv[0]);
    command_page(stdout, c);
    return EXIT_WELL;
}
