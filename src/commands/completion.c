/* `bookadate completion`: scripts for shells, made from the tables of commands and settings. */
#include "commands/commands.h"

#include "platform/config/table.h"

#include <string.h>

static void put_settings(FILE *out, struct arena *a)
{
    for (const struct setting *s = SETTINGS; s->name != NULL; s++)
        fprintf(out, " %s", setting_flag_name(s, a));
    fputs(" --config", out);
}

static void put_commands(FILE *out)
{
    for (const struct command *c = COMMANDS; c->name != NULL; c++)
        fprintf(out, "%s%s", c == COMMANDS ? "" : " ", c->name);
}

/* The words that may follow a command's name, its flags among them. */
static void put_words(FILE *out, const struct command *c)
{
    fputs(c->choices != NULL ? c->choices : "", out);
    for (const struct command_flag *f = c->flags; f != NULL && f->flag != NULL; f++)
        fprintf(out, " %s", f->flag);
    fputs(" --help", out);
    if (c->settings)
        fputs(" $settings", out);
}

/* bash and zsh, which reads bash's with bashcompinit. */
static void put_bash(FILE *out, struct arena *a)
{
    fputs("_bookadate() {\n  local word=${COMP_WORDS[COMP_CWORD]} words settings=\"", out);
    put_settings(out, a);
    fputs("\"\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    words=\"", out);
    put_commands(out);
    fputs(" --help --version\"\n  else\n    case ${COMP_WORDS[1]} in\n", out);
    for (const struct command *c = COMMANDS; c->name != NULL; c++) {
        fprintf(out, "      %s) words=\"", c->name);
        if (strcmp(c->name, "help") == 0) {
            put_commands(out);
            fputc(' ', out);
        }
        put_words(out, c);
        fputs("\" ;;\n", out);
    }
    fputs("    esac\n  fi\n"
          "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
          "complete -o default -F _bookadate bookadate\n",
          out);
}

static void put_zsh(FILE *out, struct arena *a)
{
    fputs("#compdef bookadate\nautoload -U +X bashcompinit && bashcompinit\n", out);
    put_bash(out, a);
}

/* In single quotes, as fish and others read them. */
static void put_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text != '\0'; text++)
        fprintf(out, *text == '\'' ? "\\'" : "%c", *text);
    fputc('\'', out);
}

static void put_fish_command(FILE *out, const struct command *c)
{
    char when[96];

    snprintf(when, sizeof(when), "-n '__fish_seen_subcommand_from %s'", c->name);
    fprintf(out, "complete -c bookadate -f -n __fish_use_subcommand -a %s -d ", c->name);
    put_quoted(out, c->summary);
    fputc('\n', out);
    if (c->choices != NULL)
        fprintf(out, "complete -c bookadate -f %s -a '%s'\n", when, c->choices);
    for (const struct command_flag *f = c->flags; f != NULL && f->flag != NULL; f++) {
        fprintf(out, "complete -c bookadate %s%s -l %s -d ", when, f->value != NULL ? " -r" : "",
                f->flag + 2);
        put_quoted(out, f->what);
        fputc('\n', out);
    }
}

static void put_fish(FILE *out, struct arena *a)
{
    for (const struct command *c = COMMANDS; c->name != NULL; c++)
        put_fish_command(out, c);
    fputs("set -l takes", out);
    for (const struct command *c = COMMANDS; c->name != NULL; c++)
        if (c->settings)
            fprintf(out, " %s", c->name);
    fputc('\n', out);
    for (const struct setting *s = SETTINGS; s->name != NULL; s++) {
        fprintf(out, "complete -c bookadate -n \"__fish_seen_subcommand_from $takes\" -r -l %s -d ",
                setting_flag_name(s, a) + 2);
        put_quoted(out, s->what);
        fputc('\n', out);
    }
}

int command_completion(int argc, char **argv)
{
    static const struct {
        const char *shell;
        void (*put)(FILE *out, struct arena *a);
    } SHELLS[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};
    struct arena a;
    bool known = false;

    arena_init(&a);
    for (size_t i = 0; argc == 1 && i < sizeof(SHELLS) / sizeof(SHELLS[0]); i++)
        if (strcmp(argv[0], SHELLS[i].shell) == 0) {
            SHELLS[i].put(stdout, &a);
            known = true;
        }
    arena_free(&a);
    return known ? EXIT_WELL
                 : command_misused("name the shell: completion bash, completion zsh or completion "
                                   "fish");
}
