/* Is a command asked rightly: its flags known, their values there, no word too many. Knows no
 * meaning of values. */
#include "commands/commands.h"

#include "base/like.h"
#include "platform/config/flag.h"
#include "platform/config/table.h"

#include <string.h>

#define SLIPS_MAX 2 /* more are another word */
#define SHOWN_MAX_BYTES 80

static const struct command_flag *own_flag(const struct command *c, struct str name)
{
    for (const struct command_flag *f = c->flags; f != NULL && f->flag != NULL; f++)
        if (str_eq(name, str_of(f->flag + 2)))
            return f;
    return NULL;
}

static bool is_setting(struct str name)
{
    return str_eq(name, STR("config")) || setting_by_flag(name) != NULL;
}

/* The flag that was meant, or NULL. */
static const char *flag_like(const struct command *c, struct str name, struct arena *a)
{
    struct like like = {.word = name};

    for (const struct command_flag *f = c->flags; f != NULL && f->flag != NULL; f++) {
        size_t half = (strlen(f->flag) - 1) / 2;
        like_try(&like, f->flag + 2, half < SLIPS_MAX ? half : SLIPS_MAX);
    }
    if (like.best != NULL)
        return arena_printf(a, "--%s", like.best).ptr;
    const struct setting *s = setting_like(name);
    return s != NULL ? setting_flag_name(s, a) : NULL;
}

static int unknown_flag(const struct command *c, struct str name)
{
    struct arena a;

    if (name.len > SHOWN_MAX_BYTES)
        name.len = SHOWN_MAX_BYTES;
    arena_init(&a);
    const char *like = flag_like(c, name, &a);
    if (like != NULL)
        command_misused("there is no setting --%.*s; did you mean %s?", STR_ARG(name), like);
    else
        command_misused("there is no setting --%.*s; `bookadate help %s` says what it takes",
                        STR_ARG(name), c->name);
    arena_free(&a);
    return EXIT_USAGE;
}

/* The flag at argv[*at], which moves onto its value. */
static int check_flag(const struct command *c, struct flag *f, int argc, char **argv, int *at)
{
    const struct command_flag *own = own_flag(c, f->name);
    const char *next = *at + 1 < argc ? argv[*at + 1] : "";

    if (own == NULL && !is_setting(f->name))
        return unknown_flag(c, f->name);
    if (own != NULL && own->value == NULL)
        return str_present(f->value) ? command_misused("%s takes no value", own->flag) : EXIT_WELL;
    bool forgotten = own != NULL && !str_present(f->value) && str_starts(str_of(next), STR("--"));
    if (forgotten || !flag_value(f, argc, argv, at))
        return command_misused("--%.*s needs a value", STR_ARG(f->name));
    return EXIT_WELL;
}

int command_check(const struct command *c, int argc, char **argv)
{
    int code = EXIT_WELL;

    for (int i = 0; i < argc && code == EXIT_WELL; i++) {
        struct flag f = flag_of(argv[i]);
        if (str_present(f.name))
            code = check_flag(c, &f, argc, argv, &i);
        else if (c->words[0] == '\0')
            code = command_misused("%s takes no word such as \"%.80s\"; `bookadate help %s` says "
                                   "what it takes",
                                   c->name, argv[i], c->name);
    }
    return code;
}
